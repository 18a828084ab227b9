"""Registered sources in SQL."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from shopkeeper.core.errors import Conflict, NotFound
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.source import EventSource, WriteKey
from shopkeeper.store.schema import events
from shopkeeper.store.shop_schema import sources as table
from shopkeeper.store.shop_schema import write_keys

_TIMES = frozenset({"created_at", "expires_at", "first_event_at"})
_keys_in_order = select(write_keys).order_by(write_keys.c.source, write_keys.c.created_at, write_keys.c.digest)


def sources(conn: Connection) -> list[EventSource]:
    """Return every source with its keys, by name."""
    return _read(conn, select(table).order_by(table.c.name), _keys_in_order)


def find_source(conn: Connection, name: str) -> EventSource | None:
    """Return the source of a name."""
    found = _read(conn, select(table).where(table.c.name == name), _keys_in_order.where(write_keys.c.source == name))
    return found[0] if found else None


def add_source(conn: Connection, source: EventSource) -> None:
    """Keep a source. Raises: Conflict: there is one of this name."""
    try:
        conn.execute(insert(table), _row(source))
    except IntegrityError:
        raise Conflict(f"name: there is a source {source.name!r} already; choose another name") from None
    _put_keys(conn, source)


def change_source(conn: Connection, source: EventSource, *, before: EventSource) -> None:
    """Replace a source and its keys. Raises: NotFound: it is gone. Conflict: it is not as it was `before`."""
    held = conn.execute(select(table.c.name).where(table.c.name == before.name).with_for_update()).one_or_none()
    if held is None:
        raise _missing(before.name)
    found = find_source(conn, before.name)
    if found is None or replace(found, first_event_at=before.first_event_at) != before:
        raise Conflict(f"source {before.name!r} was changed by somebody else meanwhile; look at it again")
    values = _row(source)
    del values["first_event_at"]
    conn.execute(update(table).where(table.c.name == source.name).values(values))
    conn.execute(delete(write_keys).where(write_keys.c.source == source.name))
    _put_keys(conn, source)


def remove_source(conn: Connection, name: str) -> None:
    """Forget a source and its keys. Raises: NotFound: there is none of this name."""
    if conn.execute(delete(table).where(table.c.name == name)).rowcount == 0:
        raise _missing(name)
    conn.execute(delete(write_keys).where(write_keys.c.source == name))


def first_received(conn: Connection, source: str) -> datetime | None:
    """Return when the log received the first event of a source."""
    found = conn.execute(select(func.min(events.c.received_at)).where(events.c.source == source)).scalar_one()
    return None if found is None else from_micros(found)


def note_first_event(conn: Connection, source: str, at: datetime) -> None:
    """Note when a source's first event was received; the first word stands."""
    unknown = (table.c.name == source) & table.c.first_event_at.is_(None)
    conn.execute(update(table).where(unknown).values(first_event_at=micros(at)))


def _put_keys(conn: Connection, source: EventSource) -> None:
    rows = [_timed(msgspec.structs.asdict(key)) | {"source": source.name} for key in source.keys]
    if rows:
        conn.execute(insert(write_keys), rows)


def _read(conn: Connection, wanted: Select[Any], keys: Select[Any]) -> list[EventSource]:
    held: dict[str, list[WriteKey]] = {}
    for row in conn.execute(keys).mappings():
        values = _values(row)
        held.setdefault(values.pop("source"), []).append(WriteKey(**values))
    found = [_values(row) for row in conn.execute(wanted).mappings()]
    return [EventSource(**values, keys=tuple(held.get(values["name"], ()))) for values in found]


def _values(row: RowMapping) -> dict[str, Any]:
    return {
        str(name): from_micros(value) if name in _TIMES and value is not None else value for name, value in row.items()
    }


def _row(source: EventSource) -> dict[str, Any]:
    values = _timed(msgspec.structs.asdict(source))
    del values["keys"]
    return values


def _timed(values: dict[str, Any]) -> dict[str, Any]:
    return {name: micros(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _missing(name: str) -> NotFound:
    return NotFound(f"there is no source {name!r}; 'shopkeeper source list' lists them")
