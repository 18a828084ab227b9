"""Lift: what the shop's treated customers did more than the holdout, with what chance alone would explain.

    found = lift(treated, holdout, share=0.1)
    found.difference, found.low, found.high        per customer, in the unit of the figures
    found.verdict                                  higher, lower, not shown, needs more data, not to be trusted

One figure a customer, zeros included, by the arm first assigned, whether or not anything was shown (intention to
treat): customers who could not be reached dilute the figure, and leaving them out would bias it.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtri, stdtr, stdtrit

from shopkeeper.core.errors import BadInput

Floats = NDArray[np.float64]
Verdict = Literal["higher", "lower", "not shown", "needs more data", "not to be trusted"]

FEWEST = 100
"""Customers in an arm below which no verdict is given: sums of money are too skewed for a t interval on fewer."""
SAMPLE_RATIO_ALPHA = 0.001
"""The usual level of the sample-ratio check: it is looked at often, and a true mismatch is glaring."""
POWER = 0.8


class Lift(NamedTuple):
    """What treated customers did more than the holdout.

    treated, holdout: Means per customer; customers: how many in (treated, holdout).
    difference, low, high: Of the means, with its interval. p_value: two-sided, of no difference.
    relative: difference / holdout mean, with its interval; None where the holdout's mean may be 0.
    sample_ratio_p: Probability of arms so unequal if the assignment works as declared; None without a share.
    needed: Customers (both arms, same shares) that would show a difference of this size with 80 % power.
    """

    customers: tuple[int, int]
    treated: float
    holdout: float
    difference: float
    low: float
    high: float
    p_value: float
    relative: tuple[float, float, float] | None
    sample_ratio_p: float | None
    needed: int | None
    verdict: Verdict


def lift(
    treated: Floats,
    holdout: Floats,
    *,
    share: float | None = None,
    before: tuple[Floats, Floats] | None = None,
    level: float = 0.95,
) -> Lift:
    """Compare two arms.

    Args:
        treated, holdout: One figure a customer, shapes (n,) and (m,).
        share: The declared share of the holdout, to check the sizes of the arms against.
        before: The same customers' figures from before the assignment, parallel; narrows the interval (CUPED).
        level: Of the intervals.

    Raises: BadInput: fewer than two customers in an arm, a figure that is not finite, shapes that differ.
    Source: Welch (1947); CUPED: Deng, Xu, Kohavi & Walker (2013), eq. 4 with one covariate, pooled slope.
    """
    _check(treated, holdout, before)
    if before is not None:
        treated, holdout = adjusted((treated, holdout), before)
    sizes = (len(treated), len(holdout))
    means = (float(treated.mean()), float(holdout.mean()))
    errors = (float(treated.var(ddof=1)) / sizes[0], float(holdout.var(ddof=1)) / sizes[1])
    difference, error = means[0] - means[1], sum(errors) ** 0.5
    freedom = _freedom(errors, sizes)
    reach = float(stdtrit(freedom, (1 + level) / 2)) * error
    ratio_p = None if share is None else sample_ratio(sizes[0], sizes[1], share=share)
    return Lift(
        customers=sizes,
        treated=means[0],
        holdout=means[1],
        difference=difference,
        low=difference - reach,
        high=difference + reach,
        p_value=2 * float(stdtr(freedom, -abs(difference) / error)) if error > 0 else 1.0,
        relative=_relative(means, errors, level),
        sample_ratio_p=ratio_p,
        needed=_needed(difference, error, sizes),
        verdict=_verdict(difference, reach, sizes, ratio_p),
    )


def sample_ratio(treated: int, holdout: int, *, share: float) -> float:
    """Return how probable arms at least so far from the declared share are: chi-square with one degree of freedom.

    Raises: BadInput: `share` is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise BadInput(f"share == {share!r}, must be > 0 and < 1")
    total = treated + holdout
    expected = (total * (1 - share), total * share)
    off = sum((seen - due) ** 2 / due for seen, due in zip((treated, holdout), expected, strict=True)) if total else 0.0
    return float(chdtrc(1, off))


def adjusted(figures: tuple[Floats, Floats], before: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Take out what the figures from before explain; the difference of the means keeps its expectation."""
    y, x = np.concatenate(figures), np.concatenate(before)
    spread = float(x.var())
    slope = float(np.cov(x, y, ddof=0)[0, 1]) / spread if spread > 0 else 0.0
    left = y - slope * (x - x.mean())
    return left[: len(figures[0])], left[len(figures[0]) :]


def _check(treated: Floats, holdout: Floats, before: tuple[Floats, Floats] | None) -> None:
    for name, figures in (("treated", treated), ("holdout", holdout)):
        if len(figures) < 2:
            raise BadInput(f"{name}: {len(figures)} customers, must be >= 2 to tell a difference from chance")
        if not np.isfinite(figures).all():
            raise BadInput(f"{name}: a figure that is not finite; count a customer who did nothing as 0")
    if before is not None and (before[0].shape, before[1].shape) != (treated.shape, holdout.shape):
        raise BadInput("before: must hold one figure for each customer of either arm, in the same order")


def _freedom(errors: tuple[float, float], sizes: tuple[int, int]) -> float:
    """Return the Welch-Satterthwaite degrees of freedom."""
    below = sum(error**2 / (size - 1) for error, size in zip(errors, sizes, strict=True))
    return sum(errors) ** 2 / below if below > 0 else float(sum(sizes) - 2)


def _relative(
    means: tuple[float, float], errors: tuple[float, float], level: float
) -> tuple[float, float, float] | None:
    """Return the ratio of the means less 1 with its delta-method interval."""
    z = float(ndtri((1 + level) / 2))
    if abs(means[1]) <= z * errors[1] ** 0.5 or means[1] == 0:
        return None
    ratio = means[0] / means[1]
    reach = z * (errors[0] + ratio**2 * errors[1]) ** 0.5 / abs(means[1])
    return ratio - 1, ratio - 1 - reach, ratio - 1 + reach


def _needed(difference: float, error: float, sizes: tuple[int, int]) -> int | None:
    """Scale the customers so that the standard error becomes what the difference needs."""
    if difference == 0:
        return None
    due = abs(difference) / float(ndtri(0.975) + ndtri(POWER))
    return int(np.ceil(sum(sizes) * (error / due) ** 2))


def _verdict(difference: float, reach: float, sizes: tuple[int, int], ratio_p: float | None) -> Verdict:
    if ratio_p is not None and ratio_p < SAMPLE_RATIO_ALPHA:
        return "not to be trusted"
    if min(sizes) < FEWEST:
        return "needs more data"
    if abs(difference) <= reach:
        return "not shown"
    return "higher" if difference > 0 else "lower"
