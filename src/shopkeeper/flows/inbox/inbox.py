"""The inbox, as those see it who put something there."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any, Final, NamedTuple

from shopkeeper.core.errors import Overloaded, ShopkeeperError, StoreError
from shopkeeper.core.intake import INBOX
from shopkeeper.core.parcel import Parcel
from shopkeeper.core.store import Store
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.inbox.wrapping import wrap

MANY: Final = 16
"""Events on their way into the log at once, beyond which all that come are put into the inbox."""
AT_ONCE: Final = 2
"""How many commits of parcels are on their way at once: one is gathered while the other is written."""
LULL: Final = 1.0
"""Seconds in which never two came at a time, after which they pass it again."""
SWEPT: Final = 1_000
"""Parcels that are let into the log before they are removed, while others lie in it."""
FAR: Final = 20_000
"""Events that lie in it, beyond which nobody waits whose own may not overtake them."""
SHORTLY: Final = 5
"""Seconds after which these should come again."""
SOON: Final = 20.0
"""Seconds for which they wait at most where less lies in it."""
LOOK: Final = 0.05
"""Seconds between two looks how far it was emptied by another process."""

_log = logging.getLogger(__name__)


class _Put(NamedTuple):
    """One parcel, and who waits until it is durable."""

    parcel: Parcel
    done: asyncio.Future[None]


class Inbox:
    """Takes events where more come than the log takes in one commit after the other.

    Who comes alone finds it empty, and is let into the log at once; so do all where the store has no shelf for parcels.
    What comes while something lies in it is put behind that: no event overtakes one that was answered for.

    events: How many lie in it. arrived: Is set when more were put there.

    Args:
        emptied: Is called when events of it went into the log.
    """

    def __init__(self, store: Store, *, emptied: Callable[[], None]) -> None:
        self._store = store
        self._told = emptied
        self._shelf = store.parcels
        self._passing = 0
        self._until = 0.0
        self._coming: list[_Put] = []
        self._putting: set[asyncio.Task[None]] = set()
        self._lying: deque[tuple[int, int]] = deque()
        """Of what lies in it: up to which position, and how many events."""
        self.events = 0
        self._upto = self._cleared = 0
        self._emptied = asyncio.Condition()
        self._looking: asyncio.Task[None] | None = None
        self.arrived = asyncio.Event()

    async def start(self, *, here: bool) -> None:
        """Find what was left in it.

        Args:
            here: Whether a clerk of this process empties it; else another's, and how far that is is looked up.
        """
        if self._shelf is None:
            return
        self._upto = await self._store.cursor(INBOX)
        await self._shelf.open(after=self._upto)
        await self._shelf.clear(upto=self._upto)
        left = sum((await self._shelf.held(after=self._upto)).values())
        if left:
            self._lie(await self._shelf.last(), left)
        if not here:
            self._looking = asyncio.create_task(self._look(), name="inbox")

    async def close(self) -> None:
        """Put down what came, and look no more."""
        while self._putting:
            await asyncio.gather(*self._putting, return_exceptions=True)
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    @property
    def wanted(self) -> bool:
        """Whether what comes now has to be put here."""
        if self._shelf is None:
            return False
        if self._passing >= MANY:
            self._until = monotonic() + LULL
        return bool(self._lying or self._putting) or monotonic() < self._until

    @contextmanager
    def passing(self, events: int) -> Iterator[None]:
        """Count events that are let into the log past it."""
        self._passing += events
        try:
            yield
        finally:
            self._passing -= events

    async def put(self, wires: Sequence[Any], origin: Origin, *, now: datetime) -> None:
        """Put events into it; when this returns, they are durable.

        Raises: StoreError: they are not; send them again.
        """
        if self._coming or self._putting:
            self._until = monotonic() + LULL
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._coming.append(_Put(wrap(wires, origin, now=now), done))
        if len(self._coming) == 1:
            self._put_soon()
        await done

    async def empty(self) -> None:
        """Wait until everything is in the log that lies in it now.

        Raises: Overloaded: so much lies in it that nobody should wait. StoreError: it took too long.
        """
        if self.events > FAR:
            raise Overloaded(seconds=SHORTLY)
        try:
            async with asyncio.timeout(SOON):
                if self._putting:
                    await asyncio.wait(self._putting)
                if self._lying:
                    await self._reach(self._lying[-1][0])
        except TimeoutError:
            raise StoreError("events that came before are not in the log yet; send this again later") from None

    async def _reach(self, upto: int) -> None:
        async with self._emptied:
            await self._emptied.wait_for(lambda: self._upto >= upto)

    async def note(self, upto: int) -> None:
        """Note up to where it was emptied."""
        if upto > self._upto:
            self._upto = upto
            while self._lying and self._lying[0][0] <= upto:
                self.events -= self._lying.popleft()[1]
            self._told()
            async with self._emptied:
                self._emptied.notify_all()
        if self._shelf is not None and upto > self._cleared and (upto - self._cleared >= SWEPT or not self._lying):
            await self._shelf.clear(upto=upto)
            self._cleared = upto

    def _put_soon(self) -> None:
        if self._coming and len(self._putting) < AT_ONCE:
            putting = asyncio.create_task(self._put_all(), name="inbox")
            self._putting.add(putting)
            putting.add_done_callback(self._put_down)

    def _put_down(self, putting: asyncio.Task[None]) -> None:
        self._putting.discard(putting)
        self._put_soon()

    def _lie(self, upto: int, events: int) -> None:
        if upto > self._upto:  # else the clerk was quicker than the news that it is durable
            self._lying.append((upto, events))
            self.events += events

    async def _put_all(self) -> None:
        """Put down together what came while others were put down."""
        some, self._coming = self._coming, []
        if self._shelf is None:
            raise ShopkeeperError("there is no inbox; this is a mistake in the program")
        try:
            upto = await self._shelf.put([one.parcel for one in some])
        except Exception as error:
            for one in some:
                if not one.done.done():
                    one.done.set_exception(error)
            return
        self._lie(upto, sum(one.parcel.events for one in some))
        self.arrived.set()
        for one in some:
            if not one.done.done():
                one.done.set_result(None)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            if not self._lying:
                continue
            try:
                await self.note(await self._store.cursor(INBOX))
            except ShopkeeperError as error:
                _log.warning("how far the inbox is empty is looked up again later: %s", error.code)
            except Exception as error:
                _log.error("unforeseen %s while the inbox was looked at", type(error).__name__)
