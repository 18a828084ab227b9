"""A customer's timeline: order, pages, filters, words."""

from datetime import timedelta

import msgspec
import pytest

from shopkeeper.core.decision import DecideRequest
from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.core.trait import Trait, TraitType
from shopkeeper.flows.customers.consents import ConsentWord, take_consent
from shopkeeper.flows.customers.desk import MASK, Desk, desk_of
from shopkeeper.flows.customers.masking import is_open
from shopkeeper.flows.customers.timeline import Timeline, customer_timeline
from shopkeeper.testing.shop import NOW, basket, seeded, track, user


@pytest.fixture
def desk(service) -> Desk:
    return desk_of(service, personal=True)


async def timeline(desk: Desk, number: int = 5, **rest) -> Timeline:
    return await customer_timeline(desk, await desk.named("user_id", user(number)), **rest)


async def test_the_pages_of_a_timeline_make_up_the_whole(desk: Desk) -> None:
    whole = await timeline(desk, limit=200)
    assert len(whole.events) == whole.total
    assert [event.at for event in whole.events] == sorted((event.at for event in whole.events), reverse=True)
    pages, before = [], None
    while True:
        page = await timeline(desk, limit=7, before=before)
        pages += page.events
        before = page.next
        if before is None:
            break
    assert tuple(pages) == whole.events


async def test_filters_are_listed_with_counts_and_hold(desk: Desk) -> None:
    whole = await timeline(desk, limit=200)
    assert sum(one.events for one in whole.names) == sum(one.events for one in whole.sources) == whole.total
    for one in whole.names:
        shown = await timeline(desk, name=one.value, limit=200)
        assert len(shown.events) == one.events
        assert {event.name for event in shown.events} == {one.value}
        assert shown.names == whole.names
    assert (await timeline(desk, source="nobody")).events == ()


async def test_an_order_is_told_with_its_lines(desk: Desk, service) -> None:
    wire = basket(user(5), ["tea-0", "milk-2"], key="b1", at=NOW, coupon="save-tea")
    await service.outcomes.take(wire, source="till", now=NOW)
    order = (await timeline(desk, name="Order Completed", limit=1)).events[0]
    assert order.sentence == "Bought Milk no. 2 and Tea no. 0 for €5.00 with 1 coupon at High Street."
    assert order.amount == "€5.00"
    assert [(item.title, item.quantity, item.amount, item.note) for item in order.items] == [
        ("Tea no. 0", 1, "€1.50", "coupon Save on tea"),
        ("Milk no. 2", 1, "€3.50", ""),
    ]
    assert {detail.label: detail.text for detail in order.details} == {
        "place": "High Street",
        "order": "b1",
        "total": "€5.00",
    }


async def test_a_decision_is_told_with_its_picks_and_its_id(desk: Desk, service) -> None:
    request = DecideRequest(slot="recommendations", customer={"user_id": user(5)}, n=3)
    decision = await service.decider.decide(request, now=NOW)
    await service.journal.close()
    shown = (await timeline(desk, name="Decision Made")).events[0]
    assert shown.decision == decision.id
    assert [item.id for item in shown.items] == [pick.item for pick in decision.picks]
    assert "recommendations" in shown.sentence


async def test_what_staff_wrote_into_an_event_is_for_who_may_see_names(desk: Desk, service, app) -> None:
    customer = await desk.named("user_id", user(5))
    word = ConsentWord(purpose="advertising", given=True, wording="Mrs Canary said so")
    await take_consent(desk, service.outcomes, customer, word, author="ann", now=NOW, rng=seeded(1))
    seen = (await timeline(desk, name="Consent Given")).events[0]
    assert {detail.label: detail.text for detail in seen.details} == {
        "wording": "Mrs Canary said so",
        "taken by": "ann",
        "purpose": "advertising",
        "basis": "consent",
        "via": "staff",
    }
    blind = await timeline(desk._replace(personal=False), name="Consent Given")
    assert "Canary" not in repr(blind)
    assert {detail.text for detail in blind.events[0].details} == {MASK, "advertising", "consent", "staff"}


async def test_who_may_not_see_names_sees_which_properties_there_are_and_no_free_text(desk: Desk, service) -> None:
    canaries = {
        "phone": "+43 664 9182736",
        "first_name": "Canary",
        "customer_email": "canary@example.org",
        "Email": "canary@example.org",
        "street": "Canary lane 7",
        "note_text": "call Mrs Canary",
        "query": "a gift for Canary",
        "brand": "canary@example.org",
        "msisdn": 436649182736,
        "reach": 436649182736,
        "nested": {"name": "Canary"},
        "canary@example.org": "x",
    }
    plain = {"category": "tea", "position": 3, "gift": True, "value": 2.5}
    await service.outcomes.take(
        track(user(5), "Form Sent", {**canaries, **plain}, key="f", at=NOW), source="w", now=NOW
    )
    (seen,) = (await timeline(desk, name="Form Sent")).events
    assert "canary@example.org" in repr(seen)
    (blind,) = (await timeline(desk._replace(personal=False), name="Form Sent")).events
    told = {detail.label: detail.text for detail in blind.details}
    assert {label for label, text in told.items() if text != MASK} == {"category", "position", "gift", "value"}
    assert set(told) == {name.replace("_", " ") for name in {**canaries, **plain} if "@" not in name} | {MASK}
    assert not any(word in repr(blind) for word in ("anary", "9182736", "918,273"))


async def test_what_shopkeeper_writes_and_traits_declared_not_personal_are_seen_by_all(desk: Desk, service) -> None:
    request = DecideRequest(slot="recommendations", customer={"user_id": user(5)}, n=1)
    await service.decider.decide(request, now=NOW)
    await service.journal.close()
    whole, blind = [(await timeline(one, name="Decision Made")).events for one in (desk, desk._replace(personal=False))]
    assert whole == blind
    shown = (await timeline(desk, limit=1)).events[0]
    event = (await service.store.read(after=shown.seq - 1, limit=1))[0]
    told = msgspec.structs.replace(event, name="Identify")
    traits = {
        name: Trait(name=name, type=TraitType.TEXT, source="stated", purpose="", personal=personal)
        for name, personal in (("likes", False), ("nick", True), ("first_name", False))
    }
    assert [is_open(told, name, "x", traits) for name in (*traits, "other")] == [True, False, False, False]


async def test_properties_are_told_by_type(desk: Desk, service) -> None:
    said = {"note_text": "<b>{{7*7}}</b>", "weight": 1.5, "pieces": 1200, "gift": True, "nested": {"a": [1]}}
    await service.outcomes.take(track(user(5), "Odd <i>", said, key="o", at=NOW), source="web", now=NOW)
    event = (await timeline(desk, name="Odd <i>")).events[0]
    assert event.sentence == "Odd <i>."
    assert {detail.label: detail.text for detail in event.details} == {
        "note text": "<b>{{7*7}}</b>",
        "weight": "1.5",
        "pieces": "1,200",
        "gift": "yes",
        "nested": '{"a":[1]}',
    }


async def test_a_question_out_of_bounds_is_refused(desk: Desk) -> None:
    with pytest.raises(BadInput, match="limit == 201"):
        await timeline(desk, limit=201)
    with pytest.raises(NotFound):
        await customer_timeline(desk, "cus_none")
    late = await timeline(desk, before=10**9)
    assert (late.events, late.next) == ((), None)


async def test_late_arrivals_stand_where_they_happened(desk: Desk, service) -> None:
    at = NOW - timedelta(days=300)
    await service.outcomes.take(basket(user(5), ["tea-0"], key="old", at=at), source="till", now=NOW)
    assert (await timeline(desk, limit=200)).events[-1].at == at
