import asyncio
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from faults.postgres import server_in
from shopkeeper.core.errors import StoreError
from shopkeeper.core.event import Event
from shopkeeper.store import history, log, open_store, postgres
from shopkeeper.store.schema import log_head

NOW = datetime(2017, 12, 4, tzinfo=UTC)


def event(name: str) -> Event:
    return Event(source="s", message_id=name, name="X", customer="c", at=NOW, received_at=NOW)


WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from shopkeeper.core.event import Event
from shopkeeper.store import open_store

async def main():
    store = await open_store(sys.argv[1])
    now = datetime(2017, 12, 4, tzinfo=UTC)
    async def write(w):
        for i in range(60):
            name = f"{sys.argv[2]}-{w}-{i}"
            await store.append([Event(source="s", message_id=name, name="X", customer="c", at=now, received_at=now)])
    await asyncio.gather(*(write(w) for w in range(5)))
    await store.close()

asyncio.run(main())
"""


async def follow(url: str, *, until: int) -> list[int]:
    """Read the log as a cursor does, while others write; return the numbers in the order in which they were seen."""
    store = await open_store(url)
    seen: list[int] = []
    async with asyncio.timeout(200):
        while len(seen) < until:
            seen += [one.seq for one in await store.read(after=seen[-1] if seen else 0, limit=50)]
    await store.close()
    return seen


async def test_a_cursor_misses_nothing_that_two_processes_write(postgres_database: str) -> None:
    await (await open_store(postgres_database)).close()
    writers = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, postgres_database, name) for name in "ab"
    ]
    seen = await follow(postgres_database, until=600)
    assert [await writer.wait() for writer in writers] == [0, 0]
    assert seen == list(range(1, 601))


async def append_while_another_commits_late(url: str) -> int:
    """Append while another process holds the log's head and then commits number 7; return the number given."""
    store = await open_store(url)
    other = await asyncpg.connect(url)
    slow = other.transaction()
    await slow.start()
    await other.fetchval("SELECT seq FROM log_head FOR UPDATE")
    append = asyncio.create_task(store.append([event("late")]))
    watcher = await asyncpg.connect(url)
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while not await watcher.fetchval(waits):
        await asyncio.sleep(0.01)
    await watcher.close()
    assert not append.done()
    await other.execute("UPDATE log_head SET seq = 7")
    await slow.commit()
    (receipt,) = await append
    await other.close()
    await store.close()
    return receipt.seq


async def test_a_number_committed_late_makes_the_next_writer_wait(postgres_database: str) -> None:
    assert await append_while_another_commits_late(postgres_database) == 8


async def test_without_the_lock_a_number_would_fall_behind_the_cursor(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "_lock_head", select(log_head.c.seq))
    assert await append_while_another_commits_late(postgres_database) == 1


async def test_connections_that_the_server_ended_are_replaced(postgres_database: str) -> None:
    store = await open_store(postgres_database)
    await store.append([event("a")])
    admin = await asyncpg.connect(postgres_database)
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await admin.close()
    assert await store.head() == 1
    assert (await store.append([event("b")]))[0].seq == 2
    await store.close()


async def test_a_commit_whose_connection_the_server_ended_is_made_on_another(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody saw the end before the connection was used."""
    monkeypatch.setattr(postgres, "_pass_over_closed", lambda *_: None)
    store = await open_store(postgres_database)
    await store.append([event("a")])
    admin = await asyncpg.connect(postgres_database)
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    await admin.execute(f"SELECT pg_terminate_backend(pid, 5000) {others}")
    await admin.close()
    found = await asyncio.gather(*(store.append([event(name)]) for name in "bc"))
    assert [(one.outcome, one.seq) for (one,) in found] == [("accepted", 2), ("accepted", 3)]
    await store.close()


async def test_a_stopped_database_is_said_clearly_and_serves_again_when_started(tmp_path: Path) -> None:
    server = server_in(tmp_path / "data")
    store = await open_store(server.get_uri())
    await store.append([event("a")])
    server._stop()
    for refused in (store.append([event("b")]), store.head(), store.secret("s")):
        with pytest.raises(StoreError, match="does not answer"):
            await refused
    server.start()
    assert (await store.append([event("b")]))[0].seq == 2
    await store.close()
    server.cleanup()


async def test_a_server_that_is_not_there_is_said_clearly() -> None:
    with pytest.raises(StoreError, match="does not answer"):
        await open_store("postgresql://nobody@127.0.0.1:1/shop")


def test_an_absent_driver_is_not_needed_for_sqlite() -> None:
    script = "import sys, shopkeeper.store.sqlite; print('asyncpg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


FILL = """
INSERT INTO events (seq, source, message_id, name, part, at, received_at, digest, body)
SELECT i, 's', i::text, 'X', 'cus_' || i % 500, 0, 0, '', '' FROM generate_series(1::bigint, 20000) AS n(i)
"""
JOINED = """
SELECT e.seq FROM (SELECT value AS part FROM unnest($1::text[]) AS one(value) UNION ALL
SELECT part FROM members WHERE customer = ANY ($1::text[])) AS whose
JOIN events AS e ON e.part = whose.part WHERE e.seq > $2 AND e.seq <= $3
"""


ASKED = {"listed": "ARRAY['cus_1', 'cus_2']", "after": "0", "upto": "99999", "n": "5000", "bytes": "4000000"}


@pytest.mark.parametrize("named", [False, True], ids=["all names", "some names"])
async def test_a_plan_that_is_kept_reads_a_few_customers_events_by_their_parts(
    postgres_database: str, named: bool
) -> None:
    """Planted bug: as a plain join, a plan for any range takes each for narrow, and reads the log from end to end."""
    await (await open_store(postgres_database)).close()
    written = history._select_page("postgresql", named=named).compile(dialect=asyncpg_dialect())
    given = ASKED | {"names": "ARRAY['X']"} | {name: str(value) for name, value in written.params.items() if value == 0}
    conn = await asyncpg.connect(postgres_database)
    await conn.execute(FILL)
    await conn.execute("ANALYZE")
    await conn.execute(
        "INSERT INTO members (part, customer) SELECT 'm' || i, 'c' || i FROM generate_series(1, 900) n(i)"
    )
    await conn.execute("SET plan_cache_mode = force_generic_plan")

    async def plan(name: str, statement: str, asked: Sequence[str]) -> list[str]:
        await conn.execute(f"PREPARE {name} AS {statement}")
        rows = await conn.fetch(f"EXPLAIN EXECUTE {name}({', '.join(asked)})")
        return [row[0] for row in rows if " on events" in row[0]]

    fenced = await plan("fenced", str(written), [given[name] for name in written.positiontup or ()])
    assert len(fenced) == 2
    assert all("ix_events_part_seq" in step for step in fenced), fenced
    (joined,) = await plan("joined", JOINED, ["ARRAY['cus_1', 'cus_2']", "0", "99999"])
    assert "ix_events_part_seq" not in joined
    await conn.close()
