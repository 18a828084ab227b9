"""One import from beginning to end: resumable, and without effect when it is run again."""

import shutil
from collections.abc import Callable, Iterator
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
from shopkeeper.flows.importing.mapping import AnyMapping, load_mapping, require_columns
from shopkeeper.flows.importing.taking import Taker

_CHUNK = 1 << 20


class Import(NamedTuple):
    """What to import.

    scratch: A folder for sorting outside memory; it is emptied.
    again: Read a file once more that was imported to its end before.
    """

    file: Path
    mapping: Path
    scratch: Path
    again: bool = False


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
) -> ImportReport:
    """Import a file.

    Each batch is committed to the log, then noted in the journal: an import that was broken off goes on after the
    last noted batch, and what it offers twice the log knows by its id.

    Args:
        report: Told after each batch how far the import has come, and of how many rows, where that is known.

    Raises: BadInput: the file or the mapping cannot be used, nothing was taken. StoreError: run it again later.
    """
    mapping = load_mapping(job.mapping)
    table = open_table(job.file, delimiter=mapping.delimiter, encoding=mapping.encoding)
    require_columns(mapping, table)
    name = _digest(job.file, mapping)
    begun = await store.import_progress(name)
    if begun is not None and begun.done and not job.again:
        return ImportReport(begun, begun.rows, None)
    progress = begun if begun is not None and not begun.done else _fresh(name, job.file)
    resumed = progress.rows
    taker = Taker(store, definitions, mapping, now=now)
    try:
        table, was_sorted = _together(table, mapping, job.scratch)
        for rows in _batches(table, mapping, skip=progress.rows):
            tally = await taker.take(rows, origin=job.file.name, mapping_file=str(job.mapping.resolve()))
            progress = msgspec.structs.replace(
                progress,
                rows=progress.rows + len(rows),
                accepted=progress.accepted + tally.accepted,
                duplicates=progress.duplicates + tally.duplicates,
                quarantined=progress.quarantined + tally.quarantined,
            )
            await store.put_import_progress(progress)
            report(progress, table.total)
    finally:
        shutil.rmtree(job.scratch, ignore_errors=True)
    progress = msgspec.structs.replace(progress, done=True)
    await store.put_import_progress(progress)
    return ImportReport(progress, resumed, was_sorted)


def _fresh(name: str, file: Path) -> ImportProgress:
    return ImportProgress(job=name, file=file.name, rows=0, accepted=0, duplicates=0, quarantined=0, done=False)


def _digest(file: Path, mapping: AnyMapping) -> str:
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
