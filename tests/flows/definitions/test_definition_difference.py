"""What changes between two versions, noun by noun and field by field."""

from shopkeeper.core.definitions import Definitions
from shopkeeper.flows.definitions import FieldChange, difference, load_definitions

SHOP = """
name: Corner shop
currency: EUR
time_zone: Europe/Vienna
identifiers: {user_id: {limit: 1}}
purposes: {personalization: {basis: consent}}
"""


def shop(traits: str = "spend: {sum: total, of: Order Completed, window: 90 days}", **texts: str) -> Definitions:
    named = {f"{name}.yaml": text for name, text in texts.items()}
    return load_definitions({"shop.yaml": SHOP, "traits.yaml": traits} | named)


def brief(old: Definitions | None, new: Definitions) -> list[tuple[str, str, str]]:
    return [(change.noun, change.name, change.what) for change in difference(old, new)]


def test_equal_definitions_do_not_differ():
    assert difference(shop(), shop()) == []


def test_against_nothing_everything_is_added():
    found = brief(None, shop(segments="a: {where: spend > 1}"))
    assert ("trait", "spend", "added") in found
    assert ("segment", "a", "added") in found
    assert ("setting", "currency", "added") in found


def test_each_noun_is_added_changed_and_removed():
    old = shop(segments="a: {where: spend > 1}\nb: {where: spend > 2}", slots="s: {kind: product}")
    new = shop(segments="b: {where: spend > 3}\nc: {where: spend > 2}", offers="offers: {o: {title: T}}")
    assert brief(old, new) == [
        ("segment", "a", "removed"),
        ("segment", "b", "changed"),
        ("segment", "c", "added"),
        ("offer", "o", "added"),
        ("slot", "s", "removed"),
    ]


def test_a_change_shows_the_old_and_the_new():
    [change] = difference(shop(), shop(traits="spend: {sum: total, of: Order Completed, window: 1 hour}"))
    assert change.fields == (FieldChange("computed.window", "90 days", "1 hour"),)


def test_a_setting_shows_the_old_and_the_new():
    new = load_definitions({"shop.yaml": SHOP + "holdout: {share: 0.1}"})
    old = load_definitions({"shop.yaml": SHOP})
    [change] = difference(old, new)
    assert (change.noun, change.name) == ("setting", "holdout.share")
    assert change.fields == (FieldChange("value", 0.0, 0.1),)
