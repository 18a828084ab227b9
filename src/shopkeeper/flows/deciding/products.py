"""The items of a slot, and the caller's own list in a customer's order."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from shopkeeper.core.decision import Reason
from shopkeeper.core.definitions import Slot
from shopkeeper.core.item import Item, Stock
from shopkeeper.customize.affinity import Covers, lay_covers, suits
from shopkeeper.customize.arrange import NO_ATTRIBUTE, Placed, arrange, held_back
from shopkeeper.customize.recommend.recommender import Recommender
from shopkeeper.flows.deciding.picks import Choice, Chosen
from shopkeeper.flows.deciding.reasons import POPULAR, UNKNOWN
from shopkeeper.flows.deciding.tastes import Tastes, Warm
from shopkeeper.flows.deciding.trace import NO_TRACE, NoTrace, Ranking
from shopkeeper.flows.deciding.visit import Visit
from shopkeeper.flows.profiles import Profile

ATTRIBUTES = ("category", "department", "brand")
DAY = 86_400_000_000
NO_MODEL = "no recommender is in force; run 'shopkeeper model train'"

Scores = NDArray[np.float64]
Scored = tuple[Placed, float]
"""A filled place and its score."""


class ProductChooser:
    """Chooses items for visits, from a recommender and the catalogue.

    Args:
        missing: What to say where there is no recommender.
    """

    def __init__(
        self,
        recommender: Recommender | None,
        items: Mapping[str, Item],
        stock: Iterable[Stock],
        *,
        missing: str = NO_MODEL,
    ) -> None:
        self.recommender = recommender
        self._missing_model = missing
        self.items = items
        universe = () if recommender is None else recommender.items
        self._universe = universe
        known = [items.get(item) for item in universe]
        self._codes = {name: _codes([None if i is None else getattr(i, name) for i in known]) for name in ATTRIBUTES}
        self._missing = _missing(stock, {} if recommender is None else recommender.index, len(universe))
        self._cards: dict[int, tuple[str, str, dict[str, str]]] = {}
        self._tastes = None if recommender is None else Tastes(recommender, self.title)

    @property
    def total(self) -> int:
        """How many items there are, whether or not the recommender knows them."""
        return len(self.items.keys() | self.recommender.index.keys() if self.recommender else self.items)

    def title(self, item: str) -> str:
        """Return an item's title, or its id where it has none."""
        found = self.items.get(item)
        return (found.title if found is not None else "") or item

    def choose(
        self,
        slot: Slot,
        visit: Visit,
        *,
        n: int,
        place: str | None,
        rng: np.random.Generator,
        trace: NoTrace = NO_TRACE,
    ) -> Choice:
        """Fill a slot with items: by taste where the visit is personal, else by popularity."""
        if self._tastes is None:
            return Choice((), 0, self._missing_model)
        if visit.profile is None:
            return self.popular(slot, n=n, place=place, rng=rng, trace=trace)
        tastes, warm = self._tastes, self._tastes.of(visit.profile)
        able = self._able(slot, place, trace)
        if slot.skip_bought_days:
            since = visit.moment.micros - slot.skip_bought_days * DAY
            able[warm.taste.items[warm.taste.last > since]] = False
            trace.left("bought", able)
        placed = self._shortlisted(slot, warm, able, n, rng)
        look = None
        if placed is None:
            look = tastes.model.look(warm.taste)
            placed = self._arranged(slot, look.scores.astype(np.float64), able, n, rng)
        why = tastes.reasons(warm, [one.index for one, _ in placed], look)

        def rank() -> Ranking:
            seen = look or tastes.model.look(warm.taste)
            scores = seen.scores.astype(np.float64)
            why = partial(tastes.reasons, warm, look=seen)
            return self._ranking(slot, scores, able=able, n=n, placed=placed, why=why)

        trace.ranked(self._universe, [one for one, _ in placed], rank)
        chosen = [self._picked(slot.kind, *one, each) for one, each in zip(placed, why, strict=True)]
        return Choice(chosen, int(able.sum()))

    def _shortlisted(
        self, slot: Slot, warm: Warm, able: NDArray[np.bool_], n: int, rng: np.random.Generator
    ) -> list[Scored] | None:
        """Fill a slot from the shortlist; None where only the whole universe will do."""
        if slot.policy != "best" or slot.pins:
            return None
        codes = {str(name): self._codes[name][warm.best] for name in slot.max_per}
        placed = arrange(warm.scores, codes, slot=slot, n=n, rng=rng, feasible=able[warm.best])
        if len(placed) < n and len(warm.best) < len(self._universe):
            return None
        return [
            (Placed(int(warm.best[one.index]), one.probability, one.feasible), float(warm.scores[one.index]))
            for one in placed
        ]

    def popular(
        self,
        slot: Slot,
        *,
        n: int,
        place: str | None,
        rng: np.random.Generator,
        degraded: str | None = None,
        trace: NoTrace = NO_TRACE,
    ) -> Choice:
        """Fill a slot without any personal data, as the slot's fallback says."""
        if self.recommender is None or slot.fallback == "none":
            return Choice((), 0, degraded)
        scores = self.recommender.popularity.astype(np.float64)
        able = self._able(slot, place, trace)
        placed = self._arranged(slot, scores, able, n, rng)

        def why(places: Sequence[int]) -> list[tuple[Reason, ...]]:
            return [(replace(POPULAR, part=float(scores[k])),) for k in places]

        trace.ranked(
            self._universe,
            [one for one, _ in placed],
            lambda: self._ranking(slot, scores, able=able, n=n, placed=placed, why=why),
        )
        reasons = why([one.index for one, _ in placed])
        chosen = [self._picked(slot.kind, *one, each) for one, each in zip(placed, reasons, strict=True)]
        return Choice(chosen, int(able.sum()), degraded)

    def rank(self, visit: Visit, items: Sequence[str], *, explain: bool) -> Choice:
        """Order the caller's items; ties and items that nothing is known of keep the caller's order."""
        if self._tastes is None:
            scores = np.zeros(len(items))
        else:
            model = self._tastes.model
            taste = model.taste(()) if visit.profile is None else self._tastes.of(visit.profile).taste
            scores = model.rank(taste, items).astype(np.float64)
        order = np.argsort(-scores, kind="stable").tolist()
        chosen = [
            Chosen(
                item=items[k],
                kind="product",
                title=self.title(items[k]),
                score=float(scores[k]),
                probability=1.0,
                reasons=self._rank_reasons(visit, items[k]) if explain else (),
                details={},
            )
            for k in order
        ]
        return Choice(chosen, len(items), self._missing_model if self._tastes is None else None)

    def covers(self, groups: Iterable[Iterable[str]]) -> Covers:
        """Lay groups of items out over the recommender's universe."""
        return lay_covers(groups, {} if self.recommender is None else self.recommender.index)

    def affinity(self, profile: Profile, covers: Covers) -> Scores | None:
        """Say what the recommender thinks of groups of items; see `suits`. None without a recommender."""
        if self._tastes is None or not len(covers.starts):
            return None
        return suits(self._tastes.model.scores(self._tastes.of(profile).taste), covers)

    def _able(self, slot: Slot, place: str | None, trace: NoTrace) -> NDArray[np.bool_]:
        able = np.ones(len(self._universe), dtype=np.bool_)
        if place is not None and place in self._missing:
            able[self._missing[place]] = False
            trace.left("stock", able)
        for item in slot.exclude:
            index = self._index(item)
            if index is not None:
                able[index] = False
        if slot.exclude:
            trace.left("excluded", able)
        return able

    def _index(self, item: str) -> int | None:
        return None if self.recommender is None else self.recommender.index.get(item)

    def _arranged(
        self, slot: Slot, scores: Scores, able: NDArray[np.bool_], n: int, rng: np.random.Generator
    ) -> list[Scored]:
        placed = arrange(scores, self._codes, slot=slot, n=n, rng=rng, pins=self._pins(slot), feasible=able)
        return [(one, float(scores[one.index])) for one in placed]

    def _pins(self, slot: Slot) -> list[int]:
        return [index for item in slot.pins if (index := self._index(item)) is not None]

    def _ranking(
        self,
        slot: Slot,
        scores: Scores,
        *,
        able: NDArray[np.bool_],
        n: int,
        placed: Sequence[Scored],
        why: Callable[[Sequence[int]], list[tuple[Reason, ...]]],
    ) -> Ranking:
        """Rank every item of the universe, whoever got a place."""
        taken = [one for one, _ in placed]
        held = held_back(scores, self._codes, slot=slot, n=n, placed=taken, pins=self._pins(slot), feasible=able)

        def show(places: Sequence[int]) -> list[Chosen]:
            each = zip(places, why(places), strict=True)
            return [self._picked(slot.kind, Placed(k, 0.0, 0), float(scores[k]), reasons) for k, reasons in each]

        return Ranking(scores, held, show)

    def _picked(self, kind: str, place: Placed, score: float, reasons: tuple[Reason, ...]) -> Chosen:
        item, title, details = self._card(place.index)
        return Chosen(item, kind, title, score, place.probability, reasons, details)

    def _card(self, index: int) -> tuple[str, str, dict[str, str]]:
        """Return what an answer says of an item of the universe: its id, title and attributes."""
        card = self._cards.get(index)
        if card is None:
            item = self._universe[index]
            found = self.items.get(item)
            known = {name: getattr(found, name, None) for name in ATTRIBUTES}
            card = (item, self.title(item), {name: value for name, value in known.items() if value})
            self._cards[index] = card
        return card

    def _rank_reasons(self, visit: Visit, item: str) -> tuple[Reason, ...]:
        place = self._index(item)
        if self._tastes is None or place is None:
            return (UNKNOWN,)
        if visit.profile is None:
            return (POPULAR,)
        return self._tastes.reasons(self._tastes.of(visit.profile), [place])[0]


def _codes(values: Sequence[str | None]) -> NDArray[np.int64]:
    seen: dict[str, int] = {}
    return np.array([NO_ATTRIBUTE if v is None else seen.setdefault(v, len(seen)) for v in values], dtype=np.int64)


def _missing(stock: Iterable[Stock], index: Mapping[str, int], n: int) -> dict[str, NDArray[np.bool_]]:
    found: dict[str, NDArray[np.bool_]] = {}
    for row in stock:
        if not row.available and row.item in index:
            found.setdefault(row.place, np.zeros(n, dtype=np.bool_))[index[row.item]] = True
    return found
