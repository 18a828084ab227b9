"""EASE: which items are bought together, by the regression of each item on all others in closed form."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack

from shopkeeper.core.errors import BadInput
from shopkeeper.customize.recommend.purchases import Matrix


def fit_ease(bought: Matrix, ridge: float) -> NDArray[np.float32]:
    """Fit item-to-item weights.

    Args:
        bought: CSR (n_customers, n_items), float32.
        ridge: L2 penalty, > 0.

    Returns: (n_items, n_items) float32; row: the item in the history, column: the item recommended; zero diagonal.
    Takes time ~ n_items ** 3 (2 s at 4,000) and twice the memory of the result.
    Raises: BadInput: `ridge` is not positive.
    Source: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019, eq. 8.
    """
    if not ridge > 0:
        raise BadInput(f"ridge == {ridge}, must be > 0")
    gram = (bought.T @ bought).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += ridge
    factor, _ = lapack.spotrf(gram.T, lower=1, clean=1, overwrite_a=1)
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    lower = np.tril(inverse, -1)
    weights: NDArray[np.float32] = lower + lower.T
    weights /= -np.diagonal(inverse)
    return weights


def strongest(weights: NDArray[np.float32], keep: int) -> Matrix:
    """Keep, for each column, its `keep` largest positive weights: CSR float32 of the same shape.

    Only positive weights are kept, so that what a customer bought can never speak against an item.
    """
    rows = np.argpartition(-weights, min(keep, len(weights)) - 1, axis=0)[:keep] if len(weights) else np.empty((0, 0))
    values: NDArray[Any] = np.take_along_axis(weights, rows.astype(np.int64), axis=0)
    columns = np.broadcast_to(np.arange(weights.shape[1]), rows.shape)
    some = values > 0
    return sparse.csr_array((values[some], (rows[some].astype(np.int64), columns[some])), shape=weights.shape)
