"""When a predicate can change by time passing alone, so that segment entry and exit happen then."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from zoneinfo import ZoneInfo

from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.predicate.compile import Evaluate, compile_expression
from shopkeeper.core.predicate.moment import Moment, shift
from shopkeeper.core.predicate.predicate import Predicate
from shopkeeper.core.predicate.tree import Compare, Comparison, Expression, Now, TraitValue
from shopkeeper.core.trait import Value

_MIRRORED: dict[Comparison, Comparison] = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMPARE: dict[Comparison, Callable[[int, int], bool]] = {"=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_QUARTER = 15 * 60_000_000
_DAY = 24 * 3_600_000_000
_SLACK = 26 * 3_600_000_000
"""Longer than any change of a zone's offset: one that skipped a whole day is the longest known."""


def flips_at(predicate: Predicate, values: Mapping[str, Value], moment: Moment) -> int | None:
    """Find the first instant after `moment` at which the predicate can change while its traits stay as they are.

    It is the earliest change of one of its comparisons with now(); the predicate as a whole may yet stay the same.
    Clocks are taken to change on whole quarters of an hour, as all zones have done since 1972.

    Returns: Microseconds since 1970 UTC, or None: time alone never changes it.
    """
    found = [change for clock in predicate.clocks if (change := _change(clock, values, moment)) is not None]
    return min(found, default=None)


def _change(clock: Compare, values: Mapping[str, Value], moment: Moment) -> int | None:
    op, other, now = clock.op, clock.left, clock.right
    if isinstance(other, Now):
        op, other, now = _MIRRORED[op], now, other
    fixed = values.get(other.name) if isinstance(other, TraitValue) else _evaluate(other)(values, moment)
    if not isinstance(fixed, int) or not isinstance(now, Now):
        return None
    try:
        return _Crossing(op, fixed, now, moment.zone).after(moment.micros)
    except OverflowError:  # outside the years 1 to 9999, which now() never meets
        return None


@lru_cache(maxsize=1024)
def _evaluate(other: Expression) -> Evaluate:
    return compile_expression(other)


class _Crossing:
    """When `fixed op now()+offset` changes.

    The moved now() mostly runs on with the clock; around changes of the zone's offset, and at the end of months, it
    jumps, also backwards. Far from `fixed` no jump matters; near it, each stretch between two borders is looked at.
    """

    def __init__(self, op: Comparison, fixed: int, now: Now, zone: ZoneInfo) -> None:
        self._compare = _COMPARE[op]
        self._fixed = fixed
        self._now = now
        self._zone = zone

    def after(self, at: int) -> int | None:
        """Return the first change after an instant."""
        n, unit = self._now.n, self._now.unit
        near = shift(self._fixed, self._zone, -n, unit)
        if unit in {"minute", "hour"}:
            return self._first((near, near + 1), at)
        months = unit in {"month", "year"}
        first, last = near - _SLACK, near + _SLACK + (4 * _DAY if months else 0)
        if at > last:
            return None
        steady = self._steady(first, last)
        if steady and not (months and self._day() > 27):
            return self._first((near, near + 1), at)
        return self._between(max(at, first), last, steady)

    def _first(self, candidates: tuple[int, int], at: int) -> int | None:
        held = self._holds(at)
        return next((change for change in candidates if change > at and self._holds(change) != held), None)

    def _between(self, at: int, last: int, steady: bool) -> int | None:
        """Search stretch by stretch from `at` until after `last`; in a stretch the moved now() runs with the clock."""
        moved = self._moved(at)
        held = self._compare(self._fixed, moved)
        for border in self._borders(at, last, steady):
            meets = self._fixed + at - moved
            for change in (meets, meets + 1):
                if at < change < border and self._compare(self._fixed, moved + change - at) != held:
                    return change
            at, moved = border, self._moved(border)
            if self._compare(self._fixed, moved) != held:
                return border
        return None

    def _borders(self, at: int, last: int, steady: bool) -> Iterator[int]:
        if not steady:
            yield from range(at - at % _QUARTER + _QUARTER, last + _QUARTER, _QUARTER)
            return
        day = from_micros(at).astimezone(self._zone).date()
        while (border := micros(datetime.combine(day + timedelta(days=1), time(), self._zone).astimezone(UTC))) <= last:
            day += timedelta(days=1)
            yield border

    def _steady(self, first: int, last: int) -> bool:
        """Whether the zone keeps its offset around the crossing and around what it is compared with."""
        spans = (first, last), (self._fixed - _SLACK - 4 * _DAY, self._fixed + _SLACK)
        return all(self._offset(begin) == self._offset(end) for begin, end in spans)

    def _offset(self, at: int) -> timedelta | None:
        return from_micros(at).astimezone(self._zone).utcoffset()

    def _day(self) -> int:
        return from_micros(self._fixed).astimezone(self._zone).day

    def _moved(self, at: int) -> int:
        return shift(at, self._zone, self._now.n, self._now.unit)

    def _holds(self, at: int) -> bool:
        return self._compare(self._fixed, self._moved(at))
