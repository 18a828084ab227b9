"""CSV: quotes with newlines, any delimiter and encoding; a broken record is set aside, never the ones after it."""

import codecs
import csv
import gzip
import zlib
from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from shopkeeper.core.errors import BadInput
from shopkeeper.engines.tables.rows import BATCH, Fields, Rows, Spoiled

_SAMPLE = 1 << 16
LINE_LIMIT = 8 << 20
"""Characters of a line; a longer one is none of a table, and is cut up so that it cannot fill the memory."""
_DELIMITERS = ";\t|,"
_UTF8 = "utf-8"


class Delimited:
    """A CSV file with a header."""

    complete = True
    total: int | None = None

    def __init__(self, path: Path, *, delimiter: str, encoding: str, header: int = 1) -> None:
        self.path = path
        self._delimiter = delimiter
        self._encoding = checked_encoding(path, encoding)
        self._header = header
        self.names = tuple(name.strip() for name in self._first_record())
        if not header:
            self.names = tuple(f"column {number}" for number in range(1, len(self.names) + 1))
        twice = sorted({name for name in self.names if self.names.count(name) > 1})
        if twice:
            raise BadInput(f"{path.name}: the header names {twice[0]!r} twice; give each column a name of its own")
        if not self.names:
            raise BadInput(f"{path.name}: no header, must be a line that names the columns")

    def _first_record(self) -> list[str]:
        """Read the record that names the columns, or where none does, the first one."""
        try:
            with open_text(self.path, self._encoding) as file:
                lines = _Lines(file)
                lines.skip(self._header - 1)
                return next(csv.reader(lines, delimiter=self._delimiter), [])
        except (EOFError, OSError, zlib.error) as error:
            raise damaged(self.path.name, error) from None
        except csv.Error as error:
            raise BadInput(f"{self.path.name}: no table of fields between {self._delimiter!r}: {error}") from None

    @property
    def advice(self) -> str:
        """Say what may be wrong where a column is missing."""
        if len(self.names) > 1:
            return ""
        found = [mark for mark in _DELIMITERS if mark != self._delimiter and mark in self.names[0]]
        return (
            f"; its only column holds {found[0]!r}: name it in the mapping, `delimiter: {found[0]!r}`" if found else ""
        )

    def batches(self, *, skip: int = 0, only: list[str] | None = None) -> Iterator[Rows]:  # noqa: ARG002 (a port)
        """Read the records after the first `skip`, in batches."""
        header = {name: i for i, name in enumerate(self.names)}
        records: list[Any] = []
        positions: list[int] = []
        with open_text(self.path, self._encoding) as file:
            lines = _Lines(file)
            lines.skip(self._header - 1)
            found = _records(lines, self._delimiter, len(header), self.path.name, named=self._header > 0)
            for number, (line, record) in enumerate(found):
                if number < skip:
                    continue
                records.append(record)
                positions.append(line)
                if len(records) == BATCH:
                    yield Fields(header, records, positions)
                    records, positions = [], []
        if records:
            yield Fields(header, records, positions)


class _Lines:
    """Lines that can be given back, so that a quote that never closes swallows only its own line."""

    def __init__(self, file: IO[str]) -> None:
        self._file = iter(partial(file.readline, LINE_LIMIT), "")
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._file)
        self.taken.append(line)
        self.number += 1
        return line

    def skip(self, lines: int) -> None:
        """Read past the lines before the header."""
        for _ in range(lines):
            next(self, None)

    def keep_first(self) -> str:
        """Give back every line taken since the record began, but the first."""
        self._again.extendleft(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1
        return self.taken[0]


def _records(
    lines: _Lines, delimiter: str, width: int, name: str, *, named: bool
) -> Iterator[tuple[int, list[str] | Spoiled]]:
    """Yield the line on which each record begins, and its fields or why it has none; the header is left out."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        if named:
            next(reader, None)
        while True:
            lines.taken.clear()
            line = lines.number + 1
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield (
                    line,
                    Spoiled("bad_quote", _at(line, "a quote that does not close"), printable(lines.keep_first())),
                )
                reader = csv.reader(lines, delimiter=delimiter, strict=True)
                continue
            if record:
                yield line, _judged(record, lines, line, width)
    except (EOFError, OSError, zlib.error) as error:
        raise damaged(name, error) from None


def _judged(record: list[str], lines: _Lines, line: int, width: int) -> list[str] | Spoiled:
    if len(record) != width:
        return Spoiled("bad_row", _at(line, f"{len(record)} fields, must be {width}"), printable(lines.keep_first()))
    for text in lines.taken:
        if not text.isascii() and broken(text):
            return Spoiled("bad_encoding", _at(line, "bytes that are not UTF-8"), printable("".join(lines.taken)))
    return record


def _at(line: int, what: str) -> str:
    return f"line {line}: {what}; mend the file and import it again"


def broken(text: str) -> bool:
    """Tell whether a text holds bytes that could not be decoded."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def printable(text: str) -> str:
    """Write undecodable bytes as escapes, so that a text can be kept."""
    return text.rstrip("\r\n").encode(errors="backslashreplace").decode()


def damaged(name: str, error: Exception) -> BadInput:
    """Say that a file cannot be read to its end."""
    return BadInput(f"{name}: cut off or damaged ({type(error).__name__}); bring the whole file and import it again")


def checked_encoding(path: Path, encoding: str) -> str:
    """Find the codec to read a text with. Raises: BadInput: another encoding than the one named."""
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        raise BadInput(
            f"encoding == {encoding!r}, must be one that Python knows, such as 'utf-8' or 'latin-1'"
        ) from None
    if codec != _UTF8:
        return codec
    with open_bytes(path) as file:
        try:
            sample = file.read(_SAMPLE)
        except (EOFError, OSError, zlib.error) as error:
            raise damaged(path.name, error) from None
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadInput(f"{path.name}: is UTF-16, not UTF-8; name it in the mapping, `encoding: utf-16`")
    try:
        codecs.getincrementaldecoder(_UTF8)().decode(sample)
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path.name}: byte {error.start + 1} is not UTF-8; name the encoding in the mapping, "
            "`encoding: latin-1` or `encoding: cp1252` for Western European exports"
        ) from None
    return "utf-8-sig"


def open_bytes(path: Path) -> Any:
    """Open a file, unpacking gzip."""
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def open_text(path: Path, encoding: str) -> Any:
    """Open a text, unpacking gzip; newlines stay, undecodable bytes become half characters."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=encoding, errors="surrogateescape", newline="")
    return path.open("r", encoding=encoding, errors="surrogateescape", newline="")
