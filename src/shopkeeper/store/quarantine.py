"""The quarantine and the progress of imports in SQL."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Subquery, func, select, tuple_, update

from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.quarantine import ImportProgress, Quarantined, QuarantinePlace
from shopkeeper.store.dialect import among, insert_absent, listed, upsert
from shopkeeper.store.schema import events, intake, members
from shopkeeper.store.schema import import_progress as progress_table
from shopkeeper.store.schema import quarantine as table
from shopkeeper.store.whose import customer_of


def quarantine(conn: Connection, rows: Sequence[Quarantined]) -> None:
    """Keep rows; a known id stays as it is."""
    insert_absent(conn, table, [_row(row) for row in rows])


def _row(row: Quarantined) -> dict[str, Any]:
    replayed_at = None if row.replayed_at is None else micros(row.replayed_at)
    return msgspec.structs.asdict(row) | {"at": micros(row.at), "replayed_at": replayed_at}


def quarantined(
    conn: Connection, *, origin: str | None = None, code: str | None = None, after: str = "", limit: int = 100
) -> list[Quarantined]:
    """Return rows that wait, in order of id."""
    wanted = _waiting(origin, code).where(table.c.id > after)
    found = conn.execute(wanted.order_by(table.c.id).limit(limit)).mappings()
    return [_read(row) for row in found]


def latest_quarantined(
    conn: Connection,
    *,
    origin: str | None = None,
    code: str | None = None,
    after: QuarantinePlace | None = None,
    limit: int = 100,
) -> list[Quarantined]:
    """Return rows that wait, the latest first."""
    at, place = table.c.at, tuple_(func.coalesce(table.c.position, 0), table.c.id)
    wanted = _waiting(origin, code)
    if after is not None:
        beyond = place > tuple_(after.position, after.id)
        wanted = wanted.where((at < micros(after.at)) | ((at == micros(after.at)) & beyond))
    found = conn.execute(wanted.order_by(at.desc(), *place.clauses).limit(limit)).mappings()
    return [_read(row) for row in found]


def _waiting(origin: str | None, code: str | None) -> Select[Any]:
    wanted = select(table).where(table.c.replayed_at.is_(None))
    if origin is not None:
        wanted = wanted.where(table.c.origin == origin)
    return wanted if code is None else wanted.where(table.c.code == code)


def _read(row: Any) -> Quarantined:
    return Quarantined(**{**row, "at": from_micros(row["at"]), "replayed_at": _instant(row["replayed_at"])})


def _instant(at: int | None) -> datetime | None:
    return None if at is None else from_micros(at)


def find_quarantined(conn: Connection, row: str) -> Quarantined | None:
    """Return one row, whether it waits or not."""
    found = conn.execute(select(table).where(table.c.id == row)).mappings().one_or_none()
    return None if found is None else _read(found)


def count_quarantined(conn: Connection) -> dict[tuple[str, str], int]:
    """Count the rows that wait by (origin, code)."""
    wanted = select(table.c.origin, table.c.code, func.count()).where(table.c.replayed_at.is_(None))
    return {(origin, code): n for origin, code, n in conn.execute(wanted.group_by(table.c.origin, table.c.code))}


class Settled(NamedTuple):
    """A row that waited until now; `mapping`: the file that read it, empty for an event."""

    id: str
    origin: str
    mapping: str


def settle(conn: Connection, ids: Sequence[str], now: datetime) -> list[Settled]:
    """Note when rows were taken after all, and return those that waited until now; the first time stands."""
    waits = among(conn.dialect.name, table.c.id) & table.c.replayed_at.is_(None)
    marking = update(table).where(waits).values(replayed_at=micros(now))
    found = conn.execute(marking.returning(table.c.id, table.c.origin, table.c.mapping), listed(conn, ids))
    return [Settled(*row) for row in found]


def mark_replayed(conn: Connection, ids: Sequence[str], now: datetime) -> None:
    """Note when rows were taken after all; the first time stands."""
    _hand_over(conn, settle(conn, ids, now))


def mark_mended(conn: Connection, row: str, body: str, *, by: str, now: datetime) -> None:
    """Note when a row was taken with another body, and whose; the first time stands."""
    _hand_over(conn, settle(conn, [row], now))
    first = (table.c.id == row) & table.c.mended.is_(None)
    conn.execute(update(table).where(first).values(replayed_at=micros(now), mended=body, mended_by=by))


def _hand_over(conn: Connection, settled: Sequence[Settled]) -> None:
    """Count the rows of files no longer under the file: what they say was counted under its source as it went in.

    Events stand under the same source wherever they are, and are counted as they are let in.
    """
    gone = Counter(row.origin for row in settled if row.mapping)
    rows = [
        {"source": file, "accepted": -gone[file], "refused": 0, "duplicates": 0, "conflicts": 0}
        for file in sorted(gone)
    ]
    if rows:
        upsert(conn, intake, rows, add=("accepted", "refused", "duplicates", "conflicts"))


def import_progress(conn: Connection, job: str) -> ImportProgress | None:
    """Return one job's progress."""
    row = conn.execute(select(progress_table).where(progress_table.c.job == job)).mappings().one_or_none()
    return None if row is None else _progress(row)


def _progress(row: Any) -> ImportProgress:
    times = {"begun_at": _instant(row["begun_at"]), "ended_at": _instant(row["ended_at"])}
    return ImportProgress(**{**row, **times})


def put_import_progress(conn: Connection, progress: ImportProgress) -> None:
    """Write one job's progress."""
    times = {"begun_at": progress.begun_at, "ended_at": progress.ended_at}
    written = {name: None if at is None else micros(at) for name, at in times.items()}
    upsert(conn, progress_table, [msgspec.structs.asdict(progress) | written])


def imports(conn: Connection) -> list[ImportProgress]:
    """Return every job in order of file and job."""
    found = conn.execute(select(progress_table)).mappings()
    return sorted((_progress(row) for row in found), key=lambda done: (done.file, done.job))


def told_of(conn: Connection, source: str, *, after: int, upto: int, beyond: str = "", limit: int = 100) -> list[str]:
    """Return the customers of some events, a page of them in order of id."""
    told = _told_of(source, after, upto)
    wanted = select(told.c.customer).where(told.c.customer > beyond).order_by(told.c.customer).limit(limit)
    return list(conn.execute(wanted).scalars())


def count_told_of(conn: Connection, source: str, *, after: int, upto: int) -> int:
    """Count the customers of some events."""
    told = _told_of(source, after, upto)
    return int(conn.execute(select(func.count()).select_from(told).where(told.c.customer != "")).scalar_one())


def _told_of(source: str, after: int, upto: int) -> Subquery:
    whose = select(customer_of(events.c.part)).distinct()
    joined = whose.join_from(events, members, members.c.part == events.c.part, isouter=True)
    return joined.where(_run(source, after, upto)).subquery()


def _run(source: str, after: int, upto: int) -> ColumnElement[bool]:
    return (events.c.seq > after) & (events.c.seq <= upto) & (events.c.source == source)
