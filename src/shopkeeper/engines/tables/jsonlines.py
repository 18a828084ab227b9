"""JSON lines: one object a line."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from shopkeeper.core.errors import BadInput
from shopkeeper.engines.tables.delimited import damaged, open_bytes, printable
from shopkeeper.engines.tables.rows import BATCH, Objects, Rows, Spoiled

LINE_LIMIT = 8 << 20
_SAMPLE = 1000


class JsonLines:
    """A file with one JSON object a line."""

    complete = False
    total: int | None = None
    advice = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        names: dict[str, None] = {}
        for number, (_, record) in enumerate(self._records()):
            if number == _SAMPLE:
                break
            names.update(dict.fromkeys(record if isinstance(record, dict) else ()))
        self.names = tuple(names)

    def batches(self, *, skip: int = 0, only: list[str] | None = None) -> Iterator[Rows]:  # noqa: ARG002 (a port)
        """Read the records after the first `skip`, in batches."""
        records: list[Any] = []
        positions: list[int] = []
        for number, (line, record) in enumerate(self._records()):
            if number < skip:
                continue
            records.append(record)
            positions.append(line)
            if len(records) == BATCH:
                yield Objects(records, positions)
                records, positions = [], []
        if records:
            yield Objects(records, positions)

    def _records(self) -> Iterator[tuple[int, dict[str, Any] | Spoiled]]:
        with open_bytes(self.path) as file:
            try:
                yield from _each(file, self.path.name)
            except (EOFError, OSError, zlib.error) as error:
                raise damaged(self.path.name, error) from None


def _each(file: IO[bytes], name: str) -> Iterator[tuple[int, dict[str, Any] | Spoiled]]:
    decode = msgspec.json.Decoder().decode
    number = 0
    while line := file.readline(LINE_LIMIT):
        number += 1
        if len(line) == LINE_LIMIT or (number == 1 and line.lstrip().startswith(b"[")):
            raise BadInput(f"{name}: line {number} is no single object; expected JSON lines, one object a line")
        text = line.removeprefix(b"\xef\xbb\xbf").strip()
        if not text:
            continue
        try:
            record = decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            record = None
        if isinstance(record, dict):
            yield number, record
        else:
            shown = printable(text.decode(errors="surrogateescape"))
            yield number, Spoiled("bad_json", f"line {number}: not a JSON object; mend the file", shown)
