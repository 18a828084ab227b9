"""Two workers on one store: a shard changes hands with no event lost or doubled; who lost it is fenced off."""

import asyncio
import shutil
import sys

import pytest

import shopkeeper.store.lease as lease_module
from shopkeeper.app import open_app
from shopkeeper.core.clock import StoppedClock
from shopkeeper.core.errors import LostLease
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.shard import SHARDS, shard_of
from shopkeeper.flows.collect import collect
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.following import followed_upto
from shopkeeper.flows.following.leasing import falling_to
from shopkeeper.flows.segments import record_members
from shopkeeper.flows.service import Worker
from shopkeeper.store import open_store
from shopkeeper.testing.shop import NOW, basket, fill_shop, seeded, user

PETS = ["pets-0", "pets-1", "pets-2"]


@pytest.fixture
async def environ(shop, postgres_database):
    """Makes the test kit's shop on PostgreSQL."""
    filling = await open_store(postgres_database, rng=seeded(7))
    await fill_shop(filling)
    await filling.close()
    shutil.rmtree(shop / ".shopkeeper" / "lake")
    return {"SHOPKEEPER_DATABASE": postgres_database}


@pytest.fixture
async def served(shop, environ):
    """Serves the shop, as the worker of a name."""
    opened = []

    async def serve(name, **more):
        app = open_app(shop, shared=True, environ=environ)
        entered = await app.__aenter__()
        entered.clock = StoppedClock(NOW)
        serving = entered.serving(Worker(name, **more))
        opened.append((app, serving))
        return await serving.__aenter__()

    yield serve
    for app, serving in reversed(opened):
        await serving.__aexit__(None, None, None)
        await app.__aexit__(None, None, None)


async def send(service, *wires):
    result = await collect(service.store, service.definitions, wires, origin=Origin("web"), now=NOW)
    return result.receipts[0].customer


async def followed(*services):
    head = await services[0].store.head()
    for service in services:
        await service.follower.reach(head)


async def settle(*services):
    for _ in range(2):
        for service in services:
            await service.leasing.beat()


async def told(service, customer):
    events = await service.store.history([customer])
    return [event.name for event in events if event.texts.get("segment") == "pet_owners"]


def test_shards_fall_to_the_living_and_only_those_of_the_dead_move():
    three = {name: falling_to(name, ["a", "b", "c"]) for name in "abc"}
    assert sorted(shard for shards in three.values() for shard in shards) == list(range(SHARDS))
    assert all(len(shards) > SHARDS // 6 for shards in three.values())
    two = {name: falling_to(name, ["a", "b"]) for name in "ab"}
    assert three["a"] <= two["a"]
    assert three["b"] <= two["b"]


async def test_two_workers_share_the_customers_and_each_is_followed_once(served):
    first = await served("wrk-a")
    assert first.ward.everybody
    second = await served("wrk-b")
    await settle(first, second)
    assert {*first.ward.shards, *second.ward.shards} == set(range(SHARDS))
    assert not {*first.ward.shards} & {*second.ward.shards}
    whom = [await send(first, basket(user(n), PETS, key=f"b{n}", at=NOW)) for n in range(3, 23)]
    await followed(first, second)
    events = {customer: await told(first, customer) for customer in whom}
    assert all(names.count("Segment Entered") == 1 for names in events.values() if names)
    assert sum(map(len, events.values())) > 5
    reads = [await each.profiles.get(whom[0]) for each in (first, second)]
    assert reads[0].seq == reads[1].seq


async def test_a_worker_that_is_gone_leaves_its_shards_where_they_stood(served):
    first, second = await served("wrk-a"), await served("wrk-b")
    await settle(first, second)
    await first.follower.keep()
    await hang(first)
    whom = [await send(second, basket(user(n), PETS, key=f"b{n}", at=NOW)) for n in range(3, 23)]
    mine = [customer for customer in whom if first.ward.holds(customer)]
    assert mine
    await second.store.leave("wrk-a")
    await second.leasing.beat()
    assert second.ward.everybody
    await second.follower.reach(await second.store.head())
    while second.follower._late:
        await asyncio.sleep(0.01)
    for customer in mine:
        profile = await second.profiles.get(customer)
        assert profile.seq >= max(e.seq for e in await second.store.history([customer]) if e.message_id[0] == "b")
    stories = [await told(second, customer) for customer in whom]
    assert all(story.count("Segment Entered") <= 1 for story in stories)
    assert {name for customer in mine for name in await told(second, customer)} == {"Segment Entered"}


async def test_who_is_recorded_in_a_segment_by_another_process_does_not_enter_it_again(served):
    first, second = await served("wrk-a"), await served("wrk-b")
    await settle(first, second)
    members, who, customer = await outside(first, second)
    await second.profiles.get(customer)
    await record_members(first.store, first.definitions, "pet_owners", {*members, customer}, upto=sys.maxsize, now=NOW)
    await second.follower.recheck()
    assert await send(first, basket(who, PETS, key="b", at=NOW)) == customer
    await followed(first, second)
    assert await told(second, customer) == []


async def test_who_is_recorded_as_outside_by_an_older_count_is_not_told_to_enter_twice(served):
    first, second = await served("wrk-a"), await served("wrk-b")
    await settle(first, second)
    members, who, customer = await outside(first, second)
    await second.profiles.get(customer)
    await send(first, basket(who, PETS, key="b1", at=NOW))
    await followed(first, second)
    await record_members(first.store, first.definitions, "pet_owners", members, upto=sys.maxsize, now=NOW)
    await second.follower.recheck()
    await send(first, basket(who, PETS, key="b2", at=NOW))
    await followed(first, second)
    assert await told(second, customer) == ["Segment Entered"]


async def test_who_entered_since_the_count_stays_inside(served):
    first, second = await served("wrk-a"), await served("wrk-b")
    await settle(first, second)
    members, who, customer = await outside(first, second)
    counted = await first.store.head()
    await send(first, basket(who, PETS, key="b1", at=NOW))
    await followed(first, second)
    moved = await record_members(first.store, first.definitions, "pet_owners", members, upto=counted, now=NOW)
    assert moved == set()
    assert customer in {one.customer for one in await first.store.members("pet_owners")}


async def test_a_recording_while_somebody_is_read_is_seen(served, monkeypatch):
    first, second = await served("wrk-a"), await served("wrk-b")
    await settle(first, second)
    members, _, customer = await outside(first, second)
    ground = type(second.store).ground

    async def overtaken(store, customers, **asked):
        found = await ground(store, customers, **asked)
        monkeypatch.undo()
        await record_members(
            first.store, first.definitions, "pet_owners", {*members, customer}, upto=sys.maxsize, now=NOW
        )
        await second.follower.recheck()
        return found

    monkeypatch.setattr(type(second.store), "ground", overtaken)
    assert "pet_owners" in (await second.profiles.get(customer)).memberships


async def outside(first, second):
    """Return who is in a segment, and the name and id of somebody who is not, whom the second worker follows."""
    members = {one.customer for one in await first.store.members("pet_owners")}
    whose = await first.store.find_customers([Identifier("user_id", user(n)) for n in range(3, 23)])
    return members, *next(
        (name.value, one) for name, one in whose.items() if one not in members and second.ward.holds(one)
    )


async def hang(service):
    """Let a worker hang: it holds its leases for all it knows, and does nothing."""
    for task in (*service.follower._tasks, service.leasing._task):
        task.cancel()
    await asyncio.sleep(0)


async def usurped(served):
    """A worker that hung while another took its shards, and now writes what it had in hand."""
    first, second = await served("wrk-a"), await served("wrk-b")
    await settle(first, second)
    customer = next(c for c in await first.store.list_customers(limit=100) if first.ward.holds(c))
    profile = (await first.profiles.catch_up([customer]))[customer]
    await hang(first)
    await second.store.leave("wrk-a")
    await second.leasing.beat()
    assert second.ward.holds(customer)
    profile.dirty = True
    profile.changed = {"pets_28d"}
    profile.memberships.pop("pet_owners", None)
    return first, profile


async def test_who_lost_a_lease_without_knowing_writes_nothing(served):
    first, profile = await usurped(served)
    with pytest.raises(LostLease):
        await first.profiles.write_back()
    with pytest.raises(LostLease):
        await first.follower.keep()
    assert shard_of(profile.customer) in first.ward.shards


async def test_without_the_fence_who_lost_a_lease_writes_over_its_successor(served, monkeypatch):
    first, profile = await usurped(served)
    monkeypatch.setattr(lease_module, "stand_by", lambda *_args, **_more: None)
    assert await first.profiles.write_back() > 0
    assert not profile.dirty


async def test_who_serves_sqlite_goes_on_where_the_leases_of_an_earlier_version_ended(shop):
    async with open_app(shop) as app:
        app.clock = StoppedClock(NOW)
        head = await app.store.head()
        taken = await app.store.take_leases("wrk-a", range(SHARDS), now=0, until=1)
        fence = {shard: lease.epoch for shard, lease in taken.items()}
        await app.store.advance_leases(fence, seq=head)
        assert await followed_upto(app.store) == head
        async with app.serving() as service:
            assert service.follower.position == head
            await send(service, basket(user(3), PETS, key="s1", at=NOW))
            await followed(service)
        assert await followed_upto(app.store) == await app.store.head() > head
