"""Segments, live: which of them read a trait, and who enters and leaves when traits change or time passes."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from shopkeeper.core.predicate import Moment, Predicate, compile_predicate, flips_at, parse_predicate
from shopkeeper.core.predicate.tree import Compare, Now, TraitValue
from shopkeeper.core.trait import Segment, TraitType, Value
from shopkeeper.differentiate.cuts import CutIndex
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
_FEW = 16
"""How many segments are evaluated without asking first which of them are possible."""

Clocks = tuple[tuple[str | None, int, int], ...]


class Shift(NamedTuple):
    """What changed.

    rechecks: For every segment that the customer is in and of which this is not as it was: no later than the instant
        (microseconds) at which time alone can change it, or None for never.
    outside: The same for all others of that kind, the first of them: they may be entered.
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


class SegmentIndex:
    """From a trait to the segments that read it; each segment has a bit.

    Args:
        segments: By name.
        schema: The type of every trait that segments may read.
        digits: Decimal places of the shop's currency.

    Attributes:
        places: Every trait that some segment reads, with a number.
        cuts: Which segments a change of a trait may change.
        clocks: The bits of the segments that read now().

    Raises: BadInput: a predicate that cannot be read, or reads what is not there.
    """

    def __init__(self, segments: Mapping[str, Segment], schema: Mapping[str, TraitType], *, digits: int) -> None:
        self.segments = tuple(
            _indexed(name, parse_predicate(one.where, schema, place=f"segments.yaml: {name}.where", digits=digits))
            for name, one in segments.items()
        )
        self.clocked = tuple((1 << place, one) for place, one in enumerate(self.segments) if one.clocks)
        self.clocks = sum(bit for bit, _ in self.clocked)
        self.bits = {one.name: 1 << place for place, one in enumerate(self.segments)}
        trees = [one.predicate.tree for one in self.segments]
        reads = frozenset[str]().union(*(one.predicate.reads for one in self.segments))
        self.places = {trait: place for place, trait in enumerate(sorted(reads))}
        self.cuts = CutIndex(trees)
        self._guards = GuardIndex(trees)
        self._all = (1 << len(self.segments)) - 1
        self._read: dict[frozenset[str], tuple[str, ...]] = {}

    def readers(self, traits: Iterable[str] | None) -> int:
        """Return the bits of the segments that read one of some traits; None: of all segments."""
        if traits is None:
            return self._all
        bits = 0
        for trait in traits:
            bits |= self.cuts.readers(trait)
        return bits

    def read_of(self, traits: frozenset[str]) -> tuple[str, ...]:
        """Return those of some traits that a segment reads."""
        found = self._read.get(traits)
        if found is None:
            if len(self._read) >= _MOST_KNOWN:
                self._read.clear()
            found = self._read[traits] = tuple(sorted(traits & self.places.keys()))
        return found

    def bits_of(self, names: Iterable[str]) -> int:
        """Return the bits of some segments; names of none have none."""
        bits = 0
        for name in names:
            bits |= self.bits.get(name, 0)
        return bits

    def reads_of(self, bits: int) -> Iterable[str]:
        """Return every trait that some segments read."""
        if bits.bit_count() > _FEW:
            return self.places
        found = set[str]()
        for one in self._of(bits):
            found |= one.predicate.reads
        return found

    def holding(self, touched: int, values: Mapping[str, Value], moment: Moment) -> dict[str, int]:
        """Return which of some segments hold, in order, each with its bit."""
        if touched.bit_count() > _FEW:
            touched &= self._guards.possible(values)
        return {one.name: self.bits[one.name] for one in self._of(touched) if one.passes(values, moment)}

    def soonest(
        self, touched: int, changes: Mapping[str, int], inside: Mapping[str, int]
    ) -> tuple[dict[str, int | None], int | None]:
        """Return when the first of the traits that a segment reads changes: of each of those inside, and of the others.

        Args:
            touched: The bits of the segments in question. inside: Some of them, with their bits.
        """
        readers_at: dict[int, int] = {}
        for trait, at in changes.items():
            readers_at[at] = readers_at.get(at, 0) | self.cuts.readers(trait)
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

    def _of(self, bits: int) -> Iterator[IndexedSegment]:
        while bits:
            bit = bits & -bits
            bits ^= bit
            yield self.segments[bit.bit_length() - 1]


def changed_segments(
    index: SegmentIndex,
    touched: int,
    values: Mapping[str, Value],
    *,
    moment: Moment,
    current: Collection[str],
    changes: Callable[[Iterable[str]], Mapping[str, int]],
    stands: int = 0,
) -> Shift:
    """Evaluate some segments and no others.

    Args:
        touched: The bits of those that may have changed.
        values: At least the traits that they read.
        current: The segments that the customer is in.
        changes: Says when time alone may change some of those traits, see `fold.readings`.
        stands: The bits of those whose recheck is right as it is, unless they are entered or left now.
    """
    inside = index.holding(touched, values, moment)
    left = sorted(name for name in current if index.bits.get(name, 0) & touched and name not in inside)
    entered = tuple(name for name in inside if name not in current)
    anew = (touched & ~stands) | (touched & index.clocks) | index.bits_of(entered) | index.bits_of(left)
    if not anew:
        return Shift((), (), {}, None)
    inside = {name: bit for name, bit in inside.items() if bit & anew}
    rechecks, outside = index.soonest(anew, changes(index.reads_of(anew)), inside)
    for bit, one in index.clocked if anew & index.clocks else ():
        if bit & anew:
            flip = _flip(one.predicate, one.clocks, values, moment)
            if one.name in inside:
                rechecks[one.name] = sooner(rechecks[one.name], flip)
            else:
                outside = sooner(outside, flip)
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
            soonest = sooner(soonest, value + least)
    return soonest


def sooner(one: int | None, other: int | None) -> int | None:
    """Return the earlier of two instants; None: never."""
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
