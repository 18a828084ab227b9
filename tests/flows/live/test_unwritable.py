"""A state that no database can keep: odd numbers under a public write key stop neither the others nor the position."""

import asyncio

import pytest

from shopkeeper.core.clock import StoppedClock
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.flows.collect import collect
from shopkeeper.flows.deciding.visit import Reception
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.following import Follower, Led, followed_upto
from shopkeeper.flows.learning import Learner
from shopkeeper.flows.profiles import Profiles
from shopkeeper.flows.ward import Ward
from shopkeeper.flows.watch import Watch
from shopkeeper.testing.shop import DEFINITIONS, NOW

FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
SHOP = load_definitions(FILES | {"traits.yaml": FILES["traits.yaml"] + "\nweight: {sum: grams, of: Weighed}\n"})
PUBLIC = Origin("web", trusted=False, history=False)
HUGE = 9e12
"""The greatest number that the door lets in; three of them, in millionths, take more than 64 bits."""


@pytest.fixture(params=[False, True], ids=["alone", "leased"])
async def follower(shelf, request):
    ward = Ward(leased=request.param)
    if request.param:
        taken = await shelf.take_leases("wrk-a", range(64), now=0, until=1)
        ward.take({shard: lease.epoch for shard, lease in taken.items()})
    profiles = Profiles(shelf, SHOP, ward=ward)
    made = Follower(shelf, Learner(shelf, lambda _: None), ward, clock=StoppedClock(NOW))
    made.lead(Led(profiles, Watch(shelf, SHOP, profiles), Reception(shelf, SHOP, profiles, ward=ward)))
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def weigh(shelf, follower):
    sent = 0

    async def send(who, grams):
        nonlocal sent
        sent += 1
        wire = {"type": "track", "event": "Weighed", "messageId": f"w{sent}", "anonymousId": who}
        wire |= {"timestamp": NOW.isoformat(), "properties": {"grams": grams}}
        result = await collect(shelf, SHOP, [wire], origin=PUBLIC, now=NOW)
        await follower.reach(await shelf.head())
        return result.receipts[0].customer

    return send


@pytest.fixture
async def odd(weigh):
    """A customer whose sum takes more than 64 bits, between two neighbours."""
    await weigh("before", 1)
    for _ in range(3):
        found = await weigh("odd", HUGE)
    await weigh("after", 1)
    return found


def weight(profiles, profile):
    return profiles.values(profile, Moment(micros(NOW), SHOP.shop.zone))["weight"]


async def durably(shelf, follower):
    return await followed_upto(shelf) if follower.ward.whole else await shelf.followed_by_all()


async def test_a_state_that_cannot_be_stored_holds_up_neither_the_others_nor_the_position(
    shelf, follower, weigh, odd, caplog
):
    await follower.keep()
    assert await durably(shelf, follower) == await shelf.head()
    everybody = await shelf.list_customers(limit=9)
    assert set((await shelf.ground(everybody)).stored) == set(everybody) - {odd}
    assert f"the state of {odd} cannot be stored: unforeseen OverflowError" in caplog.text
    caplog.clear()
    await weigh("odd", HUGE)
    await follower.keep()
    assert await durably(shelf, follower) == await shelf.head()
    assert "cannot be stored" not in caplog.text  # nor is it tried each second
    for profiles in (follower.led.profiles, Profiles(shelf, SHOP)):
        assert weight(profiles, await profiles.get(odd)) == 4 * HUGE


async def test_a_full_cache_lets_go_of_a_state_that_cannot_be_stored(shelf, follower, odd):
    profiles = Profiles(shelf, SHOP, capacity=1)
    everybody = await shelf.list_customers(limit=9)
    for _ in range(2):
        for customer in everybody:
            await profiles.get(customer)
    assert len(profiles._live) == 1
    assert weight(profiles, await profiles.get(odd)) == 3 * HUGE


async def test_shards_are_given_up_though_a_state_cannot_be_stored(shelf, follower, odd):
    if not follower.ward.whole:
        await follower.give_up(list(follower.ward.shards))
        roster = await shelf.beat("wrk-b", holds={}, now=0, until=1)
        assert {(lease.expires_at, lease.seq) for lease in roster.leases.values()} == {(0, await shelf.head())}


async def test_what_is_folded_in_while_a_state_is_stored_is_stored_later(shelf, follower, weigh, monkeypatch):
    customer = await weigh("quick", 1)
    save = type(shelf).save_profiles

    async def overtaken(store, states, **fenced):
        monkeypatch.undo()
        await weigh("quick", 2)
        await save(store, states, **fenced)

    monkeypatch.setattr(type(shelf), "save_profiles", overtaken)
    await follower.led.profiles.write_back()
    await follower.led.profiles.write_back()
    stored = (await shelf.ground([customer])).stored[customer]
    assert stored.seq == (await follower.led.profiles.get(customer)).seq > 1


async def test_a_follower_that_fails_at_the_end_ends_nonetheless(follower, monkeypatch, caplog):
    async def stumbles():
        raise ZeroDivisionError("canary")

    monkeypatch.setattr(follower, "keep", stumbles)
    await asyncio.wait_for(follower.close(), 30)
    assert all(task.done() for task in follower._tasks)
    assert "ZeroDivisionError" in caplog.text
    assert "canary" not in caplog.text
