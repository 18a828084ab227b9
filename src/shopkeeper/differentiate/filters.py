"""Filters: the `where` of a computed trait, over the fields of an event and of its lines."""

from collections.abc import Sequence
from itertools import product
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shopkeeper.core.errors import BadInput
from shopkeeper.core.predicate import Moment, Predicate, compile_predicate, parse_predicate
from shopkeeper.core.trait import TraitType, Value
from shopkeeper.differentiate.exact import unscaled
from shopkeeper.differentiate.fields import Field, OpenSchema, find_field
from shopkeeper.differentiate.orders import Occurrence

_IMPLIED = (TraitType.TEXT, TraitType.NUMBER, TraitType.BOOLEAN)
_MOST_PROPERTIES = 6


class Filter:
    """A compiled filter; rows for which it is not TRUE do not count."""

    __slots__ = ("_of_event", "_of_line", "_passes", "fields", "moment", "predicate")

    def __init__(self, predicate: Predicate, fields: Sequence[Field], *, zone: ZoneInfo) -> None:
        self.predicate = predicate
        self.fields = tuple(fields)
        self._passes = compile_predicate(predicate)
        self.moment = Moment(0, zone)
        self._of_line = tuple(field.name for field in fields if field.holder == "line")
        self._of_event = tuple(field for field in fields if field.holder != "line")

    def keep(self, event: Occurrence, rows: Sequence[Any]) -> Sequence[Any]:
        """Return the rows that count, of the lines of an event or of the event alone."""
        values: dict[str, Value] = {field.name: event_value(event, field) for field in self._of_event}
        if not self._of_line:
            return rows if self._passes(values, self.moment) else ()
        kept = []
        for line in rows:
            for name in self._of_line:
                values[name] = getattr(line, name)
            if self._passes(values, self.moment):
                kept.append(line)
        return kept


def compile_filter(where: str, each: Literal["products"] | None, *, zone: ZoneInfo, digits: int) -> Filter:
    """Compile a filter.

    A property that is not known by name is a text, or else a number, or else a boolean: the first with which the
    filter makes sense.

    Raises: BadInput: not a predicate, or one that depends on the time at which it is read.
    """
    predicate, implied = _parse(where, each, digits)
    if predicate.mentions_now:
        raise BadInput("where: now() has no place in the filter of a trait: use a window")
    fields = [find_field(name, each, implied.get(name, TraitType.TEXT)) for name in sorted(predicate.reads)]
    return Filter(predicate, fields, zone=zone)


def event_value(event: Occurrence, field: Field) -> Value:
    """Return the value of an event's field as predicates see it."""
    if field.holder == "event":
        value: Value = event.at if field.name == "timestamp" else getattr(event, field.name)
        return value
    raw: Any = getattr(event, field.holder).get(field.name)
    return unscaled(raw) if field.scaled and raw is not None else raw


def _parse(where: str, each: Literal["products"] | None, digits: int) -> tuple[Predicate, dict[str, TraitType]]:
    schema = OpenSchema(each, {})
    try:
        return parse_predicate(where, schema, place="where", digits=digits), {}
    except BadInput as bad:
        asked = sorted(schema.asked)
        if not asked or len(asked) > _MOST_PROPERTIES:
            raise
        first = bad
    for types in product(_IMPLIED, repeat=len(asked)):
        implied = dict(zip(asked, types, strict=True))
        try:
            return parse_predicate(where, OpenSchema(each, implied), place="where", digits=digits), implied
        except BadInput:
            continue
    raise first
