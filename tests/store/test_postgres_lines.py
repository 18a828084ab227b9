"""Connections to PostgreSQL that go dead without a word, and those that are kept free beside long work."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from shopkeeper.core.errors import StoreError
from shopkeeper.core.event import Event
from shopkeeper.store import open_store, postgres
from shopkeeper.store.sql import SqlStore

NOW = datetime(2017, 12, 4, tzinfo=UTC)


def event(name: str) -> Event:
    return Event(source="s", message_id=name, name="X", customer="c", at=NOW, received_at=NOW)


class Line:
    """A TCP port that leads to the database's socket; lines that are cut swallow all and never hang up."""

    def __init__(self, there: str) -> None:
        self._there = there
        self._cuts = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    async def open(self) -> int:
        self._server = await asyncio.start_server(self._lead, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def cut(self) -> None:
        """Cut the lines that are there; those to come are whole."""
        self._cuts += 1

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        onward, back = await asyncio.open_unix_connection(self._there)
        alive = self._cuts
        await asyncio.gather(self._pass(reader, back, alive), self._pass(onward, writer, alive))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, alive: int) -> None:
        while data := await reader.read(1 << 16):
            if self._cuts == alive:
                writer.write(data)
        if self._cuts == alive:
            writer.close()

    async def close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def line(postgres_database: str) -> AsyncIterator[tuple[Line, str]]:
    """A line to an empty database, and the URL at its near end."""
    url = make_url(postgres_database)
    made = Line(f"{url.query['host']}/.s.PGSQL.{url.port or 5432}")
    near = url.set(host="127.0.0.1", port=await made.open(), query={})
    yield made, near.render_as_string(hide_password=False)
    await made.close()


async def options(store: Any) -> dict[str, int]:
    def read(conn: Connection) -> dict[str, int]:
        driver: Any = conn.connection.driver_connection
        opened = driver._transport.get_extra_info("socket")
        asked = {name: opened.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name, _ in postgres.PATIENCE}
        return asked | {"SO_KEEPALIVE": opened.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)}

    found: dict[str, int] = await store.door.scan(read)
    return found


async def test_the_system_asks_after_a_host_that_says_nothing(line: tuple[Line, str]) -> None:
    store = await open_store(line[1])
    assert await options(store) == dict(postgres.PATIENCE) | {"SO_KEEPALIVE": 1}
    await store.close()


@pytest.mark.parametrize("way", ["scan", "write", "point", "append"])
async def test_a_line_that_is_dead_is_given_up_and_the_next_serves(
    line: tuple[Line, str], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(postgres, "POINT_WITHIN", 2.0)
    store = await open_store(line[1])
    assert isinstance(store, SqlStore)
    await store.append([event("a")])
    use: dict[str, Callable[[], Any]] = {
        "scan": lambda: store.read(after=0, limit=1),
        "write": lambda: store.advance("x", expected=0, to=0),
        "point": store.head,
        "append": lambda: store.append([event("b")]),
    }
    await use[way]()
    line[0].cut()
    with monkeypatch.context() as hurried:
        for name in ("LONGEST", "POINT_WITHIN"):
            hurried.setattr(postgres, name, 0.6)
        hurried.setattr(store.door, "_commit_within", 0.6)
        async with asyncio.timeout(30):  # the system itself notices after a minute
            with pytest.raises(StoreError, match="does not answer"):
                await use[way]()
    async with asyncio.timeout(60):
        while True:
            try:
                await use[way]()
                break
            except StoreError:
                await asyncio.sleep(0.1)
    await store.close()


class Gate:
    """Keeps work in the database for as long as a test wants."""

    def __init__(self, keeper: asyncpg.Connection) -> None:
        self._keeper = keeper
        self._inside = 0
        self.most = 0

    def pass_through(self, conn: Connection) -> None:
        """Work until the gate is open; to be done by a door."""
        self._inside += 1
        self.most = max(self.most, self._inside)
        conn.execute(text("SELECT pg_advisory_xact_lock_shared(1)"))
        self._inside -= 1

    async def held(self, n: int) -> None:
        """Wait until so many connections stand before it."""
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
        async with asyncio.timeout(60):
            while await self._keeper.fetchval(waiting) < n:
                await asyncio.sleep(0.01)

    async def connections(self) -> int:
        """Count the connections of the store."""
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        found: int = await self._keeper.fetchval(f"SELECT count(*) FROM pg_stat_activity WHERE {others}")
        return found

    async def open(self) -> None:
        await self._keeper.execute("SELECT pg_advisory_unlock(1)")


@pytest.fixture
async def gate(postgres_database: str) -> AsyncIterator[Gate]:
    """A gate in an empty database, shut."""
    keeper = await asyncpg.connect(postgres_database)
    await keeper.execute("SELECT pg_advisory_lock(1)")
    yield Gate(keeper)
    await keeper.close()


@pytest.mark.parametrize(("way", "at_once"), [("scan", postgres.SCANS), ("write", postgres.WRITES)])
async def test_long_work_leaves_connections_for_points_and_commits(
    postgres_database: str, gate: Gate, way: str, at_once: int
) -> None:
    store = await open_store(postgres_database)
    assert isinstance(store, SqlStore)
    slow = [asyncio.create_task(getattr(store.door, way)(gate.pass_through)) for _ in range(10)]
    await gate.held(at_once)
    async with asyncio.timeout(60):
        assert await store.head() == 0
        assert (await store.append([event("a")]))[0].seq == 1
        await (store.advance("x", expected=0, to=1) if way == "scan" else store.read(after=0, limit=1))
    assert not any(task.done() for task in slow)
    assert await gate.connections() <= postgres.POOL + 1 == 8
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    assert await store.head() == 1
    await store.close()


async def test_scans_beyond_those_that_run_wait_for_their_turn(postgres_database: str, gate: Gate) -> None:
    store = await open_store(postgres_database)
    assert isinstance(store, SqlStore)
    scans = asyncio.gather(*(store.door.scan(gate.pass_through) for _ in range(3 * postgres.SCANS)))
    await gate.held(postgres.SCANS)
    assert not scans.done()
    await gate.open()
    assert len(await scans) == 3 * postgres.SCANS
    assert gate.most == postgres.SCANS
    await store.close()
