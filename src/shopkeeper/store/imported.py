"""Which events are imported history, in SQL."""

from datetime import datetime

from sqlalchemy import Connection, select

from shopkeeper.core.instant import from_micros, micros
from shopkeeper.store.dialect import insert_absent
from shopkeeper.store.schema import histories as table


def note_history(conn: Connection, source: str, received_at: datetime) -> None:
    """Note that a source's events of an instant of receipt are history."""
    insert_absent(conn, table, [{"source": source, "received_at": micros(received_at)}])


def histories(conn: Connection) -> set[tuple[str, datetime]]:
    """Return what was noted."""
    return {(source, from_micros(at)) for source, at in conn.execute(select(table.c.source, table.c.received_at))}
