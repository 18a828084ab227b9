"""Segments, live: which of them read a trait, and who enters and leaves when traits change or time passes."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from shopkeeper.core.predicate import Moment, Predicate, compile_predicate, flips_at, parse_predicate
from shopkeeper.core.predicate.tree import Compare, Now, TraitValue
from shopkeeper.core.trait import Segment, TraitType, Value
from shopkeeper.differentiate.guards import GuardIndex

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


_MOST_GROUPS = 1024

Clocks = tuple[tuple[str | None, int, int], ...]


class Shift(NamedTuple):
    """What changed.

    rechecks: For every segment that was looked at and that the customer is in, no later than the instant
        (microseconds) at which time alone can change it, or None for never.
    outside: The same for all others that were looked at, the first of them: they may be entered.
    """

    entered: tuple[str, ...]
    left: tuple[str, ...]
    rechecks: dict[str, int | None]
    outside: int | None


class IndexedSegment(NamedTuple):
    """One segment, compiled.

    clocks: Of each comparison with now(): the trait, and the least and greatest distance from the trait's value to the
        instant at which the comparison changes; for something else than a trait, no name. Empty: now() is not read.
    """

    name: str
    predicate: Predicate
    passes: Callable[[Mapping[str, Value], Moment], bool | None]
    clocks: Clocks


class _Group:
    """Segments that are evaluated together, laid out for it: each has a bit."""

    def __init__(self, segments: Iterable[IndexedSegment]) -> None:
        self.segments = tuple(segments)
        self.names = frozenset(one.name for one in self.segments)
        self.clocked = tuple(one for one in self.segments if one.clocks)
        self.needs: frozenset[str] = frozenset().union(*(one.predicate.reads for one in self.segments))
        self._guards = GuardIndex([one.predicate.tree for one in self.segments])
        self._readers: dict[str, int] = dict.fromkeys(self.needs, 0)
        for place, one in enumerate(self.segments):
            for trait in one.predicate.reads:
                self._readers[trait] |= 1 << place

    def holding(self, values: Mapping[str, Value], moment: Moment) -> dict[str, int]:
        """Return the segments that hold, in order, each with its bit."""
        found: dict[str, int] = {}
        possible, segments = self._guards.possible(values), self.segments
        while possible:
            bit = possible & -possible
            possible ^= bit
            one = segments[bit.bit_length() - 1]
            if one.passes(values, moment):
                found[one.name] = bit
        return found

    def soonest(
        self, changes: Mapping[str, int], inside: Mapping[str, int]
    ) -> tuple[dict[str, int | None], int | None]:
        """Return when the first of the traits that a segment reads changes: of each of those inside, and of the others.

        Args:
            inside: Segments with their bits.
        """
        readers_at: dict[int, int] = {}
        for trait, at in changes.items():
            readers_at[at] = readers_at.get(at, 0) | self._readers.get(trait, 0)
        found: dict[str, int | None] = dict.fromkeys(inside)
        left = sum(inside.values())
        others, outside = ~left, None
        for at in sorted(readers_at):
            readers = readers_at[at]
            if outside is None and readers & others:
                outside = at
            if readers & left:
                for name, bit in inside.items():
                    if readers & left & bit:
                        found[name] = at
                left &= ~readers
            if outside is not None and not left:
                break
        return found, outside


class SegmentIndex:
    """From a trait to the segments that read it.

    Args:
        segments: By name.
        schema: The type of every trait that segments may read.
        digits: Decimal places of the shop's currency.

    Raises: BadInput: a predicate that cannot be read, or reads what is not there.
    """

    def __init__(self, segments: Mapping[str, Segment], schema: Mapping[str, TraitType], *, digits: int) -> None:
        self._segments = {
            name: _indexed(
                name, parse_predicate(one.where, schema, place=f"segments.yaml: {name}.where", digits=digits)
            )
            for name, one in segments.items()
        }
        self._all = _Group(self._segments.values())
        self._groups: dict[frozenset[str], _Group] = {}

    def touched(self, changed: frozenset[str] | None) -> tuple[IndexedSegment, ...]:
        """Return the segments that read one of the changed traits; None: all segments."""
        return self.group(changed).segments

    def needs(self, changed: frozenset[str] | None) -> frozenset[str]:
        """Return every trait that must be read to evaluate the segments that read one of the changed traits."""
        return self.group(changed).needs

    def group(self, changed: frozenset[str] | None, due: Iterable[str] = ()) -> _Group:
        """Return the segments that read one of the changed traits (None: all), and those named in `due`."""
        if changed is None:
            return self._all
        found = self._groups.get(changed)
        if found is None:
            if len(self._groups) >= _MOST_GROUPS:
                self._groups.clear()
            found = _Group(one for one in self._all.segments if not one.predicate.reads.isdisjoint(changed))
            self._groups[changed] = found
        more = [self._segments[name] for name in due if name in self._segments and name not in found.names]
        return _Group((*found.segments, *more)) if more else found


def changed_segments(
    index: SegmentIndex,
    changed: frozenset[str] | None,
    values: Mapping[str, Value],
    *,
    moment: Moment,
    current: Collection[str],
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
    group = index.group(changed, due)
    inside = group.holding(values, moment)
    left = sorted(name for name in current if name in group.names and name not in inside)
    entered = tuple(name for name in inside if name not in current)
    rechecks, outside = group.soonest(changes, inside)
    for one in group.clocked:
        flip = _flip(one.predicate, one.clocks, values, moment)
        if one.name in inside:
            rechecks[one.name] = _sooner(rechecks[one.name], flip)
        else:
            outside = _sooner(outside, flip)
    return Shift(entered, tuple(left), rechecks, outside)


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


def _indexed(name: str, predicate: Predicate) -> IndexedSegment:
    clocks = tuple(_clock(compare) for compare in predicate.clocks)
    return IndexedSegment(name, predicate, compile_predicate(predicate), clocks)


def _clock(compare: Compare) -> tuple[str | None, int, int]:
    sides = (compare.left, compare.right)
    trait = next((side for side in sides if isinstance(side, TraitValue)), None)
    now = next((side for side in sides if isinstance(side, Now)), None)
    if trait is None or now is None:
        return None, 0, 0
    least, greatest, slack = _LENGTHS[now.unit]
    ends = (-now.n * least, -now.n * greatest)
    return trait.name, min(ends) - slack, max(ends) + slack
