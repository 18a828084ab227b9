from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.core.event import Event, Line
from shopkeeper.core.instant import micros
from shopkeeper.customize.recommend.purchases import baskets_of
from shopkeeper.engines.baskets import NOTHING, Exclusions, purchases_by, read_bought
from shopkeeper.engines.batch import Batch
from shopkeeper.engines.lake import Lake

CUT = datetime(2017, 12, 4, tzinfo=UTC)
MILK = Line(product_id="milk", category="dairy", department="food")
BREAD = Line(product_id="bread", category="bakery", department="food")
FUEL = Line(product_id="fuel", category="gas", department="FUEL")
BARE = Line(product_id="bare")

Read = Callable[..., dict[str, list[tuple[str, ...]]]]


def event(name: str, customer: str, order_id: str, days: float, *lines: Line, **more: Any) -> Event:
    at = CUT + timedelta(days=days)
    return Event(
        source="till",
        message_id=f"{name} {order_id}",
        name=name,
        customer=customer,
        order_id=order_id,
        at=at,
        received_at=at,
        lines=lines,
        **more,
    )


@pytest.fixture
def read(lake: Lake) -> Iterator[Read]:
    """Write events to the lake and read each customer's baskets before the cut."""
    batch = Batch(lake)

    def baskets(
        events: Sequence[Event], *, exclude: Exclusions = NOTHING, column: str = "product_id", before: datetime = CUT
    ) -> dict[str, list[tuple[str, ...]]]:
        import msgspec

        lake.append_batch([msgspec.structs.replace(one, seq=seq) for seq, one in enumerate(events, 1)])
        found = purchases_by(read_bought(batch, merged={}, before=micros(before), exclude=exclude), column)
        return {
            customer: [basket.items for basket in of]
            for customer, of in zip(found.customers, baskets_of(found), strict=True)
        }

    yield baskets
    batch.close()


def test_baskets_come_in_order_of_time_whatever_the_log_says_first(read: Read) -> None:
    events = [
        event("Order Completed", "b", "2", -1, MILK),
        event("Order Completed", "a", "3", -5, BREAD, MILK, MILK),
        event("Order Completed", "b", "1", -2, BREAD),
    ]
    assert read(events) == {"a": [("bread", "milk")], "b": [("bread",), ("milk",)]}


def test_a_purchase_at_or_after_the_cut_never_reaches_training(read: Read) -> None:
    planted = Line(product_id="planted", category="planted")
    events = [
        event("Order Completed", "a", "1", -1, MILK),
        event("Order Completed", "a", "2", 0, planted),
        event("Order Completed", "late", "3", 3, planted),
    ]
    assert read(events) == {"a": [("milk",)]}


def test_a_reader_that_forgot_the_cut_would_be_caught(read: Read) -> None:
    events = [event("Order Completed", "a", "2", 0, MILK)]
    assert read(events, before=CUT + timedelta(days=365)) != {}


def test_refunds_cancellations_and_updates_are_taken_back(read: Read) -> None:
    events = [
        event("Order Completed", "a", "whole", -9, MILK),
        event("Order Refunded", "a", "whole", -8),
        event("Order Completed", "a", "line", -7, MILK, BREAD),
        event("Order Refunded", "a", "line", -6, MILK),
        event("Order Completed", "a", "cancelled", -5, MILK),
        event("Order Cancelled", "a", "cancelled", -4),
        event("Order Completed", "a", "updated", -3, MILK),
        event("Order Updated", "a", "updated", -2, BREAD),
    ]
    assert read(events) == {"a": [("bread",), ("bread",)]}


def test_a_refund_made_after_the_cut_has_not_happened_yet(read: Read) -> None:
    events = [event("Order Completed", "a", "1", -1, MILK), event("Order Refunded", "a", "1", 1)]
    assert read(events) == {"a": [("milk",)]}


def test_departments_and_categories_are_left_out_by_name(read: Read) -> None:
    events = [event("Order Completed", "a", "1", -1, MILK, FUEL, BREAD, BARE)]
    exclude = Exclusions(departments=frozenset({"FUEL"}), categories=frozenset({"bakery"}))
    assert read(events, exclude=exclude) == {"a": [("bare", "milk")]}


def test_what_has_no_category_is_left_out_on_request(read: Read) -> None:
    events = [event("Order Completed", "a", "1", -1, MILK, BARE)]
    assert read(events, exclude=Exclusions(without_category=True)) == {"a": [("milk",)]}


def test_categories_are_baskets_too(read: Read) -> None:
    events = [event("Order Completed", "a", "1", -1, MILK, BARE)]
    assert read(events, column="category") == {"a": [("dairy",)]}


def test_an_empty_lake_gives_no_baskets(read: Read) -> None:
    assert read([]) == {}


def test_another_column_is_refused(read: Read) -> None:
    with pytest.raises(BadInput, match="product_id"):
        read([], column="brand")
