"""Identifiers by which somebody is asked for, and those under which somebody is kept."""

import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.core.identifier import Identifier
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.identify.names import asked_name, is_blocked, kept_name, usable_names

SHOP = load_definitions(
    {
        "shop.yaml": """
name: Shop
currency: EUR
time_zone: UTC
region: AT
identifiers:
  user_id: {blocked: [Guest]}
  email: {blocked: [Till@bakery.example, info@weiß.at]}
  phone: {blocked: ["01 5123456", "+4315123457"]}
purposes: {}
"""
    }
).shop
TILL = Identifier("email", "till@bakery.example")


@pytest.mark.parametrize("value", ["till@bakery.example", " TILL@Bakery.example"])
def test_a_blocked_value_names_nobody_and_yet_is_read_where_staff_look_for_what_it_brought(value):
    with pytest.raises(BadInput, match=r"shop\.yaml blocks") as refusal:
        asked_name("email", value, SHOP)
    assert "till" not in str(refusal.value).lower()
    assert usable_names([("email", value), ("user_id", "7")], SHOP) == (Identifier("user_id", "7"),)
    assert kept_name("email", value, SHOP) == TILL
    assert is_blocked(TILL, SHOP)


def test_a_value_that_never_named_anybody_is_not_read_at_all():
    for read in (asked_name, kept_name):
        with pytest.raises(BadInput, match="blocked value"):
            read("user_id", "undefined", SHOP)
        with pytest.raises(BadInput, match="no kind of identifier of this shop"):
            read("card", "7", SHOP)
    assert not is_blocked(Identifier("card", "7"), SHOP)


@pytest.mark.parametrize("phone", ["+4315123456", "01/5123456", "0043 1 5123456", "01 5123457"])
def test_a_telephone_number_is_blocked_however_shop_yaml_and_the_sender_write_it(phone):
    with pytest.raises(BadInput, match=r"shop\.yaml blocks"):
        asked_name("phone", phone, SHOP)
    assert is_blocked(kept_name("phone", phone, SHOP), SHOP)


def test_what_is_blocked_is_no_more_than_what_shop_yaml_says():
    assert asked_name("email", "info@weiss.at", SHOP) == Identifier("email", "info@weiss.at")
    assert asked_name("phone", "01 5123456 ext. 7", SHOP) == Identifier("phone", "+4315123456;ext=7")
    with pytest.raises(BadInput, match=r"shop\.yaml blocks"):
        asked_name("user_id", "GUEST", SHOP)


def test_staff_still_find_what_a_placeholder_brought_before_it_named_nobody():
    kept = kept_name("phone", "000000", SHOP)
    assert kept == Identifier("phone", "+4300000")
    assert is_blocked(kept, SHOP)
    with pytest.raises(BadInput, match="a blocked value"):
        asked_name("phone", "000000", SHOP)
