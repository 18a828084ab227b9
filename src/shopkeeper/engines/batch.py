"""The batch engine: the lake as Ibis tables on DuckDB."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

import pyarrow as pa

from shopkeeper.core.item import Item
from shopkeeper.engines.columns import EVENTS, LINES
from shopkeeper.engines.lake import Lake

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

ITEMS: pa.Schema = pa.schema(
    [
        ("id", pa.string()),
        ("title", pa.string()),
        ("category", pa.string()),
        ("department", pa.string()),
        ("brand", pa.string()),
        ("price", pa.int64()),
        ("cost", pa.int64()),
        ("attributes", pa.map_(pa.string(), pa.string())),
    ]
)
"""One row an item; money in minor units."""

_NO_DOWNLOADS = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
"""DuckDB otherwise fetches extensions from the network, and waits for it where there is none."""

TRIES, PAUSE = 100, 0.05
"""How often, and how many seconds apart, a busy connection is asked to end."""


def connect(spill: Path, *, memory: str, threads: int) -> "Backend":
    """Open a DuckDB of one's own.

    Args:
        spill: A folder for what does not fit into memory.
        memory: Its limit, such as `1GB`.
    """
    import ibis

    # To make one query of several takes Ibis a third of a question over all traits, and DuckDB does it itself.
    ibis.options.sql.fuse_selects = False
    return ibis.duckdb.connect(memory_limit=memory, threads=threads, temp_directory=str(spill), **_NO_DOWNLOADS)


def disconnect(connection: "Backend") -> None:
    """Close a connection; what another thread still asks of it is broken off."""
    import duckdb

    for _ in range(TRIES):
        try:
            connection.disconnect()
        except duckdb.Error:  # DuckDB does not close what is busy, and does not wait for it
            connection.con.interrupt()
            sleep(PAUSE)
        else:
            return


class Batch:
    """Questions over the whole lake. One thread at a time; Ibis is imported at the first question.

    The lake holds each event under its part. Whoever asks says whose the parts are at the time: `merged` is what
    `core.identity.IdentityIndex.merged_parts` returned, and `customer` in the tables is the customer.

    Args:
        memory: DuckDB's limit, beyond which it spills into a folder beside the lake's tables.
        threads: DuckDB's threads.
    """

    def __init__(self, lake: Lake, *, memory: str = "1GB", threads: int = 2) -> None:
        self.lake = lake
        self._memory = memory
        self._threads = threads
        self._views = 0

    @cached_property
    def connection(self) -> "Backend":
        """The Ibis connection, made at its first use."""
        return connect(self.lake.path.parent / "spill", memory=self._memory, threads=self._threads)

    def events(self, merged: Mapping[str, str], upto: int | None = None) -> "Table":
        """Return the events with seq <= `upto`; None is as far as the lake reaches. Columns: `columns.EVENTS`."""
        return self._table("events", EVENTS, merged, upto)

    def lines(self, merged: Mapping[str, str], upto: int | None = None) -> "Table":
        """Return the order lines with seq <= `upto`; None is as far as the lake reaches. Columns: `columns.LINES`."""
        return self._table("lines", LINES, merged, upto)

    def items(self, catalogue: Iterable[Item]) -> "Table":
        """Return a catalogue as a table. Columns: `ITEMS`."""
        import ibis

        return ibis.memtable(_items(list(catalogue)))

    def close(self) -> None:
        """Close the connection, if one was made; what another thread still asks of it is broken off."""
        if "connection" in self.__dict__:
            disconnect(self.connection)

    def _table(self, name: str, schema: pa.Schema, merged: Mapping[str, str], upto: int | None) -> "Table":
        import ibis

        reached = self.lake.upto() if upto is None else upto
        files = self.lake.files(name)
        if not files:
            return ibis.memtable(schema.empty_table())
        self._views += 1
        table = self.connection.read_parquet(files, table_name=f"{name}_{self._views}")
        return by_customer(table.filter(table.seq <= reached), merged)


def by_customer(table: "Table", merged: Mapping[str, str]) -> "Table":
    """Put in the column `customer`, which names parts, whose they are; where nobody was merged it costs nothing.

    Args:
        merged: The customer of each part that is not a customer of its own.
    """
    if not merged:
        return table
    import ibis

    columns = {"sk__part": list(merged.keys()), "sk__whose": list(merged.values())}
    whose = ibis.memtable(pa.table({name: pa.array(ids, pa.string()) for name, ids in columns.items()}))
    joined = table.left_join(whose, table.customer == whose.sk__part)
    return joined.mutate(customer=ibis.coalesce(joined.sk__whose, joined.customer)).drop(*columns)


def _items(rows: list[Item]) -> pa.Table:
    columns = [
        pa.array([list(row.attributes.items()) for row in rows], field.type)
        if field.name == "attributes"
        else pa.array([getattr(row, field.name) for row in rows], field.type)
        for field in ITEMS
    ]
    return pa.table(columns, schema=ITEMS)
