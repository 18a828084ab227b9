"""The guess at a whole table: how it is written, what it is, which column is which field, and the mapping of that."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput
from shopkeeper.engines.tables.opening import open_table
from shopkeeper.engines.tables.rows import Rows
from shopkeeper.engines.tables.sniffing import ENCODINGS, Sniffed, sniff
from shopkeeper.flows.importing.guessing.assigning import Column
from shopkeeper.flows.importing.guessing.drafting import draft_mapping, option_of
from shopkeeper.flows.importing.guessing.fields import FIELDS, FREE, LABELS
from shopkeeper.flows.importing.guessing.kinds import Weighed, weigh_kinds
from shopkeeper.flows.importing.guessing.values import Values, decimal_of, form_in_words, look, other_way
from shopkeeper.flows.importing.guessing.words import snake
from shopkeeper.flows.importing.reading import as_word
from shopkeeper.flows.importing.writing import write_mapping

LOOKED_AT = 5_000
"""Rows whose values are looked at."""
SAMPLES = 4
_LONG = 60


class ColumnGuess(msgspec.Struct, frozen=True, kw_only=True):
    """One column.

    key: A name for it where it is kept under one of its own. type: What its values are, in words. samples: Some values,
    none for who may not see them. empty: Share of rows without a value, 0 to 1. field: What it is guessed to be, as a
    mapping says it (`order_id`, `customer.user_id`), or empty where it is left out. confidence: 0 to 1.
    """

    name: str
    key: str
    type: str
    samples: tuple[str, ...]
    empty: float
    field: str
    confidence: float
    why: str


class FieldChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A field that a column may be given: `several` columns may be, or one that is `required`.

    A field that ends in `.*` takes any column, under the column's `key`.
    """

    field: str
    label: str
    required: bool
    several: bool


class KindChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of table that it may be, how well it fits (0 to 1), why, and its fields."""

    kind: str
    label: str
    confidence: float
    evidence: str
    fields: tuple[FieldChoice, ...]


class WritingChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A way to write something: `value` as a mapping says it, and what that means."""

    value: str
    label: str


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """What a file seems to be; every part of it may be corrected.

    rows: About how many there are, None where that is not known. written: How the file is written, in words.
    warnings: What somebody should look at. kinds: All kinds, the best first. dates: How instants are written, and how
    they may be meant as well, for the mapping's `dates`; none where they are ISO 8601. encodings: That a text may
    have, none for other files. purposes: Those that a customer can say yes or no to. mapping: As a mapping file says
    it; yaml: the very text of that file.
    """

    rows: int | None
    written: tuple[str, ...]
    warnings: tuple[str, ...]
    kind: str
    kinds: tuple[KindChoice, ...]
    columns: tuple[ColumnGuess, ...]
    dates: tuple[WritingChoice, ...]
    encodings: tuple[WritingChoice, ...]
    purposes: tuple[str, ...]
    mapping: dict[str, Any]
    yaml: str


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody knows better than the guess; None: nothing."""

    kind: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: int | None = None


def guess(
    path: Path,
    definitions: Definitions,
    *,
    now: datetime,
    name: str = "",
    wishes: Wishes | None = None,
    personal: bool = True,
) -> Guess:
    """Guess what a file is; reads all of it once, and the values of its first rows.

    Args:
        name: The file's name for people, where it lies under another.
        personal: Whether values may be shown.

    Raises: BadInput: it is empty, damaged or no table.
    """
    wish = wishes or Wishes()
    called = name or path.name
    if wish.kind is not None and wish.kind not in FIELDS:
        raise BadInput(f"kind == {wish.kind!r}, must be one of {', '.join(FIELDS)}")
    sniffed = sniff(path, called, encoding=wish.encoding, delimiter=wish.delimiter)
    if wish.header is not None:
        sniffed = sniffed._replace(header=wish.header)
    names, rows = _read(path, sniffed, called)
    american = definitions.shop.time_zone.startswith("America/")
    below = rows.part(1, len(rows)) if sniffed.units and len(rows) > 1 else rows
    columns = [Column(column, look(below.column(column), month_first=american)) for column in names]
    weighed = weigh_kinds(columns)
    best = next((one for one in weighed if one.kind == wish.kind), weighed[0])
    fields = _fields(best, columns, definitions)
    decimal = decimal_of(column.values for column in columns)
    mapping = draft_mapping(best.kind, fields, columns, sniffed, definitions, decimal=decimal, now=now, name=called)
    return Guess(
        rows=sniffed.rows,
        written=_written(sniffed, decimal),
        warnings=(*sniffed.warnings, *_warnings(columns, best, definitions, len(rows))),
        kind=best.kind,
        kinds=tuple(_choice(one, definitions) for one in weighed),
        columns=tuple(_column(i, columns, rows, best, fields, personal=personal) for i in range(len(columns))),
        dates=_dates(columns),
        encodings=_encodings() if sniffed.suffix == ".csv" else (),
        purposes=tuple(name for name, one in definitions.shop.purposes.items() if one.basis != "contract"),
        mapping=mapping,
        yaml=write_mapping(mapping),
    )


def _read(path: Path, sniffed: Sniffed, called: str) -> tuple[Sequence[str], Rows]:
    encoding = sniffed.encoding or "utf-8"
    table = open_table(path, delimiter=sniffed.delimiter, encoding=encoding, header=sniffed.header)
    for rows in table.batches():
        return table.names, rows.part(0, min(len(rows), LOOKED_AT))
    raise BadInput(f"{called}: has names of columns and no rows")


def _fields(best: Weighed, columns: Sequence[Column], definitions: Definitions) -> dict[int, str]:
    """Name each column's field as a mapping has it; what is no field of the kind is kept where that costs nothing."""
    kinds = list(definitions.shop.identifiers)
    found: dict[int, str] = {}
    for place, one in best.columns.items():
        mail = columns[place].values.kind == "email" and "email" in kinds
        who = "email" if mail else next((kind for kind in kinds if kind != "email"), "user_id")
        found[place] = f"customer.{who}" if one.field.name == "customer" else one.field.name
    for place, column in enumerate(columns):
        if place not in found and column.values.kind != "empty" and best.kind in {"customers", "events"}:
            found[place] = option_of(best.kind, column)
    return found


def _column(
    place: int, columns: Sequence[Column], rows: Rows, best: Weighed, fields: Mapping[int, str], *, personal: bool
) -> ColumnGuess:
    column = columns[place]
    assigned = best.columns.get(place)
    field = fields.get(place, "")
    kept = "kept under its own name" if field else "not one of the fields of this kind; left out"
    return ColumnGuess(
        name=column.name,
        key=snake(column.name) or f"column_{place + 1}",
        type=_type(column.values),
        samples=_samples(rows.column(column.name)) if personal else (),
        empty=round(column.values.empty / max(column.values.n, 1), 4),
        field=field,
        confidence=assigned.confidence if assigned else 0.0,
        why=assigned.why if assigned else kept,
    )


def _samples(values: Sequence[Any]) -> tuple[str, ...]:
    words = (str(as_word(value)).strip() for value in values[:500] if value is not None)
    texts = dict.fromkeys(filter(None, words))
    return tuple(text if len(text) <= _LONG else f"{text[:_LONG]}…" for text in list(texts)[:SAMPLES])


def _type(values: Values) -> str:
    if values.kind == "instant":
        return f"dates, {' or '.join(map(form_in_words, values.forms))}" if values.forms else "dates, year first"
    words = {"whole": "whole numbers", "flag": "yes or no", "email": "e-mail addresses", "empty": "nothing"}
    if values.kind == "number" and "plain" not in values.marks:
        return "numbers with a comma" if "," in values.marks else "numbers with thousands"
    return words.get(values.kind, f"{values.kind}s")


def _choice(one: Weighed, definitions: Definitions) -> KindChoice:
    fields: list[FieldChoice] = []
    for field in FIELDS[one.kind]:
        named = [field.name]
        if field.name == "customer":
            named = [f"customer.{kind}" for kind in definitions.shop.identifiers]
        fields += [
            FieldChoice(
                field=name,
                label=f"{field.label} ({name.partition('.')[2]})" if "." in name else field.label,
                required=field.required and len(named) == 1 and field.name not in {"amount", "price"},
                several=field.several,
            )
            for name in named
        ]
    fields += [
        FieldChoice(field=f"{name}.*", label=label, required=False, several=True) for name, label in FREE[one.kind]
    ]
    return KindChoice(
        kind=one.kind, label=LABELS[one.kind], confidence=one.confidence, evidence=one.evidence, fields=tuple(fields)
    )


def _dates(columns: Sequence[Column]) -> tuple[WritingChoice, ...]:
    forms = dict.fromkeys(form for column in columns for form in column.values.forms)
    both = dict.fromkeys(way for form in forms for way in (form, other_way(form)))
    return tuple(WritingChoice(value=form, label=form_in_words(form)) for form in both)


def _encodings() -> tuple[WritingChoice, ...]:
    return tuple(WritingChoice(value=value, label=label) for value, label in ENCODINGS.items())


def _written(sniffed: Sniffed, decimal: str | None) -> tuple[str, ...]:
    marks = {",": "decimals after a comma", ".": "decimals after a point, with thousands or a currency"}
    return (*sniffed.why, *([marks[decimal]] if decimal else []))


def _warnings(columns: Sequence[Column], best: Weighed, definitions: Definitions, looked_at: int) -> list[str]:
    found = []
    for place, one in best.columns.items():
        values = columns[place].values
        if one.field.kinds == frozenset({"instant"}) and values.ambiguous:
            found.append(
                f"“{columns[place].name}”: day and month could be the other way round; it is read as "
                f"{form_in_words(values.forms[0])}. Change it below if that is wrong."
            )
        if one.field.kinds == frozenset({"instant"}) and values.kind == "instant" and not values.zoned:
            found.append(
                f"“{columns[place].name}” names no time zone; it is read as {definitions.shop.time_zone}, the shop's."
            )
    missing = [field.label.lower() for field in FIELDS[best.kind] if field.required]
    named = {one.field.label.lower() for one in best.columns.values()}
    lacking = [label for label in missing if label not in named and label != "paid for the line"]
    if lacking:
        found.append(
            f"No column was found for: {', '.join(lacking)}. Choose it below, or choose another kind of table."
        )
    if looked_at < 2:
        found.append("There is one row only.")
    return found
