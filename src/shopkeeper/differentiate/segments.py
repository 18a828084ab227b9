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
_MOST_KNOWN = 1024

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


class Touched(NamedTuple):
    """Segments that are evaluated together, by their bits and names, and every trait that they read."""

    bits: int
    names: frozenset[str]
    needs: frozenset[str]


class SegmentIndex:
    """From a trait to the segments that read it; each segment has a bit.

    Args:
        segments: By name.
        schema: The type of every trait that segments may read.
        digits: Decimal places of the shop's currency.

    Raises: BadInput: a predicate that cannot be read, or reads what is not there.
    """

    def __init__(self, segments: Mapping[str, Segment], schema: Mapping[str, TraitType], *, digits: int) -> None:
        self.segments = tuple(
            _indexed(name, parse_predicate(one.where, schema, place=f"segments.yaml: {name}.where", digits=digits))
            for name, one in segments.items()
        )
        self.clocked = tuple((1 << place, one) for place, one in enumerate(self.segments) if one.clocks)
        self.bits = {one.name: 1 << place for place, one in enumerate(self.segments)}
        self._guards = GuardIndex([one.predicate.tree for one in self.segments])
        self._readers: dict[str, int] = {}
        needs: dict[str, set[str]] = {}
        for one in self.segments:
            for trait in one.predicate.reads:
                self._readers[trait] = self._readers.get(trait, 0) | self.bits[one.name]
                needs.setdefault(trait, set()).update(one.predicate.reads)
        self._needs = {trait: frozenset(read) for trait, read in needs.items()}
        self._all = Touched((1 << len(self.segments)) - 1, frozenset(self.bits), frozenset(needs))
        self._touched: dict[frozenset[str], Touched] = {}

    def touched(self, changed: frozenset[str] | None, due: Iterable[str] = ()) -> Touched:
        """Return the segments that read one of the changed traits (None: all), and those named in `due`."""
        if changed is None:
            return self._all
        found = self._touched.get(changed)
        if found is None:
            if len(self._touched) >= _MOST_KNOWN:
                self._touched.clear()
            found = self._touched[changed] = self._touch(changed)
        more = [name for name in due if name in self.bits]
        if not more:
            return found
        bits, needs = found.bits, set(found.needs)
        for name in more:
            bits |= self.bits[name]
            needs |= self.segments[self.bits[name].bit_length() - 1].predicate.reads
        return Touched(bits, found.names.union(more), frozenset(needs))

    def needs(self, changed: frozenset[str] | None) -> frozenset[str]:
        """Return every trait that must be read to evaluate the segments that read one of the changed traits."""
        return self.touched(changed).needs

    def holding(self, touched: int, values: Mapping[str, Value], moment: Moment) -> dict[str, int]:
        """Return which of some segments hold, in order, each with its bit."""
        found: dict[str, int] = {}
        possible, segments = touched & self._guards.possible(values), self.segments
        while possible:
            bit = possible & -possible
            possible ^= bit
            one = segments[bit.bit_length() - 1]
            if one.passes(values, moment):
                found[one.name] = bit
        return found

    def soonest(
        self, touched: int, changes: Mapping[str, int], inside: Mapping[str, int]
    ) -> tuple[dict[str, int | None], int | None]:
        """Return when the first of the traits that a segment reads changes: of each of those inside, and of the others.

        Args:
            touched: The bits of the segments in question. inside: Some of them, with their bits.
        """
        readers_at: dict[int, int] = {}
        for trait, at in changes.items():
            readers_at[at] = readers_at.get(at, 0) | self._readers.get(trait, 0)
        ahead = sorted(readers_at.items())
        found: dict[str, int | None] = dict.fromkeys(inside)
        for name, bit in inside.items():
            for at, readers in ahead:
                if readers & bit:
                    found[name] = at
                    break
        others = touched & ~sum(inside.values())
        outside = next((at for at, readers in ahead if readers & others), None)
        return found, outside

    def _touch(self, changed: frozenset[str]) -> Touched:
        bits, needs = 0, set[str]()
        for trait in changed:
            bits |= self._readers.get(trait, 0)
            needs |= self._needs.get(trait, frozenset())
        names = frozenset(name for name, bit in self.bits.items() if bit & bits)
        return Touched(bits, names, frozenset(needs))


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
    touched, names, _ = index.touched(changed, due)
    inside = index.holding(touched, values, moment)
    left = sorted(names.intersection(current).difference(inside))
    entered = tuple(name for name in inside if name not in current)
    rechecks, outside = index.soonest(touched, changes, inside)
    for bit, one in index.clocked:
        if bit & touched:
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
