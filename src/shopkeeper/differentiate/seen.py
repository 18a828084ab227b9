"""What was seen of a customer when their segments were last looked at: what has not changed since is not worked out."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from shopkeeper.core.predicate import Moment
from shopkeeper.core.trait import Value
from shopkeeper.differentiate.fold import State, readings
from shopkeeper.differentiate.plan import TraitPlan
from shopkeeper.differentiate.segments import SegmentIndex, Shift, changed_segments, sooner

_NOTHING: Final[Mapping[str, Value]] = {}


class Seen(Mapping[str, Value]):
    """One customer's traits that segments read, as they were at the last look, and when time alone may change each.

    An event changes a few traits, and few of those changes matter to a segment: no other is evaluated, and no other
    trait read, until the first of them may change by time. Values and instants are lists in the order of the index,
    since tens of thousands of customers are kept warm.
    """

    __slots__ = ("_at", "_changes", "_index", "_plan", "_until", "_values")

    def __init__(self, index: SegmentIndex, plan: TraitPlan) -> None:
        self._index = index
        self._plan = plan
        self._at = 0
        self._until: int | None = 0
        self._values: list[Value] = []
        self._changes: list[int | None] = []

    def __getitem__(self, name: str) -> Value:
        return self._values[self._index.places[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.places)

    def __len__(self) -> int:
        return len(self._index.places)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a trait as it was, as segments ask for it."""
        place = self._index.places.get(name)
        return default if place is None else self._values[place]

    def of(self, index: SegmentIndex) -> bool:
        """Say whether this was seen of the segments of an index."""
        return self._index is index

    def shift(
        self,
        state: State,
        changed: frozenset[str] | None,
        moment: Moment,
        *,
        inside: Collection[str],
        due: Iterable[str] = (),
        predicted: Mapping[str, Value] = _NOTHING,
    ) -> Shift:
        """Say which segments are entered and left, and when to look again.

        Args:
            changed: Every trait that events may have changed since the last look, as `fold` returns them; None: all
                segments are evaluated. inside: The segments that the customer is in. due: Segments whose recheck has
                come. predicted: What is not folded; may not change between two looks.
        """
        index, asked = self._index, self._index.bits_of(due)
        crossed, outside = 0, None
        if changed is None or not self._stands(moment.micros):
            self._read(state, moment, predicted)
            asked |= index.readers(changed)
        else:
            crossed, nearer, outside = self._reread(state, changed, moment, predicted, held=index.bits_of(inside))
            asked |= nearer
        if not asked | crossed:
            return Shift((), (), {}, outside)
        found = changed_segments(
            index,
            asked | crossed,
            self,
            moment=moment,
            current=inside,
            changes=self._ahead,
            stands=crossed & ~asked,
        )
        return found if outside is None else found._replace(outside=sooner(found.outside, outside))

    def _stands(self, at: int) -> bool:
        """Say whether, at an instant, all is as it was but for what events have changed."""
        return self._at <= at and (self._until is None or at < self._until)

    def _read(self, state: State, moment: Moment, predicted: Mapping[str, Value]) -> None:
        places = self._index.places
        self._at, self._until = moment.micros, None
        self._values = [predicted.get(name) for name in places]
        self._changes = [None] * len(places)
        for name, value, at in readings(self._plan, state, moment, [name for name in places if name not in predicted]):
            self._values[places[name]] = value
            self._changes[places[name]] = at
            self._until = sooner(self._until, at)

    def _reread(
        self, state: State, changed: frozenset[str], moment: Moment, predicted: Mapping[str, Value], *, held: int
    ) -> tuple[int, int, int | None]:
        """Read again what changed, of a customer who is in the segments `held`.

        Returns: The bits of the segments that may have changed; of those that the customer is in and that have to be
            looked at again sooner than was known; and when that is for the others, if it is sooner for one of them.
        """
        places, cuts, known, ahead = self._index.places, self._index.cuts, self._values, self._changes
        crossed, nearer, outside = 0, 0, None
        self._at = moment.micros
        for name, value, at in readings(self._plan, state, moment, self._index.read_of(changed)):
            if name in predicted:
                continue
            place = places[name]
            if value != known[place]:
                crossed |= cuts.crossed(name, known[place], value)
                known[place] = value
            before = ahead[place]
            if at != before:
                ahead[place] = at
                if at is not None and (before is None or at < before):
                    readers = cuts.readers(name)
                    nearer |= readers & held
                    outside = sooner(outside, at) if readers & ~held else outside
                    self._until = sooner(self._until, at)
        return crossed, nearer, outside

    def _ahead(self, names: Iterable[str]) -> dict[str, int]:
        places = self._index.places
        return {name: at for name in names if (at := self._changes[places[name]]) is not None}
