"""The fields that columns can be, by kind of table: what each asks of values, and by which words it is known."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Field(NamedTuple):
    """One field of a kind of table.

    name: As a mapping has it; `customer` stands for one of the shop's kinds of identifier. concept: See `words.WORDS`.
    kinds: Of values that it takes, empty: any. required: A table of the kind needs it. several: It takes columns
    beyond the first. label: For people.
    """

    name: str
    concept: str
    label: str
    kinds: frozenset[str] = frozenset()
    required: bool = False
    several: bool = False


_NUMBER: Final = frozenset({"whole", "number"})
_INSTANT: Final = frozenset({"instant"})
_KEY: Final = frozenset({"whole", "text", "email", "flag"})
_CUSTOMER: Final = Field("customer", "customer", "Customer", _KEY, required=True)
_TIME: Final = Field("timestamp", "timestamp", "When it happened", _INSTANT, required=True)
_PLACE: Final = Field("place", "place", "Store or country", _KEY)
_WORD: Final = frozenset({"text", "whole", "flag"})

FIELDS: Final[Mapping[str, tuple[Field, ...]]] = {
    "orders": (
        _CUSTOMER,
        Field("order_id", "order_id", "Order number", _KEY, required=True),
        _TIME,
        Field("product_id", "product_id", "Product", _KEY, required=True),
        Field("amount", "amount", "Paid for the line", _NUMBER, required=True),
        Field("price", "price", "Price of one piece", _NUMBER),
        Field("quantity", "quantity", "Pieces", _NUMBER),
        Field("discount", "discount", "Discount", _NUMBER, several=True),
        Field("cost", "cost", "What the goods cost", _NUMBER),
        _PLACE,
        Field("coupon", "coupon", "Coupon used", _WORD),
        Field("category", "category", "Category", _WORD),
        Field("department", "department", "Department", _WORD),
        Field("brand", "brand", "Brand", _WORD),
    ),
    "events": (
        _CUSTOMER,
        _TIME,
        Field("event_column", "event", "What happened", frozenset({"text"})),
        Field("message_id", "message_id", "Id of the event", _KEY),
        Field("order_id", "order_id", "Order number", _KEY),
        _PLACE,
    ),
    "customers": (_CUSTOMER, Field("timestamp", "timestamp", "When it was so", _INSTANT)),
    "consents": (
        _CUSTOMER,
        Field("purpose", "purpose", "Purpose", _WORD),
        Field("state", "state", "Given or withdrawn", _WORD),
        Field("timestamp", "timestamp", "When it was said", _INSTANT),
        Field("channel", "channel", "Channel", _WORD),
        Field("grade", "grade", "Evidence", _WORD),
        Field("wording", "wording", "The text that was shown", frozenset({"text"})),
        Field("policy_version", "policy_version", "Version of the privacy notice"),
        Field("jurisdiction", "jurisdiction", "Jurisdiction", _WORD),
        Field("expires_at", "ends", "Ends", _INSTANT),
    ),
    "items": (
        Field("id", "product_id", "Product", _KEY, required=True),
        Field("title", "title", "Title", _WORD, several=True),
        Field("category", "category", "Category", _WORD),
        Field("department", "department", "Department", _WORD),
        Field("brand", "brand", "Brand", _WORD),
        Field("price", "price", "Price", _NUMBER),
        Field("cost", "cost", "Cost", _NUMBER),
    ),
    "places": (
        Field("id", "place", "Store", _KEY, required=True),
        Field("title", "title", "Title", _WORD, several=True),
    ),
    "stock": (
        Field("item", "product_id", "Product", _KEY, required=True),
        Field("place", "place", "Store", _KEY, required=True),
        Field("available", "available", "Available"),
        Field("price", "price", "Price there", _NUMBER),
    ),
    "offers": (
        Field("id", "offer_id", "Offer", _KEY, required=True),
        Field("item", "product_id", "Covered product", _KEY),
        Field("group", "group", "Group", _WORD),
        Field("title", "title", "Title", _WORD, several=True),
        Field("starts", "starts", "Valid from", _INSTANT),
        Field("ends", "ends", "Valid until before", _INSTANT),
        Field("face_value", "face_value", "What it takes off", _NUMBER),
    ),
}
LABELS: Final[Mapping[str, str]] = {
    "orders": "Orders: a row is a line of a receipt",
    "events": "Events: a row is something that happened",
    "customers": "Customers: a row is what is known of one",
    "consents": "Consents: a row is what a customer allowed or refused",
    "items": "Products: a row is a product",
    "places": "Stores: a row is a place",
    "stock": "Stock: a row is a product at a place",
    "offers": "Offers: a row is an offer, or a product it covers",
}
FREE: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "orders": (("properties", "Keep as a property"),),
    "events": (("properties", "Keep as a text"), ("numbers", "Keep as a number")),
    "customers": (("traits", "Keep as a trait"),),
    "consents": (("states", "Yes or no to a purpose"),),
    "items": (("attributes", "Keep as an attribute"),),
    "places": (("attributes", "Keep as an attribute"),),
    "stock": (),
    "offers": (),
}
"""Fields that take any column under a name of its own."""
EVIDENCE: Final[Mapping[str, frozenset[str]]] = {
    "orders": frozenset({"order_id", "product_id"}),
    "events": frozenset({"event_column", "message_id"}),
    "customers": frozenset(),
    "consents": frozenset({"state", "purpose", "grade", "wording", "policy_version"}),
    "items": frozenset({"title", "category", "department", "brand", "price", "cost"}),
    "places": frozenset({"title"}),
    "stock": frozenset({"available"}),
    "offers": frozenset({"starts", "ends", "face_value"}),
}
"""Fields that speak for a kind beyond those that it requires."""
