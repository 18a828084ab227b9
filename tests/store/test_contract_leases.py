"""Leases: one worker a shard, under an epoch that fences off whoever has lost it."""

import pytest

from shopkeeper.core.errors import Conflict, LostLease
from shopkeeper.core.event import Event
from shopkeeper.core.profile import Membership, StoredProfile
from shopkeeper.core.shard import SHARDS, shard_of
from shopkeeper.store import lease as lease_module
from shopkeeper.testing.shop import NOW

MINE = "cus_00000000-0000-7000-8000-000000000001"


async def take(store, worker, shards, *, now=0, until=10):
    return {
        shard: lease.epoch for shard, lease in (await store.take_leases(worker, shards, now=now, until=until)).items()
    }


async def test_a_shard_is_one_workers_until_its_lease_runs_out(store):
    assert await take(store, "a", [1, 2]) == {1: 1, 2: 1}
    assert await take(store, "b", [2, 3], now=9, until=19) == {3: 1}
    await store.beat("a", holds={1: 1, 2: 1}, now=9, until=19)
    assert await take(store, "b", [1, 2], now=18, until=28) == {}
    assert await take(store, "b", [1, 2], now=19, until=29) == {1: 2, 2: 2}


async def test_who_is_alive_and_who_holds_what_is_told(store):
    await take(store, "a", [1])
    await store.beat("a", holds={1: 1}, now=0, until=10)
    roster = await store.beat("b", holds={}, now=5, until=15)
    assert roster.workers == {"a", "b"}
    assert len(roster.leases) == SHARDS
    assert (roster.leases[1].worker, roster.leases[2].expires_at) == ("a", 0)
    assert (await store.beat("b", holds={}, now=12, until=22)).workers == {"b"}


async def test_who_leaves_frees_what_they_hold(store):
    await take(store, "a", [1])
    await store.beat("a", holds={1: 1}, now=0, until=10)
    await store.leave("a")
    assert (await store.beat("b", holds={}, now=1, until=11)).workers == {"b"}
    assert await take(store, "b", [1], now=1) == {1: 2}


async def test_what_is_written_as_a_workers_own_and_not_held_by_it_is_free(store):
    await take(store, "a", [1, 2, 3])
    await take(store, "b", [4])
    roster = await store.beat("a", holds={1: 1, 2: 7, 4: 1}, now=1, until=11)
    assert [roster.leases[shard].expires_at for shard in (1, 2, 3, 4)] == [11, 0, 0, 10]
    assert await take(store, "b", [1, 2, 3], now=1) == {2: 2, 3: 2}


async def test_a_shard_begins_where_the_log_was_followed_and_goes_on_where_it_was_left(store):
    await store.advance("follower", expected=0, to=7)
    assert await store.followed_by_all() is None
    held = await store.take_leases("a", [1, 2], now=0, until=10)
    assert held[1].seq == 7
    await store.advance_leases({1: 1}, seq=9)
    await store.release_leases({2: 1}, seq=8)
    taken = await store.take_leases("b", [1, 2], now=10, until=20)
    assert (taken[1].seq, taken[2].seq) == (9, 8)
    assert await store.followed_by_all() == 7


async def test_who_lost_a_lease_writes_nothing(store):
    shard = shard_of(MINE)
    await take(store, "a", [shard])
    await take(store, "b", [shard], now=10, until=20)
    stale, told = (
        {shard: 1},
        Event(source="shopkeeper", message_id="m", name="Segment Entered", customer=MINE, at=NOW, received_at=NOW),
    )
    with pytest.raises(LostLease):
        await store.save_profiles([StoredProfile(MINE, b"x", 1, "v")], fence=stale)
    with pytest.raises(LostLease):
        await store.change_memberships(entered=[Membership(MINE, "s", 1, None)], left=[], told=[told], fence=stale)
    with pytest.raises(LostLease):
        await store.advance_leases(stale, seq=5)
    ground = await store.ground([MINE])
    assert (ground.stored, await store.memberships([MINE]), await store.head()) == ({}, {}, 0)


async def test_without_the_fence_who_lost_a_lease_would_write(store, monkeypatch):
    monkeypatch.setattr(lease_module, "stand_by", lambda *_args, **_more: None)
    await store.save_profiles([StoredProfile(MINE, b"x", 1, "v")], fence={shard_of(MINE): 1})
    assert MINE in (await store.ground([MINE])).stored


async def test_history_is_passed_over_only_while_nobody_serves(store):
    await take(store, "a", [1])
    with pytest.raises(Conflict):
        await store.pass_leases_over(9, now=5)
    await store.pass_leases_over(9, now=10)
    assert await store.followed_by_all() == 9


async def test_a_reader_of_shards_passes_over_the_others_and_says_how_far_it_came(store):
    customers = [f"cus_00000000-0000-7000-8000-{n:012}" for n in range(40)]
    await store.append(
        [
            Event(source="s", message_id=str(n), name="Product Viewed", customer=one, at=NOW, received_at=NOW)
            for n, one in enumerate(customers)
        ]
    )
    mine = {shard for shard in range(SHARDS) if shard % 2}
    events, upto = await store.read_of_shards(mine, after=0, limit=30)
    assert [event.customer for event in events] == [one for one in customers[:30] if shard_of(one) in mine]
    assert upto == 30
    assert await store.read_of_shards(mine, after=40, limit=30) == ([], 40)
