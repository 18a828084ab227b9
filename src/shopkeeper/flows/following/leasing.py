"""Leasing: a worker keeps its leases alive, takes those that fall to it, and lets go of those that fall to others.

Shards fall to the workers that are alive by rendezvous hashing: one more worker or one fewer moves only the shards
that it takes or had. A worker that is gone leaves leases that run out; the next owner goes on where it stood.
"""

import asyncio
import logging
from collections.abc import Collection
from contextlib import suppress
from typing import Final

from shopkeeper.core.clock import Clock
from shopkeeper.core.errors import LostLease, ShopkeeperError
from shopkeeper.core.hashing import stable_hash
from shopkeeper.core.instant import micros
from shopkeeper.core.shard import ALL_SHARDS, Roster
from shopkeeper.core.store import Store
from shopkeeper.flows.following.follower import Follower

BEAT: Final = 1.0
"""Seconds between two signs of life."""
LASTS: Final = 5_000_000
"""Microseconds after which a lease without a sign of life is free."""

_log = logging.getLogger(__name__)


class Leasing:
    """Looks after the leases of one worker.

    Args:
        worker: Its name, which no other process ever has.
        clock: The machine's; clocks that differ only make leases change hands early, which the fence makes harmless.
    """

    def __init__(self, store: Store, follower: Follower, *, worker: str, clock: Clock) -> None:
        self.worker = worker
        self._store = store
        self._follower = follower
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    async def start(self, *, instead_of: str = "") -> None:
        """Begin.

        Args:
            instead_of: A worker that is certainly gone, whose leases are free at once.
        """
        if instead_of:
            await self._store.leave(instead_of)
        await self.beat()
        self._task = asyncio.create_task(self._run(), name="leasing")

    async def close(self) -> None:
        """Leave; to be called once everything is written."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with suppress(ShopkeeperError):
            await self._store.leave(self.worker)
        self._follower.drop(list(self._follower.ward.shards))

    async def beat(self) -> None:
        """Give a sign of life, and have the shards that fall to this worker.

        Where a call failed once it was written, or before it was, the database names this worker for shards that it
        does not follow: the next sign of life frees them, and whoever they fall to takes them under another epoch.
        """
        now = micros(self._clock.now())
        ward = self._follower.ward
        holds = ward.fence_of(ward.shards)
        roster = await self._store.beat(self.worker, holds=holds, now=now, until=now + LASTS)
        self._follower.drop([shard for shard in ward.shards if not self._is_mine(roster, shard)])
        wanted = falling_to(self.worker, roster.workers)
        if spare := set(ward.shards) - wanted:
            await self._follower.give_up(spare)
        if missing := wanted - set(ward.shards):
            taken = await self._store.take_leases(self.worker, missing, now=now, until=now + LASTS)
            if taken:
                await self._follower.take_over(taken)

    def _is_mine(self, roster: Roster, shard: int) -> bool:
        lease = roster.leases.get(shard)
        return lease is not None and (lease.worker, lease.epoch) == (self.worker, self._follower.ward.epoch(shard))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            try:
                await self.beat()
            except LostLease:
                continue
            except ShopkeeperError as error:
                _log.warning("no sign of life could be given, and will be tried again: %s", error.code)
            except Exception as error:
                _log.error("unforeseen %s while leases were looked after", type(error).__name__)


def falling_to(worker: str, workers: Collection[str]) -> set[int]:
    """Return the shards that fall to a worker among those that are alive."""
    everybody = {*workers, worker}
    return {
        shard for shard in ALL_SHARDS if max(everybody, key=lambda one: (stable_hash(one, str(shard)), one)) == worker
    }
