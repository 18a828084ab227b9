"""The shop that collection is measured on: 50 traits, 500 segments, and a log and directory that hold ids already.

An empty log flatters: every index fits the cache. So there are `HELD` of each before the clock starts, written by the
database itself, once, and kept below build/bench.
"""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

HELD: Final = int(os.environ.get("BENCH_IDS", "10_000_000"))
"""Events, identifiers and customers that there are before."""
FOLDER: Final = Path("build/bench")
NOW: Final = datetime(2026, 3, 2, 10, tzinfo=UTC)
CATEGORIES: Final = 20
BEHAVIOURS: Final = (
    "Product Viewed",
    "Product Added",
    "Cart Viewed",
    "Email Opened",
    "Page Viewed",
    "Products Searched",
)
SHOP: Final = """
name: Benchmark
currency: EUR
time_zone: Europe/Vienna
identifiers:
  user_id: {limit: 1}
  email: {limit: 5}
  anonymous_id: {limit: 5}
purposes:
  personalization: {basis: legitimate_interest}
holdout: {share: 0, salt: bench}
"""
READERS: Final = ("follower", "learning", "traffic")
_SCATTERED: Final = "(i * 2654435761 / 65536) % 4294967296"
"""The last digits of ids are random, and say which worker follows whom; those of counted ones must not repeat."""
_PART: Final = "'cus_' || {hex8} || '-0000-7000-8000-' || {hex12}"


class Shop(NamedTuple):
    """A shop's folder and the write key of its server source."""

    folder: Path
    key: str


def traits_yaml() -> str:
    """Write 50 computed traits."""
    lines = [
        "orders: {count: Order Completed}",
        "spend: {sum: total, of: Order Completed}",
        "dearest: {max: total, of: Order Completed}",
        "last_order: {last: timestamp, of: Order Completed}",
        "last_look: {last: timestamp, of: Product Viewed}",
    ]
    for days in (30, 90, 365):
        window = f"window: {days} days"
        order, line = f"of: Order Completed, {window}", f"of: Order Completed, each: products, {window}"
        lines += [
            f"orders_{days}d: {{count: Order Completed, {window}}}",
            f"spend_{days}d: {{sum: total, {order}}}",
            f"basket_{days}d: {{average: total, {order}}}",
            f"margin_{days}d: {{sum: margin, {line}}}",
            f"favourite_{days}d: {{most_frequent: category, {line}}}",
            f"categories_{days}d: {{unique_count: category, {line}}}",
            f"wine_{days}d: {{count: Order Completed, each: products, where: category = 'c1', {window}}}",
            f"looked_at_{days}d: {{most_frequent: title, of: Product Viewed, {window}}}",
            f"looks_at_{days}d: {{unique_count: path, of: Product Viewed, {window}}}",
            *(f"behaviour_{i}_{days}d: {{count: {name}, {window}}}" for i, name in enumerate(BEHAVIOURS)),
        ]
    return "\n".join(lines) + "\n"


def segments_yaml(n: int = 500) -> str:
    """Write segments of three terms each over those traits."""
    rng = Random(2)
    bought = [f"{name}_{days}d" for name in ("orders", "spend", "basket", "wine") for days in (30, 90, 365)]
    done = [f"behaviour_{i}_{days}d" for i in range(len(BEHAVIOURS)) for days in (30, 90, 365)]

    def terms(names: list[str]) -> str:
        first, second, third = (f"{name} >= {rng.randrange(1, 40)}" for name in rng.sample(names, 3))
        return f"{first} and ({second} or {third})"

    return "".join(f"s{i}: {{where: {terms(bought if i % 5 == 0 else done)}}}\n" for i in range(n))


def make_shop(*, database: str | None = None, held: int = HELD) -> Shop:
    """Return the shop, made and filled if it is not there yet."""
    kind = "sqlite" if database is None else "postgres"
    folder = FOLDER / f"collecting-{kind}-{held}"
    kept = folder / "key"
    if not kept.exists() or database is not None:
        _clear(folder)
        url = database or f"sqlite:///{(folder / '.shopkeeper' / 'store.db').resolve()}"
        key = asyncio.run(_begin(folder, url))
        for statement in _statements(held, kind):
            _run(url, statement)
        kept.write_text(key)
    return Shop(folder, kept.read_text())


def _clear(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".shopkeeper").mkdir(parents=True)


async def _begin(folder: Path, url: str) -> str:
    from shopkeeper.core.item import Item
    from shopkeeper.flows.definitions import apply
    from shopkeeper.flows.sources.registry import NewSource, add_source
    from shopkeeper.store import open_store

    files = {
        "shop.yaml": SHOP,
        "traits.yaml": traits_yaml(),
        "segments.yaml": segments_yaml(),
        "offers.yaml": "offers: {}\nrules: {}\n",
        "slots.yaml": "recommendations: {kind: product, n: 5}\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "shopkeeper.toml").write_text(f'database = "{url}"\n')
    store = await open_store(url)
    await apply(store, files, who="benchmark", now=NOW, expected=None)
    await store.put_items(
        [Item(id=f"p{n}", title=f"Product {n}", category=f"c{n % 20}", price=500) for n in range(500)]
    )
    keys = await add_source(store, NewSource(name="web", kind="server", basis="contract"), now=NOW, rng=Random(1))
    await store.close()
    return keys.write_key or ""


def _statements(held: int, kind: str) -> Iterator[str]:
    """Make the statements that fill a store: the log, whom it is of, and that everybody has read it."""
    micros = int(NOW.timestamp() * 1_000_000)
    if kind == "sqlite":
        numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {held}) "
        of, body = "FROM n", "X'81A57465787473 81 A66D656469756D A3776562'".replace(" ", "")
        hex8, hex12, digest = "printf('%08x', i)", f"printf('%012x', {_SCATTERED})", "zeroblob(16)"
        spread = f"printf('%08x', i * {(1 << 32) // (held + 1)})"
    else:
        numbers, of = "", f"FROM generate_series(1::bigint, {held}) AS n(i)"
        body, digest = r"'\x81a5746578747381a66d656469756da3776562'::bytea", r"'\x00'::bytea"
        hex8, hex12 = "lpad(to_hex(i), 8, '0')", f"lpad(to_hex({_SCATTERED}), 12, '0')"
        spread = f"lpad(to_hex(i * {(1 << 32) // (held + 1)}), 8, '0')"
    part = _PART.format(hex8=hex8, hex12=hex12)
    yield "DELETE FROM events"
    yield f"INSERT INTO parts (id, created_at) {numbers}SELECT {part}, {micros} {of}"
    yield (
        f"INSERT INTO identifiers (kind, value, part, claimed) {numbers}SELECT 'user_id', 'u' || {hex8}, {part}, "
        f"{'0' if kind == 'sqlite' else 'false'} {of}"
    )
    columns = "seq, source, message_id, name, part, at, received_at, digest, body"
    yield (
        f"INSERT INTO events ({columns}) {numbers}SELECT i, 'web', {spread} || '-held', 'Page Viewed', {part}, "
        f"{micros} + i, {micros} + i, {digest}, {body} {of}"
    )
    yield f"UPDATE log_head SET seq = {held}"
    yield f"DELETE FROM cursors WHERE name IN {READERS}"
    yield f"INSERT INTO cursors (name, seq) VALUES {', '.join(f'({name!r}, {held})' for name in READERS)}"
    if kind == "postgres":
        # As the database does by itself within a minute or five, and so in the middle of a measurement.
        yield "VACUUM (ANALYZE)"
        yield "CHECKPOINT"


def _run(url: str, statement: str) -> None:
    """Run one statement as fast as the database can: nothing here need survive a crash."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as conn:
            for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-1000000", "temp_store=MEMORY"):
                conn.execute(f"PRAGMA {pragma}")
            conn.execute(statement)
        return

    async def run() -> None:
        import asyncpg

        conn = await asyncpg.connect(url)
        await conn.execute(statement)
        await conn.close()

    asyncio.run(run())


def fill_bare(path: Path, held: int = HELD) -> None:
    """Fill the peer's log likewise."""
    from benchmarks.bare_log import open_log

    open_log(str(path)).close()
    spread = f"printf('%08x', i * {(1 << 32) // (held + 1)}) || '-held'"
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {held}) "
    _run(f"sqlite:///{path}", f"INSERT INTO log (message_id, body) {numbers}SELECT {spread}, zeroblob(200) FROM n")
