"""The follower: what follows the log while the shop is served, one run of it after another.

Each run is folded into the live profiles, looked at for segments, counted by the learner; then the follower's position
moves on. Collection does not wait for that; who must read their own write waits by `reach`. The durable cursor moves
behind the position: what a crash cuts off is followed once more from there, which changes nothing that was done.
"""

import asyncio
import heapq
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Final, NamedTuple

from shopkeeper.core.clock import Clock
from shopkeeper.core.errors import ShopkeeperError, StoreError
from shopkeeper.core.event import ORDER_COMPLETED, Event
from shopkeeper.core.store import Store
from shopkeeper.flows.deciding.visit import Reception
from shopkeeper.flows.learning import Learner
from shopkeeper.flows.profiles import Profiles
from shopkeeper.flows.watch import Transition, Watch

READER: Final = "follower"
"""The name of the durable cursor."""
OFFER_REDEEMED: Final = "Offer Redeemed"
SOURCE: Final = "shopkeeper"
RUN: Final = 1_000
"""Events that are followed together."""
POLL: Final = 0.05
"""Seconds between two looks for events of other processes; those of this one wake the follower at once."""
GAUGED: Final = 0.25
PATIENCE: Final = (0.1, 2.0)
"""Seconds before a run that failed is tried again, at first and at most."""
_EVER: Final = (1 << 63) - 1

_log = logging.getLogger(__name__)


class Led(NamedTuple):
    """What the follower leads on: all of one version of the definitions."""

    profiles: Profiles
    watch: Watch
    reception: Reception


class _Waiting(NamedTuple):
    """Somebody who waits until the log is followed up to a number."""

    seq: int
    order: int
    done: "asyncio.Future[list[Transition]]"


class Follower:
    """Follows the log.

    position: Up to where it has. head: The last number of the log, as of a moment ago. turn: Held for the length of a
    run; who replaces or looks at what is led waits for it.
    """

    def __init__(self, store: Store, learner: Learner, *, clock: Clock) -> None:
        self.position = 0
        self.head = 0
        self._store = store
        self._learner = learner
        self._clock = clock
        self._led: Led | None = None
        self._kept = 0
        self._stirred = asyncio.Event()
        self._waiting: list[_Waiting] = []
        self._orders = count()
        self.turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._gauging: asyncio.Task[None] | None = None

    @property
    def backlog(self) -> int:
        """How many events of the log wait to be followed."""
        return max(self.head - self.position, 0)

    async def start(self) -> None:
        """Go on where the last process stopped."""
        self._kept = self.position = await self._store.cursor(READER)
        self.head = await self._store.head()
        self.led.profiles.position = self.position
        self._task = asyncio.create_task(self._run(), name="follower")
        self._gauging = asyncio.create_task(self._gauge(), name="follower's gauge")

    async def close(self) -> None:
        """Follow what the log holds, note how far that was, and stop."""
        with suppress(ShopkeeperError):
            await self.reach(await self._store.head())
            await self.keep()
        tasks = [task for task in (self._task, self._gauging) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._give_up(StoreError("the server ends; what was sent is in the log"))

    @property
    def led(self) -> Led:
        """What is led on now."""
        if self._led is None:
            raise ShopkeeperError("the follower leads nothing yet; this is a mistake in the program")
        return self._led

    def lead(self, led: Led) -> None:
        """Lead another version on; to be called between two runs, with the `turn` in hand."""
        led.profiles.position = self.position
        self._led = led

    def stir(self) -> None:
        """Look for more at once: the log has just grown."""
        self._stirred.set()

    async def reach(self, seq: int) -> list[Transition]:
        """Wait until the log is followed up to an event; return the segments its customer entered or left by then.

        Raises: StoreError: the store failed; the event is in the log, and is followed later.
        """
        if seq <= self.position:
            return []
        waiting = _Waiting(seq, next(self._orders), asyncio.get_running_loop().create_future())
        heapq.heappush(self._waiting, waiting)
        self.stir()
        return await waiting.done

    async def recheck(self) -> int:
        """Look at the segments that time alone may have changed; return at how many customers."""
        async with self.turn:
            return await self.led.watch.recheck(now=self._clock.now())

    async def look_anew(self, customers: Collection[str]) -> None:
        """Look at customers whose record was written past us, as if nothing were known of them."""
        async with self.turn:
            led = self.led
            led.profiles.forget(customers)
            looked = await led.profiles.catch_up(sorted(customers))
            await led.watch.look(list(looked.values()), now=self._clock.now())

    async def keep(self) -> None:
        """Write the profiles that changed, then note durably how far the log is followed."""
        position = self.position
        await self.led.profiles.write_back()
        if position > self._kept:
            await self._store.advance(READER, expected=self._kept, to=position)
            self._kept = position

    async def _gauge(self) -> None:
        """See how far the log runs ahead, while a run takes its time."""
        while True:
            await asyncio.sleep(GAUGED)
            with suppress(ShopkeeperError):
                self.head = max(self.head, await self._store.head())

    async def _run(self) -> None:
        patience = PATIENCE[0]
        while True:
            try:
                went_on = await self._follow_run()
                patience = PATIENCE[0]
            except Exception as error:
                code = error.code if isinstance(error, ShopkeeperError) else type(error).__name__
                _log.warning("the log could not be followed from %d; it will be tried again: %s", self.position, code)
                self._give_up(error)
                await asyncio.sleep(patience)
                patience = min(2 * patience, PATIENCE[1])
                continue
            if not went_on:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stirred.wait(), POLL)
            self._stirred.clear()

    async def _follow_run(self) -> bool:
        """Follow the next run; return whether there was one."""
        self.head = await self._store.head()
        if self.head <= self.position:
            return False
        events = await self._store.read(after=self.position, limit=RUN)
        async with self.turn:
            try:
                await self._follow(events)
            except ShopkeeperError:
                raise
            except Exception as error:
                _log.error("unforeseen %s in a run of the log; its events are followed singly", type(error).__name__)
                await self._follow_singly(events)
        return True

    async def _follow_singly(self, events: Sequence[Event]) -> None:
        """Follow events one by one, and pass over one that cannot be: it must not hold up all that come after it."""
        for event in events:
            try:
                await self._follow([event])
            except ShopkeeperError:
                raise
            except Exception as error:
                _log.error("event %d is passed over: unforeseen %s", event.seq, type(error).__name__)
                self.led.profiles.forget([event.customer])
                self.led.profiles.position = self.position = event.seq
                self._answer({}, [])

    async def _follow(self, events: Sequence[Event]) -> None:
        led, upto = self.led, events[-1].seq
        imported, lived = await self._parted(events)
        shapes, reshaped = await self._reshape(led, upto)
        redeemed = await self._redeem(lived)
        whom = {event.customer for event in lived} | (reshaped - imported)
        profiles = await led.profiles.follow(lived, whom, upto=upto, shapes=shapes, elsewhere=imported)
        if redeemed:
            profiles |= await led.profiles.catch_up(sorted(redeemed))
        moved = await led.watch.look(list(profiles.values()), now=self._clock.now())
        if redeemed or any(event.name.startswith("Offer ") for event in events):
            await self._learner.catch_up()
        self.position = upto
        self._answer({event.seq: event.customer for event in lived}, moved)

    async def _parted(self, events: Sequence[Event]) -> tuple[set[str], list[Event]]:
        """Part whom imported history tells of, which is not lived through again, from the events that just happened."""
        histories = await self._store.histories()
        past = {event.seq for event in events if (event.source, event.received_at) in histories}
        imported = {event.customer for event in events if event.seq in past}
        return imported, [event for event in events if event.customer and event.seq not in past]

    async def _reshape(self, led: Led, upto: int) -> tuple[dict[str, int], set[str]]:
        """Forget whoever has other parts by now.

        An event is read as its customer's of now, and so a merge that comes later in the log counts already.

        Returns: The shapes of whose parts changed by now; and whom this run reshaped and who are customers still.
        """
        changed = await self._store.reshaped(after=self.position, upto=_EVER)
        if not changed:
            return {}, set()
        led.reception.forget(changed)
        shapes = await self._store.shapes(sorted(changed))
        here = await self._store.reshaped(after=self.position, upto=upto)
        whose = await self._store.current(sorted(here))
        await led.watch.inherit({part: whose[part] for part in sorted(here) if whose.get(part, part) != part})
        return shapes, {customer for customer in here if whose.get(customer) == customer}

    async def _redeem(self, lived: Sequence[Event]) -> set[str]:
        """Write down the redemptions that orders stand for; return whose."""
        redeemed = [redemption for event in lived for redemption in redemptions(event)]
        if redeemed:
            await self._store.append(redeemed)
        return {event.customer for event in lived if redemptions(event)}

    def _answer(self, whose: dict[int, str], moved: Sequence[Transition]) -> None:
        while self._waiting and self._waiting[0].seq <= self.position:
            waiting = heapq.heappop(self._waiting)
            if not waiting.done.done():
                customer = whose.get(waiting.seq)
                waiting.done.set_result([move for move in moved if move.customer == customer])

    def _give_up(self, error: Exception) -> None:
        """Let nobody wait for what is not done soon."""
        for waiting in self._waiting:
            if not waiting.done.done():
                waiting.done.set_exception(error)
        self._waiting.clear()


async def followed_upto(store: Store) -> int:
    """Return up to which number all of the log is followed, as it is durably noted."""
    return await store.cursor(READER)


async def pass_over(store: Store) -> None:
    """Count everything that is in the log as followed: it is history, and nobody serves the shop just now."""
    await store.advance(READER, expected=await store.cursor(READER), to=await store.head())


@asynccontextmanager
async def offline_history(store: Store) -> AsyncIterator[None]:
    """Pass over what is imported while nobody serves the shop, so that the next start need not read through it.

    Where a crash has left something to follow, all of it is read through: the imported part is known as such.
    """
    followed = await store.cursor(READER) == await store.head()
    try:
        yield
    finally:
        if followed:
            await pass_over(store)


def redemptions(event: Event) -> list[Event]:
    """Return the `Offer Redeemed` events that an order's lines stand for: one for each coupon on it.

    They belong to the part that holds the order, whoever's that is later.
    """
    if event.name != ORDER_COMPLETED:
        return []
    coupons = sorted({line.coupon for line in event.lines if line.coupon})
    return [
        Event(
            source=SOURCE,
            message_id=f"redeemed:{event.source}:{event.message_id}:{coupon}",
            name=OFFER_REDEEMED,
            customer=event.part or event.customer,
            at=event.at,
            received_at=event.received_at,
            place=event.place,
            texts={"offer": coupon},
        )
        for coupon in coupons
    ]
