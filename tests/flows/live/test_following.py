"""The follower: in the log's order, once, from where it stopped; and never all that was imported."""

import asyncio
from datetime import timedelta

import pytest

import shopkeeper.flows.following.follower as follower_module
import shopkeeper.flows.pressure as pressure_module
from shopkeeper.core.errors import Overloaded, StoreError
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.flows.collect import collect
from shopkeeper.flows.collecting.pressure import require_room
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.following import READER, followed_upto, offline_history
from shopkeeper.testing.shop import NOW, basket, user

PETS = ["pets-0", "pets-1", "pets-2"]


async def send(service, *wires, source="web", now=NOW):
    return await collect(service.store, service.definitions, wires, origin=Origin(source), now=now)


async def followed(service):
    await service.follower.reach(await service.store.head())


async def told(service, segment, customer):
    events = await service.store.history([customer])
    return [event.name for event in events if event.texts.get("segment") == segment]


async def trait(service, customer, name):
    profile = await service.profiles.get(customer)
    return service.profiles.values(profile, Moment(micros(NOW), service.definitions.shop.zone))[name]


async def test_what_was_collected_is_followed_without_anybody_waiting(service, treated, ids):
    customer = ids[treated]
    before = await trait(service, customer, "orders_ever")
    await send(service, basket(user(treated), PETS, key="b1", at=NOW))
    while await trait(service, customer, "orders_ever") == before:
        await asyncio.sleep(0.005)
    await followed(service)
    assert await told(service, "pet_owners", customer) == ["Segment Entered"]


async def test_what_a_crash_cut_off_is_followed_at_the_next_start_once(app, service, treated, ids):
    await service.follower.keep()
    stood = await followed_upto(app.store)
    await send(service, basket(user(treated), PETS, key="b1", at=NOW, coupon="twice-milk"))
    await followed(service)
    assert await followed_upto(app.store) == stood  # a kill here leaves the cursor behind
    service.follower._kept = service.follower.position  # so that the end below moves nothing either
    assert await app.store.head() > stood
    async with app.serving() as again:
        await followed(again)
        assert await told(again, "pet_owners", ids[treated]) == ["Segment Entered"]
        redeemed = [e for e in await app.store.history([ids[treated]]) if e.name == "Offer Redeemed"]
        assert [e.texts["offer"] for e in redeemed if e.source == "shopkeeper"] == ["twice-milk"]
        assert await followed_upto(app.store) == stood
        await again.follower.keep()
        assert await followed_upto(app.store) == again.follower.position


async def test_imported_history_is_known_and_not_lived_through(service, treated, ids):
    await service.store.note_history("till", NOW - timedelta(hours=1))
    was = await trait(service, ids[treated], "orders_ever")
    wire = basket(user(treated), PETS, key="old", at=NOW - timedelta(days=3), coupon="twice-milk")
    await send(service, wire, source="till", now=NOW - timedelta(hours=1))
    await followed(service)
    assert await trait(service, ids[treated], "orders_ever") == was + 1
    assert await told(service, "pet_owners", ids[treated]) == []
    assert [e for e in await service.store.history([ids[treated]]) if e.message_id.startswith("redeemed:")] == []


async def test_an_offline_import_is_passed_over_unless_something_was_left_to_follow(app, service):
    await service.follower.close()
    async with offline_history(app.store, now=NOW):
        await send(service, basket("imported-1", ["tea-0"], key="i1", at=NOW))
    assert await app.store.cursor(READER) == await app.store.head()
    await send(service, basket("left", ["tea-0"], key="i2", at=NOW))
    stood = await app.store.cursor(READER)
    async with offline_history(app.store, now=NOW):
        await send(service, basket("imported-2", ["tea-0"], key="i3", at=NOW))
    assert await app.store.cursor(READER) == stood


async def test_a_merge_is_one_customer_for_profile_segments_and_memory(service, decide, ids, arms):
    store, limits = service.store, {"user_id": 5, "anonymous_id": 5}
    await send(service, {"type": "track", "anonymousId": "a-1", "event": "Product Viewed", "properties": {}})
    for who, pets in (("m1", PETS[:2]), ("m2", PETS[2:])):
        await send(service, basket(who, pets, key=f"o-{who}", at=NOW))
    await followed(service)
    names = [Identifier("user_id", "m1"), Identifier("user_id", "m2")]
    first, second = (await store.find_customers(names)).values()
    assert await told(service, "pet_owners", first) == []
    assert (await service.profiles.get(second)).customer == second
    seq = await store.merge(first, second, limits=limits, by="ann", now=NOW)
    await service.follower.reach(seq)
    one = min(first, second)
    assert await trait(service, one, "orders_ever") == 2
    assert await told(service, "pet_owners", one) == ["Segment Entered"]
    assert one in {member.customer for member in await store.members("pet_owners")}
    cut = await store.unmerge(one, [max(first, second)], by="ann", now=NOW)
    await service.follower.reach(cut)
    assert [await trait(service, each, "orders_ever") for each in (first, second)] == [1, 1]
    assert {first, second} & {member.customer for member in await store.members("pet_owners")} == set()
    assert await told(service, "pet_owners", one) == ["Segment Entered", "Segment Exited"]


async def test_two_who_were_in_a_segment_are_in_it_once_when_merged(service):
    store = service.store
    for who in ("m1", "m2"):
        await send(service, basket(who, PETS, key=f"o-{who}", at=NOW))
    await followed(service)
    first, second = (await store.find_customers([Identifier("user_id", "m1"), Identifier("user_id", "m2")])).values()
    await service.follower.reach(await store.merge(first, second, limits={"user_id": 5}, by="ann", now=NOW))
    one = min(first, second)
    assert await told(service, "pet_owners", one) == ["Segment Entered"] * 2  # each of them, before
    await send(service, *({**order_cancelled(who), "userId": who} for who in ("m1", "m2")))
    await followed(service)
    assert await told(service, "pet_owners", one) == ["Segment Entered"] * 2 + ["Segment Exited"]


def order_cancelled(who):
    return {
        "type": "track",
        "event": "Order Cancelled",
        "messageId": f"x-{who}",
        "properties": {"order_id": f"o-{who}"},
    }


async def test_where_many_events_wait_a_run_takes_more_of_them_and_never_more_than_is_bounded(service, monkeypatch):
    asked, read = [], service.store.read

    async def watched(**bounds):
        asked.append(bounds["limit"])
        return await read(**bounds)

    monkeypatch.setattr(service.store, "read", watched)
    monkeypatch.setattr(follower_module, "RUN", (10, 40))
    async with service.follower.turn:
        await send(service, *(basket(user(n % 7), ["bread-0"], key=f"r{n}", at=NOW) for n in range(140)))
    await followed(service)
    assert {10, 40} <= set(asked)
    assert max(asked) == 40


async def test_an_event_that_cannot_be_followed_holds_up_no_other(service, ids, monkeypatch, caplog):
    look = follower_module.look_at_run

    async def stumbles(store, led, run, **more):
        if any(event.message_id == "bad" for event in run.events):
            raise ZeroDivisionError("canary")
        return await look(store, led, run, **more)

    monkeypatch.setattr(follower_module, "look_at_run", stumbles)
    await send(service, *(basket(user(4), PETS, key=key, at=NOW) for key in ("b0", "bad", "b1")))
    await followed(service)
    assert await told(service, "pet_owners", ids[4]) == ["Segment Entered"]
    assert "is passed over: unforeseen ZeroDivisionError" in caplog.text
    assert "canary" not in caplog.text


async def test_a_store_that_fails_is_tried_again_and_who_waits_is_told(service, treated, ids, monkeypatch):
    async def down(*_args, **_more):
        raise StoreError("the database does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(type(service.store), "histories", down)
        result = await send(service, basket(user(treated), PETS, key="b1", at=NOW))
        with pytest.raises(StoreError):
            await service.follower.reach(result.receipts[0].seq)
    await service.follower.reach(result.receipts[0].seq)
    assert await told(service, "pet_owners", ids[treated]) == ["Segment Entered"]


async def test_who_sends_is_asked_to_wait_while_too_much_waits_to_be_followed(service, monkeypatch):
    monkeypatch.setattr(pressure_module, "BACKLOG", 5)
    require_room(service)
    async with service.follower.turn:
        await send(service, *(basket(user(n), ["tea-0"], key=f"b{n}", at=NOW) for n in range(6)))
        while service.follower.backlog < 6:
            await asyncio.sleep(0.01)
        with pytest.raises(Overloaded):
            require_room(service)
    await followed(service)
    require_room(service)


async def test_who_sends_is_asked_to_wait_while_too_much_waits_for_its_commit(service, monkeypatch):
    monkeypatch.setattr(service.store, "_waiting", 20_000)
    with pytest.raises(Overloaded):
        require_room(service)
    monkeypatch.setattr(service.store, "_waiting", 0)
    require_room(service)
