"""Joining and taking apart by command: previews, confirmation, and what is shown afterwards."""

import json
from pathlib import Path

import pytest

from shopkeeper.testing.commands import told, typed
from shopkeeper.testing.shop import user
from tests.process import finished, served

pytestmark = pytest.mark.usefixtures("inside")
KEY = "a-key-for-this-test"
TILL = "till@bakery.example"
VISITOR = json.dumps({"type": "track", "event": "Product Viewed", "messageId": "v1", "anonymousId": "c-1"})


@pytest.fixture
def visitor(shop: Path) -> str:
    assert shop
    assert typed("event", "send", VISITOR).exit_code == 0
    return "anonymous_id:c-1"


def test_customers_are_joined_shown_and_taken_apart(visitor):
    card = f"user_id:{user(5)}"
    foreseen = told("customer", "merge", card, visitor, "--dry-run")
    assert (foreseen["seq"], len(foreseen["before"]), len(foreseen["after"])) == (None, 2, 1)
    done = told("customer", "merge", card, visitor, "--yes", "--who", "jo")
    assert done["after"] == foreseen["after"]
    shown = told("customer", "show", visitor)
    assert shown["customer"] == told("customer", "show", card)["customer"] == done["after"][0]["customer"]
    assert [link["reason"] for link in shown["identity"]["links"]] == ["jo of the shop joined them."]
    assert "Known by 2 identifiers, which 1 link makes one." in typed("customer", "show", card).stdout
    apart = told("customer", "unmerge", card, visitor, "--yes", "--who", "jo")
    assert {one["customer"]: one["orders"] for one in apart["after"]} == {
        one["customer"]: one["orders"] for one in done["before"]
    }


def test_nothing_is_done_without_a_yes(visitor):
    card = f"user_id:{user(5)}"
    asked = typed("customer", "merge", card, visitor)
    assert asked.exit_code != 0
    assert "2 customers become one" in asked.stdout
    refused = typed("customer", "merge", card, visitor, "--json")
    assert refused.exit_code == 2
    assert "--yes" in refused.stderr
    assert len(told("customer", "show", card)["identity"]["parts"]) == 1


def test_what_cannot_be_done_is_refused_in_words():
    two = typed("customer", "merge", f"user_id:{user(5)}", f"user_id:{user(6)}", "--yes")
    assert two.exit_code != 0
    assert "more than shop.yaml allows of: user_id" in two.stderr
    nobody = typed("customer", "unmerge", f"user_id:{user(5)}", "anonymous_id:nobody", "--yes")
    assert "does not have all of them" in nobody.stderr


def till(shop: Path, customer: str) -> str:
    """Send the till's own address beside a user id, as the guide's till does; return it."""
    assert shop
    said = {"type": "identify", "messageId": f"t-{customer}", "userId": customer, "traits": {"email": TILL}}
    assert typed("event", "send", json.dumps(said)).exit_code == 0
    return f"email:{TILL}"


def declare(shop: Path, email: str) -> None:
    """Declare addresses as identifiers, and put that in force."""
    path = shop / "shop.yaml"
    kept = [line for line in path.read_text().splitlines() if not line.startswith("  email:")]
    kept.insert(kept.index("identifiers:") + 1, f"  email: {email}")
    path.write_text("\n".join(kept))
    assert typed("apply", "--yes").exit_code == 0


def test_what_a_value_joined_is_taken_apart_by_that_value_after_it_was_blocked(shop: Path) -> None:
    """The remedy of docs/how-to/identity.md, step by step."""
    declare(shop, "{limit: 2}")
    first, second = f"user_id:{user(5)}", f"user_id:{user(6)}"
    address = till(shop, user(5))
    till(shop, user(6))
    assert told("customer", "show", address)["customer"] == told("customer", "show", first)["customer"]
    declare(shop, f"{{limit: 2, blocked: [{TILL}]}}")
    found = told("customer", "find", address)["customers"]
    assert [one["why"] for one in found] == ["email, exactly"]
    foreseen = told("customer", "unmerge", first, address, "--dry-run")
    done = told("customer", "unmerge", first, address, "--yes")
    assert (len(foreseen["after"]), len(done["after"])) == (2, 2)
    customers = {told("customer", "show", name)["customer"] for name in (first, second, address)}
    assert len(customers) == 3
    said = {"type": "identify", "messageId": "later", "userId": user(7), "traits": {"email": TILL}}
    assert typed("event", "send", json.dumps(said)).exit_code == 0
    assert len(told("customer", "show", f"user_id:{user(7)}")["identity"]["parts"]) == 1


def test_beside_a_running_server_it_is_asked(shop: Path, visitor: str) -> None:
    with served(shop, SHOPKEEPER_API_KEY=KEY) as (_, url):
        words = ["--url", url, "--key", KEY, "--yes", "--json"]
        done = finished("customer", "merge", visitor, f"user_id:{user(5)}", *words, shop=shop)
        assert done.returncode == 0, done.stderr
        customer = json.loads(done.stdout)["after"][0]["customer"]
        apart = finished("customer", "unmerge", customer, visitor, *words, shop=shop)
        assert len(json.loads(apart.stdout)["after"]) == 2
        unknown = finished("customer", "merge", visitor, "user_id:nobody", *words, shop=shop)
        assert "no customer has this identifier" in unknown.stderr
