"""Fitting a recommender from purchases."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shopkeeper.core.errors import BadInput
from shopkeeper.customize.recommend.baselines import recent_popularity
from shopkeeper.customize.recommend.decay import power_decay
from shopkeeper.customize.recommend.ease import fit_ease, strongest
from shopkeeper.customize.recommend.neighbours import households
from shopkeeper.customize.recommend.purchases import Matrix, Purchases, common_items
from shopkeeper.customize.recommend.recommender import Recommender
from shopkeeper.customize.recommend.settings import PRODUCTS, Settings


def fit(purchases: Purchases, *, before: int, settings: Settings = PRODUCTS) -> Recommender:
    """Fit a recommender.

    Args:
        purchases: Everything bought before `before`, rare items included.
        before: The instant that ends the training data, microseconds; recent popularity is counted back from it.

    Raises: BadInput: a purchase at or after `before`; or too few customers share an item to learn from.
    """
    if len(purchases.at) and int(purchases.at.max()) >= before:
        raise BadInput("purchases: some lie at or after the end of the training data; cut them first")
    universe = common_items(purchases, settings.minimum)
    if not universe.items:
        raise BadInput(f"purchases: no item was bought by {settings.minimum} customers; import more orders")
    return Recommender(
        items=universe.items,
        customers=universe.customers,
        popularity=recent_popularity(universe, before=before, days=settings.popular_days),
        rare=_rare(purchases, universe, before=before, settings=settings),
        households=households(tastes(universe, settings), settings.kept),
        together=_together(universe, settings),
        settings=settings,
    )


def tastes(purchases: Purchases, settings: Settings) -> Matrix:
    """Return every customer's decayed shares of baskets: CSR float32 (n_customers, n_items)."""
    weights = power_decay(purchases.age(), offset=settings.offset)
    total = np.bincount(purchases.owner, weights, minlength=len(purchases.customers))
    return purchases.weighted(weights / total[purchases.owner])


def _rare(purchases: Purchases, universe: Purchases, *, before: int, settings: Settings) -> Mapping[str, float]:
    popularity = recent_popularity(purchases, before=before, days=settings.popular_days)
    known = set(universe.items)
    pairs = zip(purchases.items, popularity.tolist(), strict=True)
    return {item: value for item, value in pairs if value > 0 and item not in known}


def _together(universe: Purchases, settings: Settings) -> Matrix:
    bought = universe.bought()
    top = np.sort(np.argsort(-np.asarray(bought.sum(axis=0)).ravel(), kind="stable")[: settings.ease_items])
    part = strongest(fit_ease(bought[:, top], settings.ridge), settings.partners).tocoo()
    return _placed(part, top, len(universe.items))


def _placed(part: Matrix, top: NDArray[np.intp], n: int) -> Matrix:
    cells = (part.data.astype(np.float32), (top[part.row], top[part.col]))
    return sparse.csr_array(cells, shape=(n, n))
