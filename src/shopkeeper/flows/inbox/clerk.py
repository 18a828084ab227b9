"""The clerk: lets into the log what lies in the inbox, in order, many at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec

from shopkeeper.core.clock import Clock
from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import Conflict, ShopkeeperError, StoreError
from shopkeeper.core.intake import INBOX, Span
from shopkeeper.core.item import Item
from shopkeeper.core.parcel import Parcel, ParcelShelf
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import TURN, Brought, Readings, collect_each, gently, lay_aside, read_all
from shopkeeper.flows.contracts.contracts import Contracts, open_contracts
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.following import followed_upto
from shopkeeper.flows.holding import quarantined, unforeseen
from shopkeeper.flows.inbox.wrapping import unwrap

READ: Final = 1_000
"""Events that are read from the inbox at once."""
TOGETHER: Final = 250
"""Events that are let in together."""
AHEAD: Final = 20_000
"""Events by which the log may run ahead of what follows it, as that is durably noted; what is more lies on."""
POLL: Final = (0.02, 0.4)
"""Seconds between two looks while some comes, and when none came for long; what this process puts there is told."""
GATHER: Final = 0.05
"""Seconds in which some gather, where few lie there: a commit of fifty costs little more than one of five."""
PATIENCE: Final = (0.1, 2.0)
"""Seconds before what failed is tried again, at first and at most."""

_log = logging.getLogger(__name__)


class Rules(NamedTuple):
    """By what events are read: the definitions and the catalogue in force; None: what they name is looked up."""

    definitions: Definitions
    items: Mapping[str, Item] | None


class _Opened(NamedTuple):
    """A parcel and what it holds."""

    position: int
    brought: Brought


class Clerk:
    """Empties the inbox.

    Args:
        rules: Gives what is in force. clock: The shop's.
        waits: Whether it waits for what follows the log.
    """

    def __init__(
        self,
        store: Store,
        shelf: ParcelShelf,
        *,
        rules: Callable[[], Rules],
        contracts: Contracts,
        clock: Clock,
        waits: bool = True,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._rules = rules
        self._contracts = contracts
        self._clock = clock
        self._waits = waits
        self._at = 0

    async def start(self) -> None:
        """Find out how far the inbox was emptied."""
        self._at = await self._store.cursor(INBOX)
        await self._store.advance(INBOX, expected=self._at, to=self._at)

    async def go_on(self) -> int:
        """Let the next parcels in, unless what follows the log is far behind; return how many events lay there.

        Raises: StoreError: they lie there still.
        """
        if self._waits and await self._store.head() - await followed_upto(self._store) > AHEAD:
            return 0
        parcels = await self._shelf.read(after=self._at, events=READ)
        if not parcels:
            return 0
        opened = [
            _Opened(one.position, await self._open(one)) async for one in gently(parcels, events=lambda one: one.events)
        ]
        try:
            await self._let_all_in(opened)
        except Conflict:
            self._at = await self._store.cursor(INBOX)
        return sum(one.events for one in parcels)

    async def _let_all_in(self, opened: Sequence[_Opened]) -> None:
        """Let parcels in, some in a commit; the next are read while one is written."""
        under_way: asyncio.Task[None] | None = None
        try:
            for group in _groups(opened):
                readings = await self._read(group)
                if under_way is not None:
                    await under_way
                under_way = asyncio.create_task(self._let_in(group, readings), name="clerk")
            if under_way is not None:
                await under_way
        finally:
            if under_way is not None:
                await asyncio.wait([under_way])

    async def work(
        self, *, arrived: asyncio.Event | None = None, told: Callable[[int], Awaitable[None]] | None = None
    ) -> None:
        """Empty the inbox for as long as the shop is served.

        Args:
            arrived: Is set when something is put there by this process; None: another process puts it there.
            told: Hears, in this process, up to which parcel it is empty.
        """
        arrived = arrived or asyncio.Event()
        patience, poll = PATIENCE[0], POLL[0]
        while True:
            taken = 0
            try:
                taken = await self.go_on()
                if told is not None:
                    await told(self._at)
                patience = PATIENCE[0]
            except Exception as error:
                code = error.code if isinstance(error, ShopkeeperError) else type(error).__name__
                _log.warning("the inbox could not be emptied from %d; it will be tried again: %s", self._at, code)
                await asyncio.sleep(patience)
                patience = min(2 * patience, PATIENCE[1])
                continue
            if taken:
                poll = POLL[0]
                await asyncio.sleep(GATHER if taken < TOGETHER else 0)
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(arrived.wait(), poll)
                arrived.clear()
                poll = min(2 * poll, POLL[1])

    async def _open(self, parcel: Parcel) -> Brought:
        """Return what a parcel holds; one that nobody can open waits in quarantine as it is."""
        try:
            return await unwrap(parcel, self._store)
        except msgspec.MsgspecError as error:
            _log.error("unforeseen %s while parcel %d was opened", type(error).__name__, parcel.position)
            now = self._clock.now()
            row = quarantined(parcel.source, None, unforeseen(error), parcel.body, now=now)
            return Brought([], Origin(parcel.source), now, [row])

    async def _read(self, group: Sequence[_Opened]) -> Readings | None:
        """Read some parcels; None where nobody foresaw what is in them."""
        definitions, items = self._rules()
        slices = [part for one in group for part in _slices(one.brought)]
        try:
            return await read_all(self._store, definitions, slices, contracts=self._contracts, items=items)
        except StoreError:
            raise
        except Exception as error:
            _log.error("unforeseen %s while parcels were read; each is tried alone", type(error).__name__)
            return None

    async def _let_in(self, group: Sequence[_Opened], readings: Readings | None) -> None:
        """Let some parcels in together; should that fail for another reason than the store's, each by itself."""
        span = Span(self._at, group[-1].position)
        if readings is not None:
            try:
                await readings.take(self._store, parcels=span)
            except (StoreError, Conflict):
                raise
            except Exception as error:
                _log.error("unforeseen %s while parcels were let in; each is tried alone", type(error).__name__)
                readings = None
        if readings is None and len(group) > 1:
            for one in group:
                await self._let_in([one], await self._read([one]))
        elif readings is None:
            await self._set_aside(group[0], span)
        self._at = span.upto

    async def _set_aside(self, one: _Opened, span: Span) -> None:
        """Let in what of a parcel can be; the rest waits in quarantine, so that it holds up nothing."""
        definitions, items = self._rules()
        _, aside = await collect_each(self._store, definitions, one.brought, contracts=self._contracts, items=items)
        await lay_aside(self._store, definitions, one.brought, aside, items=items, parcels=span)


async def empty_inbox(store: Store, shelf: ParcelShelf, definitions: Definitions, *, clock: Clock) -> int:
    """Let in what a server left in the inbox that has ended; return how many events that were."""
    taken = 0
    async with open_contracts(store) as contracts:
        rules = Rules(definitions, None)
        clerk = Clerk(store, shelf, rules=lambda: rules, contracts=contracts, clock=clock, waits=False)
        await clerk.start()
        while some := await clerk.go_on():
            taken += some
        await shelf.clear(upto=await store.cursor(INBOX))
    return taken


def _groups(opened: Sequence[_Opened]) -> Iterator[Sequence[_Opened]]:
    """Part parcels into those that are let in together."""
    group: list[_Opened] = []
    events = 0
    for one in opened:
        if group and events >= TOGETHER:
            yield group
            group, events = [], 0
        group.append(one)
        events += len(one.brought.wires)
    if group:
        yield group


def _slices(brought: Brought) -> Iterator[Brought]:
    """Part what is read in one go."""
    if not brought.wires:
        yield brought
        return
    for start in range(0, len(brought.wires), TURN):
        yield brought._replace(wires=brought.wires[start : start + TURN])
