"""PostgreSQL through asyncpg: any number of processes; appends of one process share commits."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from random import Random
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shopkeeper.core.errors import StoreError
from shopkeeper.core.event import Event, Receipt
from shopkeeper.core.intake import Entry, Offering
from shopkeeper.store.admit import encode
from shopkeeper.store.failures import telling, told
from shopkeeper.store.group import FULL, LINGER, Unit, run
from shopkeeper.store.migrations import upgrade
from shopkeeper.store.row import rows_of
from shopkeeper.store.sql import SqlStore

T = TypeVar("T")
POOL: Final = 7
"""Connections of one process, beside one that is the appender's alone."""
SCANS: Final = 4
WRITES: Final = 2
"""How many of them reads of any size may use at once, and writes; others wait. The rest is there for points."""
POINT_WITHIN = 2.0
"""Seconds in which a few rows must be read: whoever waits for them, such as a shop window, can do without."""
COMMIT_WITHIN = 10.0
"""Seconds in which a group must be committed."""
LONGEST = 1_800.0
"""Seconds after which a scan or a write is given up, whatever the connection looks like: none takes that long."""
PATIENCE: Final = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 60_000))
"""How a host that is gone is noticed, within a minute: asked after 30 seconds of silence, then every 10, three times;
or what was sent is unconfirmed for 60. A database that works on a long statement confirms, and is waited for."""
LOOKS = 20
"""How often it is looked meanwhile whether it is done."""
GONE_FOR = 1.0
"""Seconds for which a database that did not answer in time is not asked again for a few rows."""
RETRIED = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialization failure and of a deadlock: the database undid the unit, so it is run once more."""


async def open_postgres(url: URL, *, create: bool, readonly: bool, rng: Random) -> SqlStore:
    """Connect and bring the schema up to date."""
    where = f"postgresql {url.host or url.query.get('host', 'localhost')}/{url.database}"
    engine = _engine(url, POOL)
    try:
        with telling(where):
            async with engine.begin() as conn:
                await conn.run_sync(upgrade, where=where, create=create, readonly=readonly)
    except BaseException:
        await engine.dispose()
        raise
    return SqlStore(PostgresDoor(engine, _engine(url, 1), where, readonly=readonly, rng=rng), rng)


def _engine(url: URL, connections: int) -> AsyncEngine:
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        pool_size=connections,
        max_overflow=0,
        pool_use_lifo=True,  # the connection that was used last has its statements prepared
        hide_parameters=True,
        connect_args={"timeout": 10},
    )
    event.listen(engine.sync_engine, "connect", _notice_when_gone)
    event.listen(engine.sync_engine, "checkout", _pass_over_closed)
    return engine


def _notice_when_gone(connection: Any, *_: object) -> None:
    """Have the system ask after a host that says nothing: asyncpg itself waits for an answer for ever."""
    opened = connection.driver_connection._transport.get_extra_info("socket")
    if opened is None or opened.family not in {socket.AF_INET, socket.AF_INET6}:
        return  # beyond a Unix socket is a process of this machine, whose end is told
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in PATIENCE:
        if hasattr(socket, name):  # each system has some of them
            opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _pass_over_closed(connection: Any, *_: object) -> None:
    """Let the pool make a connection anew that the database has closed: to ask before each use costs a round trip."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


class PostgresDoor:
    """PostgreSQL as a door."""

    shared = True

    def __init__(self, engine: AsyncEngine, appending: AsyncEngine, where: str, *, readonly: bool, rng: Random) -> None:
        self._engine = engine
        self._appending = appending
        self._scans = asyncio.Semaphore(SCANS)
        self._writes = asyncio.Semaphore(WRITES)
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")  # BEGIN and ROLLBACK are two more trips
        self._rng = rng
        self._where = where
        self._readonly = readonly
        self._queue: asyncio.Queue[Unit | None] = asyncio.Queue()
        self._appender = asyncio.create_task(self._serve(), name="store-appender")
        self._closed = False
        self._gone_until = 0.0
        self._commit_within = COMMIT_WITHIN

    async def point(self, work: Callable[[Connection], T]) -> T:
        """Read a few rows, soon or not at all: a database that stands still does not even hang up."""
        self._check()
        loop = asyncio.get_running_loop()
        with telling(self._where):
            if loop.time() < self._gone_until:
                raise TimeoutError
            try:
                return await _within(POINT_WITHIN, self._read(work))
            except TimeoutError:
                self._gone_until = loop.time() + GONE_FOR
                raise

    async def scan(self, work: Callable[[Connection], T]) -> T:
        """Read on a connection of the pool, once it is its turn, and as long as any read may take."""
        self._check()
        with telling(self._where):
            return await _in_turn(self._scans, lambda: self._read(work))

    async def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            return await self._read_once(work)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return await self._read_once(work)

    async def _read_once(self, work: Callable[[Connection], T]) -> T:
        async with self._reading.connect() as conn:
            return await conn.run_sync(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a unit in a transaction of its own."""
        self._check(writing=True)
        with telling(self._where):
            return await _in_turn(self._writes, lambda: self._write(work))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        try:
            return await _transact(self._engine, work)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in RETRIED:
                raise
            return await _transact(self._engine, work)

    async def append(self, events: Sequence[Event]) -> list[Receipt]:
        """Encode, queue and wait for the commit."""
        self._check(writing=True)
        rows = rows_of(events) if len(events) < 64 else await asyncio.to_thread(rows_of, events)
        receipts: list[Receipt] = await self._written(Unit(rows=rows))
        return receipts

    async def admit(self, offering: Offering) -> list[Entry]:
        """Encode, queue and wait for the commit."""
        self._check(writing=True)
        many = len(offering.arrivals) >= 64
        offered = await asyncio.to_thread(encode, offering) if many else encode(offering)
        entries: list[Entry] = await self._written(Unit(offered=offered))
        return entries

    async def _written(self, unit: Unit) -> Any:
        self._check(writing=True)
        self._queue.put_nowait(unit)
        return await asyncio.shield(unit.future)

    async def _serve(self) -> None:
        """Commit what has gathered; an appender that had company the last time waits `LINGER` for more."""
        busy = False
        while (first := await self._queue.get()) is not None:
            if busy and len(first.rows) < FULL:
                await asyncio.sleep(LINGER)
            units = [first]
            rows = len(first.rows)
            last = False
            while rows < FULL and not self._queue.empty() and not last:
                unit = self._queue.get_nowait()
                if unit is None:
                    last = True
                else:
                    units.append(unit)
                    rows += len(unit.rows)
            busy = len(units) > 1
            await self._commit(units)
            if last:
                return

    async def _commit(self, units: Sequence[Unit]) -> None:
        try:
            await _within(self._commit_within, self._run(units))
            self._commit_within = COMMIT_WITHIN
        except Exception as error:
            if isinstance(error, TimeoutError):
                self._commit_within = POINT_WITHIN  # who waits behind has waited long enough
            for unit in units:
                unit.error = error
        for unit in units:
            if unit.error is not None:
                unit.error = told(unit.error, self._where)
            unit.settle()

    async def _run(self, units: Sequence[Unit]) -> None:
        """Run units in a transaction, and once more where the connection broke before it was asked to commit."""
        ran = False

        def work(conn: Connection) -> None:
            nonlocal ran
            run(conn, units, self._rng)
            ran = True

        try:
            await _transact(self._appending, work)
        except DBAPIError as error:
            if ran or not error.connection_invalidated:
                raise
            for unit in units:
                unit.error = None
            await _transact(self._appending, work)

    def _check(self, *, writing: bool = False) -> None:
        if self._closed:
            raise StoreError(f"{self._where}: the store is closed")
        if writing and self._readonly:
            raise StoreError(f"{self._where}: opened for reading only; open it for writing")

    async def close(self) -> None:
        """Commit what is queued, then close the pools."""
        if self._closed:
            return
        self._closed = True
        self._queue.put_nowait(None)
        await self._appender
        for engine in (self._appending, self._engine):
            with suppress(TimeoutError):  # nobody is there to say goodbye to
                await _within(POINT_WITHIN, engine.dispose())


async def _transact(engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
    async with engine.begin() as conn:
        return await conn.run_sync(work)


async def _in_turn(turns: asyncio.Semaphore, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Do some work within `LONGEST`, once it is its turn, which ends as it gives its connection back.

    Raises: TimeoutError: it was not done in time, and is being broken off.
    """
    await turns.acquire()
    task = asyncio.create_task(work())
    task.add_done_callback(lambda _: turns.release())
    try:
        return await _within(LONGEST, task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=POINT_WITHIN)
        raise


async def _within(seconds: float, work: Coroutine[Any, Any, T] | asyncio.Task[T]) -> T:
    """Wait for some work, but not for it to be broken off: that takes a database which answers.

    The time in which this process itself was busy with other things is not the database's, and hardly counts.

    Raises: TimeoutError: it was not done in time, and is being broken off.
    """
    task = asyncio.ensure_future(work)
    try:
        for _ in range(LOOKS):
            await asyncio.wait({task}, timeout=seconds / LOOKS)
            if task.done():
                return task.result()
    except asyncio.CancelledError:
        _break_off(task)
        raise
    _break_off(task)
    raise TimeoutError


def _break_off(task: asyncio.Task[Any]) -> None:
    task.cancel()
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
