"""Which column is which field: each pair weighed by header and values, then taken from the surest down."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from shopkeeper.flows.importing.guessing.fields import FIELDS, Field
from shopkeeper.flows.importing.guessing.values import Values
from shopkeeper.flows.importing.guessing.words import concepts

LEAST: Final = 0.4
"""Confidence from which a guess is made."""
_PLAIN: Final = 0.9
"""Confidence from which a header says plainly what a column is, so that it is nothing else."""
_MISFIT: Final = 0.25
"""What is left of a header's word where the values are of another kind."""
_KINDS: Final = {
    "whole": "whole numbers",
    "number": "numbers",
    "instant": "dates",
    "flag": "yes or no",
    "email": "e-mail addresses",
    "text": "texts",
    "empty": "nothing",
}


class Column(NamedTuple):
    """A column as it is looked at."""

    name: str
    values: Values


class Assignment(NamedTuple):
    """That a column is a field, with a confidence from 0 to 1, and why."""

    field: Field
    confidence: float
    why: str


def assign(kind: str, columns: Sequence[Column]) -> dict[int, Assignment]:
    """Assign columns to the fields of a kind, by their place in the table."""
    pairs = [
        (found.confidence, -i, found)
        for i, column in enumerate(columns)
        for field in FIELDS[kind]
        if (found := _weigh(kind, field, column)).confidence >= LEAST
    ]
    chosen: dict[int, Assignment] = {}
    taken: set[str] = set()
    for _, place, found in sorted(pairs, key=lambda pair: (-pair[0], -pair[1])):
        if -place not in chosen and (found.field.several or found.field.name not in taken):
            chosen[-place] = found
            taken.add(found.field.name)
    return _one_way_to_pay(chosen)


def _one_way_to_pay(chosen: dict[int, Assignment]) -> dict[int, Assignment]:
    """Leave out the price of a piece where there is what was paid for the line: a mapping takes one of the two."""
    names = {found.field.name for found in chosen.values()}
    if {"amount", "price"} <= names:
        return {place: found for place, found in chosen.items() if found.field.name != "price"}
    return chosen


def _weigh(kind: str, field: Field, column: Column) -> Assignment:
    """Say how sure it is that a column is a field."""
    values = column.values
    said = concepts(column.name)
    word = max(said.get(field.concept, 0.0), _bare_id(kind, field, said), _by_mail(field, said))
    fits = not field.kinds or values.kind in field.kinds
    sure, why = word, f"header “{column.name}”" if word else ""
    if word and not fits:
        sure, why = word * _MISFIT, f"{why}, but it holds {_KINDS[values.kind]}"
    elif not word:
        sure, why = (0.0, "") if max(said.values(), default=0) >= _PLAIN else _by_values(field, values)
    elif detail := _detail(field, values):
        sure, why = min(sure + 0.03, 0.98), f"{why}; {detail}"
    if values.kind == "empty":
        sure = 0.0
    return Assignment(field, round(sure, 2), why)


def _bare_id(kind: str, field: Field, said: Mapping[str, float]) -> float:
    """Take a bare `id` for what the rows of a table are."""
    own = {"items": "id", "places": "id", "offers": "id", "customers": "customer", "events": "message_id"}
    return 0.6 * said.get("id", 0.0) if own.get(kind) == field.name else 0.0


def _by_mail(field: Field, said: Mapping[str, float]) -> float:
    """Take an address for who it is, where no number says it."""
    return 0.7 * said.get("email", 0.0) if field.name == "customer" else 0.0


def _by_values(field: Field, values: Values) -> tuple[float, str]:
    if field.name == "timestamp" and values.kind == "instant":
        return 0.5, "it holds dates"
    if field.name == "customer" and values.kind == "email":
        return 0.5, "it holds e-mail addresses"
    return 0.0, ""


def _detail(field: Field, values: Values) -> str:
    """Say what speaks for a field besides the header."""
    share = f"{100 * values.unique:.0f} %"
    if field.name in {"customer", "id"}:
        return f"{share} are unique"
    if field.name == "order_id":
        return "rows of one order stand together" if values.repeats else f"{share} are unique"
    return f"it holds {_KINDS[values.kind]}" if field.kinds else ""
