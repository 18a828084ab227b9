"""Net orders: what is left of an order after every update, refund and cancellation, whatever their order of arrival.

An order's content is that of its latest `Order Updated` by (at, seq), or of the original. Everything that refunds
ever named is taken from it, and never more than there is:

- a refund that names neither lines nor money, and a cancellation, take the whole order, for good;
- a refunded line takes its quantity and amount from the lines of that product, in their order; an amount that is not
  named (0) is the share of the product's amount that goes with the quantity; cost and discount go with the quantity,
  cut towards zero;
- a line whose whole quantity is taken back is gone; an order is gone with its last line, or once refunds without
  lines have taken its whole total;
- of `total`, `subtotal`, `revenue` and `value` a refund takes what it names under that name, else the total that it
  names, else the sum of its lines' amounts; of other money only what it names. Nothing falls below zero.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from shopkeeper.core.event import ORDER_CANCELLED, ORDER_REFUNDED, Event, Line
from shopkeeper.core.instant import micros
from shopkeeper.differentiate.exact import share

SPEND = frozenset({"total", "subtotal", "revenue", "value"})
"""Money of which a refund takes its total, or its lines' amounts, unless it names it itself."""


class KeptLine(Line, frozen=True, kw_only=True, array_like=True, gc=False):
    """A line as a state keeps it: without the names of its fields."""


class Refund(msgspec.Struct, array_like=True, gc=False):
    """What one refund names."""

    money: dict[str, int]
    lines: tuple[KeptLine, ...]


class Order(msgspec.Struct, array_like=True):
    """An order of one customer: its latest content and all that was refunded.

    at: Microseconds of the original. updated: (at, seq) of the update that holds the content, (0, 0) for the original.
    cancelled: The whole order was taken back.
    """

    at: int
    seq: int
    place: str | None
    order_id: str | None
    lines: tuple[KeptLine, ...]
    texts: dict[str, str]
    numbers: dict[str, int]
    money: dict[str, int]
    flags: dict[str, bool]
    updated: tuple[int, int] | None = None
    refunds: tuple[Refund, ...] = ()
    cancelled: bool = False


class Occurrence(NamedTuple):
    """An event as traits see it, corrections taken into account; `at` is in microseconds."""

    at: int
    seq: int
    place: str | None
    order_id: str | None
    lines: tuple[Line, ...]
    texts: Mapping[str, str]
    numbers: Mapping[str, int]
    money: Mapping[str, int]
    flags: Mapping[str, bool]


class Kept(NamedTuple):
    """Which properties of an order a state keeps: those that some trait reads, and the total."""

    texts: frozenset[str]
    numbers: frozenset[str]
    money: frozenset[str]
    flags: frozenset[str]


def occurrence(event: Event) -> Occurrence:
    """See an event as it came."""
    return Occurrence(
        micros(event.at),
        event.seq,
        event.place,
        event.order_id,
        event.lines,
        event.texts,
        event.numbers,
        event.money,
        event.flags,
    )


def placed(event: Occurrence, kept: Kept) -> Order:
    """Make an order of its `Order Completed`."""
    return Order(event.at, event.seq, event.place, event.order_id, *_content(event, kept))


def amend(order: Order, name: str, event: Occurrence, kept: Kept) -> None:
    """Take a correction into an order."""
    if name == ORDER_CANCELLED or (name == ORDER_REFUNDED and not event.lines and not event.money):
        order.cancelled = True
    elif name == ORDER_REFUNDED:
        lines, _, _, money, _ = _content(event, kept)
        order.refunds = (*order.refunds, Refund(money, lines))
    elif order.updated is None or order.updated < (event.at, event.seq):
        order.lines, order.texts, order.numbers, order.money, order.flags = _content(event, kept)
        order.updated = (event.at, event.seq)


def net(order: Order) -> Occurrence | None:
    """Return what is left of an order, or None when all of it was taken back."""
    if order.cancelled or _paid_back(order):
        return None
    lines: tuple[Line, ...] = order.lines
    money = order.money
    if order.refunds:
        named = tuple(_named(order.lines, refund.lines) for refund in order.refunds)
        lines = _left(order.lines, [line for lines in named for line in lines])
        if order.lines and not lines:
            return None
        money = {name: _money_left(name, value, order.refunds, named) for name, value in money.items()}
    return Occurrence(
        order.at, order.seq, order.place, order.order_id, lines, order.texts, order.numbers, money, order.flags
    )


def keep_line(line: Line) -> KeptLine:
    """Copy a line into the form that a state keeps."""
    return KeptLine(
        product_id=line.product_id,
        quantity=line.quantity,
        amount=line.amount,
        cost=line.cost,
        discount=line.discount,
        coupon=line.coupon,
        category=line.category,
        department=line.department,
        brand=line.brand,
    )


def _content(event: Occurrence, kept: Kept) -> tuple[Any, ...]:
    return (
        tuple([keep_line(line) for line in event.lines]),
        _only(event.texts, kept.texts),
        _only(event.numbers, kept.numbers),
        _only(event.money, kept.money),
        _only(event.flags, kept.flags),
    )


def _only(values: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _paid_back(order: Order) -> bool:
    total = order.money.get("total", 0)
    return 0 < total <= sum(refund.money.get("total", 0) for refund in order.refunds if not refund.lines)


def _named(lines: Iterable[Line], refunded: Iterable[Line]) -> list[tuple[str, int, int]]:
    """Return (product, quantity, amount) of each refunded line, an amount that is not named as its share."""
    quantities: dict[str, int] = {}
    amounts: dict[str, int] = {}
    for line in lines:
        quantities[line.product_id] = quantities.get(line.product_id, 0) + max(line.quantity, 0)
        amounts[line.product_id] = amounts.get(line.product_id, 0) + max(line.amount, 0)
    found = []
    for line in refunded:
        quantity, amount, bought = max(line.quantity, 0), line.amount, quantities.get(line.product_id, 0)
        if amount <= 0:
            amount = share(amounts[line.product_id], min(quantity, bought), bought) if bought else 0
        found.append((line.product_id, quantity, amount))
    return found


def _left(lines: Iterable[KeptLine], named: Iterable[tuple[str, int, int]]) -> tuple[Line, ...]:
    taken: dict[str, tuple[int, int]] = {}
    for product, quantity, amount in named:
        before = taken.get(product, (0, 0))
        taken[product] = (before[0] + quantity, before[1] + amount)
    left: list[Line] = []
    for line in lines:
        if line.product_id not in taken:
            left.append(line)
            continue
        quantity, amount = taken[line.product_id]
        units, paid = min(quantity, max(line.quantity, 0)), min(amount, max(line.amount, 0))
        taken[line.product_id] = (quantity - units, amount - paid)
        if not _gone(line, units=units, paid=paid, named=quantity + amount > 0):
            left.append(_less(line, units, paid))
    return tuple(left)


def _gone(line: Line, *, units: int, paid: int, named: bool) -> bool:
    if line.quantity > 0:
        return units == line.quantity
    return named and line.amount - paid <= 0


def _less(line: KeptLine, units: int, paid: int) -> Line:
    left, bought = line.quantity - units, line.quantity
    return msgspec.structs.replace(
        line,
        quantity=left,
        amount=line.amount - paid,
        cost=line.cost if line.cost is None or bought <= 0 else share(line.cost, left, bought),
        discount=line.discount if bought <= 0 else share(line.discount, left, bought),
    )


def _money_left(
    name: str, value: int, refunds: tuple[Refund, ...], named: tuple[list[tuple[str, int, int]], ...]
) -> int:
    if value <= 0:
        return value
    taken = 0
    for refund, lines in zip(refunds, named, strict=True):
        if name in refund.money:
            taken += max(refund.money[name], 0)
        elif name in SPEND:
            taken += max(refund.money["total"], 0) if "total" in refund.money else sum(line[2] for line in lines)
    return max(value - taken, 0)
