"""Contracts for people: what each says, how it drifts, what looks personal, in sentences."""

from datetime import datetime

import msgspec

from shopkeeper.core.contract import ABSENT, EACH, Contract, Mode
from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import NotFound
from shopkeeper.core.event import IDENTIFY
from shopkeeper.core.store import Store
from shopkeeper.flows.contracts.agreement import Agreed, Drift, Flag, agreed_of, drifts, facts_by_path, flags, typed
from shopkeeper.flows.contracts.contracts import TYPE_WORDS
from shopkeeper.flows.door.groups import GROUPED
from shopkeeper.protect.personal import WORDS


class SeenType(msgspec.Struct, frozen=True, kw_only=True):
    """A type that a property came as (`text`, `number`, `boolean`, `list`, `object`), and in how many events."""

    type: str
    events: int


class PropertyLine(msgspec.Struct, frozen=True, kw_only=True):
    """One property of a contract.

    path: Its name; `products[].price` is within the lines. always: Whether the contract says that it is always there.
    agreed: Whether it belongs to the contract; what came later does not. missing: Events that lacked it.
    first_at, last_at: When it was first and last seen. looks: What of a person it looks like, None if nothing.
    """

    path: str
    types: tuple[SeenType, ...]
    always: bool
    agreed: bool
    missing: int
    first_at: datetime
    last_at: datetime
    looks: str | None


class ContractLine(msgspec.Struct, frozen=True, kw_only=True):
    """One contract: what events of one name from one source look like.

    mode: `learn`, `warn` or `strict`; mode_words says what that means. events: How many were learned from.
    drifts: What events do otherwise, a sentence each. flags: What looks personal, a sentence each.
    """

    source: str
    name: str
    mode: Mode
    mode_words: str
    events: int
    properties: int
    first_at: datetime
    last_at: datetime
    changed_at: datetime | None
    changed_by: str | None
    drifts: tuple[str, ...]
    flags: tuple[str, ...]


class ContractWhole(msgspec.Struct, frozen=True, kw_only=True):
    """One contract with its properties, in order of path."""

    contract: ContractLine
    properties: tuple[PropertyLine, ...]


class ModeWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which mode to put in force: `learn`, `warn` or `strict`."""

    mode: Mode


async def list_contracts(store: Store, definitions: Definitions, *, source: str | None = None) -> list[ContractLine]:
    """List contracts, of one source or of all."""
    found = await store.contracts()
    return [line_of(one, definitions) for one in found if source is None or one.source == source]


async def show_contract(store: Store, definitions: Definitions, source: str, name: str) -> ContractWhole:
    """Show one contract with its properties. Raises: NotFound."""
    found = await store.find_contract(source, name)
    if found is None:
        raise NotFound(f"contract: nothing was learned of {name!r} from {source!r}; 'shopkeeper contract list'")
    return whole_of(found, definitions)


def kept_apart(contract: Contract, definitions: Definitions) -> frozenset[str]:
    """Return those properties of a contract's events that the door keeps out of the log.

    Of what is stated of a customer or a group, it lets in what is declared for it; of others, what is not personal.
    """
    personal = {trait.name for trait in definitions.traits.values() if trait.personal}
    if contract.name == IDENTIFY:
        let_in = definitions.traits.keys() - personal
    elif contract.name in GROUPED:
        let_in = {name for kind in definitions.shop.group_kinds.values() for name in kind.traits}
    else:
        return frozenset({"email"} | personal)
    return frozenset(fact.path for fact in contract.facts if fact.path.partition("[")[0] not in let_in)


def line_of(contract: Contract, definitions: Definitions) -> ContractLine:
    """Put a contract into words."""
    return ContractLine(
        source=contract.source,
        name=contract.name,
        mode=contract.mode,
        mode_words=_mode_words(contract),
        events=contract.events,
        properties=sum(path != EACH for path in facts_by_path(contract)),
        first_at=contract.first_at,
        last_at=contract.last_at,
        changed_at=contract.changed_at,
        changed_by=contract.changed_by,
        drifts=tuple(drift_words(one) for one in drifts(contract)),
        flags=tuple(
            flag_words(one, of_group=contract.name in GROUPED)
            for one in flags(contract, apart=kept_apart(contract, definitions))
        ),
    )


def whole_of(contract: Contract, definitions: Definitions) -> ContractWhole:
    """Put a contract and its properties into words."""
    agreed = agreed_of(contract)
    looks = {one.path: one for one in flags(contract, apart=kept_apart(contract, definitions))}
    lines = [_property(path, contract, agreed, looks.get(path)) for path in sorted(facts_by_path(contract))]
    return ContractWhole(contract=line_of(contract, definitions), properties=tuple(one for one in lines if one))


def _property(path: str, contract: Contract, agreed: Agreed, flag: Flag | None) -> PropertyLine | None:
    facts = facts_by_path(contract)[path]
    types = typed(facts)
    if path == EACH or not types:
        return None
    return PropertyLine(
        path=path,
        types=tuple(SeenType(type=kind, events=fact.events) for kind, fact in types.items()),
        always=path in agreed.required,
        agreed=path in agreed.types,
        missing=facts[ABSENT].events if ABSENT in facts else 0,
        first_at=min(fact.first_at for fact in types.values()),
        last_at=max(fact.last_at for fact in types.values()),
        looks=None if flag is None else WORDS[flag.kind],
    )


def _mode_words(contract: Contract) -> str:
    if contract.mode == "strict":
        return "Strict: an event of another shape waits in quarantine."
    if contract.mode == "warn":
        return "Frozen: an event of another shape is taken and told of here."
    left = contract.accepted - contract.events
    if left > 0:
        return f"Learning: {left:,} more event{'s' if left != 1 else ''}, then what is new is told of here."
    return "Learned: what is new is told of here, and taken."


def drift_words(drift: Drift) -> str:
    """Say what events do otherwise."""
    events = f"{drift.events:,} event{'' if drift.events == 1 else 's'}"
    since = f"{drift.since:%-d %b %Y %H:%M} UTC"
    came, expected = _types(drift.types), _types(drift.expected)
    if drift.departure == "new":
        return f"“{drift.path}” is new: {events} since {since} brought it, as {came}."
    if drift.departure == "type":
        return f"“{drift.path}” came as {came} in {events} since {since}; it was {expected}."
    return f"“{drift.path}” was always there; {events} since {since} lack it."


def flag_words(flag: Flag, *, of_group: bool = False) -> str:
    """Say what looks personal, and what to do about it: a group's traits are those that shop.yaml lets in."""
    by = " and ".join(word for word, true in (("its name", flag.by_name), ("its values", flag.by_value)) if true)
    apart = "take it off the traits of groups in shop.yaml" if of_group else "declare it personal in traits.yaml"
    mend = "stop sending it" if "[]" in flag.path else f"{apart}, or stop sending it"
    return f"“{flag.path}” looks like {WORDS[flag.kind]}, by {by}: {mend}."


def _types(kinds: tuple[str, ...]) -> str:
    return " or ".join(TYPE_WORDS[kind] for kind in kinds)
