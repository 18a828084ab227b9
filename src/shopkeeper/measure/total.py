"""Totals over everybody, estimated from a simple random sample."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from shopkeeper.core.errors import BadInput

Floats = NDArray[np.float64]


class Total(NamedTuple):
    """An estimated total with its interval, in the unit of the sample; exact where everybody was asked."""

    total: float
    low: float
    high: float


def estimated_total(sample: Floats, *, population: int, level: float = 0.95) -> Total:
    """Estimate the sum over a population from a simple random sample drawn without replacement.

    Args:
        sample: Values of those who were drawn, shape (drawn,).
        population: How many there are, >= drawn.

    Raises: BadInput: fewer in the population than in the sample, or fewer than two drawn of more.

    Source: Cochran, Sampling Techniques (1977), section 2.9, with Student's t.
    """
    drawn = len(sample)
    if population < drawn:
        raise BadInput(f"population == {population}, must be >= the {drawn} that were drawn")
    if population == drawn:
        exact = float(sample.sum())
        return Total(exact, exact, exact)
    if drawn < 2:
        raise BadInput(f"drawn == {drawn}, must be >= 2")
    total = float(sample.mean()) * population
    spread = float(sample.std(ddof=1)) * np.sqrt((1 - drawn / population) / drawn)
    reach = float(stdtrit(drawn - 1, 0.5 + level / 2)) * population * float(spread)
    return Total(total, total - reach, total + reach)
