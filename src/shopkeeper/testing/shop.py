"""A small shop of known truth: definitions, catalogue, coupons and a season of orders, the same every time.

Each customer has two categories that they keep coming back to (`favourites`), so what a recommender ought to say is
known. Every tenth customer stopped coming; three in four were shown coupons, and redeem those of their favourites.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from shopkeeper.core.item import Item, Place, Stock
from shopkeeper.core.offer import Offer
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import collect
from shopkeeper.flows.definitions import apply, load_definitions
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.following import pass_over

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""The shop's present; its settings pin the clock there."""
CATEGORIES = {
    "bread": "food",
    "cheese": "food",
    "fish": "food",
    "fruit": "food",
    "meat": "food",
    "snacks": "food",
    "coffee": "drinks",
    "milk": "drinks",
    "tea": "drinks",
    "wine": "drinks",
    "pets": "home",
    "soap": "home",
}
PER_CATEGORY, CUSTOMERS, WEEKS = 5, 150, 20
ITEMS = tuple(
    Item(
        id=f"{category}-{k}",
        title=f"{category.capitalize()} no. {k}",
        category=category,
        department=department,
        brand="own" if k < 2 else "national",
        price=150 + 100 * k,
        cost=90 + 60 * k,
    )
    for category, department in CATEGORIES.items()
    for k in range(PER_CATEGORY)
)
PLACES = (Place(id="s1", title="High Street"), Place(id="s2", title="Harbour"))
STOCK = tuple(Stock(item=f"{category}-{k}", place="s2", available=False) for category in CATEGORIES for k in (0, 1))
"""The two most bought items of each category are never in stock at `s2`."""


def _coupon(name: str, category: str, **rest: Any) -> Offer:
    known: dict[str, Any] = {"starts": NOW - timedelta(days=60), "ends": NOW + timedelta(days=20), **rest}
    covered = tuple(item.id for item in ITEMS if item.category == category)
    return Offer(id=name, kind="coupon", title=f"Save on {category}", items=covered, face_value=50, **known)


OFFERS = (
    *(_coupon(f"save-{category}", category) for category in CATEGORIES),
    _coupon("old-wine", "wine", ends=NOW - timedelta(days=5)),
    _coupon("club-bread", "bread", group="club"),
    _coupon("twice-milk", "milk", group="twice"),
)
"""One coupon for each category, one that has expired, one for regulars only, and one that may be redeemed twice."""

DEFINITIONS = {
    "shop.yaml": """
name: Corner shop
currency: EUR
time_zone: Europe/Vienna
identifiers:
  user_id: {limit: 1}
  anonymous_id: {limit: 5}
purposes:
  personalization: {basis: legitimate_interest}
  advertising: {basis: consent}
holdout: {share: 0.2, salt: corner}
""",
    "traits.yaml": """
orders_28d: {count: Order Completed, window: 28 days}
orders_90d: {count: Order Completed, window: 90 days}
orders_ever: {count: Order Completed}
last_order: {last: timestamp, of: Order Completed}
spend_90d: {sum: total, of: Order Completed, window: 90 days}
bread_90d: {count: Order Completed, each: products, where: category = 'bread', window: 90 days}
pets_28d: {count: Order Completed, each: products, where: category = 'pets', window: 28 days}
favourite_category: {most_frequent: category, of: Order Completed, each: products, window: 180 days}
coupons_used: {count: Offer Redeemed}
email: {stated: text, personal: true}
""",
    "segments.yaml": """
regulars: {where: orders_90d >= 8}
lapsing: {where: last_order < now() - interval 21 day}
bread_lovers: {where: bread_90d >= 10}
pet_owners: {where: pets_28d >= 3}
coupon_users: {where: coupons_used >= 1}
""",
    "offers.yaml": """
offers: {}
rules:
  club: {group: club, where: orders_90d >= 8, per_customer: 1, pause: 28 days}
  twice: {group: twice, per_customer: 2, pause: 28 days}
""",
    "slots.yaml": """
recommendations: {kind: product, n: 6}
coupons: {kind: coupon, n: 4, fallback: none}
explore: {kind: product, n: 4, policy: explore, temperature: 0.2}
advertising: {kind: product, n: 4, purpose: advertising}
fresh: {kind: product, n: 10, skip_bought_days: 28}
spread:
  kind: product
  n: 6
  max_per: {category: 1}
  pins: [wine-3]
  exclude: [bread-2]
  where: context.channel = 'web' or orders_ever >= 1000
  context: {channel: text, basket: number, member: boolean}
""",
    "shopkeeper.toml": f'now = "{NOW.isoformat()}"\n',
}
"""The shop's files by name."""


def user(number: int) -> str:
    """Return the `user_id` of a customer, counted from 0."""
    return f"u{number:03}"


def favourites(number: int) -> tuple[str, str]:
    """Return the two categories that a customer keeps coming back to."""
    names = tuple(CATEGORIES)
    return names[number % len(names)], names[(number + 3) % len(names)]


def track(who: str, event: str, properties: dict[str, Any], *, key: str, at: datetime) -> dict[str, Any]:
    """Make a `track` call of the wire."""
    known = {"userId": who, "event": event, "properties": properties}
    return {"type": "track", "messageId": key, "timestamp": at.isoformat(), **known}


def basket(
    who: str, items: list[str], *, key: str, at: datetime, coupon: str | None = None, place: str = "s1"
) -> dict[str, Any]:
    """Make the `Order Completed` of a basket; `coupon` was used on its first line, and `key` is the order's id too."""
    prices = {item.id: item.price or 0 for item in ITEMS}
    lines: list[dict[str, Any]] = [{"product_id": item, "price": prices[item] / 100, "quantity": 1} for item in items]
    if coupon is not None:
        lines[0]["coupon"] = coupon
    return track(who, "Order Completed", {"order_id": key, "place": place, "products": lines}, key=key, at=at)


def history(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Make everything that happened before `NOW`, in order of time."""
    events = [event for number in range(CUSTOMERS) for event in _customer(number, rng)]
    return sorted(events, key=lambda event: str(event["timestamp"]))


def _customer(number: int, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    who, likes = user(number), favourites(number)
    last = 4 if number % 10 == 0 else 0
    for week in range(WEEKS, last, -1):
        if rng.random() < 0.85 or week == last + 1:
            at = NOW - timedelta(days=7 * week - number % 7, minutes=number)
            yield basket(who, _basket(likes, rng), key=f"{who}:{week}", at=at)
    if number % 3 == 0:
        at = NOW - timedelta(days=100)
        yield track(who, "Consent Given", {"purpose": "advertising"}, key=f"{who}:consent", at=at)
    if number % 4:
        yield from _mailed(who, likes, rng)


def _basket(likes: tuple[str, str], rng: np.random.Generator) -> list[str]:
    own = {f"{category}-{int(rng.integers(2))}" for category in likes if rng.random() < 0.9}
    others = {ITEMS[int(rng.integers(len(ITEMS)))].id for _ in range(2)}
    return sorted(own | others)


def _mailed(who: str, likes: tuple[str, str], rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    at = NOW - timedelta(days=56)
    for category in CATEGORIES:
        offer = {"offer": f"save-{category}"}
        yield track(who, "Offer Shown", offer, key=f"{who}:shown:{category}", at=at)
        if rng.random() < (0.4 if category in likes else 0.02):
            later = at + timedelta(days=2, hours=1)
            yield track(who, "Offer Redeemed", offer, key=f"{who}:redeemed:{category}", at=later)


def write_shop(folder: Path) -> None:
    """Write the shop's files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in DEFINITIONS.items():
        (folder / name).write_text(text, "utf-8")


async def fill_shop(store: Store, *, seed: int = 1) -> int:
    """Put definitions, catalogue, coupons and history into an empty store; return how many events were taken."""
    files = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
    await apply(store, files, who="test kit", now=NOW - timedelta(days=7 * WEEKS + 1), expected=None)
    await store.put_items(ITEMS)
    await store.put_places(PLACES)
    await store.put_stock(STOCK)
    await store.put_offers(OFFERS)
    wires = history(np.random.default_rng(seed))
    taken = await collect(store, load_definitions(files), wires, origin=Origin("till"), now=NOW)
    await pass_over(store, now=NOW)
    return taken.accepted


def seeded(seed: int) -> Random:
    """Return a source of randomness that gives the same shop every time."""
    return Random(seed)
