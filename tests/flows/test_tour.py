"""The tour: two customers who differ, from the shop's own log."""

from shopkeeper.core.definitions import NotRecommended
from shopkeeper.core.event import Line
from shopkeeper.differentiate.facts import Purchase
from shopkeeper.flows.likes import category_orders, likes
from shopkeeper.flows.tour import plan_tour
from shopkeeper.protect.assignment import arm_of
from shopkeeper.testing.shop import NOW, favourites


def bought(*lines: Line) -> Purchase:
    return Purchase(
        at=0, products=tuple(one.product_id for one in lines), seq=1, place=None, order_id=None, lines=lines, total=0
    )


async def toured(app, service, **more):
    return await plan_tour(app.store, service.definitions, profiles=service.profiles, now=NOW, **more)


async def test_the_two_customers_have_nothing_in_common_and_are_answered_personally(app, service):
    found = await toured(app, service)
    one, other = found.customers
    numbers = [int(each.named["user_id"].removeprefix("u")) for each in (one, other)]
    assert not set(favourites(numbers[0])) & set(favourites(numbers[1]))
    assert {arm_of(each.customer, service.definitions.shop.holdout) for each in (one, other)} == {"treated"}
    assert [each.likes[0].category in favourites(number) for each, number in zip((one, other), numbers, strict=True)]


async def test_the_basket_is_what_the_other_bought_and_this_one_never_did(app, service):
    one, other = (await toured(app, service)).customers
    mine = {line.product_id for line in one.basket}
    theirs = {f"{category}-" for category in favourites(int(other.named["user_id"].removeprefix("u")))}
    assert mine
    assert {item[: item.index("-") + 1] for item in mine} & theirs
    assert all(line.amount > 0 and line.text.startswith("€") for line in one.basket)


async def test_the_same_shop_gives_the_same_tour_and_names_nobody_to_who_may_not_see(app, service):
    assert await toured(app, service) == await toured(app, service)
    assert [one.named for one in (await toured(app, service, named=False)).customers] == [{}, {}]


async def test_an_objection_takes_a_customer_off_the_tour(app, service):
    first = (await toured(app, service)).customers[0]
    wire = {"type": "track", "userId": first.named["user_id"], "event": "Consent Withdrawn"}
    said = {**wire, "messageId": "no", "timestamp": NOW.isoformat(), "properties": {"purpose": "personalization"}}
    await service.outcomes.take(said, source="test", now=NOW)
    assert first.customer not in {one.customer for one in (await toured(app, service)).customers}


async def test_a_shop_without_history_says_what_it_needs(app, service):
    found = await plan_tour(
        app.store, service.definitions, profiles=service.profiles, now=NOW.replace(year=NOW.year + 3)
    )
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


async def test_what_the_tour_shows_names_the_shops_slots_and_a_rule_with_a_condition(app, service):
    found = await toured(app, service)
    assert (found.rule.name, found.rule.where, found.rule.slot) == ("club", "orders_90d >= 8", "coupons")
    assert "recommendations" in found.slots
