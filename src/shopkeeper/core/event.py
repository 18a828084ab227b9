"""Events: what a customer did, or what Shopkeeper did to a customer, in one log.

An event in the log is *canonical*: its fields are typed once, at the door, so that the live fold and the batch
evaluator read the very same integers and texts. It names its customer by a pseudonymous id only.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import msgspec

SCALE = 1_000_000
"""Numbers that are not money are fixed point: int64 millionths, so that sums do not depend on order."""

MONEY_FIELDS = frozenset({"total", "subtotal", "revenue", "value", "shipping", "tax", "discount"})
"""Event properties that hold money (Segment e-commerce spec v2), in minor units once canonical."""


ORDER_COMPLETED = "Order Completed"
ORDER_UPDATED = "Order Updated"
ORDER_REFUNDED = "Order Refunded"
ORDER_CANCELLED = "Order Cancelled"
CORRECTIONS = frozenset({ORDER_UPDATED, ORDER_REFUNDED, ORDER_CANCELLED})
"""Events that take back part of an earlier `Order Completed` of the same customer and `order_id`."""
DECISION_MADE = "Decision Made"
"""The event of a slot that was answered, under the decision's id."""
ARM_OF = "arm_of"
"""The text of a decision whose answer followed another arm than that of the part which holds it: the part whose arm."""
IDENTIFY = "Identify"
"""The event that carries stated and imported traits, in its texts, numbers, money and flags."""


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One line of an order or a list of products; money is for the whole line, in minor units.

    `amount` is what the customer paid; `cost` what the goods cost the shop (None: not known); `discount` what was
    taken off, coupons included. In a refund the line names what is taken back, in positive figures.
    """

    product_id: str
    quantity: int = 1
    amount: int = 0
    cost: int | None = None
    discount: int = 0
    coupon: str | None = None
    category: str | None = None
    department: str | None = None
    brand: str | None = None

    @property
    def margin(self) -> int | None:
        """Net margin: what was paid less what it cost, or None where the cost is not known."""
        return None if self.cost is None else self.amount - self.cost


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One canonical event.

    `(source, message_id)` is unique. `seq` is 0 until the log gives it a number. `customer` is whose it is as of now;
    `part` the part of them that holds it for good, empty until the log has it. `texts`, `numbers` (millionths), `money`
    (minor units) and `flags` hold the flat properties by type; `lines` the products; `extra` whatever came nested,
    kept but not foldable.
    """

    source: str
    message_id: str
    name: str
    customer: str
    at: datetime
    received_at: datetime
    seq: int = 0
    part: str = ""
    place: str | None = None
    order_id: str | None = None
    texts: dict[str, str] = {}
    numbers: dict[str, int] = {}
    money: dict[str, int] = {}
    flags: dict[str, bool] = {}
    lines: tuple[Line, ...] = ()
    extra: dict[str, Any] = {}


class Receipt(NamedTuple):
    """What became of one event offered to the log.

    `outcome` is `accepted`, `duplicate` (same id, same body: no effect) or `conflict` (same id, another body: the
    first is kept). `seq` is the number of the event that the log holds.
    """

    outcome: str
    seq: int


class EventCount(NamedTuple):
    """How many events of one name and source there are, and the instant of the latest."""

    name: str
    source: str
    events: int
    last_at: datetime


class EventLog(Protocol):
    """The durable, ordered log of events; sequence numbers have no gaps that fill later."""

    async def append(self, events: Sequence[Event]) -> list[Receipt]:
        """Commit events durably, in order, all or none; return a receipt for each."""
        ...

    async def head(self) -> int:
        """Return the last sequence number given, 0 for an empty log."""
        ...

    async def read(self, *, after: int, limit: int, names: Sequence[str] | None = None) -> list[Event]:
        """Return up to `limit` events with seq > `after`, in order, those of some names alone if any are given."""
        ...

    def history_pages(
        self,
        customers: Sequence[str],
        *,
        after: int = 0,
        upto: int | None = None,
        names: Sequence[str] | None = None,
    ) -> AsyncIterator[list[Event]]:
        """Go through the events of some customers with after < seq <= upto, in order, some thousands at a time.

        Whose parts they are may change in between.

        Args:
            names: Only events of these names.
        """
        ...

    async def history(
        self,
        customers: Sequence[str],
        *,
        after: int = 0,
        upto: int | None = None,
        names: Sequence[str] | None = None,
    ) -> list[Event]:
        """Return what `history_pages` goes through; only where that is known to be little."""
        ...

    async def find_event(self, source: str, message_id: str) -> Event | None:
        """Return the event with that id, if the log holds it."""
        ...

    async def held_under(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], tuple[int, bytes]]:
        """Return (seq, digest of what was said) of the events that the log holds under some (source, message_id)."""
        ...

    async def orders_known(self, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return which (customer, order_id) have an `Order Completed` in the log."""
        ...

    async def timeline(
        self,
        customer: str,
        *,
        limit: int,
        before: int | None = None,
        name: str | None = None,
        source: str | None = None,
    ) -> list[Event]:
        """Return up to `limit` events of one customer, the latest by (at, seq) first.

        Args:
            before: The number of an event of theirs; only those that come after it in this list.
            name, source: Only events of that name, from that source.
        """
        ...

    async def passed(
        self,
        *,
        after: int,
        before: int | None = None,
        limit: int,
        name: str | None = None,
        source: str | None = None,
        customer: str | None = None,
    ) -> list[Event]:
        """Return up to `limit` of the last events with after < seq < before, the latest first.

        Args:
            name, source, customer: Only events of that name, from that source, of that customer.
        """
        ...

    async def count_events_of(self, customer: str) -> list[EventCount]:
        """Count one customer's events by name and source, in order of both."""
        ...

    async def cursor(self, name: str) -> int:
        """Return how far the reader of that name has come, 0 at first."""
        ...

    async def advance(self, name: str, *, expected: int, to: int) -> None:
        """Move a reader's cursor. Raises: Conflict: it does not stand at `expected`."""
        ...


def millionths(value: float) -> int:
    """Turn a finite number into fixed point, half a millionth to the even neighbour."""
    return round(value * SCALE)


def typed_properties(
    properties: Mapping[str, Any], *, money: Mapping[str, int]
) -> tuple[dict[str, str], dict[str, int], dict[str, bool], dict[str, Any]]:
    """Sort flat properties by type into texts, numbers (millionths) and flags; the rest is extra.

    Args:
        properties: As they came, decoded from JSON.
        money: Properties already taken as money, by name; they are left out.
    """
    texts: dict[str, str] = {}
    numbers: dict[str, int] = {}
    flags: dict[str, bool] = {}
    extra: dict[str, Any] = {}
    for name, value in properties.items():
        if name in money or value is None:
            continue
        if isinstance(value, bool):
            flags[name] = value
        elif isinstance(value, str):
            texts[name] = value
        elif isinstance(value, int | float) and abs(value) <= 9e12:
            numbers[name] = millionths(value)
        else:
            extra[name] = value
    return texts, numbers, flags, extra
