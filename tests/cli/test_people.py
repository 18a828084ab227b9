"""customer, segment and report, typed."""

import pytest

from shopkeeper.testing.commands import told, typed
from shopkeeper.testing.shop import CUSTOMERS, user

pytestmark = pytest.mark.usefixtures("inside")


def test_a_customers_page_for_people_and_for_programs() -> None:
    page = told("customer", "show", f"user_id:{user(5)}")
    assert page["identifiers"] == {"user_id": [user(5)]}
    traits = {trait["name"]: trait for trait in page["traits"]}
    assert traits["orders_ever"]["value"] == page["orders"] > 10
    assert traits["spend_90d"]["text"].startswith("€")
    assert len(page["latest_orders"]) == 5
    done = typed("customer", "show", f"user_id:{user(5)}")
    assert f"{page['orders']} orders; the latest:" in done.stdout
    assert "Segments: regulars" in done.stdout


def test_an_unknown_customer_is_not_found_and_not_repeated() -> None:
    done = typed("customer", "show", "user_id:canary-77")
    assert (done.exit_code, done.stderr) == (1, "user_id: no customer has this identifier\n")


def test_a_customer_of_a_kind_that_the_shop_does_not_have_is_bad_input() -> None:
    done = typed("customer", "show", "user:5")
    assert done.exit_code == 2
    assert "'user' is no kind of identifier of this shop, did you mean 'user_id'?" in done.stderr


def test_segments_are_counted_and_listed() -> None:
    counts = {line["name"]: line["customers"] for line in told("segment", "count")}
    assert set(counts) == {"regulars", "lapsing", "bread_lovers", "pet_owners", "coupon_users"}
    assert counts["lapsing"] == CUSTOMERS // 10
    members = told("segment", "members", "lapsing")
    assert len(members) == counts["lapsing"]
    assert all(member.startswith("cus_") for member in members)
    one = told("segment", "count", "--where", "last_order < now() - interval 21 day")
    assert one[0]["customers"] == counts["lapsing"]
    assert "who they are" in typed("segment", "count", "--where", "orders_90d >= 8").stdout


def test_a_bad_predicate_or_segment_is_named() -> None:
    wrong = typed("segment", "count", "--where", "orders_9d > 3")
    assert wrong.exit_code == 2
    assert "unknown trait 'orders_9d'" in wrong.stderr
    missing = typed("segment", "members", "regular")
    assert missing.exit_code == 1
    assert "did you mean 'regulars'" in missing.stderr


def test_refreshing_what_is_recorded_already_changes_nothing() -> None:
    assert told("segment", "refresh") == {"changed": 0}
    assert typed("segment", "refresh").stdout == "0 memberships changed.\n"


def test_the_report_compares_the_arms() -> None:
    report = told("report", "--days", "140")
    assert report["treated"] + report["holdout"] == CUSTOMERS
    assert {line["figure"] for line in report["lines"]} == {"net revenue", "net margin", "orders", "coupons redeemed"}
    done = typed("report")
    assert "in the universal holdout (20%)" in done.stdout
    assert "net revenue, EUR" in done.stdout
    assert typed("report", "--days", "0").exit_code == 2
