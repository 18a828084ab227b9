"""Affinity: whether a recommender speaks for a group of items, such as those that a coupon covers."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Covers(NamedTuple):
    """Groups of items: their places in the recommender's universe one after the other, and where each group starts.

    A group of which the recommender knows nothing holds the one place beyond the universe.
    """

    places: NDArray[np.int64]
    starts: NDArray[np.int64]


def lay_covers(groups: Iterable[Iterable[str]], index: Mapping[str, int]) -> Covers:
    """Lay groups of items out over a universe, whose items `index` numbers from 0."""
    found = [[index[item] for item in group if item in index] or [len(index)] for group in groups]
    sizes = [len(group) for group in found]
    starts = np.cumsum([0, *sizes])[:-1]
    return Covers(np.array([place for group in found for place in group], np.int64), starts.astype(np.int64))


def suits(scores: NDArray[np.floating[Any]], covers: Covers) -> NDArray[np.float64]:
    """Say how far the best item of each group stands above the tenth of the universe that suits the customer best.

    Args:
        scores: Of the universe, shape (items,), >= 0.

    Returns: Shape (groups,), above 0 where the recommender speaks for a group.
    """
    tenth = max(1, len(scores) // 10)
    bar = float(np.partition(scores, -tenth)[-tenth])
    best: NDArray[np.float64] = np.maximum.reduceat(np.append(scores, 0.0)[covers.places], covers.starts)
    return best - bar
