"""Contracts: what events of one name from one source look like, learned from what comes.

A contract holds names of properties, types and counts, never a value. It tells when the shape drifts, and can be made
strict: an event of another shape then waits in quarantine.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

import msgspec

Mode = Literal["learn", "warn", "strict"]
"""learn: what comes becomes the contract. warn: frozen; another shape is told of. strict: another shape waits."""
MODES: tuple[Mode, ...] = ("learn", "warn", "strict")
TYPES = ("text", "number", "boolean", "list", "object")
"""As JSON has them; one type for all numbers, since 12 and 12.5 are of one kind."""
ABSENT = "absent"
"""The fact of a property that an event lacks, or one of its lines; null is as good as absent."""
LOOKED = "looked"
"""The fact of a property whose value was looked at, whether it looks personal."""
EACH = "products[]"
"""The path of a line; what a line holds stands under `products[].name`."""
SETTLED = 100
"""Events after which a shape that was never seen before is told of."""
MAX_PATHS = 300
"""Properties that one contract keeps: names made up for each event would fill the store."""
MAX_NAMES = 500
"""Contracts that one source may have."""

Shape = frozenset[tuple[str, str]]
"""What one event looks like: (path, type) of each property; (path, ABSENT) where some of its lines lack it."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """How many events had something at a path.

    fact: A type, `ABSENT`, `LOOKED`, or what the values looked like: `email`, `phone`, `ip`, `card`.
    nth: How many events the contract had learned from when this was first seen.
    """

    path: str
    fact: str
    events: int
    nth: int
    first_at: datetime
    last_at: datetime


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """What events of one name from one source look like.

    accepted: What was first seen when fewer events had been learned from is part of the contract; what came later is
    drift. changed_at, changed_by: When somebody last changed the mode, and who.
    """

    source: str
    name: str
    mode: Mode
    events: int
    accepted: int
    first_at: datetime
    last_at: datetime
    changed_at: datetime | None = None
    changed_by: str | None = None
    facts: tuple[Fact, ...] = ()


class Learned(NamedTuple):
    """What one process saw of one contract since it last wrote.

    shapes: How many events had each shape. looks: How many events had (path, `LOOKED` or what the value looks like).
    """

    source: str
    name: str
    shapes: Mapping[Shape, int]
    looks: Mapping[tuple[str, str], int]
    first_at: datetime
    last_at: datetime

    @property
    def events(self) -> int:
        """How many events it was learned from."""
        return sum(self.shapes.values())


class ContractShelf(Protocol):
    """Keeps contracts; several processes add to one."""

    async def learn_contracts(self, learned: Sequence[Learned]) -> None:
        """Add counts to contracts, making those that are not there, up to `MAX_NAMES` of a source."""
        ...

    async def contracts(self) -> list[Contract]:
        """Return every contract with its facts, in order of source and name."""
        ...

    async def strict_contracts(self) -> list[Contract]:
        """Return the contracts that are strict, with their facts."""
        ...

    async def find_contract(self, source: str, name: str) -> Contract | None:
        """Return one contract with its facts."""
        ...

    async def change_contract(self, source: str, name: str, mode: Mode, *, by: str, now: datetime) -> None:
        """Put another mode in force, and what is known by now with it. Raises: NotFound: there is no such contract."""
        ...


def counted(learned: Learned, known: Collection[str]) -> Counter[tuple[str, str]]:
    """Count facts by (path, fact): what each event had, and what of all that is known it lacked.

    Args:
        known: Paths that the contract has already; beyond `MAX_PATHS` no other is taken up.
    """
    room = max(0, MAX_PATHS - len(known))
    fresh = sorted({path for shape in learned.shapes for path, _ in shape}.difference(known))[:room]
    paths = {*known, *fresh}
    facts: Counter[tuple[str, str]] = Counter()
    present: Counter[str] = Counter()
    for shape, events in learned.shapes.items():
        for path, fact in shape:
            if path in paths:
                facts[path, fact] += events
        for path in {path for path, _ in shape}:
            present[path] += events
    for path in paths:
        parent = present[EACH] if path.startswith(f"{EACH}.") else learned.events
        if path != EACH and parent > present[path]:
            facts[path, ABSENT] += parent - present[path]
    for (path, look), events in learned.looks.items():
        if path in paths:
            facts[path, look] += events
    return facts
