"""A basket to be scanned: what another customer bought last and this one never did, with its prices."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from shopkeeper.core.event import ORDER_COMPLETED, Line
from shopkeeper.core.item import Item
from shopkeeper.core.money import digits, format_money
from shopkeeper.core.store import Store
from shopkeeper.flows.tour.known import Known

LINES, OF_ONE, LOOKED_AT = 8, 2, 6
"""Lines of a basket; of one category among them; products of a category that are looked at."""


class BasketLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a basket: one piece, as it was last paid for.

    amount: In minor units. price: The same in units of the currency, as an event has it. text: As people read it.
    """

    product_id: str
    title: str
    amount: int
    price: str
    text: str


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """What can be scanned. place: Where it was bought, if that is known. total: In minor units."""

    lines: tuple[BasketLine, ...]
    place: str | None
    total: int
    total_text: str


async def fill_basket(
    store: Store, one: Known, other: Known, *, currency: str, without: Collection[str] = ()
) -> Basket:
    """Fill a basket with what `other` bought last of the categories that set `other` apart from `one`.

    Args:
        without: Ids of items that were taken out of it.
    """
    found = _last_bought(other, unknown_to=one)
    items = await store.find_items([line.product_id for line in found])
    chosen = _chosen(found, items)
    lines = tuple(_line(line, items, currency) for line in chosen if line.product_id not in without)
    total = sum(line.amount for line in lines)
    place = other.purchases[-1].place if other.purchases else None
    return Basket(lines=lines, place=place, total=total, total_text=format_money(total, currency))


def as_event(basket: Basket, *, key: str) -> dict[str, Any]:
    """Write a basket as the wire has it; `key` is the event's id and the order's."""
    lines = [{"product_id": line.product_id, "quantity": 1, "price": line.price} for line in basket.lines]
    properties = {"order_id": key, "place": basket.place, "products": lines}
    return {"type": "track", "event": ORDER_COMPLETED, "messageId": key, "properties": properties}


def _last_bought(other: Known, *, unknown_to: Known) -> list[Line]:
    """List lines of `other`, category by category: first what sets them most apart, in each the latest first."""
    shares = unknown_to.shares
    apart = sorted(other.shares, key=lambda category: (shares.get(category, 0.0) - other.shares[category], category))
    known = {product for purchase in unknown_to.purchases for product in purchase.products}
    last: dict[str, dict[str, Line]] = {}
    for purchase in reversed(other.purchases):
        for line in purchase.lines:
            if line.category and line.product_id not in known and line.amount > 0 and line.quantity > 0:
                found = last.setdefault(line.category, {})
                if len(found) < LOOKED_AT:
                    found.setdefault(line.product_id, line)
    return [line for category in apart for line in last.get(category, {}).values()]


def _chosen(found: Sequence[Line], items: Mapping[str, Item]) -> list[Line]:
    """Take the first few, but not twice what reads the same."""
    taken: list[Line] = []
    titles: set[str] = set()
    for line in found:
        title = _title(line, items)
        if title in titles or sum(one.category == line.category for one in taken) == OF_ONE:
            continue
        titles.add(title)
        taken.append(line)
    return taken[:LINES]


def _title(line: Line, items: Mapping[str, Item]) -> str:
    return (items[line.product_id].title if line.product_id in items else "") or line.product_id


def _line(line: Line, items: Mapping[str, Item], currency: str) -> BasketLine:
    amount = line.amount // line.quantity
    return BasketLine(
        product_id=line.product_id,
        title=_title(line, items),
        amount=amount,
        price=str(Decimal(amount).scaleb(-digits(currency))),
        text=format_money(amount, currency),
    )
