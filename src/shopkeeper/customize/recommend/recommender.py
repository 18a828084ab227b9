"""The recommender that serves: one customer's live history in, a score for every item and its reasons out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.errors import NotFound
from shopkeeper.customize.recommend.decay import power_decay
from shopkeeper.customize.recommend.entries import Columns, Entries, gathered
from shopkeeper.customize.recommend.neighbours import Households, nearest
from shopkeeper.customize.recommend.purchases import Basket, Matrix
from shopkeeper.customize.recommend.settings import Settings

NAMED = 5
"""How many items of the history an explanation names."""


class Taste(NamedTuple):
    """What one customer likes, as of her history.

    items: int32 (k,), ascending indexes of the known items that she bought.
    shares: float32 (k,), in (0, 1]: in what share of her baskets, newer ones counted for more.
    counts, last: int64 (k,): in how many baskets, and the instant of the newest, microseconds.
    similar: int32, indexes of the households most like her.
    """

    items: NDArray[np.int32]
    shares: NDArray[np.float32]
    counts: NDArray[np.int64]
    last: NDArray[np.int64]
    similar: NDArray[np.int32]


class Own(NamedTuple):
    """The customer's own repeat purchases: in how many baskets, and the instant of the last (microseconds)."""

    part: float
    times: int
    last: int | None


class Similar(NamedTuple):
    """Similar households: how many were asked, and how many of them have the item among their strongest."""

    part: float
    buyers: int
    households: int


class Together(NamedTuple):
    """An item of her history that is bought together with the explained one."""

    part: float
    item: str


class Explanation(NamedTuple):
    """Why an item has its score: own.part + similar.part + each together.part + others + popular == score.

    together: The strongest, largest part first. others: What the rest of her items add, too little each to be named.
    No other customer is ever named.
    """

    item: str
    score: float
    own: Own
    similar: Similar
    together: tuple[Together, ...]
    others: float
    popular: float


class Look(NamedTuple):
    """Everything that a taste says of every item, kept for explanations.

    scores: float32 (n_items,), >= 0, in the order of `items`.
    similar, together: The entries that were added up, of the similar households and of the items bought.
    """

    scores: NDArray[np.float32]
    similar: Entries
    together: Entries


@dataclass(frozen=True, slots=True)
class Recommender:
    """A fitted blend: own shares + similar households (TIFU-kNN) + bought together (EASE) + recent popularity.

    items: The universe, ascending ids. customers: Pseudonymous ids of the rows of `households`.
    popularity: float32 (n_items,). rare: Popularity of the items outside the universe.
    together: CSR float32 (n_items, n_items); row: in the history, column: recommended.
    """

    items: tuple[str, ...]
    customers: tuple[str, ...]
    popularity: NDArray[np.float32]
    rare: Mapping[str, float]
    households: Households
    together: Matrix
    settings: Settings
    index: Mapping[str, int] = field(init=False, repr=False)
    _rows: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {item: i for i, item in enumerate(self.items)})
        object.__setattr__(self, "_rows", {customer: i for i, customer in enumerate(self.customers)})

    def taste(self, history: Sequence[Basket], *, customer: str | None = None) -> Taste:
        """Read a customer's taste from her baskets; it holds until her next basket.

        Args:
            history: Net of refunds, baskets after the training included; of equal instants the later one listed is
                newer. Unknown items are ignored.
            customer: Her id, so that she is not her own neighbour.
        """
        index = self.index
        known = [(at, found) for at, items in history if (found := {index[item] for item in items if item in index})]
        known.sort(key=lambda basket: basket[0])
        known.reverse()
        if not known:
            none = np.empty(0, np.int32)
            return Taste(none, none.astype(np.float32), none.astype(np.int64), none.astype(np.int64), none)
        weights = power_decay(np.arange(len(known)), offset=self.settings.offset)
        weights /= weights.sum()
        flat = np.fromiter((item for _, found in known for item in found), np.int32)
        of = np.repeat(np.arange(len(known)), [len(found) for _, found in known])
        items, newest, place = np.unique(flat, return_index=True, return_inverse=True)
        shares = np.bincount(place, weights[of]).astype(np.float32)
        last = np.fromiter((at for at, _ in known), np.int64)[of[newest]]
        but = None if customer is None else self._rows.get(customer)
        similar = nearest(self.households, items, shares, n=self.settings.neighbours, but=but)
        return Taste(items, shares, np.bincount(place), last, similar)

    def look(self, taste: Taste) -> Look:
        """Score every item, and keep what the scores are made of."""
        n = len(self.items)
        similar = gathered(self.households.tastes, taste.similar)
        together = gathered(self.together, taste.items)
        total = self.settings.popular * self.popularity
        total[taste.items] += taste.shares
        if len(taste.similar):
            weight = self.settings.similar / len(taste.similar)
            similar = similar._replace(values=similar.values * np.float32(weight))
            total += np.bincount(similar.columns, similar.values, minlength=n)
        together = together._replace(values=together.values * self._pull(taste)[together.rows])
        total += np.bincount(together.columns, together.values, minlength=n)
        return Look(total, similar, together)

    def scores(self, taste: Taste) -> NDArray[np.float32]:
        """Score every item of the universe: float32 (n_items,), >= 0, in the order of `items`."""
        return self.look(taste).scores

    def rank(self, taste: Taste, items: Sequence[str]) -> NDArray[np.float32]:
        """Score the caller's own items: float32 (len(items),); one outside the universe gets its popularity."""
        scores = self.scores(taste)
        popular, rare = self.settings.popular, self.rare
        places = (self.index.get(item) for item in items)
        pairs = zip(items, places, strict=True)
        return np.array([popular * rare.get(item, 0.0) if i is None else scores[i] for item, i in pairs], np.float32)

    def explain(self, taste: Taste, item: str) -> Explanation:
        """Take an item's score apart. Raises: NotFound: the item is not in the universe."""
        if item not in self.index:
            raise NotFound("item: not among those that this model knows; rank() gives it its popularity")
        return self.explain_places(taste, self.look(taste), [self.index[item]])[0]

    def explain_places(self, taste: Taste, look: Look, places: Sequence[int]) -> list[Explanation]:
        """Take the scores of some items apart, by their index in `items`, from one look."""
        columns = Columns(places, len(self.items))
        parts, buyers = columns.totals(look.similar)
        asked = len(taste.similar)
        return [
            self._explained(taste, place, float(look.scores[place]), similar=Similar(part, n, asked), together=pairs)
            for place, part, n, pairs in zip(places, parts, buyers, columns.cells(look.together), strict=True)
        ]

    def _explained(
        self, taste: Taste, place: int, score: float, *, similar: Similar, together: list[tuple[float, int]]
    ) -> Explanation:
        together.sort(key=lambda pair: (-pair[0], pair[1]))
        return Explanation(
            item=self.items[place],
            score=score,
            own=_own(taste, place),
            similar=similar,
            together=tuple(Together(value, self.items[taste.items[row]]) for value, row in together[:NAMED]),
            others=sum(value for value, _ in together[NAMED:]),
            popular=float(self.settings.popular * self.popularity[place]),
        )

    def _pull(self, taste: Taste) -> NDArray[np.float32]:
        """Return the weight of each bought item in the history: the root lets a rare purchase speak too."""
        return np.float32(self.settings.together) * np.sqrt(taste.shares)


def _own(taste: Taste, place: int) -> Own:
    at = int(np.searchsorted(taste.items, place))
    if at == len(taste.items) or taste.items[at] != place:
        return Own(0.0, 0, None)
    return Own(float(taste.shares[at]), int(taste.counts[at]), int(taste.last[at]))
