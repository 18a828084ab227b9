"""The shipped examples are right, and say what the demo needs."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.trait import TraitType, Window
from shopkeeper.flows.definitions import load_definitions, load_folder, rule_schema
from shopkeeper.flows.sources.registry import why_nothing


def example(name: str) -> Definitions:
    return load_definitions(load_folder(Path(str(files("shopkeeper.cli") / "examples" / name))))


@pytest.mark.parametrize("name", ["blank", "grocery"])
def test_an_example_is_right(name: str):
    assert len(example(name).version) == 16


@pytest.mark.parametrize("name", ["blank", "grocery"])
def test_an_example_knows_a_site_s_visitors(name: str):
    assert why_nothing("browser", example(name).shop) == ""


def test_the_grocery_chain_is_rich_enough_for_a_newcomer():
    shop = example("grocery")
    assert len(shop.traits) >= 25
    assert len(shop.segments) >= 10
    assert {rule.group for rule in shop.offer_rules.values()} == {"Type A", "Type B", "Type C"}


def test_the_grocery_chain_declares_its_basis_holdout_and_slots():
    shop = example("grocery")
    assert shop.shop.purposes["personalization"].basis == "legitimate_interest"
    assert shop.shop.holdout.share == 0.05
    assert (shop.slots["recommendations"].n, shop.slots["recommendations"].max_per) == (10, {})
    assert (shop.slots["coupons"].kind, shop.slots["coupons"].fallback) == ("coupon", "none")


def test_traits_have_the_types_that_their_events_give_them():
    traits = example("grocery").traits
    names = ("orders_90d", "spend_90d", "last_order", "favourite_category", "departments", "wine_lover", "articles_90d")
    assert [traits[name].type for name in names] == [
        TraitType.INTEGER,
        TraitType.MONEY,
        TraitType.INSTANT,
        TraitType.TEXT,
        TraitType.TEXTS,
        TraitType.BOOLEAN,
        TraitType.INTEGER,
    ]


def test_lengths_are_read_in_their_units():
    traits = example("grocery").traits
    assert traits["orders_90d"].computed is not None
    assert traits["orders_90d"].computed.window == Window(n=90, unit="day")
    assert traits["age"].retention_days == 730


def test_an_offer_of_the_shop_s_own_is_read_in_its_currency_and_zone():
    texts = dict(load_folder(Path(str(files("shopkeeper.cli") / "examples" / "grocery"))))
    texts["offers.yaml"] = (
        "offers: {bread: {title: A dollar off, items: ['7'], face_value: 1.25, starts: 2017-12-04, ends: 2017-12-31,"
        " where: orders_90d >= 2 and context.place = '31', pause: 2 weeks}}"
    )
    bread = load_definitions(texts).offers["bread"]
    assert (bread.id, bread.kind, bread.face_value, bread.pause_days) == ("bread", "coupon", 125, 14)
    assert bread.starts == datetime(2017, 12, 4, 5, tzinfo=UTC)
    assert bread.ends == datetime(2018, 1, 1, 5, tzinfo=UTC)


def test_a_slot_declares_what_its_predicate_may_read_of_the_moment():
    texts = dict(load_folder(Path(str(files("shopkeeper.cli") / "examples" / "grocery"))))
    texts["slots.yaml"] = "till: {kind: coupon, context: {weekday: text}, where: context.weekday <> 'Sunday'}"
    found = load_definitions(texts)
    assert found.slots["till"].context == {"weekday": "text"}
    schema = rule_schema(found)
    assert (schema["context.weekday"], schema["context.place"]) == (TraitType.TEXT, TraitType.TEXT)
    assert ("email" in schema, "spend_90d" in schema) == (False, True)
