import asyncio
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import IntegrityError
from typing import Any

import pytest
from sqlalchemy import Connection, Select, insert, text

from shopkeeper.core.errors import BadInput, Conflict, Contradiction, StoreError
from shopkeeper.core.event import Event
from shopkeeper.core.store import Store
from shopkeeper.store import dialect, group, history, identity, open_store, sqlite
from shopkeeper.store.shop_schema import secrets
from shopkeeper.store.sql import SqlStore

NOW = datetime(2017, 12, 4, tzinfo=UTC)


def event(n: int, *, size: int = 10) -> Event:
    return Event(
        source="till",
        message_id=f"m{n}",
        name="Product Viewed",
        customer="cus_1",
        at=NOW,
        received_at=NOW,
        texts={"note": "x" * size},
    )


@pytest.fixture
async def mine(tmp_path: Path) -> AsyncIterator[SqlStore]:
    opened = await open_store(f"sqlite:///{tmp_path}/store.db")
    assert isinstance(opened, SqlStore)
    yield opened
    await opened.close()


@pytest.mark.usefixtures("short_results")
async def test_a_result_that_is_too_big_is_nobody_s_bad_input(mine: SqlStore) -> None:
    await mine.append([event(n, size=10_000) for n in range(200)])
    assert len(await mine.read(after=0, limit=100)) == 100
    with pytest.raises(Contradiction, match=r"store\.db: a result too big to be given at once"):
        await mine.read(after=0, limit=200)


async def test_what_is_read_of_a_few_walks_through_nobody_else_s(mine: SqlStore) -> None:
    """Without statistics SQLite takes an index of one equality, or an order, for more than it is worth."""
    asked: dict[str, tuple[Select[Any], str]] = {
        "of some names": (history._select_page("sqlite", named=True), "ix_events_part_seq"),
        "of all": (history._select_page("sqlite", named=False), "ix_events_part_seq"),
        "of few": (history._select_few("sqlite"), "ix_events_part_seq"),
        "whose parts changed": (identity._select_reshaped(), "ix_shapes_seq"),
    }

    def plans(conn: Connection) -> dict[str, str]:
        found = {}
        for name, (statement, _) in asked.items():
            sql, order, *_ = dialect._gathering(statement, conn.dialect)
            steps = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", tuple([None] * len(order)))
            found[name] = "; ".join(row[3] for row in steps)
        return found

    for name, plan in (await mine.door.point(plans)).items():
        assert asked[name][1] in plan, (name, plan)
        reading = [step for step in plan.split("; ") if " events" in step]
        assert all("ix_events_part_seq" in step for step in reading), (name, plan)
        assert "SCAN events" not in plan
        assert "SCAN shapes" not in plan


@pytest.mark.parametrize("url", ["rubbish", "mysql://host/shop", "sqlite://", "sqlite:///:memory:"])
async def test_a_url_that_is_no_store_is_bad_input(url: str) -> None:
    with pytest.raises(BadInput, match="store url"):
        await open_store(url)


async def test_a_second_writer_is_refused_and_told_what_to_do(mine: SqlStore, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="stop the server"):
        await open_store(f"sqlite:///{tmp_path}/store.db")


async def test_the_workers_of_a_server_write_beside_each_other_and_nobody_else_does(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    first, second = await open_store(url, shared=True), await open_store(url, shared=True)
    for _ in (first, second):
        with pytest.raises(StoreError, match="SQLite serves one server"):
            await open_store(url)
    writes = [store.append([event(2 * n + i)]) for n in range(40) for i, store in enumerate((first, second))]
    receipts = [receipt for receipts in await asyncio.gather(*writes) for receipt in receipts]
    assert sorted(receipt.seq for receipt in receipts) == list(range(1, 81))
    assert [seen.seq for seen in await second.read(after=0, limit=99)] == list(range(1, 81))
    await first.close()
    await second.close()
    alone = await open_store(url)
    with pytest.raises(StoreError, match="SQLite serves one server"):
        await open_store(url, shared=True)
    await alone.close()


def test_a_worker_that_writes_keeps_the_others_waiting(tmp_path: Path) -> None:
    first, second = (sqlite.Lock(tmp_path / "store.db", shared=True) for _ in range(2))
    turns: list[str] = []

    def write() -> None:
        with second.turn():
            turns.append("second")

    with first.turn():
        waiting = threading.Thread(target=write)
        waiting.start()
        waiting.join(0.2)
        turns.append("first")
    waiting.join()
    assert turns == ["first", "second"]
    first.release()
    second.release()


async def test_a_reader_opens_beside_the_writer_and_cannot_write(mine: SqlStore, tmp_path: Path) -> None:
    await mine.append([event(1)])
    reader = await open_store(f"sqlite:///{tmp_path}/store.db", readonly=True)
    assert await reader.head() == 1
    with pytest.raises(StoreError, match="reading only"):
        await reader.append([event(2)])
    await mine.append([event(3)])
    assert [seen.message_id for seen in await reader.read(after=0, limit=9)] == ["m1", "m3"]
    await reader.close()


async def test_a_closed_store_lets_the_next_in_and_refuses_work(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    first = await open_store(url)
    await first.append([event(1)])
    await first.close()
    await first.close()
    with pytest.raises(StoreError, match="closed"):
        await first.head()
    second = await open_store(url)
    assert await second.head() == 1
    await second.close()


async def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"not a database at all" * 100)
    for _ in range(2):
        with pytest.raises(StoreError, match="not a SQLite database"):
            await open_store(f"sqlite:///{tmp_path}/store.db")


def keeps(name: str) -> "object":
    def work(conn: Connection) -> str:
        conn.execute(insert(secrets), {"name": name, "value": b"v"})
        return name

    return work


def fails(conn: Connection) -> None:
    conn.execute(insert(secrets), {"name": "half", "value": b"v"})
    raise Conflict("on purpose")


async def test_a_failing_unit_is_undone_alone(mine: SqlStore) -> None:
    work = [mine.door.write(keeps("a")), mine.door.write(fails), mine.door.write(keeps("b")), mine.append([event(1)])]
    done = await asyncio.gather(*work, return_exceptions=True)
    assert [done[0], done[2]] == ["a", "b"]
    assert isinstance(done[1], Conflict)
    assert await mine.door.point(lambda conn: conn.execute(text("SELECT name FROM secrets")).scalars().all()) == [
        "a",
        "b",
    ]


async def test_an_append_that_fails_in_company_fails_alone(mine: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    real = group.log.append

    def planted(conn: Connection, rows: list[dict[str, object]]) -> object:
        receipts = real(conn, rows)
        if any(row["message_id"] == "m3" for row in rows):
            raise IntegrityError("on purpose")
        return receipts

    monkeypatch.setattr(group.log, "append", planted)
    done = await asyncio.gather(*(mine.append([event(n)]) for n in range(1, 6)), return_exceptions=True)
    assert isinstance(done[2], IntegrityError)
    assert [receipt[0].seq for receipt in done if isinstance(receipt, list)] == [1, 2, 3, 4]
    assert [seen.message_id for seen in await mine.read(after=0, limit=9)] == ["m1", "m2", "m4", "m5"]


async def test_a_full_database_is_said_clearly_and_works_again_with_room(mine: SqlStore) -> None:
    await mine.append([event(0)])
    pages = await mine.door.write(lambda conn: conn.exec_driver_sql("PRAGMA page_count").scalar_one())
    await mine.door.write(lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count={pages + 4}").scalar_one())
    failed = await asyncio.gather(
        *(mine.append([event(n, size=50_000)]) for n in range(1, 9)), mine.secret("s"), return_exceptions=True
    )
    assert {type(error) for error in failed} <= {StoreError, list, bytes}
    assert any(isinstance(error, StoreError) and "disk is full" in str(error) for error in failed)
    held = {seen.message_id for seen in await mine.read(after=0, limit=99)}
    acked = {f"m{n}" for n, receipt in enumerate(failed[:8], start=1) if isinstance(receipt, list)}
    assert held == acked | {"m0"}
    await mine.door.write(lambda conn: conn.exec_driver_sql("PRAGMA max_page_count=100000").scalar_one())
    assert [receipt.outcome for receipt in await mine.append([event(n) for n in range(100, 120)])] == ["accepted"] * 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a full disk needs leave to mount one: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_full_disk_is_said_clearly_and_works_again_with_room(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 1_000_000)
    store: Store = await open_store(f"sqlite:///{small_disk}/store.db")
    acked = 0
    with pytest.raises(StoreError, match="disk is full"):
        for n in range(200):
            await store.append([event(n, size=20_000)])
            acked = n + 1
    assert len(await store.read(after=0, limit=999)) == acked
    ballast.unlink()
    assert (await store.append([event(1000)]))[0].outcome == "accepted"
    await store.close()


async def test_a_caller_that_gives_up_does_not_stop_the_writer(mine: SqlStore) -> None:
    task = asyncio.create_task(mine.append([event(1)]))
    await asyncio.sleep(0)
    task.cancel()
    assert (await mine.append([event(2)]))[0].outcome == "accepted"


def test_every_commit_is_synced() -> None:
    assert sqlite.PRAGMAS["journal_mode"] == "WAL"
    assert sqlite.PRAGMAS["synchronous"] == "FULL"
