"""Tastes: what the recommender makes of each customer, worked out once and kept until their orders change.

Scores follow from a taste alone, so the best of them are kept as a shortlist, and reasons once they were asked for;
eligibility and arrangement are worked out anew for every decision.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.decision import Reason
from shopkeeper.customize.recommend.purchases import Basket
from shopkeeper.customize.recommend.recommender import Look, Recommender, Taste
from shopkeeper.differentiate.fold import purchase_history
from shopkeeper.flows.deciding.reasons import item_reasons
from shopkeeper.flows.profiles import Profile

WARM = 20_000
SHORTLIST = 200


@dataclass(slots=True)
class Warm:
    """One customer's taste.

    edition: Of the orders that it follows from, see `State`.
    best: Indexes of the items of the highest scores, best first, shape (k,). scores: Theirs, float64, parallel.
    reasons: By index, of the items that were asked for.
    """

    edition: object
    taste: Taste
    best: NDArray[np.int64]
    scores: NDArray[np.float64]
    reasons: dict[int, tuple[Reason, ...]]


class Tastes:
    """Keeps the tastes of the customers who came last.

    Args:
        title: Writes an item for people, by id.
    """

    def __init__(self, model: Recommender, title: Callable[[str], str]) -> None:
        self.model = model
        self._title = title
        self._kept: OrderedDict[str, Warm] = OrderedDict()

    def of(self, profile: Profile) -> Warm:
        """Return a customer's taste as of their last order or correction."""
        if profile.supposed:
            return self._read(profile)
        warm = self._kept.get(profile.customer)
        if warm is None or warm.edition is not profile.state.edition:
            warm = self._kept[profile.customer] = self._read(profile)
            while len(self._kept) > WARM:
                self._kept.popitem(last=False)
        self._kept.move_to_end(profile.customer)
        return warm

    def reasons(self, warm: Warm, places: Sequence[int], look: Look | None = None) -> list[tuple[Reason, ...]]:
        """Say why for some items, by index; `look` spares a second one where the caller has had one."""
        missing = [place for place in places if place not in warm.reasons]
        if missing:
            self._explain(warm, missing, look or self.model.look(warm.taste))
        return [warm.reasons[place] for place in places]

    def _read(self, profile: Profile) -> Warm:
        history = [Basket(one.at, one.products) for one in purchase_history(profile.state)]
        taste = self.model.taste(history, customer=profile.customer)
        look = self.model.look(taste)
        scores = look.scores.astype(np.float64)
        k = min(SHORTLIST, len(scores))
        best = np.argpartition(-scores, k - 1)[:k]
        best = best[np.lexsort((best, -scores[best]))]
        return Warm(profile.state.edition, taste, best, scores[best], {})

    def _explain(self, warm: Warm, places: Sequence[int], look: Look) -> None:
        found = self.model.explain_places(warm.taste, look, places)
        warm.reasons.update(zip(places, [item_reasons(why, self._title) for why in found], strict=True))
