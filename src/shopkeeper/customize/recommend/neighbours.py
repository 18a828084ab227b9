"""The households most like one customer, by the Euclidean distance of their tastes."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shopkeeper.customize.recommend.purchases import Matrix


class Households(NamedTuple):
    """What the households of the training data like.

    tastes: CSR float32 (n_customers, n_items): each one's strongest shares.
    squares: float32 (n_customers,): squared lengths of the rows; infinite for a household without purchases.
    """

    tastes: Matrix
    squares: NDArray[np.float32]


def households(tastes: Matrix, keep: int) -> Households:
    """Keep each household's `keep` largest shares: as good at finding neighbours, and several times faster."""
    rows = np.repeat(np.arange(tastes.shape[0]), np.diff(tastes.indptr))
    order = np.lexsort((tastes.indices, -tastes.data, rows))
    place = np.arange(len(order)) - tastes.indptr[rows[order]]
    kept = np.sort(order[place < keep])
    matrix = sparse.csr_array((tastes.data[kept], (rows[kept], tastes.indices[kept])), shape=tastes.shape)
    return with_squares(matrix)


def with_squares(tastes: Matrix) -> Households:
    """Add the squared lengths to the rows."""
    squares = np.asarray(tastes.multiply(tastes).sum(axis=1), np.float32).ravel()
    squares[np.diff(tastes.indptr) == 0] = np.inf
    return Households(tastes, squares)


def nearest(
    among: Households, items: NDArray[np.integer[Any]], shares: NDArray[np.float32], *, n: int, but: int | None
) -> NDArray[np.int32]:
    """Return the indexes of the `n` nearest households, ascending; fewer where there are fewer.

    Args:
        items, shares: The customer's taste, (k,).
        but: A household to leave out: her own.
    """
    taste = np.zeros(among.tastes.shape[1], np.float32)
    taste[items] = shares
    distance = among.squares - 2 * (among.tastes @ taste)
    if but is not None:
        distance[but] = np.inf
    found = np.argpartition(distance, n)[:n] if n < len(distance) else np.arange(len(distance))
    found = np.sort(found[np.isfinite(distance[found])])
    return found.astype(np.int32)
