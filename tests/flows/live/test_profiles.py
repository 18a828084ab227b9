"""A live state is the fold of the log, however it came about."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

import shopkeeper.flows.profiles as profiles_module
from shopkeeper.core.errors import StoreError
from shopkeeper.core.event import Event
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.differentiate.fold import encode_state, fold
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.profiles import Profiles
from shopkeeper.store import history
from shopkeeper.testing.shop import DEFINITIONS, NOW, basket, track, user

FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}


async def from_the_log(app, customer, definitions=None):
    """Fold a customer's whole history anew."""
    fresh = Profiles(app.store, definitions or app.definitions)
    live = profiles_module.Profile(customer, profiles_module.empty_state(), seq=0)
    for event in await app.store.history([customer]):
        fold(fresh.plan, live.state, event)
        live.seq = event.seq
    return live, fresh


def everything(profiles, profile):
    return profiles.values(profile, Moment(micros(NOW), profiles.definitions.shop.zone))


async def same(app, customer, profiles, profile):
    expected, fresh = await from_the_log(app, customer, profiles.definitions)
    assert everything(profiles, profile) == everything(fresh, expected)
    assert encode_state(profile.state) == encode_state(expected.state)


def events_of(number, count, *, at=NOW):
    for k in range(count):
        yield basket(user(number), ["tea-0", "pets-1"], key=f"n{number}:{k}", at=at - timedelta(minutes=k))


@pytest.fixture
def slow_reads(app, monkeypatch):
    """Let others run between the reading of a page of history and its arrival, as a database over a network does."""

    def slowed(read):
        async def reading(store, customers, **asked):
            found = await read(store, customers, **asked)
            await asyncio.sleep(0.002)
            return found

        return reading

    monkeypatch.setattr(history, "PAGE", 7)
    for name in ("_history_page", "ground", "news"):
        monkeypatch.setattr(type(app.store), name, slowed(getattr(type(app.store), name)))


async def test_cold_warm_and_stored_plus_tail_are_one_fold(app, service, take, ids):
    customer = ids[4]
    warm = await service.profiles.get(customer)
    for wire in events_of(4, 3):
        await take(wire)
    await same(app, customer, service.profiles, warm)
    assert await service.profiles.write_back() >= 1
    for wire in events_of(4, 6):
        await take(wire)
    stored_and_tail = Profiles(app.store, app.definitions)
    profile = await stored_and_tail.get(customer)
    assert profile.seq == (await service.profiles.get(customer)).seq
    await same(app, customer, stored_and_tail, profile)


async def test_a_crash_without_writing_back_loses_nothing(app, service, take, ids):
    for wire in events_of(4, 5):
        await take(wire)
    after_the_crash = Profiles(app.store, app.definitions)
    await same(app, ids[4], after_the_crash, await after_the_crash.get(ids[4]))


async def test_what_leaves_a_full_cache_is_written_back(app, ids):
    small = Profiles(app.store, app.definitions, capacity=3)
    for number in range(9):
        await small.get(ids[number])
    assert len(small._live) <= 3
    stored = (await app.store.ground([ids[number] for number in range(9)])).stored
    assert len(stored) >= 6
    for number in range(9):
        await same(app, ids[number], small, await small.get(ids[number]))


async def test_more_may_be_asked_for_at_once_than_the_cache_holds(app, ids):
    small = Profiles(app.store, app.definitions, capacity=2)
    await small.get(ids[0])
    found = await small.get_many([ids[number] for number in range(6)])
    assert sorted(found) == sorted(ids[number] for number in range(6))
    assert sorted(await small.catch_up(list(found))) == sorted(found)


@pytest.mark.usefixtures("slow_reads")
async def test_many_at_once_through_a_small_cache_agree_with_the_log(app, ids):
    small = Profiles(app.store, app.definitions, capacity=2)
    wanted = [ids[k % 12] for k in range(60)]
    found = await asyncio.gather(*(small.catch_up([customer]) for customer in wanted))
    for customer, each in zip(wanted[:12], found[:12], strict=True):
        await same(app, customer, small, each[customer])


async def test_other_definitions_fold_again_from_the_start(app, service, take, ids):
    await service.profiles.get(ids[4])
    for wire in events_of(4, 2):
        await take(wire)
    await service.profiles.write_back()
    traits = FILES["traits.yaml"] + "tea_ever: {count: Order Completed, each: products, where: category = 'tea'}\n"
    definitions = load_definitions(FILES | {"traits.yaml": traits})
    profiles = Profiles(app.store, definitions)
    profile = await profiles.get(ids[4])
    await same(app, ids[4], profiles, profile)
    assert everything(profiles, profile)["tea_ever"] >= 2


async def test_a_damaged_stored_state_is_folded_again(app, ids):
    profiles = Profiles(app.store, app.definitions)
    profile = await profiles.get(ids[4])
    await profiles.write_back()
    (stored,) = (await app.store.ground([ids[4]])).stored.values()
    await app.store.save_profiles([stored._replace(state=b"\x93rubbish", seq=profile.seq + 1)])
    again = Profiles(app.store, app.definitions)
    await same(app, ids[4], again, await again.get(ids[4]))


@pytest.mark.usefixtures("slow_reads")
async def test_fifty_events_of_one_customer_at_once_keep_their_order(app, service, take, ids):
    wires = list(events_of(4, 25))
    cancelled = [
        track(user(4), "Offer Shown", {"offer": f"save-{k}"}, key=f"o{k}", at=NOW + timedelta(seconds=k))
        for k in range(25)
    ]
    answers = await asyncio.gather(*(take(wire) for wire in [*wires, *cancelled]))
    assert sorted({answer.outcome for answer in answers}) == ["accepted"]
    assert len({answer.seq for answer in answers}) == 50
    await same(app, ids[4], service.profiles, await service.profiles.get(ids[4]))


async def caught_up_by_many(app, customer):
    """Let ten readers catch up at once with what one profile has missed."""
    profiles = Profiles(app.store, app.definitions)
    profile = await profiles.get(customer)
    missed = [
        Event(source="s", message_id=str(k), name="Offer Shown", customer=customer, at=NOW, received_at=NOW)
        for k in range(3)
    ]
    await app.store.append([msgspec.structs.replace(event, texts={"offer": "save-tea"}) for event in missed])
    await asyncio.gather(*(profiles.catch_up([customer]) for _ in range(10)))
    await same(app, customer, profiles, profile)


@pytest.mark.usefixtures("slow_reads")
async def test_many_readers_at_once_take_each_event_once(app, ids):
    await caught_up_by_many(app, ids[4])


@pytest.mark.usefixtures("slow_reads")
async def test_a_live_fold_that_takes_events_twice_is_caught(app, ids, monkeypatch):
    async def careless(profiles, found, events):
        for event in events:
            profile = found[event.customer]
            fold(profiles.plan, profile.state, event)
            profile.seq = event.seq

    monkeypatch.setattr(Profiles, "_fold", careless)
    with pytest.raises(AssertionError):
        await caught_up_by_many(app, ids[4])


async def test_a_write_that_failed_is_tried_again(app, ids, monkeypatch):
    async def full(*_args: object, **_more: object) -> None:
        raise StoreError("the disk is full")

    profiles = Profiles(app.store, app.definitions)
    await profiles.get(ids[4])
    with monkeypatch.context() as patch:
        patch.setattr(type(app.store), "save_profiles", full)
        with pytest.raises(StoreError):
            await profiles.write_back()
    assert await profiles.write_back() == 1
    assert await profiles.write_back() == 0
