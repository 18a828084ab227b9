"""simulate, decision, slot and place, typed."""

import pytest

from shopkeeper.testing.commands import told, typed
from shopkeeper.testing.shop import user

pytestmark = pytest.mark.usefixtures("inside")


def test_a_simulation_for_people_and_for_programs() -> None:
    found = told("simulate", "coupons", f"user_id:{user(5)}", "--top", "4", "--at", "2026-02-20T10:00:00Z")
    assert found["at"] == "2026-02-20T10:00:00Z"
    assert found["funnel"][0]["rule"] == "validity"
    done = typed("simulate", "recommendations", f"user_id:{user(5)}", "--without-item", "bread-0", "--place", "s2")
    assert "In stock at s2" in done.stdout
    assert "Purchases of some items are left out" in done.stdout
    by_id = typed("simulate", "recommendations", found["customer"])
    assert "personal (personalization" in by_id.stdout


def test_a_decision_is_listed_and_shown() -> None:
    made = told("decide", "coupons", f"user_id:{user(5)}")
    assert [one["id"] for one in told("decision", "list", f"user_id:{user(5)}")["decisions"]] == [made["id"]]
    assert made["id"] in typed("decision", "list", "--slot", "coupons").stdout
    assert "Nothing was decided yet." in typed("decision", "list", "--slot", "fresh").stdout
    shown = typed("decision", "show", made["id"]).stdout
    assert made["picks"][0]["title"] in shown
    assert typed("decision", "show", "dec_x").exit_code == 1


def test_slots_and_places_are_listed() -> None:
    assert {one["name"] for one in told("slot", "list")} >= {"recommendations", "spread"}
    assert "Filled only where context channel is 'web'" in typed("slot", "list").stdout
    assert typed("place", "list").stdout == "s2  Harbour\ns1  High Street\n"
