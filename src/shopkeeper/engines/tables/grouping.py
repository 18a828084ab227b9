"""Rows that belong together, together: the lines of one order in one batch, sorted outside memory where need be."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from shopkeeper.core.errors import BadInput, StoreError
from shopkeeper.core.quarantine import write_body
from shopkeeper.engines.tables.opening import Table
from shopkeeper.engines.tables.rows import BATCH, Objects, Rows, Spoiled

MAX_GROUP = 100_000
FEW = 200_000
_MEMORY = "512MB"


def runs(keys: list[Any], spoiled: dict[int, Spoiled]) -> list[tuple[int, int]]:
    """Cut rows into runs [start, stop) of one key.

    A spoiled row between two rows of one key is part of their run; at the end of one it stands alone. A row whose
    key is None stands alone too.
    """
    found: list[tuple[int, int]] = []
    start = stop = 0
    while start < len(keys):
        stop = start + 1
        if start not in spoiled and keys[start] is not None:
            i = stop
            while i < len(keys) and (i in spoiled or keys[i] == keys[start]):
                i += 1
                if i - 1 not in spoiled:
                    stop = i
        found.append((start, stop))
        start = stop
    return found


def whole_groups(batches: Iterator[Rows], key: str) -> Iterator[Rows]:
    """Move the ends of batches so that a run of one key is never cut.

    Raises: BadInput: a key with more rows than any order can have, which is no key.
    """
    held: Rows | None = None
    for batch in batches:
        rows = batch if held is None else held.joined(batch)
        cut = _last_run(rows, key)
        if len(rows) - cut > MAX_GROUP:
            raise BadInput(f"{key}: more than {MAX_GROUP} rows in a row share one value; is it the right column?")
        held = rows.part(cut, len(rows))
        if cut:
            yield rows.part(0, cut)
    if held is not None and len(held):
        yield held


def _last_run(rows: Rows, key: str) -> int:
    """Find where the last run begins; spoiled rows after it may lie inside it yet."""
    keys = rows.column(key)
    last = len(keys) - 1
    while last >= 0 and last in rows.spoiled:
        last -= 1
    if last < 0 or keys[last] is None:
        return len(keys)
    start = last
    while start > 0 and (start - 1 in rows.spoiled or keys[start - 1] == keys[last]):
        start -= 1
    return start


def is_adjacent(table: Table, key: str, folder: Path) -> bool:
    """Tell whether all rows of each key stand together; beyond `FEW` runs they are counted outside memory."""
    heads: list[str] = []
    scratch: _Scratch | None = None
    with ExitStack() as stack:
        for found in _heads(table, key):
            heads += found
            if len(heads) > FEW:
                if scratch is None:
                    scratch = stack.enter_context(_Scratch(folder))
                    scratch.run("CREATE TABLE keys (key VARCHAR)")
                scratch.insert("keys", _strings(key=heads))
                heads = []
        if scratch is None:
            return len(set(heads)) == len(heads)
        scratch.insert("keys", _strings(key=heads))
        (n, distinct), *_ = scratch.rows("SELECT count(*), count(DISTINCT key) FROM keys")
        return bool(n == distinct)


def _heads(table: Table, key: str) -> Iterator[list[str]]:
    """Yield, batch by batch, the key with which each run begins."""
    last: Any = None
    for rows in table.batches(only=[key]):
        found = []
        for i, value in enumerate(rows.column(key)):
            if value is not None and value != last and i not in rows.spoiled:
                found.append(str(value))
                last = value
        yield found


def _strings(**columns: list[str]) -> Any:
    import pyarrow as pa

    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


class Regrouped:
    """A table's rows sorted so that those of one key stand together, keys in the order in which they first came."""

    complete = False
    advice = ""

    def __init__(self, table: Table, key: str, folder: Path) -> None:
        self.path = table.path
        self.names = table.names
        self._sorted = folder / "sorted.parquet"
        with _Scratch(folder) as scratch:
            scratch.run("CREATE TABLE spool (position BIGINT, key VARCHAR, body VARCHAR, spoiled BOOLEAN)")
            for rows in table.batches():
                scratch.insert("spool", _spooled(rows, key))
            (self.total,), *_ = scratch.rows("SELECT count(*) FROM spool")
            scratch.run(  # the path is our own
                f"""COPY (SELECT position, body, spoiled FROM spool
                     JOIN (SELECT key, min(position) AS first FROM spool GROUP BY key) USING (key)
                     ORDER BY first, position) TO '{self._sorted}' (FORMAT parquet, COMPRESSION zstd)"""  # noqa: S608
            )

    def batches(self, *, skip: int = 0, only: list[str] | None = None) -> Iterator[Rows]:  # noqa: ARG002 (a port)
        """Read the sorted rows after the first `skip`, in batches."""
        import pyarrow.parquet as pq

        decode = msgspec.json.Decoder().decode
        start = 0
        with pq.ParquetFile(self._sorted) as file:
            for batch in file.iter_batches(batch_size=BATCH, use_threads=False):
                first = max(0, skip - start)
                start += batch.num_rows
                if first >= batch.num_rows:
                    continue
                positions, bodies, spoiled = (column.to_pylist()[first:] for column in batch.columns)
                records = [
                    Spoiled(*decode(body)) if bad else decode(body) for body, bad in zip(bodies, spoiled, strict=True)
                ]
                yield Objects(records, positions)


def _spooled(rows: Rows, key: str) -> Any:
    import pyarrow as pa

    keys = rows.column(key)
    alone = [f"\0{position}" for position in rows.positions]
    bodies = [rows.spoiled[i] if i in rows.spoiled else rows.row(i) for i in range(len(rows))]
    return pa.table(
        {
            "position": pa.array(rows.positions, pa.int64()),
            "key": pa.array(
                [own if value is None else f"={value}" for value, own in zip(keys, alone, strict=True)], pa.string()
            ),
            "body": pa.array([write_body(body) for body in bodies], pa.string()),
            "spoiled": pa.array([i in rows.spoiled for i in range(len(rows))], pa.bool_()),
        }
    )


class _Scratch:
    """A DuckDB database on disk that uses little memory and is gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "scratch.duckdb"
        self._temp = folder / "spill"

    def __enter__(self) -> "_Scratch":
        import duckdb

        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._remove()
        self._guard(lambda: self._open(duckdb))
        return self

    def _open(self, duckdb: Any) -> None:
        self._db = duckdb.connect(str(self._file))
        self._db.execute(f"SET memory_limit='{_MEMORY}'; SET temp_directory='{self._temp}'; SET threads=2")

    def __exit__(self, *_: object) -> None:
        self._db.close()
        self._remove()

    def _remove(self) -> None:
        self._file.unlink(missing_ok=True)
        self._file.with_suffix(".duckdb.wal").unlink(missing_ok=True)
        shutil.rmtree(self._temp, ignore_errors=True)

    def run(self, sql: str) -> None:
        """Run a statement."""
        self._guard(lambda: self._db.execute(sql))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a query."""
        found: list[tuple[Any, ...]] = []
        self._guard(lambda: found.extend(self._db.execute(sql).fetchall()))
        return found

    def insert(self, name: str, table: Any) -> None:
        """Append an Arrow table."""
        self._db.register("incoming", table)
        self._guard(lambda: self._db.execute(f"INSERT INTO {name} SELECT * FROM incoming"))  # noqa: S608 (own names)
        self._db.unregister("incoming")

    def _guard(self, work: Any) -> None:
        import duckdb

        try:
            work()
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise StoreError(
                f"sorting outside memory in {self._file.parent}: {type(error).__name__}; free some disk and run again"
            ) from None
