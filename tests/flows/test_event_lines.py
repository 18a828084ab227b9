"""The log for people: pages of it in words, and one event whole."""

import json

import pytest

from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.flows import event_lines
from shopkeeper.flows.collect import collect
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.event_lines import Wanted, list_events, whole_event
from shopkeeper.testing.shop import NOW, basket, track, user

ANY = Wanted()


async def page(app, wanted=ANY, **asked):
    return await list_events(app.store, app.definitions, wanted, **asked)


async def test_the_last_events_come_first_and_in_words(app):
    found = await page(app, limit=3)
    head = await app.store.head()
    assert [one.seq for one in found.events] == [head, head - 1, head - 2]
    assert found.head == head
    assert all(one.words.endswith(".") for one in found.events)


async def test_pages_follow_each_other_to_the_first_event(app):
    seen, before = [], None
    while True:
        found = await page(app, Wanted(name="Consent Given"), limit=20, before=before)
        seen += [one.seq for one in found.events]
        before = found.before
        if before is None:
            break
    every = [one.seq for one in await app.store.read(after=0, limit=10_000, names=["Consent Given"])]
    assert seen == every[::-1]


async def test_what_seldom_comes_is_looked_for_step_by_step(app, monkeypatch):
    monkeypatch.setattr(event_lines, "SPAN", 1_000)
    found = await page(app, Wanted(name="Definitions Applied"))
    assert (found.events, found.looked_through) == ((), 1_000)
    while found.before is not None and not found.events:
        found = await page(app, Wanted(name="Definitions Applied"), before=found.before)
    assert [one.words for one in found.events] == ["Version 1 of the definitions was put in force."]


async def test_filters_hold_together(app):
    customer = (await page(app, Wanted(name="Offer Redeemed"), limit=1)).events[0].customer
    found = await page(app, Wanted("Order Completed", "till", customer), limit=500)
    assert len(found.events) > 3
    assert {(one.name, one.source, one.customer) for one in found.events} == {("Order Completed", "till", customer)}
    assert found.before is None


async def test_a_limit_out_of_bounds_is_refused(app):
    for limit in (0, 501):
        with pytest.raises(BadInput, match="limit"):
            await page(app, limit=limit)


@pytest.mark.parametrize(
    "wire",
    [
        basket(user(5), ["tea-0", "pets-1"], key="b1", at=NOW, coupon="save-tea"),
        track(user(5), "Newsletter Opened", {"n": 2.5, "big": 12, "yes": True, "deep": {"a": [1]}}, key="n1", at=NOW),
        {"type": "identify", "userId": user(5), "messageId": "i1", "timestamp": NOW.isoformat(), "traits": {}},
        track(user(5), "Order Refunded", {"order_id": "b0", "total": 1.5}, key="r1", at=NOW),
    ],
    ids=["order", "any", "identify", "refund"],
)
async def test_what_would_be_sent_again_is_the_same_event(app, wire):
    first = basket(user(5), ["tea-0"], key="b0", at=NOW)
    taken = await collect(app.store, app.definitions, [first, wire], origin=Origin("api"), now=NOW)
    whole = await whole_event(app.store, app.definitions, taken.receipts[1].seq)
    kind = {"/v1/track": "track", "/v1/identify": "identify"}[whole.path]
    again = {**json.loads(whole.wire), "type": kind}
    taken = await collect(app.store, app.definitions, [again], origin=Origin("api"), now=NOW)
    assert taken.receipts[0].outcome == "duplicate"
    assert "changes nothing" in whole.note


async def test_what_shopkeeper_alone_writes_cannot_be_sent(app):
    applied = (await page(app, Wanted(name="Definitions Applied"), limit=1)).events[0]
    whole = await whole_event(app.store, app.definitions, applied.seq)
    assert (whole.wire, whole.path) == (None, None)
    assert {one.name for one in whole.properties} == {"version", "number"}


async def test_an_imported_event_warns_that_it_would_count_twice(app):
    order = (await page(app, Wanted(name="Order Completed"), limit=1)).events[0]
    whole = await whole_event(app.store, app.definitions, order.seq)
    assert "counts a second time" in whole.note
    assert "total" in {one.name for one in whole.properties}


async def test_a_number_that_the_log_does_not_have_is_not_found(app):
    for seq in (0, 10_000_000):
        with pytest.raises(NotFound):
            await whole_event(app.store, app.definitions, seq)
