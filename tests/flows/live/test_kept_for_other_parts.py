"""What was worked out of a customer's purchases is used no more once the customer has other parts."""

from datetime import timedelta

import pytest

from shopkeeper.flows.collect import collect
from shopkeeper.flows.customers.desk import desk_of
from shopkeeper.flows.customers.merging import Unmerge, unmerge_customer
from shopkeeper.flows.deciding.assortment import load_assortment
from shopkeeper.flows.deciding.simulate import simulate
from shopkeeper.flows.deciding.simulation import SimulateRequest
from shopkeeper.flows.door.origin import Origin
from shopkeeper.protect.assignment import arm_of
from shopkeeper.testing.shop import NOW, basket


async def take(service, wire, *, days):
    at = NOW - timedelta(days=days)
    wire = {"timestamp": at.isoformat(), **wire}
    found = await collect(service.store, service.definitions, [wire], origin=Origin("web"), now=at)
    await service.outcomes.reach(found.receipts[0].seq)
    return found.receipts[0].customer


def order(key, items, *, days, **who):
    return {**basket("", items, key=key, at=NOW - timedelta(days=days)), "userId": None, **who}


async def treated_user(service):
    """Let somebody in who gets personal answers, with an order of their own."""
    for n in range(50):
        customer = await take(service, order(f"u{n}", ["wine-0", "bread-1"], days=8, userId=f"new-{n}"), days=8)
        if arm_of(customer, service.definitions.shop.holdout) == "treated":
            return f"new-{n}"
    raise AssertionError


@pytest.mark.parametrize("slot", ["recommendations", "coupons"])
async def test_who_was_cut_off_is_answered_by_their_own_purchases_though_their_last_event_is_the_same(
    app, service, slot
):
    """They were joined by an event of their own, and an older part joined them later: of that one is the id then."""
    await take(service, order("a", ["fish-0"], days=9, anonymousId="a0"), days=9)
    name = await treated_user(service)
    for n in range(5):
        await take(service, order(f"d{n}", ["pets-3", "pets-4"], days=7, anonymousId="d"), days=7)
    await take(service, {"type": "identify", "messageId": "e1", "userId": name, "anonymousId": "d"}, days=6)
    ask = SimulateRequest(slot=slot, customer={"user_id": name}, top=50)

    async def answer(shelf):
        got = await simulate(service.store, service.definitions, shelf, service.profiles, ask, now=NOW)
        return [(one.item, one.score) for one in got.ranked]

    before = await answer(service.decider.assortment)
    older = {"type": "identify", "messageId": "e2", "anonymousId": "d", "previousId": "a0"}
    whole = await take(service, older, days=5)
    desk, cut = desk_of(service, personal=True), Unmerge(parts=(f"user_id:{name}",))
    await unmerge_customer(desk, service.outcomes.reach, whole, cut, by="jo", now=NOW)
    alone = await answer(service.decider.assortment)
    assert before and alone != before
    assert alone == await answer(await load_assortment(service.store, service.definitions, app.models, now=NOW))
