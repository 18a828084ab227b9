"""The clerk: lets into the log what lies in the inbox, in order, many at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import Final, NamedTuple

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import Conflict, ShopkeeperError, StoreError
from shopkeeper.core.intake import INBOX, Span
from shopkeeper.core.item import Item
from shopkeeper.core.parcel import ParcelShelf
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import TURN, Brought, collect_all, gently, holds_refusal, quarantined
from shopkeeper.flows.contracts.contracts import Contracts, open_contracts
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.following import followed_upto
from shopkeeper.flows.inbox.wrapping import unwrap

TOGETHER: Final = 250
"""Events that are let in together."""
AHEAD: Final = 20_000
"""Events by which the log may run ahead of what follows it, as that is durably noted; what is more lies on."""
POLL: Final = (0.02, 0.4)
"""Seconds between two looks while some comes, and when none came for long; what this process puts there is told."""
GATHER: Final = (0.02, 0.1)
"""Seconds between two commits, at least and at most: who is answered by this process gets as long for itself."""
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
        rules: Gives what is in force. waits: Whether it waits for what follows the log.
    """

    def __init__(
        self,
        store: Store,
        shelf: ParcelShelf,
        *,
        rules: Callable[[], Rules],
        contracts: Contracts,
        waits: bool = True,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._rules = rules
        self._contracts = contracts
        self._waits = waits
        self._at = 0

    async def start(self) -> None:
        """Find out how far the inbox was emptied."""
        self._at = await self._store.cursor(INBOX)
        await self._store.advance(INBOX, expected=self._at, to=self._at)

    async def go_on(self) -> int:
        """Let the next parcels in, unless what follows the log is far behind; return how many events they held.

        Raises: StoreError: they lie there still.
        """
        if self._waits and await self._store.head() - await followed_upto(self._store) > AHEAD:
            return 0
        parcels = await self._shelf.read(after=self._at, events=TOGETHER)
        if not parcels:
            return 0
        taken = 0
        try:
            opened = [
                _Opened(one.position, await unwrap(one, self._store))
                async for one in gently(parcels, events=lambda one: one.events)
            ]
            for group in _groups(opened):
                await self._let_in(group)
                taken += sum(len(one.brought.wires) for one in group)
        except Conflict:
            self._at = await self._store.cursor(INBOX)
            return taken + await self.go_on()
        return taken

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
            began = monotonic()
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
                await asyncio.sleep(GATHER[0] if told is None else min(max(monotonic() - began, GATHER[0]), GATHER[1]))
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(arrived.wait(), poll)
                arrived.clear()
                poll = min(2 * poll, POLL[1])

    async def _let_in(self, group: Sequence[_Opened]) -> None:
        """Let some parcels in together; should that fail for another reason than the store's, each by itself."""
        span = Span(self._at, group[-1].position)
        definitions, items = self._rules()
        slices = [part for one in group for part in _slices(one.brought)]
        try:
            await collect_all(self._store, definitions, slices, contracts=self._contracts, items=items, parcels=span)
        except (StoreError, Conflict):
            raise
        except Exception as error:
            _log.error("unforeseen %s while the inbox was emptied; its parcels are tried alone", type(error).__name__)
            if len(group) > 1:
                for one in group:
                    await self._let_in([one])
                return
            await self._set_aside(group[0], span)
        self._at = span.upto

    async def _set_aside(self, one: _Opened, span: Span) -> None:
        """Let in what of a parcel can be; the rest waits in quarantine, so that it holds up nothing."""
        definitions, items = self._rules()
        origin, now, waiting = one.brought.origin, one.brought.now, []
        for wire in one.brought.wires:
            try:
                await collect_all(
                    self._store, definitions, [Brought([wire], origin, now)], contracts=self._contracts, items=items
                )
            except StoreError:
                raise
            except Exception as error:
                why = Refusal("unforeseen", f"event: could not be read ({type(error).__name__}); please report it")
                waiting.append(quarantined(origin.source, None, why, wire, now=now))
        await collect_all(self._store, definitions, [Brought([], origin, now, waiting)], items=items, parcels=span)


async def empty_inbox(store: Store, definitions: Definitions) -> int:
    """Let in what a server left in the inbox that has ended; return how many events that were."""
    if store.parcels is None or await store.parcels.last() <= await store.cursor(INBOX):
        return 0
    taken = 0
    async with open_contracts(store) as contracts:
        clerk = Clerk(store, store.parcels, rules=lambda: Rules(definitions, None), contracts=contracts, waits=False)
        await clerk.start()
        while some := await clerk.go_on():
            taken += some
        await store.parcels.clear(upto=await store.cursor(INBOX))
    return taken


def _groups(opened: Sequence[_Opened]) -> Iterator[Sequence[_Opened]]:
    """Part parcels into those that are let in together: one with a refusal sees what was said before it."""
    group: list[_Opened] = []
    for one in opened:
        if group and holds_refusal(one.brought):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _slices(brought: Brought) -> Iterator[Brought]:
    for start in range(0, len(brought.wires), TURN):
        yield brought._replace(wires=brought.wires[start : start + TURN])
