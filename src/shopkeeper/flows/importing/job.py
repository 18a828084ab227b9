"""One import from beginning to end: resumable, and without effect when it is run again."""

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.quarantine import ImportProgress
from shopkeeper.core.store import Store
from shopkeeper.engines.tables import Rows, Table, open_table
from shopkeeper.engines.tables.grouping import Regrouped, is_adjacent, whole_groups
from shopkeeper.flows.importing.mapping import AnyMapping, kind_of, load_mapping, require_columns
from shopkeeper.flows.importing.mapping_place import written_place
from shopkeeper.flows.importing.taking import Taker, Tally

_CHUNK = 1 << 20


class Import(NamedTuple):
    """What to import.

    scratch: A folder for sorting outside memory; it is emptied.
    again: Read a file once more that was imported to its end before.
    called: The file's name for people, where it lies under another; what waits is kept under it.
    shop: The shop's folder, which may be moved: a mapping that lies in it is written down by its place there.
    """

    file: Path
    mapping: Path
    scratch: Path
    again: bool = False
    called: str = ""
    shop: Path | None = None

    @property
    def name(self) -> str:
        """The file's name for people."""
        return self.called or self.file.name


class ImportReport(NamedTuple):
    """What an import did.

    progress: Rows since the job first began. resumed: the rows that an earlier run had read.
    sorted: Whether the rows of one order or offer did not stand together and were sorted first; None: not asked.
    """

    progress: ImportProgress
    resumed: int
    sorted: bool | None


async def run_import(
    store: Store,
    definitions: Definitions,
    job: Import,
    *,
    now: datetime,
    report: Callable[[ImportProgress, int | None], None] = lambda _progress, _total: None,
    reached: Callable[[frozenset[str]], None] = lambda _customers: None,
) -> ImportReport:
    """Import a file.

    Each batch is committed to the log, then noted in the journal: an import that was broken off goes on after the
    last noted batch, and what it offers twice the log knows by its id.

    Args:
        report: Told after each batch how far the import has come, and of how many rows, where that is known.
        reached: Told after each batch whom the log has learned something of, by customer id.

    Raises: BadInput: the file or the mapping cannot be used, nothing was taken. StoreError: run it again later.
    """
    mapping = load_mapping(job.mapping, now=now)
    table = open_mapped(job.file, mapping)
    require_columns(mapping, table)
    name = job_name(job.file, mapping)
    begun = await store.import_progress(name)
    if begun is not None and begun.done and not job.again:
        return ImportReport(begun, begun.rows, None)
    progress = begun if begun is not None and not begun.done else fresh(name, job.name, mapping, now=now)
    if progress.after_seq is None:
        progress = msgspec.structs.replace(progress, after_seq=await store.head())
    progress = msgspec.structs.replace(progress, total=table.total or progress.total, stopped=None, ended_at=None)
    resumed = progress.rows
    if mapping.writes:
        await store.note_history(mapping.source, now)
    taker, place = Taker(store, definitions, mapping, now=now), written_place(job.mapping, job.shop)
    with _cleared(job.scratch), _rare_collections():
        table, was_sorted = _together(table, mapping, job.scratch)
        for rows in _batches(table, mapping, skip=progress.rows):
            tally = await taker.take(rows, origin=job.name, mapping_file=place)
            progress = _advanced(progress, len(rows), tally)
            await store.put_import_progress(progress)
            reached(tally.customers)
            report(progress, table.total)
    upto = await store.head()
    whom = (
        await store.count_told_of(mapping.source, after=progress.after_seq or 0, upto=upto) if mapping.writes else None
    )
    progress = msgspec.structs.replace(progress, done=True, ended_at=now, upto_seq=upto, customers=whom)
    await store.put_import_progress(progress)
    return ImportReport(progress, resumed, was_sorted)


@contextmanager
def _cleared(folder: Path) -> Iterator[None]:
    """Leave no rows behind: they are personal data."""
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for reference cycles seldom: a batch makes none, and walking it costs a sixth of an import."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _advanced(progress: ImportProgress, rows: int, tally: Tally) -> ImportProgress:
    return msgspec.structs.replace(
        progress,
        rows=progress.rows + rows,
        accepted=progress.accepted + tally.accepted,
        duplicates=progress.duplicates + tally.duplicates,
        quarantined=progress.quarantined + tally.quarantined,
    )


def fresh(name: str, file: str, mapping: AnyMapping, *, now: datetime, total: int | None = None) -> ImportProgress:
    """Begin a job's progress; `file` is its name for people, `total` about how many rows it has."""
    return ImportProgress(
        job=name,
        file=file,
        rows=0,
        accepted=0,
        duplicates=0,
        quarantined=0,
        done=False,
        total=total,
        source=mapping.source,
        kind=kind_of(mapping),
        begun_at=now,
    )


def open_mapped(file: Path, mapping: AnyMapping) -> Table:
    """Open a file as its mapping says. Raises: BadInput: see `open_table`."""
    return open_table(file, delimiter=mapping.delimiter, encoding=mapping.encoding, header=mapping.header)


def job_name(file: Path, mapping: AnyMapping) -> str:
    """Name a job by what is in the file and what the mapping says, wherever they lie."""
    hashed = blake2b(type(mapping).__name__.encode(), digest_size=16)
    hashed.update(msgspec.json.encode(mapping, order="deterministic"))
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            hashed.update(chunk)
    return f"imp_{hashed.hexdigest()}"


def _together(table: Table, mapping: AnyMapping, scratch: Path) -> tuple[Table, bool | None]:
    """See to it that the rows which make one thing stand together."""
    if mapping.key is None:
        return table, None
    column: str = getattr(mapping, mapping.key)
    if is_adjacent(table, column, scratch):
        return table, False
    return Regrouped(table, column, scratch), True


def _batches(table: Table, mapping: AnyMapping, *, skip: int) -> Iterator[Rows]:
    batches = table.batches(skip=skip)
    return batches if mapping.key is None else whole_groups(batches, getattr(mapping, mapping.key))
