"""Leases under mishaps: a shard given up while it is late, and a database whose answer never came."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from shopkeeper.core.clock import StoppedClock
from shopkeeper.core.errors import LostLease, StoreError
from shopkeeper.core.shard import SHARDS
from shopkeeper.flows.following.follower import Follower
from shopkeeper.flows.following.leasing import Leasing, falling_to
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
    roster = await store.beat("", holds={}, now=0, until=1)
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


async def shared(worker, clock):
    """Two workers, of whom the first is about to give up to the second what falls to it."""
    first, second = worker("wrk-a"), worker("wrk-b")
    await first.beat()
    assert first.ward.everybody
    await second.beat()
    return first, second


@pytest.fixture(params=[False, True], ids=["not written", "answer lost"])
def written(request):
    return request.param


async def test_what_could_not_be_released_is_followed_by_whom_it_falls_to(worker, clock, written):
    first, second = await shared(worker, clock)
    await first.fail_at("release_leases", written=written)
    await pass_time(clock, first, second, seconds=2)
    assert len(first.ward.shards) + len(second.ward.shards) == SHARDS


async def test_what_was_taken_without_an_answer_is_followed(worker, clock, written):
    first, second = await shared(worker, clock)
    await pass_time(clock, first, second, seconds=1)
    await second.close()
    await first.fail_at("take_leases", written=written)
    await pass_time(clock, first, seconds=1)
    assert first.ward.everybody


async def test_one_lost_shard_keeps_no_others_that_are_given_up_with_it_from_being_followed(store, worker, clock):
    first, second = await shared(worker, clock)
    spare = min(set(first.ward.shards) - falling_to("wrk-a", ["wrk-a", "wrk-b"]))
    overtaken = first.store.release_leases

    async def lost(fence, *, seq):
        await overtaken({**fence, spare: 99}, seq=seq)

    first.store.release_leases = lost
    with pytest.raises(LostLease):
        await first.beat()
    await pass_time(clock, first, second, seconds=2)
    assert len(first.ward.shards) + len(second.ward.shards) == SHARDS


@pytest.mark.parametrize("call", ["release_leases", "take_leases"])
async def test_a_sign_of_life_that_renews_whatever_is_written_leaves_shards_to_nobody(
    store, worker, clock, monkeypatch, call
):
    """Plant the bug: the worker says that it holds all that the database names it for."""
    first, second = await shared(worker, clock)

    def renews_everything(one):
        beat = one.store.beat

        async def renew(name, *, holds, now, until):
            roster = await store.beat("", holds={}, now=0, until=1)
            named = {shard: lease.epoch for shard, lease in roster.leases.items() if lease.worker == name}
            return await beat(name, holds=named, now=now, until=until)

        one.store.beat = renew

    renews_everything(first)
    renews_everything(second)
    if call == "take_leases":
        await pass_time(clock, first, second, seconds=1)
        await second.close()
    await first.fail_at(call, written=call == "take_leases")
    await pass_time(clock, first, *([second] if call == "release_leases" else []), seconds=30)
    assert len(first.ward.shards) + len(second.ward.shards) < SHARDS
