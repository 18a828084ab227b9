"""Segments, live: which of them read a trait, and who enters and leaves when traits change or time passes."""

from collections.abc import Callable, Container, Iterable, Mapping
from typing import NamedTuple

from shopkeeper.core.predicate import Moment, Predicate, compile_predicate, flips_at, parse_predicate
from shopkeeper.core.predicate.tree import Compare, Now, TraitValue
from shopkeeper.core.trait import Segment, TraitType, Value

_DAY = 86_400_000_000
_SLACK = 26 * 3_600_000_000 + 1
"""Longer than any change of a zone's offset."""
_LENGTHS = {
    "minute": (60_000_000, 60_000_000, 1),
    "hour": (3_600_000_000, 3_600_000_000, 1),
    "day": (_DAY, _DAY, _SLACK),
    "week": (7 * _DAY, 7 * _DAY, _SLACK),
    "month": (28 * _DAY, 31 * _DAY, _SLACK),
    "year": (365 * _DAY, 366 * _DAY, _SLACK),
}
"""The least and greatest length of each unit, and how far clocks may be off, in microseconds."""


Clocks = tuple[tuple[str | None, int, int], ...]


class Shift(NamedTuple):
    """What changed.

    rechecks: For every segment that was looked at, no later than the instant (microseconds) at which time alone can
        change it, or None for never. It stands for customers outside the segment as well: they may enter.
    """

    entered: tuple[str, ...]
    left: tuple[str, ...]
    rechecks: dict[str, int | None]


class IndexedSegment(NamedTuple):
    """One segment, compiled.

    bits: The traits that it reads, as a set of bits.
    clocks: Of each comparison with now(): the trait, and the least and greatest distance from the trait's value to the
        instant at which the comparison changes; for something else than a trait, no name. None: now() is not read.
    """

    name: str
    passes: Callable[[Mapping[str, Value], Moment], bool | None]
    bits: int
    predicate: Predicate
    clocks: Clocks | None


class SegmentIndex:
    """From a trait to the segments that read it.

    Args:
        segments: By name.
        schema: The type of every trait that segments may read.
        digits: Decimal places of the shop's currency.

    Raises: BadInput: a predicate that cannot be read, or reads what is not there.
    """

    def __init__(self, segments: Mapping[str, Segment], schema: Mapping[str, TraitType], *, digits: int) -> None:
        self._segments: dict[str, IndexedSegment] = {}
        self._bits: dict[str, int] = {}
        for name, one in segments.items():
            predicate = parse_predicate(one.where, schema, place=f"segments.yaml: {name}.where", digits=digits)
            self._segments[name] = _indexed(name, predicate, sum(map(self._bit, predicate.reads)))
        self._touched: dict[frozenset[str], tuple[IndexedSegment, ...]] = {}
        self._needs: dict[frozenset[str], frozenset[str]] = {}

    def _bit(self, trait: str) -> int:
        return self._bits.setdefault(trait, 1 << len(self._bits))

    def touched(self, changed: frozenset[str] | None) -> tuple[IndexedSegment, ...]:
        """Return the segments that read one of the changed traits; None: all segments."""
        if changed is None:
            return tuple(self._segments.values())
        found = self._touched.get(changed)
        if found is None:
            segments = self._segments.values()
            found = tuple(one for one in segments if not one.predicate.reads.isdisjoint(changed))
            self._touched[changed] = found
        return found

    def needs(self, changed: frozenset[str] | None) -> frozenset[str]:
        """Return every trait that must be read to evaluate the segments that read one of the changed traits."""
        if changed is None:
            return frozenset().union(*(one.predicate.reads for one in self._segments.values()))
        if changed not in self._needs:
            self._needs[changed] = frozenset().union(*(one.predicate.reads for one in self.touched(changed)))
        return self._needs[changed]

    def ahead(self, changes: Mapping[str, int]) -> list[tuple[int, int]]:
        """Return the instants at which traits change, in order, each with its traits as bits."""
        groups: dict[int, int] = {}
        for trait, at in changes.items():
            groups[at] = groups.get(at, 0) | self._bits.get(trait, 0)
        return sorted(groups.items())

    def named(self, names: Iterable[str]) -> tuple[IndexedSegment, ...]:
        """Return some segments by name, those that there are."""
        return tuple(self._segments[name] for name in names if name in self._segments)


def changed_segments(
    index: SegmentIndex,
    changed: frozenset[str] | None,
    values: Mapping[str, Value],
    *,
    moment: Moment,
    current: Container[str],
    changes: Mapping[str, int],
    due: Iterable[str] = (),
) -> Shift:
    """Evaluate the segments that read a changed trait, and those that are due, and no others.

    Args:
        changed: The traits that changed, as `fold` returns them; None: evaluate all segments.
        values: At least the traits of `index.needs(changed)` and of the segments that are due.
        current: The segments that the customer is in.
        changes: When traits may change by time alone, as `fold.changes_at` says of the same traits.
        due: Segments whose recheck has come.
    """
    segments = index.touched(changed)
    if due:
        segments += tuple(one for one in index.named(due) if one not in segments)
    entered: list[str] = []
    left: list[str] = []
    rechecks: dict[str, int | None] = {}
    ahead = index.ahead(changes)
    for name, passes, bits, predicate, clocks in segments:
        if (passes(values, moment) is True) is not (name in current):
            (left if name in current else entered).append(name)
        at: int | None = None
        for soon, group in ahead:
            if bits & group:
                at = soon
                break
        if clocks is not None:
            at = _sooner(at, _flip(predicate, clocks, values, moment))
        rechecks[name] = at
    return Shift(tuple(entered), tuple(left), rechecks)


def _flip(predicate: Predicate, clocks: Clocks, values: Mapping[str, Value], moment: Moment) -> int | None:
    """Return a bound on when now() changes a segment: cheap while it lies days ahead, exact when it comes near."""
    now = moment.micros
    soonest: int | None = None
    for name, least, greatest in clocks:
        value = None if name is None else values.get(name)
        if name is None or (isinstance(value, int) and value + least <= now <= value + greatest):
            return flips_at(predicate, values, moment)
        if isinstance(value, int) and now < value + least:
            soonest = _sooner(soonest, value + least)
    return soonest


def _sooner(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _indexed(name: str, predicate: Predicate, bits: int) -> IndexedSegment:
    clocks = tuple(_clock(compare) for compare in predicate.clocks) or None
    return IndexedSegment(name, compile_predicate(predicate), bits, predicate, clocks)


def _clock(compare: Compare) -> tuple[str | None, int, int]:
    sides = (compare.left, compare.right)
    trait = next((side for side in sides if isinstance(side, TraitValue)), None)
    now = next((side for side in sides if isinstance(side, Now)), None)
    if trait is None or now is None:
        return None, 0, 0
    least, greatest, slack = _LENGTHS[now.unit]
    ends = (-now.n * least, -now.n * greatest)
    return trait.name, min(ends) - slack, max(ends) + slack
