"""The items of a slot, and the caller's own list in a customer's order."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.decision import Reason
from shopkeeper.core.definitions import Slot
from shopkeeper.core.item import Item, Stock
from shopkeeper.customize.affinity import Covers, lay_covers, suits
from shopkeeper.customize.arrange import NO_ATTRIBUTE, Placed, arrange
from shopkeeper.customize.recommend.purchases import Basket
from shopkeeper.customize.recommend.recommender import Recommender, Taste
from shopkeeper.differentiate.fold import purchase_history
from shopkeeper.flows.deciding.picks import Choice, Chosen
from shopkeeper.flows.deciding.reasons import POPULAR, UNKNOWN, item_reasons
from shopkeeper.flows.deciding.visit import Visit
from shopkeeper.flows.profiles import Profile

ATTRIBUTES = ("category", "department", "brand")
DAY = 86_400_000_000
WARM = 50_000
NO_MODEL = "no recommender is in force; run 'shopkeeper model train'"

Scores = NDArray[np.float64]


class _Warm(NamedTuple):
    """A taste and the profile's position that it was read at."""

    seq: int
    taste: Taste


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
        self._items = items
        universe = () if recommender is None else recommender.items
        self._universe = universe
        known = [items.get(item) for item in universe]
        self._codes = {name: _codes([None if i is None else getattr(i, name) for i in known]) for name in ATTRIBUTES}
        self._missing = _missing(stock, {} if recommender is None else recommender.index, len(universe))
        self._tastes: OrderedDict[str, _Warm] = OrderedDict()

    def title(self, item: str) -> str:
        """Return an item's title, or its id where it has none."""
        found = self._items.get(item)
        return (found.title if found is not None else "") or item

    def choose(self, slot: Slot, visit: Visit, *, n: int, place: str | None, rng: np.random.Generator) -> Choice:
        """Fill a slot with items: by taste where the visit is personal, else by popularity."""
        model = self.recommender
        if model is None:
            return Choice((), 0, self._missing_model)
        if visit.profile is None:
            return self.popular(slot, n=n, place=place, rng=rng)
        taste = self._taste(model, visit.profile)
        look = model.look(taste)
        scores = look.scores.astype(np.float64)
        able = self._able(slot, place)
        if slot.skip_bought_days:
            since = visit.moment.micros - slot.skip_bought_days * DAY
            able[taste.items[taste.last > since]] = False
        placed = self._arranged(slot, scores, able, n, rng)
        why = model.explain_places(taste, look, [one.index for one in placed])
        chosen = [
            self._picked(slot.kind, one, scores, item_reasons(each, self.title))
            for one, each in zip(placed, why, strict=True)
        ]
        return Choice(chosen, int(able.sum()))

    def popular(
        self, slot: Slot, *, n: int, place: str | None, rng: np.random.Generator, degraded: str | None = None
    ) -> Choice:
        """Fill a slot without any personal data, as the slot's fallback says."""
        if self.recommender is None or slot.fallback == "none":
            return Choice((), 0, degraded)
        scores = self.recommender.popularity.astype(np.float64)
        able = self._able(slot, place)
        placed = self._arranged(slot, scores, able, n, rng)
        return Choice([self._picked(slot.kind, one, scores, (POPULAR,)) for one in placed], int(able.sum()), degraded)

    def rank(self, visit: Visit, items: Sequence[str], *, explain: bool) -> Choice:
        """Order the caller's items; ties and items that nothing is known of keep the caller's order."""
        model = self.recommender
        if model is None:
            scores = np.zeros(len(items))
        else:
            taste = model.taste(()) if visit.profile is None else self._taste(model, visit.profile)
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
        return Choice(chosen, len(items), self._missing_model if model is None else None)

    def covers(self, groups: Iterable[Iterable[str]]) -> Covers:
        """Lay groups of items out over the recommender's universe."""
        return lay_covers(groups, {} if self.recommender is None else self.recommender.index)

    def affinity(self, profile: Profile, covers: Covers) -> Scores | None:
        """Say what the recommender thinks of groups of items; see `suits`. None without a recommender."""
        model = self.recommender
        if model is None or not len(covers.starts):
            return None
        return suits(model.scores(self._taste(model, profile)), covers)

    def _taste(self, model: Recommender, profile: Profile) -> Taste:
        warm = self._tastes.get(profile.customer)
        if warm is None or warm.seq != profile.seq:
            history = [Basket(one.at, one.products) for one in purchase_history(profile.state)]
            warm = _Warm(profile.seq, model.taste(history, customer=profile.customer))
            self._tastes[profile.customer] = warm
            while len(self._tastes) > WARM:
                self._tastes.popitem(last=False)
        self._tastes.move_to_end(profile.customer)
        return warm.taste

    def _able(self, slot: Slot, place: str | None) -> NDArray[np.bool_]:
        able = np.ones(len(self._universe), dtype=np.bool_)
        if place is not None and place in self._missing:
            able[self._missing[place]] = False
        for item in slot.exclude:
            index = self._index(item)
            if index is not None:
                able[index] = False
        return able

    def _index(self, item: str) -> int | None:
        return None if self.recommender is None else self.recommender.index.get(item)

    def _arranged(
        self, slot: Slot, scores: Scores, able: NDArray[np.bool_], n: int, rng: np.random.Generator
    ) -> list[Placed]:
        pins = [index for item in slot.pins if (index := self._index(item)) is not None]
        return arrange(scores, self._codes, slot=slot, n=n, rng=rng, pins=pins, feasible=able)

    def _picked(self, kind: str, place: Placed, scores: Scores, reasons: tuple[Reason, ...]) -> Chosen:
        item = self._universe[place.index]
        found = self._items.get(item)
        details = {} if found is None else {name: getattr(found, name) for name in ATTRIBUTES if getattr(found, name)}
        return Chosen(
            item=item,
            kind=kind,
            title=self.title(item),
            score=float(scores[place.index]),
            probability=place.probability,
            reasons=reasons,
            details=details,
        )

    def _rank_reasons(self, visit: Visit, item: str) -> tuple[Reason, ...]:
        model = self.recommender
        if model is None or item not in model.index:
            return (UNKNOWN,)
        if visit.profile is None:
            return (POPULAR,)
        return item_reasons(model.explain(self._taste(model, visit.profile), item), self.title)


def _codes(values: Sequence[str | None]) -> NDArray[np.int64]:
    seen: dict[str, int] = {}
    return np.array([NO_ATTRIBUTE if v is None else seen.setdefault(v, len(seen)) for v in values], dtype=np.int64)


def _missing(stock: Iterable[Stock], index: Mapping[str, int], n: int) -> dict[str, NDArray[np.bool_]]:
    found: dict[str, NDArray[np.bool_]] = {}
    for row in stock:
        if not row.available and row.item in index:
            found.setdefault(row.place, np.zeros(n, dtype=np.bool_))[index[row.item]] = True
    return found
