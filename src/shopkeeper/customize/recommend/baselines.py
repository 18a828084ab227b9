"""The plain methods that a recommender must beat; each scores many customers at once."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import sparse

from shopkeeper.customize.recommend.decay import group_decay
from shopkeeper.customize.recommend.neighbours import households, nearest
from shopkeeper.customize.recommend.purchases import Matrix, Purchases

_DAY = 86_400_000_000


def recent_popularity(purchases: Purchases, *, before: int, days: int = 28) -> NDArray[np.float32]:
    """Count in how many baskets of the last `days` before `before` an item was, per customer: float32 (n_items,)."""
    recent = purchases.at[purchases.basket] >= before - days * _DAY
    counts = np.bincount(purchases.item[recent], minlength=len(purchases.items))
    return (counts / max(1, len(purchases.customers))).astype(np.float32)


def personal_frequency(purchases: Purchases, *, before: int, half_life_days: float | None = None) -> Matrix:
    """Count each customer's baskets that hold an item: CSR float32 (n_customers, n_items).

    Args:
        half_life_days: A basket counts half after so many days; None does not decay.
    """
    age = (before - purchases.at) / _DAY
    weights = np.ones(len(age)) if half_life_days is None else 0.5 ** (age / half_life_days)
    return purchases.weighted(weights)


def tifu_knn(purchases: Purchases, *, neighbours: int = 100, alpha: float = 0.5) -> Matrix:
    """Score every item for every customer by TIFU-kNN as published: CSR float32 (n_customers, n_items).

    The defaults are the best of a grid on the window on which `settings.PRODUCTS` was chosen.
    Source: Hu et al. (2020), eq. 3, with a group size of 7 and decays of 0.9 and 0.7.
    """
    own = tifu(purchases)
    among = households(own, own.shape[1])
    rows = []
    for row in range(own.shape[0]):
        span = slice(own.indptr[row], own.indptr[row + 1])
        near = nearest(among, own.indices[span], own.data[span], n=neighbours, but=row)
        rows.append(sparse.csr_array(own[near].mean(axis=0).reshape(1, -1)) if len(near) else own[[row]])
    return (alpha * own + (1 - alpha) * sparse.vstack(rows)).tocsr().astype(np.float32)


def tifu(purchases: Purchases, *, size: int = 7, within: float = 0.9, across: float = 0.7) -> Matrix:
    """Return the personal vectors of TIFU-kNN as published (Hu et al. 2020): CSR float32 (n_customers, n_items)."""
    weights = group_decay(purchases.age(), size=size, within=within, across=across)
    total = np.bincount(purchases.owner, weights, minlength=len(purchases.customers))
    return purchases.weighted(weights / total[purchases.owner])


def random_scores(n_customers: int, n_items: int, rng: Generator) -> NDArray[np.float32]:
    """Draw scores uniformly: float32 (n_customers, n_items), the floor under every method."""
    return rng.random((n_customers, n_items), dtype=np.float32)
