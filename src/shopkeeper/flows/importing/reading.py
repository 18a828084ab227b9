"""Columns as a mapping reads them: typed value by value, with what is wrong kept by row."""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from shopkeeper.core.definitions import Definitions, Shop
from shopkeeper.core.event import Event
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.item import Item, Place, Stock
from shopkeeper.core.money import digits
from shopkeeper.core.offer import Offer
from shopkeeper.engines.tables.rows import Rows
from shopkeeper.flows.door.canonical import Draft
from shopkeeper.flows.door.reading import (
    Refusal,
    read_instant,
    read_minor,
    read_money,
    read_number,
    read_quantity,
    read_text,
)
from shopkeeper.flows.importing.mapping import Mapping
from shopkeeper.identify.names import usable_names

T = TypeVar("T")
Quantity = tuple[int, Decimal]
_ONE: Quantity = (1, Decimal(1))
Thing = Draft | Item | Place | Stock | Offer


class Reading(NamedTuple):
    """What the rows [start, stop) of a batch make together; `at` is the row to name where they are refused."""

    start: int
    stop: int
    what: Thing | Refusal
    at: int


class Terms(NamedTuple):
    """What a batch is read by."""

    definitions: Definitions
    now: datetime

    @property
    def currency(self) -> str:
        """The shop's currency."""
        return self.definitions.shop.currency


class Batch:
    """A batch's columns; `bad` keeps the first thing wrong with each row."""

    def __init__(self, rows: Rows, mapping: Mapping, terms: Terms) -> None:
        self.rows = rows
        self.n = len(rows)
        self.mapping = mapping
        self.terms = terms
        self.empty = frozenset(mapping.empty)
        self.bad: dict[int, Refusal] = {i: Refusal(spoiled.code, spoiled.reason) for i, spoiled in rows.spoiled.items()}

    def raw(self, column: str) -> list[Any]:
        """Return a column as it came, but None for what the mapping calls empty."""
        return _by_value(self.rows.column(column), self.filled)

    def filled(self, value: Any) -> Any:
        """Return a value, or None for what the mapping calls empty."""
        return None if isinstance(value, str) and value.strip() in self.empty else value

    def read(self, column: str | None, reader: Callable[[Any], T]) -> list[T | None]:
        """Read a column; None where a row has no value, or one that is refused."""
        if column is None:
            return [None] * self.n
        values = self.rows.column(column)
        try:
            return _by_value(values, lambda value: self._read(value, reader))
        except Refusal:
            return [self._one(i, value, reader) for i, value in enumerate(values)]

    def _read(self, value: Any, reader: Callable[[Any], T]) -> T | None:
        value = self.filled(value)
        return None if value is None else reader(value)

    def _one(self, index: int, value: Any, reader: Callable[[Any], T]) -> T | None:
        try:
            return self._read(value, reader)
        except Refusal as refusal:
            self.bad.setdefault(index, refusal)
            return None

    def require(self, values: Sequence[T | None], code: str, field: str) -> None:
        """Refuse the rows that have no value."""
        if None not in values:
            return
        for i, value in enumerate(values):
            if value is None and i not in self.bad:
                self.bad[i] = Refusal(code, f"{field}: has no value, and must have one")

    def texts(self, column: str | None) -> list[str | None]:
        """Read a column of ids or short texts."""
        return self.read(column, lambda value: read_text(value, f"column {column}"))

    def words(self, column: str | None) -> list[str | None]:
        """Read a column of short texts, or of JSON's true and false, by these words."""
        return self.read(column, lambda value: read_text(as_word(value), f"column {column}"))

    def money(self, column: str | None) -> list[int | None]:
        """Read a column of amounts, in minor units once read."""
        field = f"column {column}"
        if self.mapping.money == "minor":
            return self.read(column, lambda value: read_minor(self.pointed(value, field), field))
        currency = self.terms.currency
        return self.read(column, lambda value: read_money(self.pointed(value, field), field, currency))

    def pointed(self, value: Any, field: str, code: str = "bad_amount") -> Any:
        """Write a number with a decimal point, as the mapping says how it came. Raises: Refusal."""
        if self.mapping.decimal is None or not isinstance(value, str):
            return value
        return with_point(value, field, self.mapping.decimal, code)

    def quantities(self, column: str | None) -> list[Quantity]:
        """Read a column of quantities as (pieces, exact); a row without one is of one piece."""
        field = f"column {column}"
        found = self.read(column, lambda value: read_quantity(self.pointed(value, field, "bad_quantity"), field))
        return [_ONE if quantity is None else quantity for quantity in found]

    def prices(self, column: str) -> list[Decimal | None]:
        """Read a column of prices of one piece, exact, in major units."""
        places = -digits(self.terms.currency) if self.mapping.money == "minor" else 0
        field = f"column {column}"

        def price(value: Any) -> Decimal:
            return read_number(self.pointed(value, field), field, code="bad_amount").scaleb(places)

        return self.read(column, price)

    def plain(self, column: str) -> list[Any]:
        """Read a column as JSON's values; an instant by its text, other kinds by theirs."""
        return [as_plain(value) for value in self.raw(column)]

    def instants(self, column: str | None, *, bounded: bool = True) -> list[datetime | None]:
        """Read a column of instants; `bounded` ones have been."""
        return self.read(column, lambda value: self.instant(value, f"column {column}", bounded=bounded))

    def all_of(self, as_of: str) -> list[datetime | None]:
        """Return the one instant of all rows, bounded as that of a column is."""
        try:
            return [read_instant(as_of, "as_of", now=self.terms.now, naive=self.mapping.naive)] * self.n
        except Refusal as refusal:
            self.bad = dict.fromkeys(range(self.n), refusal) | self.bad
            return [None] * self.n

    def instant(self, value: Any, field: str, *, bounded: bool = True) -> datetime:
        """Read one instant. Raises: Refusal."""
        now = self.terms.now if bounded else self.terms.now.replace(year=9000)
        if isinstance(value, str) and self.mapping.dates:
            value = _read_form(value.strip(), field, self.mapping.date_forms)
        return read_instant(value, field, now=now, naive=self.mapping.naive)

    def titles(self, columns: str | tuple[str, ...]) -> list[str]:
        """Join columns to a title."""
        parts = [self.texts(column) for column in ([columns] if isinstance(columns, str) else columns)]
        return [" ".join(filter(None, words)) for words in zip(*parts, strict=True)] if parts else [""] * self.n

    def attributes(self, columns: dict[str, str]) -> list[dict[str, str]]:
        """Read columns as attributes; a row has those with a value."""
        read = [(name, self.texts(column)) for name, column in columns.items()]
        return [{name: value for name, values in read if (value := values[i]) is not None} for i in range(self.n)]


_NUMBER = {
    mark: re.compile(
        rf"(?:[A-Z]{{3}}|[€$£¥])?\s*(?P<sign>[+-]?)\s*"
        rf"(?P<whole>\d{{1,3}}(?:[{thousands}'\u2019 \u00a0\u202f]\d{{3}})+|\d*)(?:\{mark}(?P<part>\d+))?"
        r"\s*(?:[A-Z]{3}|[€$£¥])?"
    )
    for mark, thousands in ((",", "."), (".", ","))
}


def with_point(value: str, field: str, decimal: str, code: str = "bad_amount") -> str:
    """Write `1.234,56 €` as `1234.56`. Raises: Refusal: it is no number whose decimals follow that mark."""
    found = _NUMBER[decimal].fullmatch(value.strip())
    if found is None or not (found["whole"] or found["part"]):
        raise Refusal(code, f"{field}: must be a number such as 12{decimal}50, as the mapping says")
    whole = "".join(filter(str.isdigit, found["whole"])) or "0"
    return f"{found['sign']}{whole}.{found['part'] or 0}"


def _read_form(text: str, field: str, forms: tuple[str, ...]) -> datetime:
    """Read an instant by the first form that fits, ISO 8601 too. Raises: Refusal."""
    for form in forms:
        with suppress(ValueError):
            return datetime.strptime(text, form)  # noqa: DTZ007 (the mapping knows the zone)
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    raise Refusal("bad_timestamp", f"{field}: not a date of the form {' or '.join(forms)}, as the mapping says")


def _by_value(values: list[Any], read: Callable[[Any], T]) -> list[T]:
    """Read each distinct value once: prices, products and customers repeat. Equal values of two types do not mix."""
    kinds = set(map(type, values)) - {type(None)}
    if len(kinds) != 1 or kinds & {list, dict}:
        return [read(value) for value in values]
    found = {value: read(value) for value in set(values)}
    return [found[value] for value in values]


def as_plain(value: Any) -> Any:
    """Keep JSON's values; write others, such as a Parquet file's instants and decimals, by their text."""
    if value is None or isinstance(value, str | int | float | list | dict):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def as_word(value: Any) -> Any:
    """Write true and false as JSON does, and not as Python; other values stay as they are."""
    return str(value).lower() if isinstance(value, bool) else value


def whose(claims: Iterable[tuple[str, str | None]], shop: Shop) -> tuple[Identifier, ...]:
    """Find the identifiers among some columns' values. Raises: Refusal: none is usable."""
    names = usable_names(claims, shop)
    if not names:
        raise Refusal("no_customer", "customer: no usable identifier, of a kind that shop.yaml declares")
    return names


class Reader:
    """Reads batches of one kind of table."""

    def __init__(self, mapping: Any, terms: Terms) -> None:
        self.mapping = mapping
        self.terms = terms

    @property
    def shown(self) -> tuple[str, ...]:
        """The texts that customers saw of which the events carry only the hash."""
        return ()

    def items_named(self, rows: Rows) -> set[str]:  # noqa: ARG002 (most kinds name none)
        """Return the ids of the items whose taxonomy the rows want filled in."""
        return set()

    def readings(self, rows: Rows, items: dict[str, Item]) -> list[Reading]:
        """Read a batch; the readings cover every row once, in order."""
        raise NotImplementedError


def one_each(batch: Batch, make: Callable[[int], Thing]) -> list[Reading]:
    """Read each row by itself."""
    return [Reading(i, i + 1, _made(batch, i, make), i) for i in range(batch.n)]


def _made(batch: Batch, index: int, make: Callable[[int], Thing]) -> Thing | Refusal:
    if index in batch.bad:
        return batch.bad[index]
    try:
        return make(index)
    except Refusal as refusal:
        return refusal


def bare_event(batch: Batch, *, name: str, message_id: str, at: datetime) -> Event:
    """Start an event that a row makes."""
    return Event(
        source=batch.mapping.source,
        message_id=message_id,
        name=name,
        customer="",
        at=at,
        received_at=batch.terms.now,
    )
