"""Contracts at work beside the door: what is strict is checked, what is taken is learned from.

An event costs a few microseconds: events that look alike share a key, which is all that is counted while they come.
Every few seconds the counts go to the store, and what others made strict comes back.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from shopkeeper.core.contract import ABSENT, LOOKED, Contract, Learned, Mode, Shape
from shopkeeper.core.errors import ShopkeeperError
from shopkeeper.core.store import Store
from shopkeeper.flows.contracts.agreement import Agreed, agreed_of, violation
from shopkeeper.flows.contracts.shape import Key, key_of, said, shape_of, texts_of
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.protect.personal import value_looks

CODE: Final = "contract"
LOOK_FIRST: Final = 64
LOOK_EVERY: Final = 32
"""The values of the first events of a name are all looked at, then those of each thirty-second."""
MAX_KEYS: Final = 1_000
"""Events that look different, of one name, between two writes; what goes beyond is not learned from."""
MAX_OPEN: Final = 2_000
"""Names of events that are learned at once."""
TYPE_WORDS: Final = {
    "text": "a text",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list",
    "object": "an object",
}


class _Learning:
    """What was seen of one contract since it was last written; `seen` counts on, to choose whose values are read."""

    def __init__(self, now: datetime) -> None:
        self.keys: dict[Key, int] = {}
        self.looks: Counter[tuple[str, str]] = Counter()
        self.seen = 0
        self.first_at = self.last_at = now

    def take(self, properties: dict[str, Any], now: datetime) -> None:
        key = key_of(properties)
        count = self.keys.get(key)
        if count is None:
            if len(self.keys) >= MAX_KEYS:
                return
            if not self.keys:
                self.first_at = now
            count = 0
        self.keys[key] = count + 1
        self.last_at = now
        if self.seen < LOOK_FIRST or self.seen % LOOK_EVERY == 0:
            self._look(properties)
        self.seen += 1

    def _look(self, properties: dict[str, Any]) -> None:
        """Note which properties look personal, and nothing of their values."""
        found = set()
        for path, value in texts_of(properties):
            found.add((path, LOOKED))
            kind = value_looks(value)
            if kind is not None:
                found.add((path, kind))
        self.looks.update(found)

    def hand_over(self, source: str, name: str) -> Learned:
        """Give what was seen, and begin anew."""
        shapes: Counter[Shape] = Counter()
        for key, events in self.keys.items():
            shapes[shape_of(key)] += events
        handed = Learned(source, name, shapes, self.looks, self.first_at, self.last_at)
        self.keys, self.looks = {}, Counter()
        return handed


class _Strict:
    """One strict contract; what it says of a key is worked out once."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._agreed = agreed_of(contract)
        self._said: dict[Key, str | None] = {}

    @property
    def version(self) -> tuple[object, ...]:
        """What changes when the contract is put in force again."""
        return (self._contract.accepted, self._contract.changed_at)

    def refuse(self, properties: dict[str, Any]) -> Refusal | None:
        key = key_of(properties)
        if key not in self._said:
            if len(self._said) >= MAX_KEYS:
                self._said.clear()
            self._said[key] = reason_of(self._contract, self._agreed, shape_of(key))
        reason = self._said[key]
        return None if reason is None else Refusal(CODE, reason)


class Contracts:
    """Learns contracts from what was taken, and refuses what a strict one does not allow."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._learning: dict[tuple[str, str], _Learning] = {}
        self._unwritten: list[Learned] = []
        self._strict: dict[tuple[str, str], _Strict] = {}

    async def start(self) -> None:
        """Learn which contracts are strict."""
        found = {(one.source, one.name): _Strict(one) for one in await self._store.strict_contracts()}
        for key, kept in self._strict.items():
            if key in found and found[key].version == kept.version:
                found[key] = kept
        self._strict = found

    def check(self, wire: Any, source: str) -> Refusal | None:
        """Say why an event must wait, or None; the reason names the property and what was expected, no value."""
        if not self._strict:
            return None
        event = said(wire)
        strict = None if event is None else self._strict.get((source, event[0]))
        return None if strict is None or event is None else strict.refuse(event[1])

    def learn(self, wire: Any, source: str, *, now: datetime) -> None:
        """Learn from an event that was taken."""
        event = said(wire)
        if event is None:
            return
        name, properties = event
        learning = self._learning.get((source, name))
        if learning is None:
            if len(self._learning) >= MAX_OPEN:
                return
            learning = self._learning[source, name] = _Learning(now)
        learning.take(properties, now)

    async def write_back(self) -> None:
        """Write what was learned, and look which contracts are strict.

        Raises: StoreError: what was learned is kept for the next time.
        """
        self._learning = {key: one for key, one in self._learning.items() if one.keys}
        learned = joined([*self._unwritten, *(one.hand_over(*key) for key, one in self._learning.items())])
        self._unwritten = []
        try:
            if learned:
                await self._store.learn_contracts(learned)
        except ShopkeeperError:
            self._unwritten = learned
            raise
        await self.start()

    async def change(self, source: str, name: str, mode: Mode, *, by: str, now: datetime) -> None:
        """Put another mode in force, with all that was learned until now. Raises: NotFound."""
        await self.write_back()
        await self._store.change_contract(source, name, mode, by=by, now=now)
        await self.start()


@asynccontextmanager
async def open_contracts(store: Store) -> AsyncIterator[Contracts]:
    """Check and learn for as long as a command runs."""
    contracts = Contracts(store)
    await contracts.start()
    yield contracts
    await contracts.write_back()


def joined(learned: list[Learned]) -> list[Learned]:
    """Make one of what is of one contract, as it is after the store could not be written to for a while."""
    found: dict[tuple[str, str], Learned] = {}
    for one in learned:
        before = found.get((one.source, one.name))
        found[one.source, one.name] = one if before is None else _sum(before, one)
    return list(found.values())


def _sum(before: Learned, after: Learned) -> Learned:
    shapes = Counter(before.shapes) + Counter(after.shapes)
    looks = Counter(before.looks) + Counter(after.looks)
    return after._replace(shapes=shapes, looks=looks, first_at=before.first_at)


def reason_of(contract: Contract, agreed: Agreed, shape: Shape) -> str | None:
    """Say in what a shape breaks a contract, or None."""
    found = violation(agreed, shape)
    if found is None:
        return None
    path, came, expected = found
    where = f"{path}: the contract of {contract.name!r} from {contract.source!r} is strict, and"
    types = " or ".join(TYPE_WORDS[kind] for kind in sorted(expected))
    if not expected:
        return f"{where} does not know this property; expected none"
    return f"{where} {'nothing' if came == ABSENT else TYPE_WORDS[came]} came; expected {types}"
