"""The lake's two tables: their columns, and events turned into them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pyarrow as pa

from shopkeeper.core.event import Event, Line
from shopkeeper.core.instant import local_day, micros

_INSTANT = pa.timestamp("us", "UTC")
_EPOCH = date(1970, 1, 1).toordinal()

EVENTS: pa.Schema = pa.schema(
    [
        ("seq", pa.int64()),
        ("source", pa.string()),
        ("message_id", pa.string()),
        ("name", pa.string()),
        ("customer", pa.string()),
        ("at", _INSTANT),
        ("at_us", pa.int64()),
        ("local_day", pa.int32()),
        ("received_at", _INSTANT),
        ("place", pa.string()),
        ("order_id", pa.string()),
        ("texts", pa.map_(pa.string(), pa.string())),
        ("numbers", pa.map_(pa.string(), pa.int64())),
        ("money", pa.map_(pa.string(), pa.int64())),
        ("flags", pa.map_(pa.string(), pa.bool_())),
        ("extra", pa.string()),
    ]
)
"""One row an event. `customer` is the part that holds it for good, see `batch.Batch` for whose that is; `at_us` is `at`
in microseconds; `local_day` counts the shop's days since 1970-01-01; `numbers` are millionths, `money` minor units,
`extra` JSON."""

LINES: pa.Schema = pa.schema(
    [
        ("seq", pa.int64()),
        ("position", pa.int32()),
        ("customer", pa.string()),
        ("name", pa.string()),
        ("at", _INSTANT),
        ("at_us", pa.int64()),
        ("local_day", pa.int32()),
        ("place", pa.string()),
        ("order_id", pa.string()),
        ("product_id", pa.string()),
        ("quantity", pa.int64()),
        ("amount", pa.int64()),
        ("cost", pa.int64()),
        ("discount", pa.int64()),
        ("coupon", pa.string()),
        ("category", pa.string()),
        ("department", pa.string()),
        ("brand", pa.string()),
    ]
)
"""One row a line of an event, in the event's order from `position` 0; money in minor units for the whole line."""

_OF_EVENT = ("seq", "customer", "name", "at", "at_us", "local_day", "place", "order_id")


def events_table(events: Sequence[Event], zone: ZoneInfo) -> pa.Table:
    """Turn events into rows of `EVENTS`.

    Args:
        zone: The shop's zone, for `local_day`.
    """
    at_us = pa.array([micros(event.at) for event in events], pa.int64())
    received = pa.array([micros(event.received_at) for event in events], pa.int64())
    columns: dict[str, Any] = {
        name: [getattr(event, name) for event in events]
        for name in ("seq", "source", "message_id", "name", "place", "order_id")
    }
    columns["customer"] = [event.part or event.customer for event in events]
    columns |= {
        name: _maps([getattr(event, name) for event in events], EVENTS.field(name).type)
        for name in ("texts", "numbers", "money", "flags")
    }
    columns |= {
        "at": at_us.cast(_INSTANT),
        "at_us": at_us,
        "local_day": [local_day(event.at, zone).toordinal() - _EPOCH for event in events],
        "received_at": received.cast(_INSTANT),
        "extra": [msgspec.json.encode(event.extra).decode() if event.extra else None for event in events],
    }
    return pa.table([_column(columns[field.name], field.type) for field in EVENTS], schema=EVENTS)


def lines_table(events: Sequence[Event], rows: pa.Table) -> pa.Table:
    """Turn the lines of events into rows of `LINES`.

    Args:
        rows: `events_table` of the same events, whose columns the lines repeat.
    """
    counts = [len(event.lines) for event in events]
    of = pa.array([i for i, n in enumerate(counts) for _ in range(n)], pa.int64())
    lines = [line for event in events for line in event.lines]
    columns: dict[str, Any] = {name: rows.column(name).combine_chunks().take(of) for name in _OF_EVENT}
    columns["position"] = [position for n in counts for position in range(n)]
    columns |= {name: [getattr(line, name) for line in lines] for name in Line.__struct_fields__ if name in LINES.names}
    return pa.table([_column(columns[field.name], field.type) for field in LINES], schema=LINES)


def _column(values: Any, kind: pa.DataType) -> Any:
    return values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, kind)


def _maps(values: Iterable[dict[str, Any]], kind: pa.MapType) -> pa.MapArray:
    """Build a map column from its flat keys and items: several times faster than from lists of pairs."""
    offsets = [0]
    keys: list[str] = []
    items: list[Any] = []
    for value in values:
        keys.extend(value.keys())
        items.extend(value.values())
        offsets.append(len(keys))
    flat = (pa.array(keys, kind.key_type), pa.array(items, kind.item_type))
    return pa.MapArray.from_arrays(pa.array(offsets, pa.int32()), *flat)
