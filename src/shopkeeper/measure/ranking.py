"""How good ranked lists are: accuracy by customer, and coverage, diversity and novelty beside it.

`top` is always (n_customers, n) int64: item indexes, best first, -1 where a list ends early. `relevant` is a CSR
(n_customers, n_items): non-zero where an item is relevant; customers without any score NaN.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.errors import BadInput

Floats = NDArray[np.float64]
Top = NDArray[np.int64]
Relevant = Any
"""A scipy CSR; scipy ships no types."""


class Difference(NamedTuple):
    """A mean paired difference with its 95 % interval; `n` customers.

    verdict: `ahead` or `behind` where the interval leaves out 0, else `tie`.
    """

    mean: float
    low: float
    high: float
    n: int
    verdict: str


def top_n(scores: NDArray[np.floating[Any]], n: int, *, masked: NDArray[np.bool_] | None = None) -> Top:
    """Rank the `n` best items of each row; of equal scores the lower index comes first.

    Args:
        scores: (n_customers, n_items). masked: The same shape; True is never ranked.
    """
    ranked = np.where(masked, -np.inf, scores) if masked is not None else scores
    n = min(n, ranked.shape[1])
    if not n:
        return np.empty((len(ranked), 0), np.int64)
    bound = -np.partition(-ranked, n - 1, axis=1)[:, n - 1]
    top = np.empty((len(ranked), n), np.int64)
    for row, (values, least) in enumerate(zip(ranked, bound, strict=True)):
        found = np.flatnonzero(values >= least)
        top[row] = found[np.argsort(-values[found], kind="stable")[:n]]
    top[~np.isfinite(np.take_along_axis(ranked, top, axis=1))] = -1
    return top


def ndcg_at(top: Top, relevant: Relevant, n: int) -> Floats:
    """Discounted gain of the first `n` over that of the best possible list, binary relevance: (n_customers,).

    Source: Järvelin & Kekäläinen (2002), with log2(place + 1).
    """
    hits, counts = _hits(top[:, :n], relevant)
    discount = 1 / np.log2(np.arange(n) + 2)
    best = np.concatenate([[np.nan], np.cumsum(discount)])[np.minimum(counts, n)]
    gained: Floats = hits @ discount[: hits.shape[1]] / best
    return gained


def hit_rate_at(top: Top, relevant: Relevant, n: int) -> Floats:
    """Return 1 where a relevant item is among the first `n`, else 0: (n_customers,)."""
    hits, counts = _hits(top[:, :n], relevant)
    found: Floats = np.where(counts > 0, hits.any(axis=1), np.nan)
    return found


def recall_at(top: Top, relevant: Relevant, n: int) -> Floats:
    """Return which part of all relevant items is among the first `n`: (n_customers,)."""
    hits, counts = _hits(top[:, :n], relevant)
    found: Floats = hits.sum(axis=1) / np.where(counts > 0, counts, np.nan)
    return found


def coverage(top: Top, n_items: int) -> float:
    """Return which part of all items is in at least one list."""
    return len(np.unique(top[top >= 0])) / max(1, n_items)


def diversity(top: Top, kinds: NDArray[np.integer[Any]]) -> Floats:
    """Return which part of each list's pairs are of different kinds: (n_customers,); NaN below two items.

    Args:
        kinds: (n_items,), a code for each item's category; -1 is no category, unlike everything. Intra-list
            diversity (Ziegler et al. 2005) with similarity 1 inside a category and 0 between, which needs no embedding
            and which a reader can check by eye.
    """
    kind = np.where(top >= 0, kinds[top], -1)
    pair = np.triu(np.ones((top.shape[1], top.shape[1]), bool), 1)
    there = (top >= 0)[:, :, None] & (top >= 0)[:, None, :] & pair
    same = (kind[:, :, None] == kind[:, None, :]) & (kind >= 0)[:, :, None]
    pairs = there.sum(axis=(1, 2))
    apart: Floats = 1 - (same & there).sum(axis=(1, 2)) / np.where(pairs > 0, pairs, np.nan)
    return apart


def novelty(top: Top, share: NDArray[np.floating[Any]]) -> Floats:
    """Return the mean surprise of each list in bits: (n_customers,); NaN for an empty list.

    Args:
        share: (n_items,), the part of customers who bought each item in training; 0 counts as the least above 0.

    Source: Vargas & Castells (2011), self-information.
    """
    least = share[share > 0].min(initial=1.0)
    bits = -np.log2(np.maximum(share, least))
    there = top >= 0
    count = there.sum(axis=1)
    mean: Floats = np.where(there, bits[top], 0).sum(axis=1) / np.where(count > 0, count, np.nan)
    return mean


def paired_difference(ours: Floats, theirs: Floats) -> Difference:
    """Compare two methods on the same customers: mean of `ours - theirs` with a normal 95 % interval.

    Customers that either did not score (NaN) are left out.
    Raises: BadInput: different lengths, or fewer than two customers.
    """
    if ours.shape != theirs.shape:
        raise BadInput(f"ours {ours.shape}, theirs {theirs.shape}, must be of the same customers")
    gap = ours - theirs
    gap = gap[~np.isnan(gap)]
    if len(gap) < 2:
        raise BadInput(f"{len(gap)} customers scored, must be at least 2 for an interval")
    mean, half = float(gap.mean()), float(1.959964 * gap.std(ddof=1) / np.sqrt(len(gap)))
    verdict = "ahead" if mean - half > 0 else "behind" if mean + half < 0 else "tie"
    return Difference(mean, mean - half, mean + half, len(gap), verdict)


def _hits(top: Top, relevant: Relevant) -> tuple[Floats, NDArray[np.int64]]:
    """Return 1 at each place that holds a relevant item, and how many items are relevant."""
    matrix = relevant.copy()
    matrix.eliminate_zeros()
    counts = np.diff(matrix.indptr).astype(np.int64)
    keys = np.repeat(np.arange(matrix.shape[0]), counts) * matrix.shape[1] + matrix.indices
    places = np.arange(len(top))[:, None] * matrix.shape[1] + top
    return (np.isin(places, keys) & (top >= 0)).astype(np.float64), counts
