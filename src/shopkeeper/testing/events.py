"""Logs drawn at random: canonical events with everything that happens to a real one.

Late arrivals, equal instants, days around a change of clocks, orders that are updated, refunded in part and in full,
cancelled, or named by a correction that came for nothing, missing and mistyped properties.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple, TypeVar

import msgspec

from shopkeeper.core.event import (
    CORRECTIONS,
    IDENTIFY,
    ORDER_CANCELLED,
    ORDER_COMPLETED,
    ORDER_REFUNDED,
    ORDER_UPDATED,
    SCALE,
    Event,
    Line,
)

_T = TypeVar("_T")

START = datetime(2024, 3, 20, tzinfo=UTC)
"""Logs begin here, so that the change of clocks of 2024-03-31 in Europe lies inside them."""
CATEGORIES = ("Bread", "cheese", "Wine", "Äpfel", "葡萄酒", "")
METHODS = ("card", "cash", "voucher")
VIEWED = "Product Viewed"
_CONSENTS = ("Consent Given", "Consent Withdrawn")
_OFFERS = ("Offer Shown", "Offer Clicked", "Offer Redeemed", "Offer Dismissed")


def seeded(seed: int) -> Random:
    """Return a source of randomness that gives the same log every time."""
    return Random(seed)


def random_lines(rng: Random, most: int = 4) -> tuple[Line, ...]:
    """Draw the lines of an order: products come twice, quantities of 0, free goods and unknown costs too."""
    return tuple(
        Line(
            product_id=f"p{rng.randrange(4)}",
            quantity=rng.choice((0, 1, 1, 1, 2, 3, 7)),
            amount=rng.choice((0, 1, 99, 250, 999, 12345, -50)),
            cost=rng.choice((None, 0, 33, 101, 7001)),
            discount=rng.choice((0, 0, 5, 101)),
            coupon=rng.choice((None, None, "SAVE")),
            category=rng.choice((None, *CATEGORIES)),
            department=rng.choice((None, "food", "drink")),
            brand=rng.choice((None, "national", "private")),
        )
        for _ in range(rng.randrange(most + 1))
    )


class Joining(NamedTuple):
    """That two parts are joined from an event on, or, where `apart`, no longer joined."""

    seq: int
    a: str
    b: str
    apart: bool


def random_joinings(rng: Random, parts: int, *, events: int, n: int) -> list[Joining]:
    """Draw who is joined to whom and taken apart again while a log of `random_log` is written, in order of seq."""
    standing: list[tuple[str, str]] = []
    found: list[Joining] = []
    for seq in sorted(rng.randrange(1, events + 1) for _ in range(n)):
        if standing and rng.random() < 0.35:
            found.append(Joining(seq, *standing.pop(rng.randrange(len(standing))), apart=True))
        else:
            first, second = rng.sample(range(parts), 2)
            standing.append((f"c{first}", f"c{second}"))
            found.append(Joining(seq, *standing[-1], apart=False))
    return found


def merged_by(joinings: Sequence[Joining], upto: int) -> dict[str, str]:
    """Return the customer of each part that is not one by itself, as of an event: the smallest id of those joined."""
    standing: list[tuple[str, str]] = []
    for joining in joinings:
        if joining.seq <= upto:
            (standing.remove if joining.apart else standing.append)((joining.a, joining.b))
    together: dict[str, set[str]] = {}
    for a, b in standing:
        group = together.get(a, {a}) | together.get(b, {b})
        together |= dict.fromkeys(group, group)
    return {part: min(group) for part, group in together.items() if part != min(group)}


def corrected_elsewhere(rng: Random, log: Sequence[Event], parts: int) -> list[Event]:
    """Let half the corrections of a log come under a part that is not the order's."""
    return [
        msgspec.structs.replace(event, customer=f"c{rng.randrange(parts)}")
        if event.name in CORRECTIONS and rng.random() < 0.5
        else event
        for event in log
    ]


def random_log(rng: Random, *, customers: int, events: int, days: int = 30) -> list[Event]:
    """Draw a log in order of seq, counted from 1; what it says happened in any order within `days`."""
    log: list[Event] = []
    orders: list[tuple[str, str, Event]] = []
    for seq in range(1, events + 1):
        event = _random_event(rng, seq, f"c{rng.randrange(customers)}", orders, days)
        if event.name == ORDER_COMPLETED and event.order_id is not None:
            orders.append((event.customer, event.order_id, event))
        log.append(event)
    return log


def _random_event(rng: Random, seq: int, customer: str, orders: list[tuple[str, str, Event]], days: int) -> Event:
    kind = rng.random()
    if kind < 0.4:
        return _event(rng, seq, ORDER_COMPLETED, customer, days, lines=random_lines(rng), order_id=_order_id(rng, seq))
    if kind < 0.7 and orders:
        return _correction(rng, seq, orders, days)
    if kind < 0.85:
        return _event(rng, seq, VIEWED, customer, days, lines=random_lines(rng, 2))
    if kind < 0.95:
        return _event(rng, seq, IDENTIFY, customer, days)
    return _event(rng, seq, rng.choice((*_CONSENTS, *_OFFERS)), customer, days)


def _order_id(rng: Random, seq: int) -> str | None:
    return rng.choice((f"o{seq}", f"o{seq}", f"o{seq}", f"o{max(1, seq - 3)}", None))


def _correction(rng: Random, seq: int, orders: list[tuple[str, str, Event]], days: int) -> Event:
    customer, order_id, order = rng.choice(orders)
    name = rng.choice((ORDER_REFUNDED, ORDER_REFUNDED, ORDER_REFUNDED, ORDER_UPDATED, ORDER_CANCELLED))
    order_id = rng.choice((order_id, order_id, order_id, order_id, order_id, "unknown"))
    if name != ORDER_REFUNDED:
        return _event(rng, seq, name, customer, days, lines=random_lines(rng), order_id=order_id)
    lines = tuple(_part_of(rng, line) for line in order.lines if rng.random() < 0.6)
    event = _event(rng, seq, name, customer, days, lines=lines, order_id=order_id)
    return event if rng.random() < 0.5 else _with_money(event, _refunded_money(rng, order))


def _part_of(rng: Random, line: Line) -> Line:
    quantity = rng.choice((0, 1, max(line.quantity, 0), line.quantity + 1))
    amount = rng.choice((0, max(line.amount, 0), max(line.amount, 0) // 2, line.amount + 10))
    return Line(product_id=line.product_id, quantity=max(quantity, 0), amount=max(amount, 0), category=line.category)


def _refunded_money(rng: Random, order: Event) -> dict[str, int]:
    total = order.money.get("total", 500)
    return rng.choice(({}, {"total": total}, {"total": max(total, 0) // 2}, {"total": 1, "tax": 7}, {"revenue": 50}))


def _with_money(event: Event, money: dict[str, int]) -> Event:
    return Event(
        source=event.source,
        message_id=event.message_id,
        name=event.name,
        customer=event.customer,
        at=event.at,
        received_at=event.received_at,
        seq=event.seq,
        order_id=event.order_id,
        lines=event.lines,
        money=money,
    )


def _event(
    rng: Random,
    seq: int,
    name: str,
    customer: str,
    days: int,
    *,
    lines: tuple[Line, ...] = (),
    order_id: str | None = None,
) -> Event:
    at = START + timedelta(days=rng.randrange(days), minutes=rng.choice((0, 59, 60, 719, 1319, 1320, 1379, 1439)))
    at += timedelta(microseconds=rng.choice((0, 0, 1, 59_999_999)))
    texts = {"method": rng.choice(METHODS), "purpose": "personalization", "offer": rng.choice(("a", "b"))}
    money = {field: rng.choice((-3, 0, 100, 250, 12345)) for field in ("total", "revenue", "tax", "discount")}
    return Event(
        source="shop",
        message_id=str(seq),
        name=name,
        customer=customer,
        at=at,
        received_at=START + timedelta(days=days, seconds=seq),
        seq=seq,
        place=rng.choice((None, "north", "south")),
        order_id=order_id,
        texts=_some(rng, {**texts, "colour": rng.choice(CATEGORIES)}),
        numbers=_some(rng, {"points": rng.choice((-1, 0, 1, 3)) * SCALE // 2, "age": rng.randrange(90) * SCALE + 1}),
        money=_some(rng, money) if name != ORDER_REFUNDED else {},
        flags=_some(rng, {"gift": rng.random() < 0.5, "member": rng.random() < 0.5}),
        lines=lines,
    )


def _some(rng: Random, values: dict[str, _T]) -> dict[str, _T]:
    return {name: value for name, value in values.items() if rng.random() < 0.8}
