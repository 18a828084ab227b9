"""Segments while the shop is served: entered and left by events, by time alone, and told once."""

from datetime import timedelta

import msgspec
import pytest

import shopkeeper.flows.profiles as profiles_module
import shopkeeper.flows.watch as watch_module
from shopkeeper.core.errors import StoreError
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.core.profile import Membership
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.profiles import Profiles
from shopkeeper.flows.segments import count_segments, count_where, refresh_memberships, segment_customers
from shopkeeper.flows.watch import Watch
from shopkeeper.testing.shop import DEFINITIONS, NOW, basket, user

FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
DAY = timedelta(days=1)


async def told(app, segment, customer=None):
    events = await app.store.read(after=0, limit=100_000)
    return [
        event.name for event in events if event.texts.get("segment") == segment and customer in {None, event.customer}
    ]


async def members(app, segment):
    return {member.customer for member in await app.store.members(segment)}


def order(number, key, *, at=NOW):
    return basket(user(number), ["tea-0"], key=key, at=at)


async def recheck_until(app, service, until):
    while app.clock.now() < until:
        app.clock.move(timedelta(hours=12))
        await service.follower.recheck()


async def test_time_alone_lets_a_customer_enter_and_the_next_order_leave(app, service, take, treated, ids):
    await take(order(treated, "t1"))
    await recheck_until(app, service, NOW + 20 * DAY)
    assert await told(app, "lapsing", ids[treated]) == []
    await recheck_until(app, service, NOW + 22 * DAY)
    assert await told(app, "lapsing", ids[treated]) == ["Segment Entered"]
    assert ids[treated] in await members(app, "lapsing")
    for _ in range(3):
        await service.follower.recheck()
    assert await told(app, "lapsing", ids[treated]) == ["Segment Entered"]
    answer = await take(order(treated, "t2", at=app.clock.now()))
    assert "lapsing" in answer.left
    assert await told(app, "lapsing", ids[treated]) == ["Segment Entered", "Segment Exited"]
    assert ids[treated] not in await members(app, "lapsing")


async def test_time_alone_lets_a_customer_leave_a_window(app, service, take, ids):
    inside = await members(app, "pet_owners")
    number = next(number for number in ids if ids[number] not in inside)
    await take(basket(user(number), ["pets-0", "pets-1", "pets-2"], key="p", at=NOW))
    await recheck_until(app, service, NOW + 29 * DAY)
    assert await told(app, "pet_owners", ids[number]) == ["Segment Entered", "Segment Exited"]


async def test_a_segment_is_entered_at_the_very_instant(app, service, take, treated, ids):
    await take(order(treated, "t1"))
    app.clock.move(21 * DAY)
    await service.follower.recheck()
    assert await told(app, "lapsing", ids[treated]) == []
    app.clock.move(timedelta(microseconds=1))
    await service.follower.recheck()
    assert await told(app, "lapsing", ids[treated]) == ["Segment Entered"]


async def test_a_crash_between_the_log_and_the_record_tells_nothing_twice(service, take, treated, ids, monkeypatch):
    async def crash(*_args: object, **_more: object) -> None:
        raise StoreError("the disk is full")

    wire = basket(user(treated), ["pets-0"], key="p0", at=NOW)
    await take(wire)
    with monkeypatch.context() as patch:
        patch.setattr(type(service.store), "change_memberships", crash)
        with pytest.raises(StoreError):
            await take(basket(user(treated), [f"pets-{k}" for k in range(4)], key="p1", at=NOW))
        assert ids[treated] not in await members(service, "pet_owners")  # The follower tries again by itself.
    await take(order(treated, "later"))
    assert await told(service, "pet_owners", ids[treated]) == ["Segment Entered"]
    assert ids[treated] in await members(service, "pet_owners")


async def test_a_log_that_refuses_leaves_nothing_half_known(service, take, treated, ids, monkeypatch):
    change = type(service.store).change_memberships

    async def no_segments(store, **changes):
        if changes["told"]:
            raise StoreError("the disk is full")
        return await change(store, **changes)

    wire = basket(user(treated), [f"pets-{k}" for k in range(4)], key="p1", at=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(type(service.store), "change_memberships", no_segments)
        with pytest.raises(StoreError):
            await take(wire)
    assert (await take(wire)).outcome == "duplicate"
    assert await told(service, "pet_owners", ids[treated]) == ["Segment Entered"]
    assert ids[treated] in await members(service, "pet_owners")


async def test_the_record_of_history_is_made_without_telling_of_it(app, service):
    before = await app.store.head()
    changed = await refresh_memberships(app.store, app.batch, app.definitions, now=NOW)
    assert changed == 0
    await app.store.change_memberships(
        entered=[], left=[(customer, "regulars") for customer in await members(app, "regulars")]
    )
    assert await members(app, "regulars") == set()
    assert await refresh_memberships(app.store, app.batch, app.definitions, now=NOW) > 50
    assert await app.store.head() == before
    overview = {line.name: line.members for line in await service.watch.overview()}
    assert overview == {
        line.name: line.customers for line in await count_segments(app.store, app.batch, app.definitions, now=NOW)
    }


async def test_members_of_history_are_looked_at_again_when_a_day_begins(app, service, ids):
    lapsed = {ids[number] for number in range(0, 150, 10)}
    assert lapsed <= await members(app, "lapsing")
    in_window = await members(app, "pet_owners")
    await recheck_until(app, service, NOW + 30 * DAY)
    assert in_window
    assert await members(app, "pet_owners") == set()


async def test_who_is_outside_by_history_enters_by_time_alone(app, service, ids):
    outside = set(ids.values()) - await members(app, "lapsing")
    assert len(outside) > 100
    await recheck_until(app, service, NOW + 30 * DAY)
    assert await members(app, "lapsing") == set(ids.values())
    assert await told(app, "lapsing") == ["Segment Entered"] * len(outside)


async def test_a_refresh_puts_no_recheck_off(app, ids):
    customer, soon = ids[1], micros(NOW) + 1
    await app.store.change_memberships(entered=[Membership(customer, "lapsing", None, soon)], left=[])
    await refresh_memberships(app.store, app.batch, app.definitions, now=NOW)
    due = await app.store.due_memberships(soon + 1, limit=10)
    assert due == [Membership(customer, "lapsing", None, soon)]


async def test_a_recheck_after_which_time_changes_nothing_is_done_with(app, service, ids):
    definitions = load_definitions(FILES | {"segments.yaml": "never: {where: coupons_used >= 99}"})
    watch = Watch(app.store, definitions, Profiles(app.store, definitions))
    await app.store.change_memberships(entered=[Membership(ids[1], "never", None, micros(NOW))], left=[])
    assert await watch.recheck(now=NOW) == 1
    assert await watch.recheck(now=NOW) == 0


async def test_live_equals_batch_on_the_whole_shop(app, service, take, arms, ids):
    for number in arms["treated"][:25]:
        await take(basket(user(number), ["pets-0", "bread-0", "pets-3"], key=f"x{number}", at=NOW))
    await service.journal.close()
    await app.feed_lake()
    moment = Moment(micros(NOW), app.definitions.shop.zone)
    live = {name: set() for name in app.definitions.segments}
    for customer, profile in (await service.profiles.catch_up(list(ids.values()))).items():
        for name in service.watch.segments_of(service.profiles.values(profile, moment), moment):
            live[name].add(customer)
    assert {name: await members(app, name) for name in live} == live
    counted = await count_segments(app.store, app.batch, app.definitions, now=NOW)
    assert {line.name: line.customers for line in counted} == {name: len(found) for name, found in live.items()}
    assert (
        set(await segment_customers(app.store, app.batch, app.definitions, "pet_owners", now=NOW)) == live["pet_owners"]
    )
    same = await count_where(app.store, app.batch, app.definitions, "pets_28d >= 3", now=NOW)
    assert same.customers == len(live["pet_owners"]) > 25


async def test_a_recheck_of_a_segment_that_is_gone_is_forgotten(app, service, take, treated, ids):
    await take(order(treated, "t1"))
    segments = FILES["segments.yaml"].replace("lapsing:", "asleep:")
    definitions = load_definitions(FILES | {"segments.yaml": segments})
    watch = Watch(app.store, definitions, Profiles(app.store, definitions))
    later = NOW + 30 * DAY
    assert await watch.recheck(now=later) > 0
    due = await app.store.due_memberships(micros(later), limit=5_000)
    assert "lapsing" not in {one.segment for one in due}


async def test_a_customer_whose_profile_cannot_be_folded_holds_up_no_others_recheck(
    app, service, ids, monkeypatch, caplog
):
    outside = set(ids.values()) - await members(app, "lapsing")
    ill = min(outside)
    healthy = profiles_module.fold

    def stumbles(plan, state, event):
        if event.customer == ill:
            raise ZeroDivisionError("canary")
        return healthy(plan, state, event)

    service.profiles.forget(list(ids.values()))
    app.clock.move(30 * DAY)
    with monkeypatch.context() as patch:
        patch.setattr(profiles_module, "fold", stumbles)
        await app.store.append([msgspec.structs.replace(event, message_id="ill") for event in await last_of(app, ill)])
        await service.follower.recheck()
        assert await members(app, "lapsing") == set(ids.values()) - {ill}
        assert f"rechecks of {ill} are put off: unforeseen ZeroDivisionError" in caplog.text
        assert "canary" not in caplog.text
        assert await app.store.due_memberships(micros(app.clock.now()) + 1, limit=1) == []
    app.clock.move(watch_module.PUT_OFF)
    await service.follower.recheck()
    assert ill in await members(app, "lapsing")


async def last_of(app, customer):
    return (await app.store.history([customer]))[-1:]
