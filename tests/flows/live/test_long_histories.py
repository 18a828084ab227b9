"""One customer's history as long as a log's: an open till, a kiosk, a page that everybody reads under one id."""

import asyncio
from datetime import timedelta

import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.core.instant import micros
from shopkeeper.core.profile import ANYWHERE, Membership
from shopkeeper.differentiate.fold import purchase_history
from shopkeeper.flows.collect import collect
from shopkeeper.flows.customers.desk import desk_of
from shopkeeper.flows.customers.merging import Merge, merge_customers
from shopkeeper.flows.deciding.recorded import recorded_decision
from shopkeeper.flows.deciding.supposed import SupposedProfiles, Without
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.profiles import Profiles
from shopkeeper.flows.watch import Transition
from shopkeeper.store import history
from shopkeeper.testing.shop import NOW, basket, user

KIOSK = {"anonymous_id": "kiosk"}
PETS = ["pets-0", "pets-1", "pets-2"]


@pytest.fixture(autouse=True)
def short(monkeypatch, short_results):
    """Let the whole history of the kiosk be more than SQLite gives at once."""
    monkeypatch.setattr(history, "PAGE_BYTES", 400_000)


async def send(service, *wires):
    found = await collect(service.store, service.definitions, wires, origin=Origin("web"), now=NOW)
    return found.receipts


async def follow(service):
    await asyncio.wait_for(service.follower.reach(await service.store.head()), 20)


def viewed(n):
    wire = {"type": "track", "event": "Product Viewed", "messageId": f"k{n}", "anonymousId": "kiosk"}
    return wire | {"timestamp": NOW.isoformat(), "properties": {"product_id": "tea-0", "note": "x" * 8_000}}


@pytest.fixture
async def kiosk(service):
    """A customer of 250 events, 4 MB as SQLite would give them."""
    for start in range(0, 250, 50):
        receipts = await send(service, *map(viewed, range(start, start + 50)))
        await follow(service)
    return receipts[0].customer


async def test_a_long_history_stops_neither_the_following_nor_the_answers(service, kiosk, decide, ids):
    joins = {"type": "identify", "messageId": "i", "anonymousId": "kiosk", "userId": user(5), "traits": {}}
    await send(service, joins)
    await send(service, basket(user(4), PETS, key="b1", at=NOW))
    await follow(service)
    (whole,) = set((await service.store.current([kiosk, ids[5]])).values())
    for wire in map(viewed, range(250, 253)):
        await send(service, wire)
    await follow(service)
    assert (await Profiles(service.store, service.definitions).get(whole)).seq == await service.store.head()
    assert (await decide("recommendations", customer=KIOSK)).degraded is None


async def test_a_merge_of_a_long_history_is_previewed(service, kiosk, ids):
    wish = Merge(other=ids[4], dry=True)
    change = await merge_customers(desk_of(service, personal=True), None, kiosk, wish, by="jo", now=NOW)
    assert sum(one.orders for one in change.before) == sum(one.orders for one in change.after) > 0
    (one,) = [one for one in change.before if one.customer == ids[4]]
    profile = await service.profiles.get(ids[4])
    assert one.orders == len(purchase_history(profile.state))


async def test_a_long_history_is_supposed_without_its_end(service, kiosk):
    await send(service, viewed(250) | {"timestamp": (NOW - timedelta(days=1)).isoformat()})
    last = await service.store.head()
    await send(service, viewed(251))
    await follow(service)
    supposed = SupposedProfiles(service.store, service.profiles, until=micros(NOW) - 1, without=Without())
    assert (await supposed.get(kiosk)).seq == last


async def test_outcomes_in_a_long_history_are_found(service, kiosk, decide):
    decision = await decide("recommendations", customer=KIOSK)
    await service.journal.close()
    service.journal.start()
    clicked = viewed(250) | {"event": "Offer Clicked"}
    clicked["properties"] = {"offer": "tea-0", "decision": decision.id}
    await send(service, clicked)
    await follow(service)
    record = await recorded_decision(desk_of(service, personal=True), decision.id)
    assert [one.name for one in record.outcomes] == ["Offer Clicked"]


@pytest.fixture
def read(service, monkeypatch):
    """The names of the events that are read of histories."""
    found = set()
    page = type(service.store)._history_page

    async def noting(store, *asked, **more):
        events, upto = await page(store, *asked, **more)
        found.update(event.name for event in events)
        return events, upto

    monkeypatch.setattr(type(service.store), "_history_page", noting)
    return found


async def test_what_was_told_of_segments_is_looked_for_among_entries_and_exits(service, ids, decide, read):
    await decide("recommendations", 4)
    await service.journal.close()
    service.journal.start()
    await send(service, basket(user(4), PETS, key="b1", at=NOW))
    await follow(service)
    read.clear()
    told = await service.watch._told([ids[4]])
    assert Transition(ids[4], "pet_owners", entered=True) in told
    assert read <= {"Segment Entered", "Segment Exited"}


async def test_a_taking_is_credited_by_reading_what_was_shown_alone(service, ids, read):
    shown = {"type": "track", "event": "Offer Shown", "userId": user(4), "timestamp": NOW.isoformat()}
    for n, arm in enumerate(("first", "second")):
        texts = {"offer": "save-tea", "decision": f"d{n}", "arm": arm}
        await send(service, shown | {"messageId": f"s{n}", "properties": texts})
    await follow(service)
    read.clear()
    taken = shown | {"event": "Offer Redeemed", "messageId": "t", "properties": {"offer": "save-tea"}}
    (receipt,) = await send(service, taken)
    (event,) = await service.store.read(after=receipt.seq - 1, limit=1)
    assert await service.learner._credit(event) == ("save-tea", "second")
    assert read == {"Offer Shown"}


@pytest.fixture
def unreadable(service, kiosk, monkeypatch):
    """Let the store refuse to read the kiosk's profile in a way that concerns nobody else."""
    service.profiles.forget([kiosk])
    ground = type(service.store).ground

    async def refusing(store, customers, **more):
        if kiosk in customers:
            raise BadInput("canary")
        return await ground(store, customers, **more)

    monkeypatch.setattr(type(service.store), "ground", refusing)
    return kiosk


@pytest.mark.usefixtures("unreadable")
async def test_a_customer_who_cannot_be_read_holds_up_no_other(service, ids, caplog):
    await send(service, viewed(250), basket(user(4), PETS, key="b1", at=NOW))
    await follow(service)
    events = await service.store.history([ids[4]])
    assert [event.name for event in events if event.texts.get("segment") == "pet_owners"] == ["Segment Entered"]
    assert "is passed over: unforeseen BadInput" in caplog.text
    assert "canary" not in caplog.text


async def test_a_customer_who_cannot_be_read_is_answered_as_a_stranger(decide, unreadable, caplog):
    decision = await decide("recommendations", customer=KIOSK)
    assert (decision.personal, decision.degraded) == (False, "no store")
    assert decision.picks
    assert f"{unreadable} cannot be read for a decision: unforeseen BadInput" in caplog.text
    assert "canary" not in caplog.text


async def test_a_customer_who_cannot_be_read_holds_up_no_other_s_recheck(app, service, ids, unreadable, caplog):
    at = micros(NOW) + 1
    stands = [Membership(customer, ANYWHERE, None, at) for customer in (unreadable, ids[4])]
    await app.store.change_memberships(entered=stands, left=[])
    app.clock.move(timedelta(seconds=1))
    await service.follower.recheck()
    assert f"rechecks of {unreadable} are put off: unforeseen BadInput" in caplog.text
    assert await app.store.due_memberships(micros(app.clock.now()) + 1, limit=1) == []
