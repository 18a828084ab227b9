"""The lines of an order: money exact, taxonomy filled in from the catalogue once, at the door.

What a line says of its category is written into the log, so that the live fold and the batch evaluator read the same
text for ever, whatever becomes of the catalogue.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from shopkeeper.core.event import Line
from shopkeeper.core.item import Item
from shopkeeper.flows.door.reading import Refusal, read_money, read_number, read_quantity, read_text

MAX_LINES = 10_000
_NO_ITEM = Item(id="")
_TAKEN = frozenset(
    {
        "product_id",
        "sku",
        "quantity",
        "price",
        "amount",
        "total",
        "cost",
        "discount",
        "coupon",
        "category",
        "department",
        "brand",
    }
)


def product_id(product: Mapping[str, Any]) -> str | None:
    """Read which item a line of the wire names: its `product_id`, else its `sku`. Raises: Refusal."""
    return read_text(product.get("product_id"), "product_id") or read_text(product.get("sku"), "sku")


def read_lines(
    products: Any, items: Mapping[str, Item], *, currency: str, refund: bool
) -> tuple[tuple[Line, ...], list[dict[str, Any]]]:
    """Read `products` of the wire as lines, and what they carry besides, line by line (empty if nothing).

    Args:
        items: What the catalogue says of the items that the lines name.
        refund: Whether the lines name what is taken back, in positive figures.

    Raises: Refusal.
    """
    if products is None:
        return (), []
    if not isinstance(products, list | tuple) or not all(isinstance(product, dict) for product in products):
        raise Refusal("bad_line", "products: must be a list of objects")
    if len(products) > MAX_LINES:
        raise Refusal("bad_line", f"products: {len(products)} lines, must be at most {MAX_LINES}")
    lines = tuple(
        _line(product, items, place=f"products[{i}]", currency=currency, refund=refund)
        for i, product in enumerate(products)
    )
    rest = [{key: value for key, value in product.items() if key not in _TAKEN} for product in products]
    return lines, rest if any(rest) else []


def _line(product: Mapping[str, Any], items: Mapping[str, Item], *, place: str, currency: str, refund: bool) -> Line:
    item_id = product_id(product)
    if item_id is None:
        raise Refusal("bad_line", f"{place}: no product_id")
    given = product.get("quantity")
    pieces, exact = read_quantity(1 if given is None else given, f"{place}.quantity")
    item = items.get(item_id, _NO_ITEM)
    line = Line(
        product_id=item_id,
        quantity=pieces,
        amount=_amount(product, exact, place=place, currency=currency),
        cost=_cost(product, item, exact, place=place, currency=currency),
        discount=_optional(product, "discount", place=place, currency=currency) or 0,
        coupon=read_text(product.get("coupon"), f"{place}.coupon"),
        category=read_text(product.get("category"), f"{place}.category") or item.category,
        department=read_text(product.get("department"), f"{place}.department") or item.department,
        brand=read_text(product.get("brand"), f"{place}.brand") or item.brand,
    )
    if line.discount < 0 or (refund and line.amount < 0):
        raise Refusal("bad_amount", f"{place}: discounts, and what a refund takes back, are positive figures")
    return line


def _amount(product: Mapping[str, Any], quantity: Decimal, *, place: str, currency: str) -> int:
    for field in ("amount", "total"):
        if product.get(field) is not None:
            return read_money(product[field], f"{place}.{field}", currency)
    if product.get("price") is None:
        return 0
    price = read_number(product["price"], f"{place}.price", code="bad_amount")
    return read_money(price * quantity, f"{place}.price", currency)


def _cost(product: Mapping[str, Any], item: Item, quantity: Decimal, *, place: str, currency: str) -> int | None:
    given = _optional(product, "cost", place=place, currency=currency)
    return given if given is not None or item.cost is None else round(item.cost * quantity)


def _optional(product: Mapping[str, Any], field: str, *, place: str, currency: str) -> int | None:
    value = product.get(field)
    return None if value is None else read_money(value, f"{place}.{field}", currency)


def sum_amounts(lines: Sequence[Line]) -> int:
    """Add up what was paid for some lines."""
    return sum(line.amount for line in lines)
