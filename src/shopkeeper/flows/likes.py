"""What a customer likes: the categories that they keep coming back to, and what sets them apart from others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from shopkeeper.core.definitions import NotRecommended
from shopkeeper.core.instant import micros
from shopkeeper.differentiate.facts import Purchase

DAYS = 180
DAY = 86_400_000_000
SHOWN = 6


class Like(msgspec.Struct, frozen=True, kw_only=True):
    """One category: on how many of the customer's orders it was, out of how many, and the same in words."""

    category: str
    orders: int
    of: int
    share: float
    text: str


def lately(purchases: Sequence[Purchase], now: datetime) -> list[Purchase]:
    """Return the orders of the last 180 days."""
    since = micros(now) - DAYS * DAY
    return [one for one in purchases if since < one.at <= micros(now)]


def likes(purchases: Sequence[Purchase], left_out: NotRecommended, *, most: int = SHOWN) -> list[Like]:
    """List the categories that are on most orders, ties by name."""
    found = category_orders(purchases, left_out)
    listed = sorted(found, key=lambda category: (-found[category], category))[:most]
    return [_like(category, found[category], len(purchases)) for category in listed]


def category_orders(purchases: Sequence[Purchase], left_out: NotRecommended) -> Mapping[str, int]:
    """Count the orders that each category is on; what is never recommended, such as deposits, is nobody's taste."""
    return Counter(
        category
        for one in purchases
        for category in {line.category for line in one.lines if line.department not in left_out.departments}
        if category is not None and category not in left_out.categories
    )


def _like(category: str, orders: int, of: int) -> Like:
    trips = "the one shopping trip" if of == 1 else f"{orders:,} of {of:,} shopping trips"
    return Like(category=category, orders=orders, of=of, share=orders / of, text=f"on {trips} in {DAYS} days")
