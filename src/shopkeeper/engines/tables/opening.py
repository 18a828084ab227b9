"""Opening a table by what its name says it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from shopkeeper.core.errors import BadInput, nearest
from shopkeeper.engines.tables.columnar import Parquet
from shopkeeper.engines.tables.delimited import Delimited
from shopkeeper.engines.tables.jsonlines import JsonLines
from shopkeeper.engines.tables.rows import Rows

_FORMATS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
}


class Table(Protocol):
    """A table in a file.

    names: Its columns; where `complete` is False (JSON lines) those of the first rows only.
    total: How many rows it has, where that can be known without reading them.
    advice: What to say besides where a column is missing.
    """

    path: Path
    names: tuple[str, ...]
    total: int | None

    @property
    def complete(self) -> bool:
        """Whether `names` are all the columns that there are."""
        ...

    @property
    def advice(self) -> str:
        """What to say besides where a column is missing."""
        ...

    def batches(self, *, skip: int = 0, only: list[str] | None = None) -> Iterator[Rows]:
        """Read the rows after the first `skip` in batches. Raises: BadInput: cut off or damaged."""
        ...


def open_table(path: Path, *, delimiter: str | None = None, encoding: str = "utf-8", header: int = 1) -> Table:
    """Open a CSV, JSON lines or Parquet file; texts may be packed by gzip.

    Args:
        delimiter: Of a CSV; None: a tab for `.tsv`, else a comma.
        header: The line of a CSV that names the columns, 0 where none does.

    Raises: BadInput: no file, an empty one, or no table of the kind that its name says.
    """
    if path.is_dir():
        raise BadInput(f"{path}: is a directory, must be a file; import its files one by one")
    if not path.is_file():
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise BadInput(f"{path}: no such file{nearest(path.name, beside)}")
    if path.stat().st_size == 0:
        raise BadInput(f"{path.name}: is empty, must hold rows")
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    kind = _FORMATS.get(suffixes[-1] if suffixes else "")
    match kind:
        case "csv":
            mark = delimiter or ("\t" if suffixes[-1] == ".tsv" else ",")
            return Delimited(path, delimiter=mark, encoding=encoding, header=header)
        case "json":
            return JsonLines(path)
        case "parquet":
            return Parquet(path)
    raise BadInput(f"{path.name}: must end in one of {', '.join(sorted(_FORMATS))} (texts also in .gz)")
