from datetime import UTC, datetime

import pytest

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.event import Event, Line
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door.canonical import OURS
from shopkeeper.flows.events_in_words import _SENTENCES, Titles, in_words, titles_of
from shopkeeper.store import open_store
from shopkeeper.testing.shop import DEFINITIONS, ITEMS, OFFERS, PLACES

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TITLES = Titles(items={"a": "Tea", "b": "Rye bread"}, offers={"o": "Save on tea"}, places={"s1": "High Street"})


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    return load_definitions({name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")})


def event(name: str, **rest: object) -> Event:
    return Event(source="t", message_id="m", name=name, customer="c", at=AT, received_at=AT, **rest)


LINES = (
    Line(product_id="a", amount=100),
    Line(product_id="b", amount=300, coupon="o"),
    Line(product_id="c", amount=50),
)
EXAMPLES = [
    (
        event("Order Completed", lines=LINES, money={"total": 450}, place="s1"),
        "Bought Rye bread, Tea and 1 more for €4.50 with 1 coupon at High Street.",
    ),
    (event("Order Completed", order_id="1"), "Bought something."),
    (event("Order Refunded", lines=LINES[:1], money={"total": 100}), "Gave back Tea for €1.00."),
    (event("Order Updated", lines=LINES[:2]), "Changed an order to Rye bread and Tea."),
    (event("Order Cancelled"), "Cancelled an order."),
    (event("Identify", texts={"age_group": "25-34"}, flags={"member": True}), "Told us age group and member."),
    (event("Identify"), "Was identified."),
    (event("Consent Given", texts={"purpose": "advertising"}), "Consented to advertising."),
    (event("Consent Withdrawn", texts={"purpose": "advertising"}), "Withdrew consent to advertising."),
    (event("Consent Withdrawn", texts={"purpose": "personalization"}), "Objected to personalization."),
    (event("Offer Shown", texts={"offer": "o"}), "Was shown “Save on tea”."),
    (event("Offer Redeemed", texts={"offer": "unknown"}), "Redeemed “unknown”."),
    (event("Offer Dismissed"), "Dismissed an offer."),
    (event("Campaign Mailed", texts={"group": "spring"}), "Was mailed a choice of the coupons of “spring”."),
    (event("Product Viewed", texts={"product_id": "a"}), "Looked at Tea."),
    (event("Product Added", texts={"sku": "b"}), "Put into the basket Rye bread."),
    (event("Products Searched", texts={"query": "canary"}), "Searched."),
    (event("Segment Entered", texts={"segment": "lapsing"}), "Entered the segment “lapsing”."),
    (event("Definitions Applied", numbers={"number": 3_000_000}), "Version 3 of the definitions was put in force."),
    (
        event("Model Put In Force", texts={"model": "coupons", "version": "2"}),
        "Version 2 of the model “coupons” was put in force.",
    ),
    (event("Group Joined", texts={"group": "h1", "group_type": "household"}), "Joined the household “h1”."),
    (event("Group Left", texts={"group": "acme"}), "Left the group “acme”."),
    (event("Customers Merged", texts={"merged": "cus_2"}), "Was joined with another customer by staff."),
    (event("Customer Unmerged", texts={"parts": "cus_2"}), "Was taken apart by staff."),
    (event("Newsletter Opened", texts={"who": "canary"}), "Newsletter Opened."),
]


@pytest.mark.parametrize(("told", "said"), EXAMPLES, ids=[one.name for one, _ in EXAMPLES])
def test_each_event_has_its_sentence(definitions, told, said):
    assert in_words(told, definitions=definitions, titles=TITLES) == said


def test_a_decision_names_its_picks_and_whether_they_are_personal(definitions):
    picks = {"picks": [[1, "a", 0.5, 1.0], [2, "o", 0.4, 1.0], [3, "b", 0.1, 1.0]]}
    personal = event("Decision Made", texts={"slot": "coupons"}, flags={"personal": True}, extra=picks)
    said = in_words(personal, definitions=definitions, titles=TITLES)
    assert said == "Was answered in “coupons” with Tea, Save on tea and 1 more (chosen for them)."
    stranger = event("Decision Made", texts={"slot": "coupons", "why": "holdout", "degraded": "x"})
    said = in_words(stranger, definitions=definitions, titles=TITLES)
    assert said == "Was answered in “coupons” with nothing (not personal: holdout, by a fallback)."


def test_every_name_of_our_own_has_a_sentence_of_its_own():
    assert set(_SENTENCES) >= OURS


@pytest.mark.parametrize("name", sorted(_SENTENCES))
def test_a_bare_event_is_said_without_its_values(definitions, name):
    bare = event(name, texts={"query": "canary", "email": "canary"}, numbers={"x": 1})
    said = in_words(bare, definitions=definitions, titles=Titles())
    assert said.endswith(".")
    assert "canary" not in said
    assert "  " not in said


async def test_titles_come_from_catalogue_offers_and_places(tmp_path, definitions):
    store = await open_store(f"sqlite:///{tmp_path}/store.db")
    await store.put_items(ITEMS)
    await store.put_places(PLACES)
    await store.put_offers(OFFERS)
    told = [
        event("Order Completed", lines=(Line(product_id="tea-0"),), place="s2"),
        event("Offer Shown", texts={"offer": "save-tea"}),
    ]
    titles = await titles_of(store, definitions, told)
    assert [in_words(one, definitions=definitions, titles=titles) for one in told] == [
        "Bought Tea no. 0 at Harbour.",
        "Was shown “Save on tea”.",
    ]
    assert await titles_of(store, definitions, []) == Titles()
    await store.close()
