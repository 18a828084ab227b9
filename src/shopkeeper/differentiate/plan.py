"""The plan of a fold: what every trait reads, compiled once for each version of the definitions.

Traits that read the same field of the same events share one stream and, where they have windows of one unit, one cell.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from shopkeeper.core.errors import BadInput
from shopkeeper.core.event import IDENTIFY, ORDER_COMPLETED, Line
from shopkeeper.core.instant import from_micros, micros, start_of_day
from shopkeeper.core.trait import Computed, Trait, TraitType, Value, Window
from shopkeeper.differentiate.cells import (
    ALL,
    ALWAYS,
    DAY,
    HOUR,
    MINUTE,
    BagCell,
    Cell,
    CountCell,
    EndsCell,
    Now,
    TallyCell,
)
from shopkeeper.differentiate.fields import Field, computed_field, computed_type, trait_field
from shopkeeper.differentiate.filters import Filter, compile_filter
from shopkeeper.differentiate.orders import Kept, Occurrence
from shopkeeper.differentiate.readings import reading

Rows = Sequence[Any]
Feeds = tuple[tuple[Any, ...], ...]
_EPOCH_DAY = 719_163
_UNITS = {"day": DAY, "hour": HOUR, "minute": MINUTE}
_MICROS = {HOUR: 3_600_000_000, MINUTE: 60_000_000}
_FAMILIES: Mapping[str, type[Cell]] = {
    "count": CountCell,
    **dict.fromkeys(("sum", "average"), TallyCell),
    **dict.fromkeys(("most_frequent", "unique_list", "unique_count", "min", "max"), BagCell),
    **dict.fromkeys(("first", "last"), EndsCell),
}


class Column:
    """One field of a stream; the field None stands for the row itself.

    Attributes:
        values: Takes the known values of an event's rows.
        feeds: How values become a part, and the cells that take it, by family.
    """

    __slots__ = ("feeds", "field", "values")

    def __init__(self, field: Field | None) -> None:
        self.field = field
        self.values = _extractor(field)
        self.feeds: list[tuple[Callable[[int, int, Rows], Any], list[Cell]]] = []

    def cells_of(self, family: type[Cell]) -> list[Cell]:
        """Return the cells of a family, none at first."""
        for part, cells in self.feeds:
            if part == family.part:
                return cells
        self.feeds.append((family.part, []))
        return self.feeds[-1][1]


class Stream:
    """The events of one name, or their lines, that a filter lets through."""

    __slots__ = ("columns", "each", "filter")

    def __init__(self, each: Literal["products"] | None, where: Filter | None) -> None:
        self.each = each
        self.filter = where
        self.columns: dict[Field | None, Column] = {}

    def rows(self, event: Occurrence) -> Rows:
        """Return the lines of an event, or the event alone, that count."""
        rows: Rows = event.lines if self.each else (event,)
        return rows if self.filter is None else self.filter.keep(event, rows)


class Reader(NamedTuple):
    """How one trait is read: which window of which cell, and what is made of its view.

    empty: Its value where nothing ever came.
    """

    cell: Cell
    place: int
    which: int
    unit: int
    value: Callable[[Any], Value]
    empty: Value


class Recipe(NamedTuple):
    """What one trait means: a stated or imported one is the last value of its property of `Identify`."""

    type: TraitType
    computed: Computed
    field: Field | None
    stream: Stream


class TraitPlan:
    """What a fold needs to know of the definitions.

    Attributes:
        streams: By the name of the event.
        feeds: The same, laid out for the fold: of each stream its rows, of each column its values, and the cells.
        changed: The traits that an event of a name may change.
        readers: By the name of the trait; predicted and personal traits have none.
        recipes: By the name of the trait; what the batch evaluator goes by.
        kept: The properties of an order that must stay known, in case that it is corrected.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.streams: dict[str, dict[tuple[Any, ...], Stream]] = {}
        self.feeds: dict[str, Feeds] = {}
        self.changed: dict[str, frozenset[str]] = {}
        self.readers: dict[str, Reader] = {}
        self.cells: list[Cell] = []
        self.recipes: dict[str, Recipe] = {}
        self.kept = Kept(frozenset(), frozenset(), frozenset({"total"}), frozenset())
        self._now: tuple[int | None, Now] = (None, (0, 0, 0, ALWAYS))

    def now(self, at: int) -> Now:
        """Return the numbers of the buckets that hold an instant in microseconds."""
        known, now = self._now
        if known != at:
            day = from_micros(at).astimezone(self.zone).toordinal() - _EPOCH_DAY
            now = (day, at // 3_600_000_000, at // 60_000_000, ALWAYS)
            self._now = (at, now)
        return now

    def bucket_start(self, unit: int, bucket: int) -> int:
        """Return the first microsecond of a bucket."""
        return _day_start(bucket, self.zone) if unit == DAY else bucket * _MICROS[unit]


def plan_traits(traits: Mapping[str, Trait], *, zone: ZoneInfo, digits: int) -> TraitPlan:
    """Compile the stated, imported and computed traits.

    Args:
        zone: The shop's zone, in which windows of days are counted.
        digits: Decimal places of the shop's currency, for amounts in filters.

    Raises: BadInput: a computed trait without sense; see `computed_type` and `compile_filter`.
    """
    plan = TraitPlan(zone)
    for name, trait in traits.items():
        if trait.personal or trait.source == "predicted":
            continue
        try:
            _add(plan, trait, digits)
        except BadInput as bad:
            raise BadInput(f"traits.yaml: {name}: {bad}") from None
    plan.feeds = {name: tuple(map(_feeds, streams.values())) for name, streams in plan.streams.items()}
    plan.kept = _kept(plan)
    return plan


def _feeds(stream: Stream) -> tuple[Any, ...]:
    return stream.rows, tuple((column.values, tuple(column.feeds)) for column in stream.columns.values())


def _add(plan: TraitPlan, trait: Trait, digits: int) -> None:
    if trait.name == "customer":
        raise BadInput("a reserved name: tables of traits have a column `customer`")
    computed = trait.computed
    if computed is None:
        if trait.source == "computed":
            raise BadInput("a computed trait that does not say how it is computed")
        computed = Computed(kind="last", of=IDENTIFY, field=trait.name)
        field: Field | None = trait_field(trait)
    else:
        computed_type(computed, declared=trait.type)
        field = computed_field(computed, trait.type)
    stream = _stream(plan, computed, digits)
    column = stream.columns.setdefault(field, Column(field))
    cell = _cell(plan, column, computed)
    which = _span(cell, computed.window)
    read = reading(computed, field)
    plan.readers[trait.name] = Reader(cell, cell.index, which, cell.unit, read, read(cell.nothing()))
    plan.recipes[trait.name] = Recipe(trait.type, computed, field, stream)
    plan.changed[computed.of] = plan.changed.get(computed.of, frozenset()) | {trait.name}


def _stream(plan: TraitPlan, computed: Computed, digits: int) -> Stream:
    key = (computed.each, computed.where)
    streams = plan.streams.setdefault(computed.of, {})
    if key not in streams:
        where = compile_filter(computed.where, computed.each, zone=plan.zone, digits=digits) if computed.where else None
        streams[key] = Stream(computed.each, where)
    return streams[key]


def _cell(plan: TraitPlan, column: Column, computed: Computed) -> Cell:
    family = _FAMILIES[computed.kind]
    unit = ALL if computed.window is None else _UNITS[computed.window.unit]
    cells = column.cells_of(family)
    for known in cells:
        if known.unit == unit:
            return known
    cell = family(len(plan.cells), unit, taken_back=computed.of == ORDER_COMPLETED)
    plan.cells.append(cell)
    cells.append(cell)
    return cell


def _span(cell: Cell, window: Window | None) -> int:
    span = 1 if window is None else window.n
    if span not in cell.spans:
        cell.spans.append(span)
    return cell.spans.index(span)


def _kept(plan: TraitPlan) -> Kept:
    names: dict[str, set[str]] = {"texts": set(), "numbers": set(), "money": {"total"}, "flags": set()}
    for stream in plan.streams.get(ORDER_COMPLETED, {}).values():
        fields = [field for field in stream.columns if field is not None]
        for field in [*fields, *(stream.filter.fields if stream.filter else ())]:
            if field.holder in names:
                names[field.holder].add(field.name)
    return Kept(**{holder: frozenset(found) for holder, found in names.items()})


def _extractor(field: Field | None) -> Callable[[Occurrence, Rows], Sequence[Any]]:
    if field is None:
        return lambda _, rows: rows
    name = field.name
    if field.holder == "line":
        of_line: Callable[[Line], Any] = attrgetter(name)
        return lambda _, rows: [value for value in map(of_line, rows) if value is not None]
    if field.holder == "event":
        of_event: Callable[[Occurrence], Any] = attrgetter("at" if name == "timestamp" else name)
    else:
        held = attrgetter(field.holder)

        def of_event(event: Occurrence) -> Any:
            return held(event).get(name)

    def values(event: Occurrence, rows: Rows) -> Sequence[Any]:
        value = of_event(event)
        return () if value is None else (value,) * len(rows)

    return values


@lru_cache(maxsize=4096)
def _day_start(day: int, zone: ZoneInfo) -> int:
    return micros(start_of_day(date.fromordinal(day + _EPOCH_DAY), zone))
