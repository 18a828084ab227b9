"""The tour: two customers who differ, from the shop's own log, and what they can be tried with."""

import asyncio

import pytest

from shopkeeper.core.definitions import NotRecommended
from shopkeeper.core.event import Line
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.differentiate.facts import Purchase
from shopkeeper.flows.collect import collect
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.likes import category_orders, likes
from shopkeeper.flows.profiles import Profiles
from shopkeeper.flows.tour import guide as module
from shopkeeper.flows.tour.basket import as_event
from shopkeeper.flows.tour.guide import Guide
from shopkeeper.flows.tour.known import facts_of, know
from shopkeeper.flows.tour.plan import Asked, plan_tour
from shopkeeper.flows.tour.rehearsal import shown, shown_after
from shopkeeper.protect.assignment import arm_of
from shopkeeper.testing.shop import DEFINITIONS, NOW, favourites, user

SLOTS = ("recommendations", "coupons")


def bought(*lines: Line) -> Purchase:
    return Purchase(
        at=0, products=tuple(one.product_id for one in lines), seq=1, place=None, order_id=None, lines=lines, total=0
    )


def number(customer) -> int:
    return int(customer.named["user_id"].removeprefix("u"))


@pytest.fixture
def guide(app, service):
    return Guide(lambda: service, clock=app.clock)


@pytest.fixture
def toured(service, guide):
    async def plan(*pair, now=NOW, named=True, without=()):
        return await plan_tour(service, guide, now=now, asked=Asked(*(pair or ("", "")), without), named=named)

    return plan


async def send(service, customer, event, properties, key):
    wire = {"type": "track", "userId": customer.named["user_id"], "event": event, "messageId": key}
    said = {**wire, "timestamp": NOW.isoformat(), "properties": properties}
    return await service.outcomes.take(said, source="test", now=NOW)


async def object_to(service, customer):
    await send(service, customer, "Consent Withdrawn", {"purpose": "personalization"}, "no")


async def test_the_two_customers_have_nothing_in_common_and_are_answered_personally(service, toured):
    one, other = (await toured()).customers
    assert not set(favourites(number(one))) & set(favourites(number(other)))
    assert {arm_of(each.customer, service.definitions.shop.holdout) for each in (one, other)} == {"treated"}
    assert [each.likes[0].category in favourites(number(each)) for each in (one, other)] == [True, True]


async def test_the_basket_is_what_the_other_bought_and_this_one_never_did(service, toured):
    one, other = (await toured()).customers
    mine, theirs = await know(service, (one.customer, other.customer), now=NOW)
    basket = {line.product_id for line in one.basket.lines}
    assert basket
    assert not basket & {product for purchase in mine.purchases for product in purchase.products}
    assert basket <= {product for purchase in theirs.purchases for product in purchase.products}


async def test_a_basket_adds_up_also_without_what_was_taken_out(toured):
    one, other = (await toured()).customers
    first = one.basket.lines[0]
    fewer = (await toured(one.customer, other.customer, without={first.product_id})).customers[0].basket
    assert one.basket.total == sum(line.amount for line in one.basket.lines)
    assert fewer.total == one.basket.total - first.amount
    assert fewer.total_text == f"€{fewer.total / 100:.2f}"
    assert first.price == f"{first.amount / 100:.2f}"


async def test_no_line_of_a_basket_reads_like_another(toured):
    for one in (await toured()).customers:
        titles = [line.title for line in one.basket.lines]
        assert len(set(titles)) == len(titles)


async def test_scanning_a_basket_changes_for_both_what_they_are_shown(service, toured):
    for one in (await toured()).customers:
        before = await shown(service, one.customer, SLOTS, now=NOW)
        wire = as_event(one.basket, key=f"scan:{one.customer}")
        await send(service, one, wire["event"], wire["properties"], wire["messageId"])
        assert await shown(service, one.customer, SLOTS, now=NOW) != before


async def test_a_rehearsal_foresees_what_scanning_changes_and_changes_nothing_itself(service, toured):
    one = (await toured()).customers[0]
    known = (await know(service, [one.customer], now=NOW))[0]
    before = await shown(service, one.customer, SLOTS, now=NOW)
    foreseen = await shown_after(service, known, one.basket, SLOTS, now=NOW)
    assert await shown(service, one.customer, SLOTS, now=NOW) == before
    wire = as_event(one.basket, key="scan")
    await send(service, one, wire["event"], wire["properties"], wire["messageId"])
    assert await shown(service, one.customer, SLOTS, now=NOW) == foreseen


async def test_the_same_shop_gives_the_same_tour_and_names_nobody_to_who_may_not_see(app, service, toured):
    again = Guide(lambda: service, clock=app.clock)
    assert await plan_tour(service, again, now=NOW) == await toured()
    assert [one.named for one in (await toured(named=False)).customers] == [{}, {}]


async def test_a_shop_without_two_to_show_is_searched_when_they_are_asked_for_and_not_by_each_who_looks_in(
    guide, monkeypatch
):
    searched = []

    async def nobody(_service, *, now):
        searched.append(now)

    monkeypatch.setattr(module, "choose_pair", nobody)
    for _ in range(2):
        guide.begin()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert searched == [NOW]
    assert await guide.pair() is None
    assert searched == [NOW, NOW]


async def test_the_two_stay_while_they_can_be_shown_also_once_one_was_scanned(service, toured):
    first = await toured()
    one = first.customers[0]
    wire = as_event(one.basket, key="scan")
    await send(service, one, wire["event"], wire["properties"], wire["messageId"])
    after = await toured()
    assert [each.customer for each in after.customers] == [each.customer for each in first.customers]
    assert not {line.product_id for line in one.basket.lines} & {
        line.product_id for line in after.customers[0].basket.lines
    }


async def test_an_objection_takes_a_customer_off_the_tour_but_not_out_of_a_link(service, toured):
    first, second = (await toured()).customers
    await object_to(service, first)
    assert first.customer not in {one.customer for one in (await toured()).customers}
    linked = await toured(first.customer, second.customer)
    assert [one.customer for one in linked.customers] == [first.customer, second.customer]
    assert linked.note == ""


async def test_a_link_to_who_cannot_be_shown_says_why_and_shows_others(service, toured):
    first, second = (await toured()).customers
    listed = await service.store.list_customers(after="", limit=1000)
    held = next(one for one in listed if arm_of(one, service.definitions.shop.holdout) == "holdout")
    unknown = "cus_00000000-0000-7000-8000-000000000000"
    for other, why in ((held, "holdout"), (unknown, "not known"), (first.customer, "twice"), ("", "not known")):
        found = await toured(first.customer, other)
        assert why in found.note
        assert {one.customer for one in found.customers} == {first.customer, second.customer}


async def test_what_was_said_of_a_customer_is_told_unless_it_names_them_or_is_sensitive(app):
    more = """
household_size: {stated: text}
nickname: {stated: text, personal: true}
wine_lover: {stated: boolean, sensitive: true}
"""
    files = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
    definitions = load_definitions({**files, "traits.yaml": files["traits.yaml"] + more})
    given = {"household_size": "3", "nickname": "Bo", "wine_lover": True}
    wire = {"type": "identify", "userId": user(0), "messageId": "said", "timestamp": NOW.isoformat(), "traits": given}
    (taken,) = (await collect(app.store, definitions, [wire], origin=Origin("test"), now=NOW)).receipts
    profiles = Profiles(app.store, definitions)
    profile = await profiles.get(taken.customer)
    facts = facts_of(profiles, profile, Moment(micros(NOW), definitions.shop.zone))
    assert [(fact.label, fact.text) for fact in facts] == [("Household size", "3")]


async def test_a_shop_without_history_says_what_it_needs(app, service, guide):
    guide._clock = type("Later", (), {"now": lambda self: NOW.replace(year=NOW.year + 3)})()
    found = await plan_tour(service, guide, now=NOW)
    assert found.customers == ()
    assert "import your orders" in found.missing


def test_likes_count_orders_not_lines_and_leave_out_what_is_nobodys_taste():
    tea, fuel = Line(product_id="t", category="tea"), Line(product_id="f", category="fuel", department="FUEL")
    purchases = [bought(tea, tea, fuel), bought(fuel), bought()]
    assert category_orders(purchases, NotRecommended(departments=("FUEL",))) == {"tea": 1}
    assert next((one.category, one.text) for one in likes(purchases, NotRecommended())) == (
        "fuel",
        "on 2 of 3 shopping trips in 180 days",
    )


async def test_the_rule_to_edit_is_about_what_the_two_are_shown_and_proposes_who_tells_them_apart(service, toured):
    found = await toured()
    assert found.rule.name in service.definitions.offer_rules
    assert found.rule.slot == "coupons"
    assert [slot.name for slot in found.slots] == list(SLOTS)
    if found.rule.try_where:
        assert found.rule.try_where in {one.where for one in service.definitions.segments.values()}
