"""Traits in batch: what the fold says of one customer, for everybody at once, as Ibis expressions over the lake.

The equal of `differentiate.fold` at a log position and an instant: docs/reference/traits.md is the meaning of both.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import cast

import ibis
from ibis import _
from ibis.expr.types import BooleanValue, IntegerValue, Table, Value

from shopkeeper.core.event import ORDER_COMPLETED, SCALE
from shopkeeper.core.predicate import Moment
from shopkeeper.core.predicate.tree import ValueType
from shopkeeper.core.trait import TraitType, Window
from shopkeeper.differentiate.cells import DAY, HOUR, MINUTE
from shopkeeper.differentiate.exact import GREATEST, LEAST
from shopkeeper.differentiate.fields import Field
from shopkeeper.differentiate.plan import Recipe, Stream, TraitPlan
from shopkeeper.engines.net_orders import NetOrders, cut
from shopkeeper.engines.predicates import COLUMN_TYPES, ibis_predicate

_UNITS = {"day": DAY, "hour": HOUR, "minute": MINUTE}
_MICROS = {"hour": 3_600_000_000, "minute": 60_000_000}


def trait_table(plan: TraitPlan, events: Table, lines: Table, *, moment: Moment, upto: int) -> Table:
    """Compute every stated, imported and computed trait of every customer who has an event.

    Args:
        events, lines: The lake's tables.
        moment: What `now()` means.
        upto: The log position: events with a higher number are not looked at.

    Returns: One row a customer: `customer`, and a column for each trait, typed as `predicates.COLUMN_TYPES` says.
    """
    events, lines = events.filter(events.seq <= upto), lines.filter(lines.seq <= upto)
    log = _Log(events, lines)
    parts: list[Table] = []
    for name, streams in plan.streams.items():
        for stream in streams.values():
            recipes = {trait: recipe for trait, recipe in plan.recipes.items() if recipe.stream is stream}
            parts.extend(_Rows(log.rows(name, stream), recipes, moment, plan).parts())
    table = events.select("customer").distinct()
    for i, part in enumerate(parts):  # keys of different names keep this one flat join, however many the parts
        table = table.left_join(part.rename({f"sk__key{i}": "customer"}), [("customer", f"sk__key{i}")])
    return table.select("customer", **{name: _finished(table[name], recipe) for name, recipe in plan.recipes.items()})


class _Log:
    """The events and lines that streams read, orders net of corrections.

    Own columns begin with `sk__`, so that a property of any name can stand beside them for a filter.
    """

    def __init__(self, events: Table, lines: Table) -> None:
        self._events = events
        self._lines = lines
        self._orders = NetOrders(events, lines)

    def rows(self, name: str, stream: Stream) -> Table:
        """Return what a stream lets through: customer, at, day, place in the order of rows, and a column a field."""
        fields = {_column(field): field for field in stream.columns if field is not None}
        asked = {f"sk__w_{field.name}": field for field in (stream.filter.fields if stream.filter else ())}
        every = {**fields, **asked}
        table = self._lines_of(name, every) if stream.each else self._events_of(name, every)
        table = table.select(
            sk__customer=table.customer,
            sk__at=table.at_us,
            sk__day=table.local_day,
            sk__seq=table.seq,
            sk__position=table.position if stream.each else ibis.literal(0),
            **{column: _raw(table, field) for column, field in every.items()},
        )
        return _filtered(table, stream) if stream.filter else table

    def _events_of(self, name: str, fields: Mapping[str, Field]) -> Table:
        if name == ORDER_COMPLETED:
            return self._orders.events({field.name for field in fields.values() if field.holder == "money"})
        return _with_money(self._events.filter(_.name == name), fields.values())

    def _lines_of(self, name: str, fields: Mapping[str, Field]) -> Table:
        if name == ORDER_COMPLETED:
            lines = self._orders.lines()
        else:
            lines = self._lines.filter(_.name == name).mutate(margin=_.amount - _.cost)
        if all(field.holder in {"line", "event"} for field in fields.values()):
            return lines
        said = self._events_of(name, fields)
        kept = [column for column in said.columns if column.startswith("money_") or column in _MAPS]
        return lines.inner_join(said.select("seq", *kept), "seq")


_MAPS = frozenset({"texts", "numbers", "flags"})


class _Rows:
    """The rows of one stream and the traits that are made of them."""

    def __init__(self, rows: Table, recipes: Mapping[str, Recipe], moment: Moment, plan: TraitPlan) -> None:
        self._recipes = recipes
        self._now = plan.now(moment.micros)
        if any(recipe.computed.kind in {"first", "last"} for recipe in recipes.values()):
            order = [rows.sk__at, rows.sk__seq, rows.sk__position]
            rows = rows.mutate(sk__nth=ibis.row_number().over(group_by=rows.sk__customer, order_by=order))
        self._rows = rows

    def parts(self) -> Iterable[Table]:
        """Return tables of a `customer` and some traits."""
        plain = {name: recipe for name, recipe in self._recipes.items() if recipe.computed.kind != "most_frequent"}
        if plain:
            made = {name: self._made(recipe) for name, recipe in plain.items()}
            yield self._rows.group_by(customer="sk__customer").aggregate(**made)
        for name, recipe in self._recipes.items():
            if name not in plain:
                yield self._most_frequent(name, recipe)

    def _made(self, recipe: Recipe) -> Value:
        inside = self._inside(recipe.computed.window)
        if recipe.field is None:
            return self._rows.count(where=inside)
        value = self._rows[_column(recipe.field)]
        known = value.notnull() & inside
        match recipe.computed.kind:
            case "first":
                return value.argmin(self._rows.sk__nth, where=known)
            case "last":
                return value.argmax(self._rows.sk__nth, where=known)
            case "average":
                return _average(value.sum(where=known), value.count(where=known), recipe.field)
            case "unique_list":
                return value.collect(where=known, distinct=True).sort()
            case "unique_count":
                return value.nunique(where=known)
            case kind:
                reduce: Callable[..., Value] = getattr(value, kind)
                return reduce(where=known)

    def _most_frequent(self, name: str, recipe: Recipe) -> Table:
        assert recipe.field is not None  # noqa: S101 (computed_field refuses it)
        value = self._rows[_column(recipe.field)]
        counted = self._rows.filter(value.notnull() & self._inside(recipe.computed.window))
        counted = counted.group_by(customer="sk__customer", sk__value=_column(recipe.field)).aggregate(sk__n=_.count())
        counted = counted.filter(counted.sk__n >= recipe.computed.at_least)
        order = [counted.sk__n.desc(), counted.sk__value.asc()]
        nth = ibis.row_number().over(group_by=counted.customer, order_by=order)
        return counted.mutate(sk__nth=nth).filter(_.sk__nth == 0).select("customer", **{name: _.sk__value})

    def _inside(self, window: Window | None) -> BooleanValue:
        if window is None:
            return ibis.literal(True)
        hi = self._now[_UNITS[window.unit]]
        lo = hi - window.n + 1
        if window.unit == "day":
            return self._rows.sk__day.between(lo, hi)
        size = _MICROS[window.unit]
        return (self._rows.sk__at >= lo * size) & (self._rows.sk__at < (hi + 1) * size)


def _column(field: Field) -> str:
    return f"sk__{field.holder}_{field.type}_{field.name}"


def _raw(table: Table, field: Field) -> Value:
    if field.holder in {"texts", "numbers", "flags"}:
        return table[field.holder][field.name]
    if field.holder == "money":
        return table[f"money_{field.name}"]
    return table["at_us" if field.name == "timestamp" and field.holder == "event" else field.name]


def _with_money(events: Table, fields: Iterable[Field]) -> Table:
    names = sorted({field.name for field in fields if field.holder == "money"})
    return events.mutate(**{f"money_{name}": events.money[name] for name in names})


def _filtered(rows: Table, stream: Stream) -> Table:
    assert stream.filter is not None  # noqa: S101 (the caller looked)
    seen = {}
    for field in stream.filter.fields:
        raw = rows[f"sk__w_{field.name}"]
        seen[field.name] = raw.cast("float64") / float(SCALE) if field.scaled else raw
    table = rows.mutate(**seen)
    passes = ibis_predicate(stream.filter.predicate, table, stream.filter.moment)
    return table.filter(passes).drop(*seen)


def _average(total: Value, n: Value, field: Field) -> Value:
    if field.type == TraitType.MONEY:
        return half_even(_saturated(total), n.nullif(0))
    return total.cast("float64") / (n.nullif(0) * (SCALE if field.scaled else 1)).cast("float64")


def _saturated(total: Value) -> IntegerValue:
    """Keep a known sum within 64 bits; DuckDB sums in 128, and one customer's would be an error for everybody."""
    bounded = ibis.least(ibis.greatest(total, ibis.literal(LEAST)), ibis.literal(GREATEST))
    return cast("IntegerValue", bounded.cast("int64"))


def half_even(total: IntegerValue, n: IntegerValue) -> IntegerValue:
    """Divide integers, n > 0, and round half to the even neighbour."""
    size = ibis.ifelse(total < 0, -total, total)
    quotient, rest = cut(size, n), size % n
    up = (rest * 2 > n) | ((rest * 2 == n) & (quotient % 2 == 1))
    rounded = ibis.ifelse(up, quotient + 1, quotient)
    return ibis.ifelse(total < 0, -rounded, rounded)


def _finished(value: Value, recipe: Recipe) -> Value:
    kind, field = recipe.computed.kind, recipe.field
    if kind in {"count", "sum", "unique_count"}:
        value = value.fill_null(0)
    if kind == "sum" and field is not None and field.type != TraitType.NUMBER:
        value = _saturated(value)
    if kind == "unique_list":
        value = ibis.coalesce(value, ibis.literal([], type="array<string>"))
    elif field is not None and field.scaled and kind not in {"average", "unique_count"}:
        value = _unscaled(value, recipe.type)
    return value.cast(COLUMN_TYPES[ValueType(recipe.type)])


def _unscaled(value: Value, kind: TraitType) -> Value:
    if kind == TraitType.INTEGER:
        return half_even(value.cast("int64"), ibis.literal(SCALE))
    return value.cast("float64") / float(SCALE)
