"""Leases under mishaps: a shard given up while it is late, and a database whose answer never came."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from shopkeeper.core.clock import StoppedClock
from shopkeeper.core.errors import StoreError
from shopkeeper.core.shard import SHARDS
from shopkeeper.flows.following.follower import Follower
from shopkeeper.flows.following.leasing import Leasing
from shopkeeper.flows.ward import Ward
from shopkeeper.testing.shop import NOW


class Frail:
    """A store of which one call fails, once: before anything was written, or once it was and the answer is lost."""

    def __init__(self, store):
        self._store = store
        self.fails, self.written = "", False

    def __getattr__(self, name):
        call = getattr(self._store, name)
        if name != self.fails:
            return call
        self.fails = ""

        async def broken(*given, **named):
            if self.written:
                await call(*given, **named)
            raise StoreError("the connection was lost")

        return broken


class Worker:
    """A worker whose log is empty; its follower is moved by hand."""

    def __init__(self, name, store, clock):
        self.store, self.ward = Frail(store), Ward(leased=True)
        self.follower = Follower(self.store, None, self.ward, clock=clock)
        self.follower._led = SimpleNamespace(profiles=SimpleNamespace(write_back=nothing, forget_shards=lambda _: None))
        self._leasing = Leasing(self.store, self.follower, worker=name, clock=clock)
        self.beat, self.close = self._leasing.beat, self._leasing.close

    async def fail_at(self, call, *, written=False):
        self.store.fails, self.store.written = call, written
        with pytest.raises(StoreError):
            await self.beat()


async def nothing():
    """Write nothing back."""


@pytest.fixture
def clock():
    return StoppedClock(NOW)


@pytest.fixture
def worker(store, clock):
    return lambda name: Worker(name, store, clock)


async def pass_time(clock, *workers, seconds=7):
    for _ in range(seconds):
        clock.move(timedelta(seconds=1))
        for one in workers:
            await one.beat()


async def stands(store):
    roster = await store.beat("", now=0, until=1)
    return {shard: lease.seq for shard, lease in roster.leases.items()}


async def test_a_shard_that_is_given_up_while_it_is_late_is_followed_on_from_where_it_stands(store, worker):
    await store.advance("follower", expected=0, to=100)
    first = worker("wrk-a")
    first.follower.position = 1_000
    await first.beat()
    first.follower._late = {7: 300, 8: 100}
    await first.follower.give_up([7, 8, 9])
    found = await stands(store)
    assert [found[shard] for shard in (7, 8, 9)] == [300, 100, 1_000]
