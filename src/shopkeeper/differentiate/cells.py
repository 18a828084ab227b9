"""Cells: what a state keeps of one stream of values, in buckets of time, and the views that windows have of it.

Three families cover every kind of trait:

- a tally holds (n, total): count, sum, average;
- a bag holds how often each value came: most_frequent, unique_list, unique_count, min, max;
- ends hold each event's first and last value: first, last.

What an event brings to a cell is its *part*. Parts can be taken out again, which is how a corrected order is taken
back and put in anew. Buckets are numbered; a cell without windows keeps everything in bucket 0. Views are not stored:
they are built when a window is first read and then follow each event.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

Now = tuple[int, int, int, int]
"""The number of the bucket of an instant, by unit: local day, hour, minute, and ALWAYS."""
DAY, HOUR, MINUTE, ALL = range(4)
ALWAYS = -(1 << 31)
"""The one bucket of what has no window."""

Buckets = dict[int, Any]
Views = list[list[Any] | None]
"""Of each cell the views that were built; None: none were."""
Tally = tuple[int, int]
"""How many values, and their sum."""
Bag = dict[Any, int]
"""How often each value came."""
Ends = tuple[int, int, Any, Any]
"""An event's at, seq, first value and last value."""


class View(ABC):
    """What a window holds: buckets lo to hi; `oldest` leaves it first, `coming` is the next one to enter."""

    __slots__ = ("coming", "hi", "lo", "oldest")

    def __init__(self, lo: int, hi: int, buckets: Buckets) -> None:
        self.lo = lo
        self.hi = hi
        self.oldest: int | None = None
        self.coming: int | None = None
        self._fill(buckets, self._inside(buckets))

    def holds(self, bucket: int) -> bool:
        """Note that something came in a bucket and say whether this view shows it."""
        if self.lo <= bucket <= self.hi:
            if self.oldest is None or bucket < self.oldest:
                self.oldest = bucket
            return True
        if bucket > self.hi and (self.coming is None or bucket < self.coming):
            self.coming = bucket
        return False

    @abstractmethod
    def _fill(self, buckets: Buckets, inside: Sequence[Any]) -> None:
        """Take what the buckets of this view hold."""

    def _inside(self, buckets: Buckets) -> list[Any]:
        """Return what the buckets of this view hold, and note which of all buckets leaves and which enters next."""
        lo, hi, oldest, coming = self.lo, self.hi, self.oldest, self.coming
        found = []
        for bucket, held in buckets.items():
            if bucket > hi:
                if coming is None or bucket < coming:
                    coming = bucket
            elif bucket >= lo:
                found.append(held)
                if oldest is None or bucket < oldest:
                    oldest = bucket
        self.oldest, self.coming = oldest, coming
        return found


class TallyView(View):
    """The sum of the tallies in a window."""

    __slots__ = ("n", "total")

    def _fill(self, buckets: Buckets, inside: Sequence[Any]) -> None:  # noqa: ARG002 (bags need them)
        self.n = 0
        self.total = 0
        for n, total in inside:
            self.n += n
            self.total += total

    def take(self, part: Tally) -> None:
        """Add a part."""
        self.n += part[0]
        self.total += part[1]


class BagView(View):
    """How often each value came in a window; the best, the least and the greatest are kept once they were asked for."""

    __slots__ = ("_best", "_ends", "_names", "_shared", "counts")

    def _fill(self, buckets: Buckets, inside: Sequence[Any]) -> None:
        self._best: tuple[Any, int] | None = None
        self._ends: tuple[Any, Any] | None = None
        self._names: tuple[Any, ...] | None = None
        self._shared = self.lo == ALWAYS
        self.counts: Bag = buckets.setdefault(self.lo, {}) if self._shared else {}
        if not self._shared:
            for held in inside:
                _pour(self.counts, held)

    def take(self, part: Bag) -> None:
        """Add a part; the counts of a view without window are the cell's own and have it already."""
        if not self._shared:
            _pour(self.counts, part)
        if self._best is not None:
            self._best = self._better(self._best, part)
        if self._ends is not None:
            low, high = self._ends
            self._ends = (min(low, *part), max(high, *part))
        if self._names is not None and len(self._names) != len(self.counts):
            self._names = None

    def best(self) -> tuple[Any, int] | None:
        """Return the value that came most often and how often; of equals the first in order."""
        if self._best is None and self.counts:
            most = max(self.counts.values())
            self._best = (min(value for value, n in self.counts.items() if n == most), most)
        return self._best

    def ends(self) -> tuple[Any, Any]:
        """Return the least and the greatest value, (None, None) of an empty bag."""
        if self._ends is None and self.counts:
            self._ends = (min(self.counts), max(self.counts))
        return self._ends or (None, None)

    def names(self) -> tuple[Any, ...]:
        """Return the distinct values in order."""
        if self._names is None:
            self._names = tuple(sorted(self.counts))
        return self._names

    def _better(self, best: tuple[Any, int], part: Bag) -> tuple[Any, int]:
        value, most = best
        counts = self.counts
        for came in part:
            n = counts[came]
            if n > most or (n == most and came < value):
                value, most = came, n
        return value, most


class EndsView(View):
    """The first and the last value in a window."""

    __slots__ = ("first", "last")

    def _fill(self, buckets: Buckets, inside: Sequence[Any]) -> None:  # noqa: ARG002 (bags need them)
        self.first: Ends | None = None
        self.last: Ends | None = None
        for held in inside:
            for part in held:
                self.take(part)

    def take(self, part: Ends) -> None:
        """Look at one event's ends; (at, seq) decides."""
        at, seq = part[0], part[1]
        if self.first is None or (at, seq) < (self.first[0], self.first[1]):
            self.first = part
        if self.last is None or (at, seq) > (self.last[0], self.last[1]):
            self.last = part


class Cell(ABC):
    """Where one stream of values is kept, by buckets of one unit, for windows of some lengths.

    Args:
        index: Of this cell's buckets in a state.
        unit: DAY, HOUR, MINUTE or ALL.
        taken_back: Whether parts may have to be drawn out again.
    """

    __slots__ = ("index", "spans", "taken_back", "unit")
    _view: ClassVar[type[View]]

    def __init__(self, index: int, unit: int, *, taken_back: bool) -> None:
        self.index = index
        self.unit = unit
        self.spans: list[int] = []
        self.taken_back = taken_back

    def add(self, cells: list[Buckets], views: Views, now: Now, part: Any) -> None:
        """Put a part into its bucket and into the views that show it."""
        bucket, index = now[self.unit], self.index
        self._put(cells[index], bucket, part)
        for view in views[index] or ():
            if view is not None and view.holds(bucket):
                view.take(part)

    def remove(self, cells: list[Buckets], views: Views, now: Now, part: Any) -> None:
        """Draw a part out of its bucket; the views are built again when they are next read."""
        self._draw(cells[self.index], now[self.unit], part)
        views[self.index] = None

    def view(self, cells: list[Buckets], views: Views, now: Now, which: int) -> Any:
        """Return the view of one of the windows, built or brought forward to `now`."""
        held = views[self.index]
        if held is None:
            held = views[self.index] = [None] * len(self.spans)
        view, hi = held[which], now[self.unit]
        if view is None or view.hi != hi:
            view = held[which] = self._view(hi - self.spans[which] + 1, hi, cells[self.index])
        return view

    def nothing(self) -> Any:
        """Return the view of a window where nothing ever came."""
        return self._view(0, 0, {})

    @staticmethod
    @abstractmethod
    def part(at: int, seq: int, values: Sequence[Any]) -> Any:
        """Make the part that an event brings; `values` are known ones, at least one."""

    @abstractmethod
    def _put(self, buckets: Buckets, bucket: int, part: Any) -> None: ...

    @abstractmethod
    def _draw(self, buckets: Buckets, bucket: int, part: Any) -> None: ...


class TallyCell(Cell):
    """Counts and sums."""

    __slots__ = ()
    _view = TallyView

    @staticmethod
    def part(at: int, seq: int, values: Sequence[Any]) -> Tally:  # noqa: ARG004 (parts of other families need them)
        """Count and add up."""
        return len(values), sum(values)

    def _put(self, buckets: Buckets, bucket: int, part: Tally) -> None:
        held = buckets.get(bucket)
        if held is None:
            buckets[bucket] = [part[0], part[1]]
        else:
            held[0] += part[0]
            held[1] += part[1]

    def _draw(self, buckets: Buckets, bucket: int, part: Tally) -> None:
        held = buckets[bucket]
        held[0] -= part[0]
        held[1] -= part[1]
        if held[0] == 0:
            del buckets[bucket]


class CountCell(TallyCell):
    """Counts of whatever comes."""

    __slots__ = ()

    @staticmethod
    def part(at: int, seq: int, values: Sequence[Any]) -> Tally:  # noqa: ARG004 (parts of other families need them)
        """Count."""
        return len(values), 0


class BagCell(Cell):
    """How often each value came."""

    __slots__ = ()
    _view = BagView

    @staticmethod
    def part(at: int, seq: int, values: Sequence[Any]) -> Bag:  # noqa: ARG004 (parts of other families need them)
        """Count each value."""
        counts: Bag = {}
        for value in values:
            counts[value] = counts.get(value, 0) + 1
        return counts

    def _put(self, buckets: Buckets, bucket: int, part: Bag) -> None:
        held = buckets.get(bucket)
        if held is None:
            buckets[bucket] = part.copy()
        else:
            _pour(held, part)

    def _draw(self, buckets: Buckets, bucket: int, part: Bag) -> None:
        held = buckets[bucket]
        for value, n in part.items():
            if held[value] == n:
                del held[value]
            else:
                held[value] -= n
        if not held:
            del buckets[bucket]


class EndsCell(Cell):
    """The first and last value of each event; of events that are never taken back only a bucket's outermost stay."""

    __slots__ = ()
    _view = EndsView

    @staticmethod
    def part(at: int, seq: int, values: Sequence[Any]) -> Ends:
        """Take the first and the last."""
        return at, seq, values[0], values[-1]

    def _put(self, buckets: Buckets, bucket: int, part: Ends) -> None:
        held = buckets.setdefault(bucket, [])
        held.append(part)
        if len(held) > 2 and not self.taken_back:
            buckets[bucket] = [min(held, key=_moment), max(held, key=_moment)]

    def _draw(self, buckets: Buckets, bucket: int, part: Ends) -> None:
        held = [other for other in buckets[bucket] if other[1] != part[1]]
        if held:
            buckets[bucket] = held
        else:
            del buckets[bucket]


def _moment(part: Ends) -> tuple[int, int]:
    return part[0], part[1]


def _pour(counts: Bag, part: Mapping[Any, int]) -> None:
    for value, n in part.items():
        if value in counts:
            counts[value] += n
        else:
            counts[value] = n
