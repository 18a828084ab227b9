"""A batch of rows, by column or by row, each with its place in the file."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol, Self

BATCH = 20_000
"""Rows in a batch: enough that a commit per batch costs little, few enough to keep in memory several times."""


class Spoiled(NamedTuple):
    """A record that could not be split into fields: why, and its text as it stood."""

    code: str
    reason: str
    text: str


class Rows(Protocol):
    """Some rows in order.

    positions: Of each row in its file, counted from 1: lines of a text, rows of a Parquet file.
    spoiled: By index, the rows that hold no values; their columns are None.
    """

    positions: list[int]
    spoiled: dict[int, Spoiled]

    def __len__(self) -> int:
        """Return how many rows these are."""
        ...

    def column(self, name: str) -> list[Any]:
        """Return one column; None where a row does not have it."""
        ...

    def pick(self, name: str, indices: Sequence[int]) -> list[Any]:
        """Return one column at some rows."""
        ...

    def row(self, index: int) -> dict[str, Any]:
        """Return one row's values by column."""
        ...

    def part(self, start: int, stop: int) -> Self:
        """Return some of the rows."""
        ...

    def joined(self, later: Self) -> Self:
        """Return these rows and later ones."""
        ...


class Fields:
    """Rows of a delimited text: lists of fields under one header."""

    def __init__(self, header: Mapping[str, int], records: list[Any], positions: list[int]) -> None:
        self.positions = positions
        self.spoiled = {i: record for i, record in enumerate(records) if type(record) is Spoiled}
        self._header = header
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    def column(self, name: str) -> list[Any]:
        """Return one column."""
        place = self._header[name]
        if self.spoiled:
            return [None if type(record) is Spoiled else record[place] for record in self._records]
        return [record[place] for record in self._records]

    def pick(self, name: str, indices: Sequence[int]) -> list[Any]:
        """Return one column at some rows."""
        whole = self.column(name)
        return [whole[i] for i in indices]

    def row(self, index: int) -> dict[str, Any]:
        """Return one row's values by column."""
        return {name: self._records[index][place] for name, place in self._header.items()}

    def part(self, start: int, stop: int) -> "Fields":
        """Return some of the rows."""
        return Fields(self._header, self._records[start:stop], self.positions[start:stop])

    def joined(self, later: "Fields") -> "Fields":
        """Return these rows and later ones."""
        return Fields(self._header, self._records + later._records, self.positions + later.positions)


class Objects:
    """Rows that are objects of their own: JSON lines, and rows that wait in quarantine."""

    def __init__(self, records: list[Any], positions: list[int]) -> None:
        self.positions = positions
        self.spoiled = {i: record for i, record in enumerate(records) if type(record) is Spoiled}
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    def column(self, name: str) -> list[Any]:
        """Return one column; None where an object does not have it."""
        if self.spoiled:
            return [None if type(record) is Spoiled else record.get(name) for record in self._records]
        return [record.get(name) for record in self._records]

    def pick(self, name: str, indices: Sequence[int]) -> list[Any]:
        """Return one column at some rows."""
        whole = self.column(name)
        return [whole[i] for i in indices]

    def row(self, index: int) -> dict[str, Any]:
        """Return one object."""
        record: dict[str, Any] = self._records[index]
        return record

    def part(self, start: int, stop: int) -> "Objects":
        """Return some of the rows."""
        return Objects(self._records[start:stop], self.positions[start:stop])

    def joined(self, later: "Objects") -> "Objects":
        """Return these rows and later ones."""
        return Objects(self._records + later._records, self.positions + later.positions)


class Arrow:
    """Rows of an Arrow table; columns become Python values only when they are asked for."""

    def __init__(self, table: Any, positions: list[int]) -> None:
        self.positions = positions
        self.spoiled: dict[int, Spoiled] = {}
        self._table = table

    def __len__(self) -> int:
        return len(self.positions)

    def column(self, name: str) -> list[Any]:
        """Return one column; instants have microseconds, a day is its midnight without a zone."""
        return _values(self._table.column(name))

    def pick(self, name: str, indices: Sequence[int]) -> list[Any]:
        """Return one column at some rows."""
        return _values(self._table.column(name).take(list(indices)))

    def row(self, index: int) -> dict[str, Any]:
        """Return one row's values by column."""
        one = self._table.slice(index, 1)
        return {name: _values(one.column(name))[0] for name in one.column_names}

    def part(self, start: int, stop: int) -> "Arrow":
        """Return some of the rows."""
        return Arrow(self._table.slice(start, stop - start), self.positions[start:stop])

    def joined(self, later: "Arrow") -> "Arrow":
        """Return these rows and later ones."""
        import pyarrow as pa

        return Arrow(pa.concat_tables([self._table, later._table]), self.positions + later.positions)


def _values(column: Any) -> list[Any]:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    elif column.null_count == 0 and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        values: list[Any] = column.to_numpy().tolist()
        return values
    found: list[Any] = column.to_pylist()
    return [_midnight(value) for value in found] if pa.types.is_date(kind) else found


def _midnight(value: date | None) -> datetime | None:
    return None if value is None else datetime(value.year, value.month, value.day)  # noqa: DTZ001 (the mapping knows)
