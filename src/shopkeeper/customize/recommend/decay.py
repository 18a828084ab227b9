"""How much an older basket still says: weights by how many newer ones followed it, never by days.

A household that stays away for a month does not change its taste meanwhile, and an answer stays true until the next
basket.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]


def group_decay(age: NDArray[np.integer[Any]], *, size: int, within: float, across: float) -> Weights:
    """Weigh baskets in groups of `size`, counted from the newest: `within ** place * across ** group`.

    The oldest group is filled up with empty baskets, so that it is not weighed above its size.

    Source: Hu, He, Gao & Zhang, "Modeling Personalized Item Frequency Information for Next-basket Recommendation",
    SIGIR 2020, eq. 1-2.
    """
    weights: Weights = within ** (age % size) * across ** (age // size).astype(np.float64)
    return weights


def power_decay(age: NDArray[np.integer[Any]], *, offset: float) -> Weights:
    """Weigh baskets by `offset / (age + offset)`: steep at first, with a long memory."""
    weights: Weights = offset / (age + offset).astype(np.float64)
    return weights
