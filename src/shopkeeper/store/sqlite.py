"""SQLite: one writing thread with group commit, and connections of their own for reading; or a few such processes."""

import asyncio
import fcntl
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

from shopkeeper.core.errors import StoreError, StoreInUse
from shopkeeper.core.event import Event, Receipt
from shopkeeper.core.intake import Entry, Offering
from shopkeeper.store.admit import encode
from shopkeeper.store.failures import telling, told
from shopkeeper.store.group import FULL, LINGER, Unit, run
from shopkeeper.store.migrations import upgrade
from shopkeeper.store.row import rows_of

T = TypeVar("T")
PRAGMAS: Final = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "busy_timeout": "10000",
    "cache_size": "-65536",
    "temp_store": "MEMORY",
    "wal_autocheckpoint": "8000",
}
"""FULL syncs the write-ahead log at each commit; the checkpoint comes after 32 MB instead of 4, so that bulk writes
sync the main file seldom."""


def engine(path: Path, *, readonly: bool, pooled: bool) -> Engine:
    """Make an engine whose connections begin at once as writers, or never begin and only read."""
    made = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool if pooled else NullPool,
        connect_args={"check_same_thread": False, "cached_statements": 512},
        hide_parameters=True,
        **({"isolation_level": "AUTOCOMMIT"} if readonly else {}),
    )

    @event.listens_for(made, "connect")
    def prepare(dbapi: Any, _record: object) -> None:
        dbapi.isolation_level = None
        for name, value in PRAGMAS.items():
            if not (readonly and name == "journal_mode"):
                dbapi.execute(f"PRAGMA {name}={value}")
        if readonly:
            dbapi.execute("PRAGMA query_only=ON")

    if not readonly:

        @event.listens_for(made, "begin")
        def begin(conn: Connection) -> None:
            conn.exec_driver_sql("BEGIN IMMEDIATE")

    return made


def migrate(path: Path, *, create: bool, readonly: bool) -> None:
    """Bring the file's schema up to date. Raises: StoreError: see `migrations.upgrade`."""
    made = engine(path, readonly=readonly, pooled=False)
    with made.connect() as conn, conn.begin():
        upgrade(conn, where=str(path), create=create, readonly=readonly)
    made.dispose()


class Lock:
    """The right to write one database file, held by one process, or by the workers of one server together.

    Workers write in turns: SQLite itself would let who waits sleep and try again, up to 100 ms at a time, and let who
    has just written write again.
    """

    def __init__(self, path: Path, *, shared: bool) -> None:
        self._file = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._file, 32).decode() or "unknown"
            os.close(self._file)
            raise StoreInUse(
                f"{path}: process {holder} has it open for writing, and SQLite serves one server; stop the server, "
                "use its API, or move to PostgreSQL"
            ) from None
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())
        self._turn = os.open(f"{path}.turn", os.O_RDWR | os.O_CREAT, 0o600) if shared else None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until no other worker writes, and keep them waiting; who is killed lets go."""
        if self._turn is None:
            yield
            return
        fcntl.flock(self._turn, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._turn, fcntl.LOCK_UN)

    def release(self) -> None:
        """Let go."""
        for file in (self._file, self._turn):
            if file is not None:
                os.close(file)


class Writer:
    """The thread that writes. It commits what has gathered, and hands out outcomes only after the commit."""

    def __init__(self, path: Path, lock: Lock, rng: Random, *, linger: float) -> None:
        self._linger = linger
        self._where = str(path)
        self._lock = lock
        self._rng = rng
        self._engine = engine(path, readonly=False, pooled=False)
        self._queue: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        self._busy = False
        self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
        self._thread.start()

    def put(self, unit: Unit) -> None:
        """Queue a unit."""
        self._queue.put(unit)

    def stop(self) -> None:
        """Finish what is queued, then end the thread."""
        self._queue.put(None)
        self._thread.join()
        self._engine.dispose()

    def _serve(self) -> None:
        with self._engine.connect() as conn:
            more = True
            while more:
                units, more = self._gather()
                if units:
                    with self._lock.turn():
                        more = more and self._take(units, until=0)
                        self._commit(conn, units)
                    _settle(units)

    def _gather(self) -> tuple[list[Unit], bool]:
        """Take what waits; a writer that had company the last time waits a moment for more."""
        units: list[Unit] = []
        first = self._queue.get()
        if first is None:
            return units, False
        units.append(first)
        more = self._take(units, until=time.monotonic() + (self._linger if self._busy else 0))
        self._busy = len(units) > 1
        return units, more

    def _take(self, units: list[Unit], *, until: float) -> bool:
        """Take what waits and what comes until an instant, up to `FULL`; return whether more may come."""
        rows = sum(len(unit.rows) for unit in units)
        while rows < FULL:
            left = until - time.monotonic()
            try:
                unit = self._queue.get(timeout=left) if left > 0 else self._queue.get_nowait()
            except queue.Empty:
                break
            if unit is None:
                return False
            units.append(unit)
            rows += len(unit.rows)
        return True

    def _commit(self, conn: Connection, units: Sequence[Unit]) -> None:
        try:
            with conn.begin():
                run(conn, units, self._rng)
        except Exception as error:
            _give_up(conn)
            for unit in units:
                unit.error = error
        for unit in units:
            if unit.error is not None:
                unit.error = told(unit.error, self._where)


def _give_up(conn: Connection) -> None:
    """Leave no transaction open: SQLite itself ends one when the disk is full, and then knows no savepoint."""
    conn.rollback()
    raw: Any = conn.connection.dbapi_connection
    if raw.in_transaction:
        raw.rollback()


def _settle(units: Sequence[Unit]) -> None:
    for loop in {unit.loop for unit in units}:
        mine = [unit for unit in units if unit.loop is loop]
        with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(_settle_all, mine)


def _settle_all(units: Sequence[Unit]) -> None:
    for unit in units:
        unit.settle()


class SqliteDoor:
    """SQLite as a door. Points are read on the event loop's own connection, scans in threads.

    Args:
        lock: Without one it only reads. linger: Seconds that a busy writer waits for company before it commits.
    """

    shared = False

    def __init__(self, path: Path, *, lock: Lock | None, rng: Random, linger: float = LINGER) -> None:
        self._where = str(path)
        self._lock = lock
        self._writer = None if lock is None else Writer(path, lock, rng, linger=linger)
        self._points = engine(path, readonly=True, pooled=False)
        self._point = self._points.connect()
        self._point_lock = threading.Lock()
        self._scans = engine(path, readonly=True, pooled=True)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="store-reader")
        self._closed = False

    async def point(self, work: Callable[[Connection], T]) -> T:
        """Read a few rows here and now: a hop to a thread would cost more than the read."""
        self._check()
        with telling(self._where), self._point_lock:
            try:
                return work(self._point)
            finally:
                self._point.rollback()

    async def scan(self, work: Callable[[Connection], T]) -> T:
        """Read in a thread."""
        self._check()
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._scan, work)

    def _scan(self, work: Callable[[Connection], T]) -> T:
        with telling(self._where), self._scans.connect() as conn:
            return work(conn)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Queue a unit for the writing thread and wait for its commit."""
        result: T = await self._written(Unit(work))
        return result

    async def append(self, events: Sequence[Event]) -> list[Receipt]:
        """Encode, queue and wait for the commit."""
        rows = rows_of(events) if len(events) < 64 else await asyncio.to_thread(rows_of, events)
        receipts: list[Receipt] = await self._written(Unit(rows=rows))
        return receipts

    async def admit(self, offering: Offering) -> list[Entry]:
        """Encode, queue and wait for the commit."""
        many = len(offering.arrivals) >= 64
        offered = await asyncio.to_thread(encode, offering) if many else encode(offering)
        entries: list[Entry] = await self._written(Unit(offered=offered))
        return entries

    async def _written(self, unit: Unit) -> Any:
        self._check()
        if self._writer is None:
            raise StoreError(f"{self._where}: opened for reading only; open it for writing")
        self._writer.put(unit)
        return await asyncio.shield(unit.future)

    def _check(self) -> None:
        if self._closed:
            raise StoreError(f"{self._where}: the store is closed")

    async def close(self) -> None:
        """Write what is queued, close every connection, release the lock."""
        if self._closed:
            return
        self._closed = True
        if self._writer is not None:
            await asyncio.to_thread(self._writer.stop)
        self._threads.shutdown()
        self._point.close()
        self._points.dispose()
        self._scans.dispose()
        if self._lock is not None:
            self._lock.release()
