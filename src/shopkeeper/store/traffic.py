"""Counts of events by source, name and hour in SQL."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, literal_column, select

from shopkeeper.core.traffic import CURSOR, HOUR, TrafficCount, TrafficTotal
from shopkeeper.store.dialect import upsert
from shopkeeper.store.log import advance
from shopkeeper.store.schema import Int64, events
from shopkeeper.store.schema import traffic as table

_hour = literal_column(str(HOUR), Int64)
"""Written as a literal: PostgreSQL does not see that two parameters are equal, as grouping asks."""
_key = (table.c.source, table.c.name, table.c.hour)
_figures = (table.c.events, table.c.last_at, table.c.last_received_at)


def count_events(conn: Connection, *, after: int, upto: int) -> list[TrafficCount]:
    """Count a run of the log."""
    hour = (events.c.at // _hour).label("hour")
    wanted = select(
        events.c.source, events.c.name, hour, func.count(), func.max(events.c.at), func.max(events.c.received_at)
    )
    run = (events.c.seq > after) & (events.c.seq <= upto)
    found = conn.execute(wanted.where(run).group_by(events.c.source, events.c.name, hour))
    return [TrafficCount(*row) for row in found]


def put_traffic(conn: Connection, counts: Sequence[TrafficCount], *, expected: int, to: int) -> None:
    """Add counts in one commit with the cursor, so that no run is counted twice."""
    advance(conn, CURSOR, expected=expected, to=to)
    asked = [{"source": one.source, "name": one.name, "hour": one.hour} for one in counts]
    latest = _latest(conn, min(hours), max(hours)) if (hours := [one.hour for one in counts]) else {}
    rows = []
    for key, one in zip(asked, counts, strict=True):
        at, received = latest.get((one.source, one.name, one.hour), (0, 0))
        times = {"last_at": max(at, one.last_at), "last_received_at": max(received, one.last_received_at)}
        rows.append({**key, "events": one.events, **times})
    upsert(conn, table, rows, add=("events",))


def _latest(conn: Connection, first: int, last: int) -> dict[tuple[str, str, int], tuple[int, int]]:
    """Return the latest instants that are kept for some hours."""
    wanted = select(*_key, table.c.last_at, table.c.last_received_at).where(table.c.hour.between(first, last))
    found = conn.execute(wanted)
    return {(source, name, hour): (at, received) for source, name, hour, at, received in found}


def traffic_since(conn: Connection, hour: int) -> list[TrafficCount]:
    """Return the counts of an hour and later."""
    found = conn.execute(select(*_key, *_figures).where(table.c.hour >= hour))
    return [TrafficCount(*row) for row in found]


def traffic_totals(conn: Connection) -> list[TrafficTotal]:
    """Return what was counted by source and name."""
    figures = (func.sum(table.c.events), func.max(table.c.last_at), func.max(table.c.last_received_at))
    named = (table.c.source, table.c.name)
    found = conn.execute(select(*named, *figures).group_by(*named).order_by(*named))
    return [TrafficTotal(source, name, int(events), at, received) for source, name, events, at, received in found]
