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
identifiers: {user_id: {}, email: {blocked: [Till@bakery.example]}}
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
