"""The lake: two Delta tables that hold the log exactly once.

Each commit carries a Delta application transaction whose version is the last sequence number in it. delta-rs does
not refuse a version that is there already, so each table's is looked at before it is written, and rows up to it are
left out: a crash between the two tables is mended by the next flush. Of two writers at once Delta refuses the later.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from shutil import disk_usage
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from shopkeeper.core.errors import Conflict, StoreError
from shopkeeper.core.event import Event
from shopkeeper.engines.columns import EVENTS, LINES, events_table, lines_table

LOG = "log"
"""The application id under which the tables note how far in the log they reach."""
KEPT = timedelta(hours=1)
"""How long files that compaction replaced stay for readers that still hold their names."""
SPARE = 1 << 20
"""Bytes that a commit may need beside its rows, at most."""
_FULL = "the disk is full; free space, then run the command again"
_CODE = re.compile(r"Os \{ code: (\d+)|\(os error (\d+)\)")
"""Where delta-rs names the number of the system's error."""
TABLES = {"events": EVENTS, "lines": LINES}


class Lake:
    """Events and order lines as Delta tables in a folder.

    Args:
        path: Folder of the tables `events` and `lines`; made by the first write.
        zone: The shop's zone, for `local_day`.
    """

    def __init__(self, path: Path, *, zone: ZoneInfo) -> None:
        self.path = path
        self.zone = zone

    def upto(self) -> int:
        """Return the log position up to which both tables hold every event, 0 for an empty lake."""
        return min(_reach(self._open(name)) for name in TABLES)

    def append_batch(self, events: Sequence[Event], *, last_seq: int | None = None) -> None:
        """Append the events that each table does not hold yet, `events` before `lines`.

        Args:
            events: The log's events from `upto()` on, in order, without gaps.
            last_seq: Position that the tables then hold; None is the last event's.

        Raises: Conflict: another writer was faster; nothing was lost, append again. StoreError: the disk refused.
        """
        reached = last_seq if last_seq is not None else (events[-1].seq if events else 0)
        rows = events_table(events, self.zone)
        self._write("events", rows, reached)
        self._write("lines", lines_table(events, rows), reached)

    def files(self, name: str) -> list[str]:
        """Return the Parquet files of a table as it stands, `events` or `lines`; none for an empty lake."""
        table = self._open(name)
        return [] if table is None else table.file_uris()

    def compact(self) -> None:
        """Join small files into large ones, and drop files that were replaced more than `KEPT` ago.

        Raises: StoreError: there is no room for a second copy of a table. Conflict: somebody wrote meanwhile.
        """
        for name in TABLES:
            table = self._open(name)
            if table is not None:
                with _telling(self.path / name):
                    _require_room(self.path, sum(Path(file).stat().st_size for file in table.file_uris()))
                    table.optimize.compact(writer_properties=_WRITER)
                    hours = int(KEPT.total_seconds()) // 3600
                    table.vacuum(retention_hours=hours, enforce_retention_duration=False, dry_run=False)

    def _open(self, name: str) -> DeltaTable | None:
        where = str(self.path / name)
        with _telling(self.path / name):
            return DeltaTable(where) if DeltaTable.is_deltatable(where) else None

    def _write(self, name: str, rows: pa.Table, reached: int) -> None:
        table = self._open(name)
        held = _reach(table)
        if held >= reached:
            return
        if held:
            rows = rows.filter(pc.greater(rows.column("seq"), held))
        noted = CommitProperties(app_transactions=[Transaction(LOG, reached)])
        with _telling(self.path / name):
            _require_room(self.path, rows.nbytes)
            write_deltalake(
                str(self.path / name) if table is None else table,
                rows,
                mode="append",
                commit_properties=noted,
                writer_properties=_WRITER,
            )


_WRITER = WriterProperties(compression="ZSTD", compression_level=3)


def _reach(table: DeltaTable | None) -> int:
    return 0 if table is None else (table.transaction_version(LOG) or 0)


def _require_room(where: Path, size: int) -> None:
    """Refuse a write for which there is no room: delta-rs panics in a thread of its own on a disk that fills up."""
    folder = next(each for each in (where, *where.absolute().parents) if each.exists())
    if disk_usage(folder).free < size + SPARE:
        raise StoreError(f"{where}: {_FULL}")


@contextmanager
def _telling(where: Path) -> Iterator[None]:
    try:
        yield
    except CommitFailedError:
        raise Conflict(f"{where}: another process wrote the lake at the same time; run the command again") from None
    except (DeltaError, OSError) as error:
        raise StoreError(f"{where}: {_sentence(error)}") from None


def _sentence(error: DeltaError | OSError) -> str:
    """Say what the system refused; delta-rs says it in words of its own, such as that there is no table."""
    said = str(error)
    if "No space left" in said:
        return _FULL
    code = _CODE.search(said)
    number = error.errno if isinstance(error, OSError) else int(code[1] or code[2]) if code else None
    if number is None:
        return f"the lake refused ({type(error).__name__})"
    return f"cannot be read or written: {os.strerror(number)}; let who runs this write there, or name another 'lake'"
