"""Simulating is deciding with the lid off: the same picks, at any instant, and nothing written."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.flows.deciding.simulate import simulate
from shopkeeper.flows.deciding.simulation import SimulateRequest
from shopkeeper.flows.deciding.supposed import Without
from shopkeeper.testing.shop import CUSTOMERS, ITEMS, NOW, track, user

SLOTS = ("recommendations", "coupons", "explore", "advertising", "fresh", "spread")
WEB = {"channel": "web", "basket": 12, "member": True}


@pytest.fixture
def ask(app, service):
    """Simulate a slot: `ask("coupons", 7, at=…)`; without a number it is a stranger who asks."""

    async def simulated(slot, number=None, **rest):
        named = {} if number is None else {"user_id": user(number)}
        request = SimulateRequest(**{"slot": slot, "customer": named, **rest})
        shelf, now = service.decider.assortment, app.clock.now()
        return await simulate(service.store, service.definitions, shelf, service.profiles, request, now=now)

    return simulated


def places_of(simulation):
    return [one for one in simulation.ranked if one.place is not None]


def same(simulation, decision):
    mine = [(one.place, one.item, one.score, one.probability) for one in places_of(simulation)]
    theirs = [(pick.place, pick.item, pick.score, pick.probability) for pick in decision.picks]
    assert mine == theirs
    said = [[(part.text, part.part, part.data) for part in one.parts] for one in places_of(simulation)]
    assert said == [[(why.text, why.part, why.data) for why in pick.reasons] for pick in decision.picks]
    assert (simulation.personal, simulation.why, simulation.arm, simulation.versions, simulation.eligible) == (
        decision.personal,
        decision.why,
        decision.arm,
        decision.versions,
        decision.candidates,
    )


@pytest.mark.parametrize("slot", SLOTS)
async def test_every_customer_is_simulated_what_is_decided_for_them(ask, decide, slot):
    context = WEB if slot == "spread" else {}
    for number in [None, *range(0, CUSTOMERS, 7)]:
        decision = await decide(slot, number, context=context)
        same(await ask(slot, number, context=context, seed=decision.id), decision)


QUESTIONS = st.fixed_dictionaries(
    {
        "slot": st.sampled_from(SLOTS),
        "number": st.integers(0, CUSTOMERS - 1),
        "n": st.integers(1, 60),
        "place": st.sampled_from([None, "s1", "s2", "elsewhere"]),
        "channel": st.sampled_from(["web", "till"]),
    }
)


@given(QUESTIONS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_whatever_is_asked_the_simulation_and_the_decision_agree(ask, decide, asked):
    slot, channel = asked["slot"], asked["channel"]
    rest = {"n": asked["n"], "place": asked["place"]}
    rest["context"] = {**WEB, "channel": channel} if slot == "spread" else {}
    decision = await decide(slot, asked["number"], **rest)
    found = await ask(slot, asked["number"], seed=decision.id, **rest)
    same(found, decision)
    _adds_up(found)


def _adds_up(found):
    """Every candidate is somewhere in the funnel, and whoever got no place is told what stopped it."""
    if found.funnel:
        assert found.funnel[0].before == found.total
        assert found.funnel[-1].passed == len(places_of(found))
    for one, following in zip(found.funnel, found.funnel[1:], strict=False):
        assert one.before - one.failed == one.passed == following.before
    for one in found.ranked:
        assert (one.place is None) == (one.stopped == "places")
        assert sum(part.part for part in one.parts) == pytest.approx(one.score, abs=1e-4)
    assert all(one.stopped and one.why for one in found.refused)


async def test_nothing_is_written_and_nothing_is_kept(ask, app, service, decide, treated):
    await decide("recommendations", treated)
    before = (await decide("coupons", treated)).picks
    await service.journal.close()
    head, counts = await app.store.head(), await app.store.learned()
    for slot in ("recommendations", "coupons", "explore"):
        await ask(slot, treated, at=NOW - timedelta(days=40))
        await ask(slot, treated, without=Without(items=tuple(item.id for item in ITEMS)))
        await ask(slot, treated, at=NOW + timedelta(days=40))
    assert (await app.store.head(), await app.store.learned()) == (head, counts)
    assert not service.journal._waiting
    after = (await decide("coupons", treated)).picks
    assert [(one.item, one.score) for one in after] == [(one.item, one.score) for one in before]


async def test_what_was_supposed_first_is_not_what_is_decided_afterwards(ask, decide, treated):
    without = Without(items=tuple(item.id for item in ITEMS))
    for slot in ("recommendations", "coupons"):
        supposed = (await ask(slot, treated, without=without)).ranked
        assert not any(part.data for one in supposed for part in one.parts)
        assert (await decide(slot, treated)).picks[0].reasons[0].data


async def test_a_past_instant_knows_nothing_of_what_came_later(ask, app, treated, ids):
    at = NOW - timedelta(days=40)
    found = await ask("recommendations", treated, at=at, n=60, top=60)
    events = await app.store.history([ids[treated]])
    then = {line.product_id for event in events if event.at <= at for line in event.lines}
    owned = {one.item for one in found.ranked if any(part.kind == "own" for part in one.parts)}
    assert owned <= then
    assert len(owned) < len({line.product_id for event in events for line in event.lines})
    assert "as of that instant" in found.notes[0]
    assert "know more than they could then" in found.notes[1]


async def test_offers_are_those_of_the_instant(ask, treated):
    expired = await ask("coupons", treated, at=NOW - timedelta(days=10), top=60)
    assert "old-wine" in {one.item for one in (*expired.ranked, *expired.refused)}
    later = await ask("coupons", treated, at=NOW + timedelta(days=21))
    assert later.funnel == ()
    assert later.empty


async def test_who_objects_today_is_a_stranger_at_every_instant(ask, take, treated):
    await take(track(user(treated), "Consent Withdrawn", {"purpose": "personalization"}, key="no", at=NOW))
    for at in (None, NOW - timedelta(days=40), NOW + timedelta(days=1)):
        found = await ask("recommendations", treated, at=at)
        assert (found.personal, found.why) == (False, "personalization: the customer objected")


async def test_without_the_purchases_that_a_reason_names_the_answer_changes(ask, treated):
    first = (await ask("recommendations", treated)).ranked[0]
    named = tuple(data for part in first.parts for data in part.data)
    without = await ask("recommendations", treated, without=Without(items=named), top=60, n=60)
    after = next(one for one in without.ranked if one.item == first.item)
    assert after.score < first.score
    assert all(part.kind != "own" for part in after.parts)


async def test_without_the_orders_that_a_coupons_reason_names_the_answer_changes(ask, treated):
    first = (await ask("coupons", treated)).ranked[0]
    without = await ask("coupons", treated, without=Without(orders=first.parts[0].data), top=60)
    after = next(one for one in (*without.ranked, *without.refused) if one.item == first.item)
    assert (after.score, after.parts[0].text) != (first.score, first.parts[0].text)


async def test_a_rule_that_refuses_is_told_with_the_customers_value(ask, arms):
    lacking = next(number for number in arms["treated"] if number % 10 == 0)
    found = await ask("coupons", lacking, top=60, at=NOW + timedelta(days=14))
    club = next(one for one in found.refused if one.item == "club-bread")
    assert (club.stopped, club.unmet[0].sentence) == ("for", "orders in 90 days is at least 8")
    name, value = club.unmet[0].values[0]
    assert name == "orders in 90 days"
    assert int(value) < 8
    unknown = await ask(
        "coupons", lacking, top=60, at=NOW + timedelta(days=14), without=Without(traits=("orders_90d",))
    )
    club = next(one for one in unknown.refused if one.item == "club-bread")
    assert club.unmet[0].values[0][1] == "–"


async def test_what_is_missing_pinned_or_one_too_many_is_named(ask, treated):
    found = await ask("spread", treated, place="s2", context=WEB, n=12, top=60)
    stops = {one.item: one.stopped for one in found.refused}
    assert stops["bread-0"] == "stock"
    assert stops["bread-2"] == "excluded"
    assert "variety" in stops.values()
    assert places_of(found)[0].item == "wine-3"
    assert found.rule.holds


async def test_a_slot_that_is_not_for_the_visit_says_which_condition_failed(ask, treated):
    found = await ask("spread", treated, context={**WEB, "channel": "till"})
    assert (found.ranked, found.rule.holds) == ((), False)
    assert found.empty.startswith("The slot is filled only where this holds")
    assert found.rule.unmet


async def test_an_answer_that_is_not_personal_says_so_and_why_it_is_empty(ask, arms):
    found = await ask("coupons", arms["holdout"][0])
    assert (found.personal, found.arm) == (False, "holdout")
    assert found.empty.startswith("The slot stays empty where the answer is not personal: universal holdout")


async def test_a_customer_may_be_named_by_their_id(ask, decide, treated, ids):
    by_id = await ask("recommendations", customer={"customer": ids[treated]})
    assert [one.item for one in by_id.ranked] == [one.item for one in (await ask("recommendations", treated)).ranked]
    decision = await decide("recommendations", customer={"customer": ids[treated]})
    assert decision.personal
    nobody = await decide("recommendations", customer={"customer": "cus_00000000-0000-7000-8000-000000000000"})
    assert nobody.why == "the customer is not known"


@pytest.mark.parametrize(
    ("wrong", "error", "named"),
    [
        ({"at": NOW + timedelta(days=400)}, BadInput, "at: must be from"),
        ({"at": NOW - timedelta(days=4000)}, BadInput, "at: must be from"),
        ({"top": 0}, BadInput, "top == 0"),
        ({"seed": "x" * 101}, BadInput, "seed: 101 characters"),
        ({"without": Without(traits=("orders_9d",))}, NotFound, "did you mean 'orders_90d'"),
        ({"slot": "coupon"}, NotFound, "did you mean 'coupons'"),
    ],
)
async def test_what_cannot_be_simulated_is_said(ask, treated, wrong, error, named):
    slot = wrong.pop("slot", "coupons")
    with pytest.raises(error, match=named):
        await ask(slot, treated, **wrong)
