"""The clerk: what lies in the inbox goes into the log once and in order, whatever ends or fails meanwhile."""

import asyncio
import json
from datetime import timedelta

import msgspec
import pytest

import shopkeeper.flows.collect as collect_module
import shopkeeper.flows.inbox.clerk as clerk_module
from shopkeeper.app import open_app
from shopkeeper.core.clock import StoppedClock
from shopkeeper.core.definitions import IdentifierKind
from shopkeeper.core.errors import BadInput, Conflict, StoreError
from shopkeeper.core.intake import INBOX, Span
from shopkeeper.core.parcel import Parcel
from shopkeeper.flows.accounting import account
from shopkeeper.flows.collect import collect
from shopkeeper.flows.contracts.contracts import Contracts
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door.naming import names_of
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.inbox import Clerk, Rules, empty_inbox
from shopkeeper.flows.inbox.wrapping import unwrap, wrap
from shopkeeper.store import admit as intake
from shopkeeper.store import failures, log
from shopkeeper.testing.shop import DEFINITIONS, NOW, basket, track, user

FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
SHOP = load_definitions(FILES)
WEB = Origin("web")


@pytest.fixture
async def clerk(shelf):
    await shelf.parcels.open(after=0)
    return await clerk_of(shelf)


async def clerk_of(store, definitions=SHOP):
    rules, contracts = Rules(definitions, {}), Contracts(store)
    made = Clerk(store, store.parcels, rules=lambda: rules, contracts=contracts, clock=StoppedClock(NOW), waits=False)
    await made.start()
    return made


def order(n):
    return basket(user(n % 7), ["tea-0"], key=f"o{n}", at=NOW)


async def put(store, *wires, origin=WEB, now=NOW):
    return await store.parcels.put([wrap(wires, origin, now=now)])


async def logged(store):
    return [event.message_id for event in await store.read(after=0, limit=1_000) if event.source != "shopkeeper"]


async def drain(clerk):
    taken = 0
    while some := await clerk.go_on():
        taken += some
    return taken


async def test_what_lies_there_goes_into_the_log_in_order_and_is_accounted_for_all_the_while(shelf, clerk):
    await put(shelf, order(1), order(2))
    await put(shelf, order(3), order(1), {"type": "track"}, origin=Origin("till"))
    before = (await account(shelf)).total
    assert (before.accepted, before.pending, before.difference) == (5, 5, 0)
    assert await drain(clerk) == 5
    assert await logged(shelf) == ["o1", "o2", "o3", "o1"]
    after = (await account(shelf)).total
    assert (after.accepted, after.pending, after.quarantined, after.difference) == (5, 4, 1, 0)


async def test_a_parcel_says_again_who_brought_it_and_no_secret(shelf):
    origin = Origin("shop-web", trusted=False, history=False, basis="contract", category="ads", gpc=True, secret=b"s3")
    parcel = wrap([{"type": "page", "n": 10**30, "text": "ä\u2028"}], origin, now=NOW)
    assert "s3" not in parcel.body
    brought = await unwrap(parcel, shelf)
    assert brought.origin == origin._replace(secret=None)
    assert (brought.wires, brought.now) == ([{"type": "page", "n": 10**30, "text": "ä\u2028"}], NOW)


async def test_who_is_cut_off_after_the_commit_lets_nothing_in_twice(shelf, clerk):
    await put(shelf, order(1), {"type": "track"})
    await drain(clerk)
    assert await drain(await clerk_of(shelf)) == 0
    total = (await account(shelf)).total
    assert (total.accepted, total.duplicates, total.difference) == (2, 0, 0)


async def test_a_cursor_that_does_not_move_in_the_commit_is_seen(shelf, clerk, monkeypatch):
    with monkeypatch.context() as planted:
        planted.setattr(intake.log, "move_cursor", lambda *_a, **_m: None)
        await put(shelf, order(1))
        await drain(clerk)
    await drain(await clerk_of(shelf))
    assert (await account(shelf)).total.duplicates == 1


async def test_of_two_clerks_one_lets_a_parcel_in_and_the_other_goes_on_behind_it(shelf, clerk):
    other = await clerk_of(shelf)
    await put(shelf, order(1))
    await drain(clerk)
    await put(shelf, order(2))
    await drain(other)
    await drain(clerk)
    assert await logged(shelf) == ["o1", "o2"]


async def test_a_store_that_fails_leaves_everything_lying_there(shelf, clerk, monkeypatch):
    def fails(*_):
        raise StoreError("the disk is full")

    await put(shelf, order(1))
    with monkeypatch.context() as patch:
        patch.setattr(intake, "_count", fails)
        with pytest.raises(StoreError):
            await clerk.go_on()
    assert await logged(shelf) == []
    assert (await account(shelf)).total.pending == 1
    assert await drain(clerk) == 1


async def test_an_event_that_nobody_foresaw_waits_and_holds_up_no_other(shelf, clerk, monkeypatch, caplog):
    real = collect_module.canonical

    def trips(wire, *args, **more):
        if wire.get("messageId") == "o2":
            raise RuntimeError("a customer's name")
        return real(wire, *args, **more)

    monkeypatch.setattr(collect_module, "canonical", trips)
    await put(shelf, order(1), order(2))
    await put(shelf, order(3))
    assert await drain(clerk) == 3
    assert await logged(shelf) == ["o1", "o3"]
    (row,) = await shelf.quarantined(limit=10)
    assert row.code == "unforeseen"
    assert "o2" in row.body
    assert (await account(shelf)).total.difference == 0
    assert "a customer's name" not in caplog.text + row.reason


def breaks(message_id):
    """Make hearing break a rule of the schema, as a mistake of ours would, for one event each time that it comes."""

    def hear(conn, _arrivals, taken):
        log.write_numbered(conn, [row for row in taken.values() if row["message_id"] == message_id])

    return hear


async def test_an_event_that_no_store_will_ever_take_waits_and_holds_up_no_other(store, monkeypatch, caplog):
    monkeypatch.setattr(intake, "hear_groups", breaks("o2"))
    if store.parcels is None:  # PostgreSQL has no inbox
        taken = await collect(store, SHOP, [order(n) for n in (1, 2, 3)], origin=WEB, now=NOW, items={})
        assert (taken.accepted, taken.quarantined, taken.receipts[1].code) == (2, 1, "unforeseen")
    else:
        await store.parcels.open(after=0)
        await put(store, order(1), order(2))
        await put(store, order(3))
        assert await drain(await clerk_of(store)) == 3
    assert await logged(store) == ["o1", "o3"]
    assert [row.code for row in await store.quarantined(limit=10)] == ["unforeseen"]
    assert user(2) not in caplog.text


async def test_what_breaks_a_rule_and_is_taken_for_a_full_disk_lies_there_for_ever(shelf, clerk, monkeypatch):
    """Planted bug: whatever the database refuses is tried again."""
    monkeypatch.setattr(intake, "hear_groups", breaks("o2"))
    monkeypatch.setattr(failures, "IntegrityError", ())
    await put(shelf, order(1), order(2))
    for _ in range(2):
        with pytest.raises(StoreError):
            await clerk.go_on()
    assert await logged(shelf) == []


PURPOSES = FILES["shop.yaml"].replace(
    "advertising: {basis: consent}", "advertising: {basis: consent, category: ads}\n  news: {basis: consent}"
)
ASKING = load_definitions(FILES | {"shop.yaml": PURPOSES})
ON_CONSENT = Origin("web", basis="consent", category="ads")


def said(key, given, minutes):
    consent = {"categoryPreferences": {"ads": given}}
    event = track(user(1), "Page Viewed", {}, key=key, at=NOW + timedelta(minutes=minutes))
    return event | {"context": {"consent": consent}}


async def took_back(store):
    clerk = await clerk_of(store, ASKING)
    now = NOW + timedelta(hours=1)
    await put(store, said("yes", True, 0), origin=ON_CONSENT, now=now)
    await put(store, said("no", False, 1), origin=ON_CONSENT, now=now)
    await drain(clerk)
    customers = await store.list_customers(limit=2)
    records = (await store.consent_records(customers))[customers[0]]
    return [one.state for one in records if one.purpose == "advertising"][-1]


async def test_who_says_no_is_heard_though_their_yes_lay_in_the_inbox_with_it(shelf):
    await shelf.parcels.open(after=0)
    assert await took_back(shelf) != "given"


async def test_of_what_may_not_be_kept_only_who_says_no_lies_in_the_inbox(shelf):
    wire = said("no", False, 1) | {"properties": {"path": "/secret"}, "traits": {"email": "a@example.org", "city": "X"}}
    wire["context"] |= {"ip": "203.0.113.9", "page": {"url": "/secret"}}
    body = wrap([wire, said("yes", True, 0)], ON_CONSENT, now=NOW).body
    assert not any(word in body for word in ("secret", "203.0.113.9", "city"))
    (no, yes) = (await unwrap(wrap([wire, said("yes", True, 0)], ON_CONSENT, now=NOW), shelf)).wires
    assert no["userId"] == yes["userId"]
    assert no["context"]["consent"] == {"categoryPreferences": {"ads": False}}
    assert wrap([wire], WEB, now=NOW).body.count("secret") == 2


NAMING = [
    {"userId": user(1)},
    {"anonymousId": "a1", "previousId": "a0"},
    {"traits": {"email": "a@example.org", "phone": "+43660123456"}},
    {"context": {"traits": {"email": "a@example.org"}}},
    {"context": {"externalIds": [{"type": "email", "id": "a@example.org"}]}},
    {"type": "merge", "mergeProperties": [{"type": "user_id", "value": "1"}, {"type": "email", "value": "a@b.org"}]},
    {"type": "group", "userId": "u", "traits": {"email": "household@example.org"}},
]


@pytest.mark.parametrize("named", NAMING)
def test_whoever_says_no_is_named_as_they_named_themselves(named):
    wire = {"type": "track", "event": "Page Viewed", "messageId": "m"} | named
    wire["context"] = {"consent": {"categoryPreferences": {"ads": False}}} | wire.get("context", {})
    (left,) = json.loads(wrap([wire], ON_CONSENT, now=NOW).body)["wires"]
    known = {"user_id": IdentifierKind(), "email": IdentifierKind(), "phone": IdentifierKind()}
    shop = msgspec.structs.replace(ASKING.shop, identifiers=known | {"anonymous_id": IdentifierKind()})
    assert names_of(left, shop, ON_CONSENT, now=NOW) == names_of(wire, shop, ON_CONSENT, now=NOW)


async def test_of_who_says_nothing_and_may_not_be_kept_nothing_lies_there_and_many_share_a_commit(shelf):
    await shelf.parcels.open(after=0)
    clerk = await clerk_of(shelf, ASKING)
    silent = [track(user(n), "Page Viewed", {}, key=f"s{n}", at=NOW) for n in range(30)]
    assert user(3) not in wrap(silent, ON_CONSENT, now=NOW).body
    for wire in silent:
        await put(shelf, wire, origin=ON_CONSENT)
    groups = [await clerk._open(one) for one in await shelf.parcels.read(after=0, events=100)]
    assert len(list(clerk_module._groups([clerk_module._Opened(1, one) for one in groups]))) == 1
    assert await drain(clerk) == 30
    total = (await account(shelf)).total
    assert (total.accepted, total.refused, total.difference) == (30, 30, 0)


async def test_who_refuses_often_in_one_request_is_heard_once(shelf):
    await shelf.parcels.open(after=0)
    clerk = await clerk_of(shelf, ASKING)
    now = NOW + timedelta(hours=2)
    await put(shelf, said("yes", True, 0), origin=ON_CONSENT, now=now)
    await put(shelf, *(said(f"no{n}", False, 1 + n) for n in range(60)), origin=ON_CONSENT, now=now)
    await drain(clerk)
    assert [event.name for event in await shelf.read(after=0, limit=99)].count("Consent Withdrawn") == 1


async def test_a_parcel_that_nobody_can_open_waits_as_it_is_and_stops_nothing(shelf, clerk, caplog):
    await shelf.parcels.put([Parcel("web", 3, '{"of": "a later version", "who": "a name"}')])
    await put(shelf, order(1))
    await drain(clerk)
    assert await logged(shelf) == ["o1"]
    (row,) = await shelf.quarantined(limit=10)
    assert (row.code, "a later version" in row.body) == ("unforeseen", True)
    assert (await account(shelf)).total.difference == 0
    assert "a name" not in caplog.text


async def test_an_event_that_the_store_cannot_keep_waits_with_its_reason(shelf, clerk, monkeypatch):
    def cannot(*_args, **_more):
        raise BadInput("a value that the database cannot keep")

    monkeypatch.setattr(collect_module, "canonical", cannot)
    await put(shelf, order(1))
    await drain(clerk)
    (row,) = await shelf.quarantined(limit=10)
    assert row.reason == "a value that the database cannot keep"


async def test_a_no_that_is_offered_to_nobody_is_lost(shelf, monkeypatch):
    """Planted bug: what is not let in is left out with what it says no to."""
    monkeypatch.setattr(collect_module, "refusals_of", lambda *_args, **_more: None)
    await shelf.parcels.open(after=0)
    assert await took_back(shelf) == "given"


async def test_a_withdrawal_without_any_preference_is_heard_through_the_inbox_and_nothing_else_is_kept(shelf):
    """Planted bug: a parcel keeps only what is carried, so that a withdrawal on a source of consent is thrown away."""
    await shelf.parcels.open(after=0)
    clerk, now = await clerk_of(shelf, ASKING), NOW + timedelta(hours=1)
    await put(shelf, track(user(1), "Consent Given", {"purpose": "news"}, key="yes", at=NOW), now=now)
    said = {"purpose": "news", "channel": "Email", "wording": "secret", "reason": "secret"}
    no = track(user(1), "Consent Withdrawn", said, key="no", at=NOW + timedelta(minutes=1))
    assert "secret" not in wrap([no], ON_CONSENT, now=now).body
    await put(shelf, no, origin=ON_CONSENT, now=now)
    await drain(clerk)
    (customer,) = await shelf.list_customers(limit=2)
    records = (await shelf.consent_records([customer]))[customer]
    assert [(one.state, one.via, one.channel) for one in records] == [
        ("given", "event", None),
        ("withdrawn", "event", "email"),
    ]
    total = (await account(shelf)).total
    assert (total.refused, total.difference) == (1, 0)


async def test_the_clerk_waits_while_what_follows_the_log_is_far_behind(shelf, monkeypatch):
    monkeypatch.setattr(clerk_module, "AHEAD", 2)
    await shelf.parcels.open(after=0)
    rules, contracts = Rules(SHOP, {}), Contracts(shelf)
    clerk = Clerk(shelf, shelf.parcels, rules=lambda: rules, contracts=contracts, clock=StoppedClock(NOW))
    await clerk.start()
    await put(shelf, *map(order, range(3)))
    assert await clerk.go_on() == 3
    await put(shelf, order(4))
    assert await clerk.go_on() == 0
    await shelf.advance("follower", expected=0, to=await shelf.head())
    assert await clerk.go_on() == 1


async def test_a_span_that_another_has_let_in_is_a_conflict_and_changes_nothing(shelf, clerk):
    await put(shelf, order(1))
    await shelf.advance(INBOX, expected=0, to=1)
    with pytest.raises(Conflict):
        brought = await unwrap((await shelf.parcels.read(after=0, events=1))[0], shelf)
        await (await collect_module.read_all(shelf, SHOP, [brought], items={})).take(shelf, parcels=Span(0, 1))
    assert await logged(shelf) == []


async def test_a_command_finds_in_the_log_what_a_server_left_in_the_inbox(shop):
    async with open_app(shop, environ={}) as app:
        await app.store.parcels.open(after=await app.store.cursor(INBOX))
        await put(app.store, order(1))
        head = await app.store.head()
    async with open_app(shop, environ={}, to_serve=True) as app:
        assert await app.store.head() == head
    async with open_app(shop, environ={}) as app:
        assert await app.store.head() == head + 1
        assert await empty_inbox(app.store, app.store.parcels, app.definitions, clock=app.clock) == 0
        assert await app.store.parcels.last() == 0


async def test_it_works_on_while_the_store_fails_now_and_then(shelf, clerk, monkeypatch):
    monkeypatch.setattr(clerk_module, "PATIENCE", (0.01, 0.02))
    fails, real = [True, True], log.lock_head

    def lock_head(conn):
        if fails and fails.pop():
            raise StoreError("away")
        return real(conn)

    monkeypatch.setattr(intake.log, "lock_head", lock_head)
    arrived, told = asyncio.Event(), asyncio.Queue()
    working = asyncio.create_task(clerk.work(arrived=arrived, told=told.put))
    upto = await put(shelf, order(1))
    arrived.set()
    while await asyncio.wait_for(told.get(), 60) < upto:
        pass
    working.cancel()
    assert await logged(shelf) == ["o1"]


async def test_direct_and_laid_down_copies_of_an_event_are_one(shelf, clerk):
    await collect(shelf, SHOP, [order(1)], origin=WEB, now=NOW)
    await put(shelf, order(1))
    await drain(clerk)
    total = (await account(shelf)).total
    assert (total.accepted, total.duplicates, total.difference) == (1, 1, 0)
