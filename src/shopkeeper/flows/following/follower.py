"""The follower: what follows the log while the shop is served, one run of it after another.

Each run is folded into the live profiles, looked at for segments, counted by the learner; then the follower's position
moves on. Collection does not wait for that; who must read their own write waits by `reach`. The durable position moves
behind: what a crash cuts off is followed once more from there, which changes nothing that was done.
"""

import asyncio
import logging
from collections.abc import Awaitable, Collection, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import Final, TypeVar

from shopkeeper.core.clock import Clock
from shopkeeper.core.errors import PASSING, ShopkeeperError, StoreError
from shopkeeper.core.profile import RECORDINGS
from shopkeeper.core.shard import SHARDS, Lease, shard_of
from shopkeeper.core.store import Store
from shopkeeper.flows.following.history import followed_upto
from shopkeeper.flows.following.run import READER, Led, Run, Step, look_at_run, record_run
from shopkeeper.flows.following.waiting import Waiting
from shopkeeper.flows.learning import Learner
from shopkeeper.flows.ward import Ward
from shopkeeper.flows.watch import Transition

RUN: Final = (500, 2_000)
"""Events that are followed together, and where many more wait; of those of all customers, about as many as make so many
of the ward's. Each run waits for commits that others are waiting for, too."""
POLL: Final = (0.05, 0.4)
"""Seconds between two looks for events of other processes, while some come and when none came for long; those of this
one wake the follower at once."""
GATHER: Final = (0.05, 0.25)
"""Seconds between two runs where nobody waits for the second, at least and at most."""
GAUGED: Final = 0.25
PATIENCE: Final = (0.1, 2.0)
"""Seconds before a run that failed is tried again, at first and at most."""

TURN: Final = 1.0
"""Seconds after which no other run is begun in a turn, which rechecks and new definitions wait for. With leases a turn
is one run: what keeps them waits for it, too."""

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class _Unforeseen(Exception):
    """Something stopped a run that does not concern everybody."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run


async def _foreseen(run: Run, work: Awaitable[_T]) -> _T:
    """Raises: _Unforeseen: in place of what trying again does not mend."""
    try:
        return await work
    except (*PASSING, _Unforeseen):
        raise
    except Exception as error:
        _log.error("unforeseen %s in a run of the log; its events are followed singly", type(error).__name__)
        raise _Unforeseen(run) from error


class Follower:
    """Follows the log for the customers of the ward.

    position: Up to where it has. head: The last number of the log, as of a moment ago. turn: Held for the length of a
    run; who replaces or looks at what is led waits for it.
    """

    def __init__(self, store: Store, learner: Learner, ward: Ward, *, clock: Clock) -> None:
        self.position = 0
        self.head = 0
        self.turn = asyncio.Lock()
        self.ward = ward
        self._store = store
        self._learner = learner
        self._clock = clock
        self._led: Led | None = None
        self._kept = 0
        self._recordings = 0
        self._late: dict[int, int] = {}
        self._stirred = asyncio.Event()
        self._asked = asyncio.Event()
        self._waiting = Waiting()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def backlog(self) -> int:
        """How many events of the log wait to be followed."""
        return max(self.head - self._followed, 0)

    @property
    def _followed(self) -> int:
        """Up to where every shard of the ward is followed; those just taken over may be behind the position."""
        return min([self.position, *self._late.values()])

    async def start(self) -> None:
        """Go on where the last process stopped; with leases, from now on, until shards are taken over."""
        self.head = await self._store.head()
        self._kept = await self._store.cursor(READER)
        self._recordings = await self._store.cursor(RECORDINGS)
        self.position = await followed_upto(self._store) if self.ward.whole else self.head
        self.led.profiles.position = self.position
        self._tasks = [
            asyncio.create_task(self._run(), name="follower"),
            asyncio.create_task(self._gauge(), name="follower's gauge"),
        ]

    async def close(self) -> None:
        """Follow what the log holds, note how far that was, and stop."""
        try:
            await self.reach(await self._store.head())
            await self.keep()
        except Exception as error:
            code = error.code if isinstance(error, ShopkeeperError) else type(error).__name__
            _log.warning("the log is followed on from %d at the next start: %s", self._kept, code)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._waiting.give_up(StoreError("the server ends; what was sent is in the log"))

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
        if not self._tasks or self._tasks[0].done():
            raise StoreError("the log is not followed here; what was sent is in it")
        done = self._waiting.add(seq)
        self._asked.set()
        self.stir()
        return await done

    async def recheck(self) -> int:
        """Look at the segments that time alone may have changed; return at how many customers.

        Before that, who is in which is read again if it was recorded past us.
        """
        async with self.turn:
            recordings = await self._store.cursor(RECORDINGS)
            if recordings != self._recordings:
                await self.led.profiles.renew_memberships()
                self._recordings = recordings
            return await self.led.watch.recheck(now=self._clock.now())

    async def look_anew(self, customers: Collection[str]) -> None:
        """Look at customers whose record was written past us, as if nothing were known of them."""
        async with self.turn:
            self.led.profiles.forget(customers)
            whom = sorted(filter(self.ward.holds, customers))
            try:
                await self._look_at(whom)
            except PASSING:
                raise
            except Exception as error:
                _log.error("unforeseen %s while customers were looked at anew, now singly", type(error).__name__)
                await self._look_singly(whom)

    async def _look_singly(self, customers: Collection[str]) -> None:
        for customer in customers:
            try:
                await self._look_at([customer])
            except PASSING:
                raise
            except Exception as error:
                _log.error("%s is not looked at anew: unforeseen %s", customer, type(error).__name__)
                self.led.profiles.forget([customer])

    async def _look_at(self, customers: Sequence[str]) -> None:
        led = self.led
        looked = await led.profiles.catch_up(customers)
        await led.watch.record(await led.watch.look(list(looked.values()), now=self._clock.now()))

    async def keep(self) -> None:
        """Write the profiles that changed, then note durably how far the log is followed."""
        shards, position = list(self.ward.shards), self._followed
        await self.led.profiles.write_back()
        if self.ward.whole and position > self._kept:
            await self._store.advance(READER, expected=self._kept, to=position)
        elif not self.ward.whole and shards and not self._late:
            await self._store.advance_leases(self.ward.fence_of(shards), seq=position)
        self._kept = position

    async def take_over(self, leases: Mapping[int, Lease]) -> None:
        """Follow more shards, each from where it was left."""
        async with self.turn:
            self.ward.take({shard: lease.epoch for shard, lease in leases.items()})
            self.led.profiles.forget_shards(leases.keys())
            self._late |= {shard: lease.seq for shard, lease in leases.items() if lease.seq < self.position}
        self.stir()

    async def give_up(self, shards: Collection[int]) -> None:
        """Leave shards to others, with everything written, each followed as far as it is: some may be late."""
        async with self.turn:
            await self.led.profiles.write_back()
            stands: dict[int, list[int]] = {}
            for shard in shards:
                stands.setdefault(self._stand(shard), []).append(shard)
            fences = {seq: self.ward.fence_of(some) for seq, some in stands.items()}
            self.drop(shards)
            for seq, fence in fences.items():
                await self._store.release_leases(fence, seq=seq)

    def drop(self, shards: Collection[int]) -> None:
        """Follow shards no more; another process has them."""
        self.ward.drop(shards)
        for shard in shards:
            self._late.pop(shard, None)

    def _stand(self, shard: int) -> int:
        return self._late.get(shard, self.position)

    def _due(self, customer: str, seq: int) -> bool:
        return self.ward.whole or (self.ward.holds(customer) and seq > self._stand(shard_of(customer)))

    async def _gauge(self) -> None:
        """See how far the log runs ahead, while a run takes its time."""
        while True:
            await asyncio.sleep(GAUGED)
            if self.turn.locked():
                with suppress(ShopkeeperError):
                    self.head = max(self.head, await self._store.head())

    async def _run(self) -> None:
        patience, poll = PATIENCE[0], POLL[0]
        while True:
            began = monotonic()
            try:
                went_on = await self._go_on()
                patience = PATIENCE[0]
            except Exception as error:
                code = error.code if isinstance(error, ShopkeeperError) else type(error).__name__
                _log.warning("the log could not be followed from %d; it will be tried again: %s", self.position, code)
                self._waiting.give_up(error)
                await asyncio.sleep(patience)
                patience = min(2 * patience, PATIENCE[1])
                continue
            if went_on:
                poll = POLL[0]
                await self._gather(monotonic() - began)
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stirred.wait(), poll)
                poll = min(2 * poll, POLL[1])
            self._stirred.clear()

    async def _gather(self, took: float) -> None:
        """Let events gather where nobody waits for them: a run of one costs nearly as much as one of fifty.

        Args:
            took: Seconds that the last run took; what is asked and sent meanwhile gets as long for itself.
        """
        self._asked.clear()
        if not self._waiting and self.backlog < RUN[0]:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), min(max(took, GATHER[0]), GATHER[1]))

    async def _go_on(self) -> bool:
        """Follow the next run; return whether there was one."""
        self.head = await self._store.head()
        if self.head <= self._followed:
            return False
        async with self.turn:
            try:
                await self._follow_on()
            except _Unforeseen as stumbled:
                await self._follow_singly(stumbled.run)
        return True

    async def _follow_on(self) -> None:
        """Follow some runs: while one is recorded, the next is read, folded and looked at."""
        recording: asyncio.Task[None] | None = None
        step: Step | None = None
        after, began = self._followed, monotonic()
        try:
            while True:
                run = await self._next_run(after)
                step = await _foreseen(run, self._look(run, recording))
                if recording is not None:
                    await recording
                recording, step = asyncio.create_task(_foreseen(run, self._record(step))), None
                after = run.upto
                if not self.ward.whole or self.head - after < RUN[0] or monotonic() - began > TURN:
                    break
            await recording
        except BaseException as error:
            earlier = None
            if recording is not None:
                (earlier,) = await asyncio.gather(recording, return_exceptions=True)
            if step is not None:
                self.led.watch.forget(step.looked)
            if isinstance(error, Exception) and isinstance(earlier, Exception):
                raise earlier from None  # of two runs that failed, the first is to be followed first
            raise

    async def _next_run(self, after: int) -> Run:
        """Read on; where shards were left behind, from the earliest of them, and no further than the position."""
        if not self.ward.shards:
            return Run((), after, self.head, self._due)
        most = min(max((self.head - after) // 2, RUN[0]), RUN[1])
        if self.ward.whole:
            events = await self._store.read(after=after, limit=most)
            return Run(events, after, events[-1].seq, self._due)
        shards = frozenset(self.ward.shards)
        events, upto = await self._store.read_of_shards(shards, after=after, limit=most * SHARDS // len(shards))
        if after < self.position < upto:
            upto = self.position
            events = [event for event in events if event.seq <= upto]
        return Run(events, after, upto, self._due)

    async def _look(self, run: Run, recording: asyncio.Task[None] | None = None) -> Step:
        async def recorded() -> None:
            if recording is not None:
                await recording

        return await look_at_run(self._store, self.led, run, now=self._clock.now(), recorded=recorded)

    async def _record(self, step: Step) -> None:
        moved = await record_run(self.led, self._learner, step)
        self._move(step.run.upto)
        self._waiting.answer(self._followed, {event.seq: event.customer for event in step.run.events}, moved)

    def _move(self, upto: int) -> None:
        """Note that all shards of the ward are followed up to a number."""
        self.position = max(self.position, upto)
        self._late = {shard: max(seq, upto) for shard, seq in self._late.items() if max(seq, upto) < self.position}

    async def _follow_singly(self, run: Run) -> None:
        """Follow events one by one, and pass over one that cannot be: it must not hold up all that come after it."""
        after = run.after
        for event in run.events:
            try:
                await self._record(await self._look(Run([event], after, event.seq, run.due)))
            except PASSING:
                raise
            except Exception as error:
                _log.error("event %d is passed over: unforeseen %s", event.seq, type(error).__name__)
                self.led.profiles.forget([event.customer])
                self._move(event.seq)
                self.led.profiles.position = self.position
            after = event.seq
        self._move(run.upto)
        self._waiting.answer(self._followed, {}, [])
