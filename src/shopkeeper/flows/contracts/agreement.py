"""What a contract says, and what departs from it: pure functions of its counts."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from shopkeeper.core.contract import ABSENT, EACH, LOOKED, TYPES, Contract, Fact, Shape
from shopkeeper.protect.personal import name_says

MANY = (10, 0.1)
"""While a contract is learned: so many events, and such a share of them, lack what was always there."""
_ENOUGH: Mapping[str, tuple[int, float]] = {"email": (1, 0.0), "phone": (3, 0.5), "ip": (3, 0.5), "card": (5, 0.8)}
"""Values, and share of those looked at, from which a property is told of. One e-mail address is one too many; one
number in ten passes for a card's."""

Departure = Literal["new", "type", "missing"]


class Agreed(NamedTuple):
    """What an event must look like: the types of each path, and the paths that are always there."""

    types: Mapping[str, frozenset[str]]
    required: frozenset[str]


class Drift(NamedTuple):
    """What events do otherwise: a `new` property, another `type`, one that is `missing`.

    types: What came. expected: What the contract says, empty for a new property. events: How many; since: the first.
    """

    path: str
    departure: Departure
    types: tuple[str, ...]
    expected: tuple[str, ...]
    events: int
    since: datetime


class Flag(NamedTuple):
    """A property that looks personal: of which kind, and whether its name says so, its values do, or both."""

    path: str
    kind: str
    by_name: bool
    by_value: bool


def facts_by_path(contract: Contract) -> dict[str, dict[str, Fact]]:
    """Group a contract's facts."""
    found: dict[str, dict[str, Fact]] = defaultdict(dict)
    for fact in contract.facts:
        found[fact.path][fact.fact] = fact
    return dict(found)


def typed(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Keep those facts of a path that are types."""
    return {kind: facts[kind] for kind in TYPES if kind in facts}


def agreed_of(contract: Contract) -> Agreed:
    """Say what a contract's events must look like: what was first seen before it was accepted."""
    types: dict[str, frozenset[str]] = {}
    first: dict[str, int] = {}
    always: set[str] = set()
    for path, facts in facts_by_path(contract).items():
        known = {kind: fact for kind, fact in typed(facts).items() if fact.nth < contract.accepted}
        if known:
            types[path] = frozenset(known)
            first[path] = min(fact.nth for fact in known.values())
            absent = facts.get(ABSENT)
            if path != EACH and (absent is None or absent.nth >= contract.accepted):
                always.add(path)
    return Agreed(types, frozenset(path for path in always if first[path] == _begun(path, first)))


def _begun(path: str, first: Mapping[str, int]) -> int:
    """Return when whatever holds the property first came: the event, or a line of it."""
    return first.get(EACH, 0) if path.startswith(f"{EACH}.") else 0


def violation(agreed: Agreed, shape: Shape) -> tuple[str, str, frozenset[str]] | None:
    """Find the first thing in which a shape departs: (path, what came, what was expected), or None."""
    present = {path for path, kind in shape if kind != ABSENT}
    for path, kind in sorted(shape):
        if kind == ABSENT:
            if path in agreed.required:
                return path, kind, agreed.types[path]
        elif kind not in agreed.types.get(path, frozenset()):
            return path, kind, agreed.types.get(path, frozenset())
    for path in sorted(agreed.required - present):
        if not path.startswith(f"{EACH}.") or EACH in present:
            return path, ABSENT, agreed.types[path]
    return None


def drifts(contract: Contract) -> list[Drift]:
    """Find in what a contract's events depart from it, in order of path."""
    agreed = agreed_of(contract)
    found = []
    for path, facts in sorted(facts_by_path(contract).items()):
        expected = tuple(sorted(agreed.types.get(path, ())))
        other = [fact for kind, fact in typed(facts).items() if kind not in expected]
        if other and path != EACH:
            what: Departure = "type" if expected else "new"
            kinds = tuple(fact.fact for fact in other)
            since = min(fact.first_at for fact in other)
            found.append(Drift(path, what, kinds, expected, sum(fact.events for fact in other), since))
        absent = facts.get(ABSENT)
        if absent is not None and path in agreed.required and _many(contract, absent):
            found.append(Drift(path, "missing", (), expected, absent.events, absent.first_at))
    return found


def _many(contract: Contract, absent: Fact) -> bool:
    """Say whether enough events lack something: once the contract is frozen, one is enough."""
    least, share = MANY
    since = contract.events - absent.nth
    return contract.mode != "learn" or (absent.events >= least and absent.events >= share * since)


def flags(contract: Contract, *, apart: frozenset[str] = frozenset()) -> list[Flag]:
    """Find the properties that look personal, in order of path.

    Args:
        apart: Names of properties that are kept apart from the log already, being declared personal.
    """
    found = []
    for path, facts in sorted(facts_by_path(contract).items()):
        if path in apart or not facts.keys() & {"text", "number"}:
            continue
        named = name_says(path.rpartition(".")[2])
        looks = _looks(facts)
        if named is not None or looks is not None:
            kind = looks or named or ""
            found.append(Flag(path, kind, named is not None, looks is not None))
    return found


def _looks(facts: Mapping[str, Fact]) -> str | None:
    looked = facts[LOOKED].events if LOOKED in facts else 0
    for kind, (least, share) in _ENOUGH.items():
        if kind in facts and facts[kind].events >= max(least, share * looked):
            return kind
    return None
