"""What an edited rule would cost, against the slates that customers really get."""

import pytest

from shopkeeper.core.decision import DecideRequest
from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.flows.rule_cost import RuleCostRequest, rule_cost
from shopkeeper.testing.shop import NOW


async def asked(app, service, where, **more):
    request = RuleCostRequest(rule="club", where=where, **more)
    return await rule_cost(
        app.store, app.crowd, service.decider.assortment, service.profiles, request, now=app.clock.now()
    )


async def test_over_everybody_it_is_the_sum_of_what_everybody_is_shown(app, service, monkeypatch):
    monkeypatch.setattr("shopkeeper.flows.rule_cost.ASKED", 500)
    found = await asked(app, service, "")
    assert found.customers == found.drawn > 100
    shown = [
        await service.decider.decide(DecideRequest(slot="coupons", customer={"customer": one}), now=NOW)
        for one in await app.store.list_customers(after="", limit=1000)
    ]
    total = sum(pick.details["cost"] for decision in shown for pick in decision.picks)
    assert found.before.cost == pytest.approx(total)
    assert found.before.low == found.before.high == found.before.cost


async def test_a_sample_holds_the_sum_in_its_interval(app, service, monkeypatch):
    sampled = await asked(app, service, "")
    monkeypatch.setattr("shopkeeper.flows.rule_cost.ASKED", 500)
    everybody = await asked(app, service, "")
    assert sampled.drawn < sampled.customers == everybody.drawn
    assert sampled.before.low < everybody.before.cost < sampled.before.high


async def test_a_wider_rule_costs_more_and_says_so_and_a_narrower_one_less(app, service):
    wider, narrower = await asked(app, service, ""), await asked(app, service, "orders_90d >= 1000")
    assert wider.difference == pytest.approx(wider.after.cost - wider.before.cost)
    assert wider.difference > 0 > narrower.difference
    assert "more" in wider.text
    assert "less" in narrower.text


async def test_the_same_rule_changes_nothing(app, service):
    found = await asked(app, service, "orders_90d >= 8")
    assert (found.difference, found.before, found.text[:34]) == (0.0, found.after, "One round costs as much as before,")


async def test_nothing_of_it_is_in_force_or_in_the_log(app, service):
    head, before = await app.store.head(), service.decider.assortment
    await asked(app, service, "orders_90d >= 1000")
    assert await app.store.head() == head
    assert service.decider.assortment is before
    assert before.definitions.offer_rules["club"].where == "orders_90d >= 8"


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"where": "orders_90 > 1"}, BadInput, "did you mean 'orders_90d'"),
        ({"where": "context.place = 's1'"}, BadInput, "context.place"),
        ({"where": "", "slot": "cupons"}, NotFound, "did you mean 'coupons'"),
    ],
)
async def test_what_cannot_be_expected_is_refused_with_its_mend(app, service, more, error, said):
    with pytest.raises(error, match=said):
        await asked(app, service, **more)
