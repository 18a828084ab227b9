"""A customer's timeline: what they did and what Shopkeeper did to them, the latest first, in words."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from shopkeeper.core.consent import CONSENT
from shopkeeper.core.errors import BadInput
from shopkeeper.core.event import SCALE, Event, EventCount
from shopkeeper.core.instant import from_micros
from shopkeeper.core.money import format_money
from shopkeeper.flows.customers.desk import MASK, Desk
from shopkeeper.flows.customers.masking import is_open
from shopkeeper.flows.events_in_words import Titles, in_words, titles_of
from shopkeeper.protect.personal import value_looks

MOST: Final = 200
DECISION_MADE: Final = "Decision Made"
EXPIRES: Final = "expires_at"
"""A number that is an instant: when a consent ends."""


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """One property of an event, as people read it."""

    label: str
    text: str


class TimelineItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an order or one pick of a decision; `amount` is a text, empty where there is none."""

    id: str
    title: str
    quantity: int
    amount: str
    note: str


class TimelineEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event.

    seq: Its number in the log. sentence: What happened. amount: The order's total or what was given back, a text.
    decision: The id of the decision that it is, or that it is an outcome of.
    """

    seq: int
    name: str
    source: str
    at: datetime
    sentence: str
    amount: str
    decision: str | None
    details: tuple[Detail, ...]
    items: tuple[TimelineItem, ...]


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A value that a timeline can be filtered by, and how many of the customer's events have it."""

    value: str
    events: int


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a timeline.

    total: How many events the customer has in all. names, sources: What to filter by, the most frequent first.
    next: Ask again with this as `before` for older ones; None: that was all.
    """

    events: tuple[TimelineEvent, ...]
    total: int
    names: tuple[Filter, ...]
    sources: tuple[Filter, ...]
    next: int | None


async def customer_timeline(
    desk: Desk,
    customer: str,
    *,
    before: int | None = None,
    name: str | None = None,
    source: str | None = None,
    limit: int = 50,
) -> Timeline:
    """Tell what happened to one customer, the latest by its instant first.

    Args:
        before: The number of the last event that was shown. name, source: Only events of that name, from that source.
        limit: From 1 to 200.

    Raises: BadInput: `limit` out of bounds. NotFound: there is no such customer, or no longer.
    """
    if not 1 <= limit <= MOST:
        raise BadInput(f"limit == {limit}, must be from 1 to {MOST}")
    customer = await desk.known(customer)
    found = await desk.store.timeline(customer, limit=limit + 1, before=before, name=name, source=source)
    shown = found[:limit]
    titles = await titles_of(desk.store, desk.definitions, shown)
    counts = await desk.store.count_events_of(customer)
    return Timeline(
        events=tuple(_told(desk, event, titles) for event in shown),
        total=sum(one.events for one in counts),
        names=_filters({one.name for one in counts}, counts, "name"),
        sources=_filters({one.source for one in counts}, counts, "source"),
        next=shown[-1].seq if len(found) > limit else None,
    )


def _filters(values: set[str], counts: list[EventCount], field: str) -> tuple[Filter, ...]:
    sums = {value: sum(one.events for one in counts if getattr(one, field) == value) for value in values}
    ordered = sorted(sums, key=lambda value: (-sums[value], value))
    return tuple(Filter(value=value, events=sums[value]) for value in ordered)


def _told(desk: Desk, event: Event, titles: Titles) -> TimelineEvent:
    total = event.money.get("total", event.money.get("revenue"))
    currency = desk.definitions.shop.currency
    return TimelineEvent(
        seq=event.seq,
        name=event.name,
        source=event.source,
        at=event.at,
        sentence=in_words(event, definitions=desk.definitions, titles=titles),
        amount="" if total is None else format_money(total, currency),
        decision=event.message_id if event.name == DECISION_MADE else event.texts.get("decision"),
        details=tuple(Detail(label=label, text=text) for label, text in _details(desk, event, titles).items()),
        items=_items(event, titles, currency),
    )


def _details(desk: Desk, event: Event, titles: Titles) -> Mapping[str, str]:
    found: dict[str, str] = {}
    if event.place:
        found["place"] = titles.places.get(event.place) or event.place
    if event.order_id:
        found["order"] = event.order_id
    for name, value, text in _properties(event, desk.definitions.shop.currency):
        seen = desk.personal or is_open(event, name, value, desk.definitions.traits)
        label = name if desk.personal or value_looks(name) is None else MASK
        found[_label(label)] = text if seen else MASK
    return found


def _properties(event: Event, currency: str) -> Iterator[tuple[str, Any, str]]:
    """Return (name, value, how people read it) of each property."""
    for name, text in event.texts.items():
        yield name, text, text
    for name, value in event.numbers.items():
        ends = name == EXPIRES and event.name in CONSENT
        yield name, value, f"{from_micros(value):%Y-%m-%d}" if ends else _number(value)
    for name, value in event.money.items():
        yield name, value, format_money(value, currency)
    for name, flag in event.flags.items():
        yield name, flag, "yes" if flag else "no"
    for name, nested in event.extra.items():
        if name not in {"picks", "versions", "products"}:
            yield name, nested, msgspec.json.encode(nested).decode()


def _label(name: str) -> str:
    return name.replace("_", " ")


def _number(value: int) -> str:
    return f"{value // SCALE:,}" if value % SCALE == 0 else f"{value / SCALE:,.6g}"


def _items(event: Event, titles: Titles, currency: str) -> tuple[TimelineItem, ...]:
    picks = event.extra.get("picks", ()) if event.name == DECISION_MADE else ()
    lines = [
        TimelineItem(
            id=line.product_id,
            title=titles.items.get(line.product_id) or line.product_id,
            quantity=line.quantity,
            amount=format_money(line.amount, currency),
            note=f"coupon {titles.offers.get(line.coupon) or line.coupon}" if line.coupon else "",
        )
        for line in event.lines
    ]
    chosen = [str(pick[1]) for pick in picks if len(pick) > 1]
    return (*lines, *(_pick(one, titles.items.get(one) or titles.offers.get(one) or one) for one in chosen))


def _pick(item: str, title: str) -> TimelineItem:
    return TimelineItem(id=item, title=title, quantity=1, amount="", note="")
