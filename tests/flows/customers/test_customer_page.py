"""A customer's page: what is shown, what it rests on, and what is masked."""

from datetime import timedelta

import pytest

from shopkeeper.core.definitions import Holdout
from shopkeeper.core.errors import NotFound
from shopkeeper.core.instant import micros
from shopkeeper.core.trait import Computed, Trait, TraitType, Window
from shopkeeper.flows.customers.beliefs import how, value_text
from shopkeeper.flows.customers.desk import MASK, Desk, desk_of, open_desk
from shopkeeper.flows.page import CustomerPage, arm_in_words, customer_page
from shopkeeper.protect.assignment import Treatment
from shopkeeper.testing.shop import NOW, basket, track, user


@pytest.fixture
def desk(service) -> Desk:
    return desk_of(service, personal=True)


async def page_of(desk: Desk, number: int) -> CustomerPage:
    return await customer_page(desk, await desk.named("user_id", user(number)), now=NOW)


async def test_worth_adds_up_and_is_net_of_what_was_given_back(desk: Desk, service) -> None:
    before = (await page_of(desk, 5)).worth
    await service.outcomes.take(basket(user(5), ["tea-0", "tea-1"], key="b1", at=NOW), source="till", now=NOW)
    back = {"order_id": "b1", "products": [{"product_id": "tea-1", "quantity": 1, "price": 2.5}]}
    await service.outcomes.take(track(user(5), "Order Refunded", back, key="r1", at=NOW), source="till", now=NOW)
    after = (await page_of(desk, 5)).worth
    assert (after.orders - before.orders, after.spend - before.spend) == (1, 150)
    assert after.margin is not None
    assert before.margin is not None
    assert after.margin - before.margin == 60
    assert after.margin_covers == "of all lines"
    assert after.sentence.endswith("the last today.")
    assert after.average_basket == round(after.spend / after.orders)


async def test_a_computed_trait_is_as_of_the_latest_event_that_could_have_changed_it(desk: Desk, service) -> None:
    page = await page_of(desk, 5)
    traits = {trait.name: trait for trait in page.traits}
    assert traits["pets_28d"].as_of == traits["orders_90d"].as_of == page.worth.last_order
    assert traits["orders_90d"].meaning == "Number of Order Completed, in the last 90 days"
    assert traits["bread_90d"].meaning.startswith("Number of lines of Order Completed where category = 'bread'")
    back = {"order_id": f"{user(5)}:1", "total": 1}
    later = NOW - timedelta(minutes=1)
    await service.outcomes.take(track(user(5), "Order Refunded", back, key="r1", at=later), source="till", now=NOW)
    assert {trait.as_of for trait in (await page_of(desk, 5)).traits if trait.name == "spend_90d"} == {later}
    assert "email" not in traits


async def test_a_predicted_trait_is_as_of_the_training_of_the_model_in_force(desk: Desk, app) -> None:
    trait = Trait(name="p_visit", type=TraitType.NUMBER, source="predicted", purpose="personalization", model="coupons")
    traits = {**desk.definitions.traits, "p_visit": trait}
    predicting = open_desk(app.store, desk.definitions._replace(traits=traits))
    customer = await desk.named("user_id", user(5))
    await app.store.put_predicted("p_visit", "coupons", {customer: 0.25})
    line = next(line for line in (await customer_page(predicting, customer, now=NOW)).traits if line.name == "p_visit")
    assert (line.text, line.as_of) == ("0.25", (await app.store.models_in_force())["coupons"].trained_at)


async def test_a_segment_says_what_it_means_and_since_when(desk: Desk, service) -> None:
    standing = {one.name: one for one in (await page_of(desk, 5)).segments}
    assert standing["regulars"].sentence
    assert standing["regulars"].since == NOW
    for n in range(10):
        at = NOW - timedelta(minutes=n)
        await service.outcomes.take(basket(user(5), ["bread-0"], key=f"b{n}", at=at), source="till", now=NOW)
    assert "bread_lovers" in {one.name for one in (await page_of(desk, 5)).segments}


async def test_who_lacks_the_right_sees_no_identifier_and_no_name(service) -> None:
    said = {"type": "identify", "userId": user(5), "traits": {"email": "ann@example.org"}, "messageId": "i1"}
    await service.outcomes.take(said, source="api", now=NOW)
    shown = await page_of(desk_of(service, personal=False), 5)
    assert shown.masked
    assert shown.identifiers == {"user_id": [MASK]}
    assert shown.personal == {"email": MASK}
    assert user(5) not in repr(shown)
    assert (await page_of(desk_of(service, personal=True), 5)).personal == {"email": "ann@example.org"}


async def test_a_page_reads_the_same_without_a_running_service(app, desk: Desk) -> None:
    assert await page_of(open_desk(app.store, app.definitions), 5) == await page_of(desk, 5)


async def test_who_is_not_there_any_longer_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound, match="they may have been erased"):
        await customer_page(desk, "cus_01601ed2-805e-7ccc-9469-9259925e8a8e", now=NOW)


async def test_somebody_without_orders_has_a_page(desk: Desk, service) -> None:
    await service.outcomes.take(
        track("new", "Product Viewed", {"product_id": "tea-0"}, key="v", at=NOW), source="w", now=NOW
    )
    page = await customer_page(desk, await desk.named("user_id", "new"), now=NOW)
    assert page.worth.sentence == "No orders yet."
    assert (page.worth.margin_text, page.worth.average_basket_text) == ("–", "–")


def test_an_arm_is_told_in_words() -> None:
    assert "20%" in arm_in_words(Treatment("holdout", treated=False), Holdout(share=0.2))
    assert arm_in_words(Treatment("treated", treated=True), Holdout(share=0.2)) == "Gets personal answers."
    assert "no holdout" in arm_in_words(Treatment("treated", treated=True), Holdout())


@pytest.mark.parametrize(
    ("computed", "told"),
    [
        (Computed(kind="sum", of="A", field="total"), "Sum of total over A"),
        (Computed(kind="last", of="A", field="timestamp"), "Timestamp of the latest of A"),
        (Computed(kind="count", of="A", window=Window(n=1, unit="day")), "Number of A, in the last day"),
        (
            Computed(kind="most_frequent", of="A", field="department", each="products"),
            "Most frequent department of lines of A",
        ),
    ],
)
def test_how_a_trait_is_computed_is_told_in_words(computed: Computed, told: str) -> None:
    assert how(computed) == told


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (TraitType.MONEY, 1234, "€12.34"),
        (TraitType.INSTANT, micros(NOW), "2026-03-02 10:00 UTC"),
        (TraitType.TEXTS, (), "none"),
        (TraitType.BOOLEAN, True, "yes"),
        (TraitType.NUMBER, 1234.5, "1,234.50"),
        (TraitType.INTEGER, 1234, "1,234"),
        (TraitType.TEXT, "<b>", "<b>"),
        (TraitType.TEXT, None, "–"),
    ],
)
def test_a_value_is_written_for_people(kind: TraitType, value: object, text: str) -> None:
    assert value_text(kind, value, "EUR") == text  # type: ignore[arg-type] # whatever the fold gives
