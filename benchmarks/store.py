"""How fast the event log takes events durably, against the bare database on the same disk."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.harness import Row, bench, row

if TYPE_CHECKING:
    from shopkeeper.core.event import Event
    from shopkeeper.core.store import Store

BATCH = 5_000
BATCHES = 8
SINGLES = 8_000
CALLERS = 64
HELD = 200_000
"""Events that the log holds before the clock starts: an empty one flatters."""
NOW = datetime(2017, 12, 4, tzinfo=UTC)


@bench("store.append")
def store_append() -> list[Row]:
    """Append orders of 0.9 KB in batches and one by one; the peer is sqlite3 with one index, synced as often."""
    with TemporaryDirectory() as folder:
        bare = _bare(Path(folder) / "bare.db")
        batch, single = asyncio.run(_store(Path(folder) / "store.db"))
    return [
        row("store.append.batch", batch, "events/s", baseline=bare, at_least=8_000),
        row("store.append.single", single, "events/s", baseline=bare, at_least=3_000),
    ]


@bench("store.point")
def store_point() -> Row:
    """Look one identifier up among 5,000, as a decision does first."""
    with TemporaryDirectory() as folder:
        figure, bare = asyncio.run(_point(Path(folder) / "store.db"))
    return row("store.point", figure, "ms", baseline=bare, at_most=0.2)


def _orders(source: str, start: int, n: int) -> "list[Event]":
    from shopkeeper.core.event import Event, Line

    lines = tuple(
        Line(
            product_id=f"{820_000 + i}", amount=199, cost=100, category="SOFT DRINKS", department="GROCERY", brand="own"
        )
        for i in range(8)
    )
    return [
        Event(
            source=source,
            message_id=f"m{i}",
            name="Order Completed",
            customer=f"cus_{i % 2469:036d}",
            at=NOW,
            received_at=NOW,
            order_id=f"o{i}",
            money={"total": 1592},
            lines=lines,
        )
        for i in range(start, start + n)
    ]


def _bare(path: Path) -> float:
    """Insert bodies of the same size with sqlite3 alone, one synced commit a batch; return events a second."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("PRAGMA synchronous=FULL")
        conn.execute(
            "CREATE TABLE log (seq INTEGER PRIMARY KEY, source, message_id, body, UNIQUE (source, message_id))"
        )
        spent = 0.0
        for start in range(0, HELD + BATCH * BATCHES, BATCH):
            rows = [("till", f"m{i}", b"x" * 900) for i in range(start, start + BATCH)]
            begun = perf_counter()
            conn.execute("BEGIN")
            conn.executemany("INSERT INTO log (source, message_id, body) VALUES (?, ?, ?)", rows)
            conn.execute("COMMIT")
            spent += perf_counter() - begun if start >= HELD else 0
    return BATCH * BATCHES / spent


async def _store(path: Path) -> tuple[float, float]:
    from shopkeeper.store import open_store

    store = await open_store(f"sqlite:///{path}")
    for start in range(0, HELD, BATCH):
        await store.append(_orders("till", start, BATCH))
    batches = [_orders("till", HELD + i * BATCH, BATCH) for i in range(BATCHES)]
    begun = perf_counter()
    for events in batches:
        await store.append(events)
    batch = BATCH * BATCHES / (perf_counter() - begun)
    single = await _singly(store, _orders("web", 0, SINGLES))
    await store.close()
    return batch, single


async def _singly(store: "Store", events: "Sequence[Event]") -> float:
    """Let `CALLERS` callers append one event after another; return events a second."""
    waiting = iter(events)

    async def call() -> None:
        for event in waiting:
            await store.append([event])

    begun = perf_counter()
    await asyncio.gather(*(call() for _ in range(CALLERS)))
    return len(events) / (perf_counter() - begun)


async def _point(path: Path) -> tuple[float, float]:
    """Return milliseconds of a lookup through the store and through bare sqlite3."""
    from shopkeeper.core.identifier import Identifier
    from shopkeeper.store import open_store
    from shopkeeper.testing.arrivals import arrive

    store = await open_store(f"sqlite:///{path}")
    names = [Identifier("card", str(n)) for n in range(BATCH)]
    await arrive(store, names, now=NOW)
    begun = perf_counter()
    for name in names:
        await store.find_customers([name])
    figure = (perf_counter() - begun) / BATCH * 1000
    with closing(sqlite3.connect(path)) as conn:
        begun = perf_counter()
        for name in names:
            conn.execute("SELECT part FROM identifiers WHERE kind = ? AND value = ?", name).fetchone()
        bare = (perf_counter() - begun) / BATCH * 1000
    await store.close()
    return figure, bare
