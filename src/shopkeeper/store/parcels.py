"""Parcels on SQLite: a file beside the store, with a writer of its own."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, bindparam, delete, func, insert, select

from shopkeeper.core.errors import StoreError
from shopkeeper.core.parcel import Parcel
from shopkeeper.store.dialect import change, insert_many
from shopkeeper.store.failures import telling
from shopkeeper.store.schema import PERSONAL, Int64
from shopkeeper.store.sqlite import Lock, SqliteDoor, engine

_metadata = MetaData()
_parcels = Table(
    "parcels",
    _metadata,
    Column("position", Int64, primary_key=True),
    Column("source", Text, nullable=False),
    Column("events", Integer, nullable=False),
    Column("body", Text, nullable=False, info=PERSONAL),
)
_insert: Final = insert(_parcels)
_clear: Final = delete(_parcels).where(_parcels.c.position <= bindparam("upto"))
_after: Final = _parcels.c.position > bindparam("after")
_last: Final = select(func.coalesce(func.max(_parcels.c.position), 0))
_held: Final = select(_parcels.c.source, func.sum(_parcels.c.events)).where(_after).group_by(_parcels.c.source)
_next: Final = (
    select(_parcels.c.source, _parcels.c.events, _parcels.c.body, _parcels.c.position)
    .where(_after)
    .order_by(_parcels.c.position)
)


class SqliteParcels:
    """A shelf of parcels, see `core.parcel.ParcelShelf`; its file is made when the first server is opened.

    Args:
        store: The path of the store's file. readonly: Whether nothing may be put there.
    """

    def __init__(self, store: Path, *, readonly: bool, rng: Random) -> None:
        self._path = Path(f"{store}.inbox")
        self._readonly = readonly
        self._rng = rng
        self._reading: SqliteDoor | None = None
        self._writing: SqliteDoor | None = None
        self._given = 0

    async def open(self, *, after: int) -> None:
        """Make the file if there is none, and number on."""
        self._open()
        self._given = max(await self.last(), after)

    async def put(self, parcels: Sequence[Parcel]) -> int:
        """Keep parcels durably, in one commit with others."""
        rows = []
        for parcel in parcels:
            self._given += 1
            rows.append(parcel._replace(position=self._given)._asdict())
        upto = self._given
        await self._open().write(partial(_put, rows=rows))
        return upto

    async def read(self, *, after: int, events: int) -> list[Parcel]:
        """Return the next parcels."""
        door = self._found()
        return [] if door is None else await door.scan(partial(_read, after=after, events=events))

    async def clear(self, *, upto: int) -> None:
        """Forget parcels."""
        await self._open().write(lambda conn: change(conn, _clear, {"upto": upto}))

    async def held(self, *, after: int) -> Mapping[str, int]:
        """Count events by source."""
        door = self._found()
        return {} if door is None else await door.scan(partial(_count, after=after))

    async def last(self) -> int:
        """Return the last position."""
        door = self._found()
        return 0 if door is None else await door.point(lambda conn: int(conn.execute(_last).scalar_one()))

    async def close(self) -> None:
        """Write what is queued and let go of the file."""
        for door in (self._writing, self._reading):
            if door is not None:
                await door.close()

    def _found(self) -> SqliteDoor | None:
        """Return the door for reading, of a file that is there."""
        if self._reading is None and self._path.exists():
            with telling(str(self._path)):
                self._reading = SqliteDoor(self._path, lock=None, rng=self._rng)
        return self._reading

    def _open(self) -> SqliteDoor:
        """Return the door for writing; make the file if there is none."""
        if self._readonly:
            raise StoreError(f"{self._path}: opened for reading only; open it for writing")
        if self._writing is None:
            lock = Lock(self._path, shared=False)
            try:
                with telling(str(self._path)):
                    _make(self._path)
                    self._writing = SqliteDoor(self._path, lock=lock, rng=self._rng, linger=0)
            except BaseException:
                lock.release()
                raise
        return self._writing


def _make(path: Path) -> None:
    made = engine(path, readonly=False, pooled=False)
    with made.connect() as conn, conn.begin():
        _metadata.create_all(conn)
    made.dispose()


def _put(conn: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    insert_many(conn, _insert, rows)


def _read(conn: Connection, *, after: int, events: int) -> list[Parcel]:
    found: list[Parcel] = []
    rows = conn.execute(_next, {"after": after})
    for row in rows:
        found.append(Parcel(*row))
        events -= row.events
        if events <= 0:
            break
    rows.close()
    return found


def _count(conn: Connection, *, after: int) -> Mapping[str, int]:
    return {source: int(events) for source, events in conn.execute(_held, {"after": after})}
