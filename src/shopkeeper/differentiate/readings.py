"""Readings: what each kind of trait makes of what its window holds."""

from collections.abc import Callable
from typing import Any

from shopkeeper.core.event import SCALE
from shopkeeper.core.trait import Computed, TraitType, Value
from shopkeeper.differentiate.cells import BagView, TallyView
from shopkeeper.differentiate.exact import half_even, saturated, unscaled
from shopkeeper.differentiate.fields import Field


def reading(computed: Computed, field: Field | None) -> Callable[[Any], Value]:
    """Return how the value of a computed trait is read from the view of its window."""
    shown = _shown(field)
    match computed.kind:
        case "count":
            return lambda view: int(view.n)
        case "sum":
            return _sum(shown, field)
        case "average":
            return _average(field)
        case "min":
            return lambda view: shown(view.ends()[0])
        case "max":
            return lambda view: shown(view.ends()[1])
        case "first":
            return lambda view: None if view.first is None else shown(view.first[2])
        case "last":
            return lambda view: None if view.last is None else shown(view.last[3])
        case "unique_list":
            return lambda view: view.names()
        case "unique_count":
            return lambda view: len(view.counts)
        case _:
            return _most_frequent(shown, computed.at_least)


def _most_frequent(shown: Callable[[Any], Value], at_least: int) -> Callable[[BagView], Value]:
    def read(view: BagView) -> Value:
        best = view.best()
        return None if best is None or best[1] < at_least else shown(best[0])

    return read


def _sum(shown: Callable[[Any], Value], field: Field | None) -> Callable[[TallyView], Value]:
    if field is not None and field.type == TraitType.NUMBER:
        return lambda view: shown(view.total)
    return lambda view: shown(saturated(view.total))


def _average(field: Field | None) -> Callable[[TallyView], Value]:
    if field is not None and field.type == TraitType.MONEY:
        return lambda view: half_even(saturated(view.total), view.n) if view.n else None
    scale = SCALE if field is not None and field.scaled else 1
    return lambda view: float(view.total) / float(view.n * scale) if view.n else None


def _shown(field: Field | None) -> Callable[[Any], Value]:
    if field is None or not field.scaled:
        return lambda raw: raw
    if field.type == TraitType.INTEGER:
        return lambda raw: None if raw is None else half_even(raw, SCALE)
    return lambda raw: None if raw is None else unscaled(raw)
