"""Coupons compared: which share of their cost is spent on what would have been bought anyway.

    ours = Allocation(household, face, p_redeem, p_anyway, redeemers_anyway)     one row a coupon given to a household
    anyway_share(ours, households=n, rng=rng)                                    the share, with bounds and interval
    compare(ours, chain, households=n, rng=rng)                                  ours less the chain's, paired
    realised_share(ours, bought, free, households=n, rng=rng)                    what the held-out weeks say

**One estimator for both sides.** A coupon costs its face value when it is redeemed, so its expected cost is
face * p_redeem; the anyway part of it is face * p_redeem * s, where s is the share of redeemers who would have bought
a covered product without it. Both sides get the same number of coupons per household (`keep`), from the same live
coupons, scored at the same instant by the same models, which saw nothing of the held-out weeks.

**What cannot be known.** Nobody is both given a coupon and not, so s is not identified. It is estimated (see
`customize.coupons.anyway`), and bounded without any assumption by Fréchet and Hoeffding: of all redemptions, between
max(0, p_anyway + p_redeem - 1) and min(p_anyway, p_redeem) are by customers who would have bought anyway. Those bounds
are given as `least` and `most`; where the two sides' bounds overlap, the difference rests on the estimate of s.

**Two checks from what happened.** (a) A coupon that we chose for a household that was *not* mailed it had no effect
there: whether the household bought a covered product in the held-out weeks is the truth about "anyway", and
`realised_share` uses it in place of p_anyway. (b) Of the chain's real redemptions, `bought_before` gives the observed
share by households that had bought a covered product in the weeks before the mailing.

Limits: type A campaigns gave each household its own unrecorded choice out of some 200 coupons; a random draw of them
stands for the chain's choice, which was by purchase history, so the chain's share is understated. The chain aimed at
its own ends, not at this share. What a coupon does to other products and later weeks is not in it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.errors import BadInput

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Allocation(NamedTuple):
    """Coupons given to households; arrays of shape (coupons given,).

    household: Row, int64 from 0. face: Minor units. p_redeem, p_anyway: Within 28 days.
    redeemers_anyway: Share of redeemers who would have bought anyway.
    """

    household: Ints
    face: Floats
    p_redeem: Floats
    p_anyway: Floats
    redeemers_anyway: Floats

    def rows(self, which: Mask | Ints) -> "Allocation":
        """Return some of the coupons given."""
        return Allocation(
            self.household[which],
            self.face[which],
            self.p_redeem[which],
            self.p_anyway[which],
            self.redeemers_anyway[which],
        )


class Share(NamedTuple):
    """A share of expected cost with its interval over households.

    least, most: Bounds without any assumption about redeemers, where they apply.
    cost: Expected, minor units. coupons, households: How many there are behind it.
    """

    share: float
    low: float
    high: float
    cost: float
    coupons: int
    households: int
    least: float | None = None
    most: float | None = None


class Difference(NamedTuple):
    """Our share less the chain's, with its interval over households; below 0 we waste less."""

    difference: float
    low: float
    high: float


def keep(household: Ints, score: Floats, *, n: int) -> Ints:
    """Return the rows of the `n` highest scores of each household: the same allowance for both sides.

    Args:
        score: What the side chooses by; random numbers where its choice was not recorded.
    """
    order = np.lexsort((-score, household))
    ranked = household[order]
    rank = np.arange(len(ranked)) - np.searchsorted(ranked, ranked)
    return order[rank < n]


def anyway_share(
    given: Allocation, *, households: int, rng: np.random.Generator, draws: int = 1_000, level: float = 0.95
) -> Share:
    """Return the share of expected cost spent on what would have been bought anyway.

    Raises: BadInput: no coupon was given, or none is expected to be redeemed.
    """
    cost = given.face * given.p_redeem
    found = _share(given, cost, cost * given.redeemers_anyway, households=households, rng=rng, draws=draws, level=level)
    total = float(cost.sum())
    most = given.face * np.minimum(given.p_anyway, given.p_redeem)
    least = given.face * np.maximum(given.p_anyway + given.p_redeem - 1.0, 0.0)
    return found._replace(least=float(least.sum()) / total, most=float(most.sum()) / total)


def realised_share(
    given: Allocation,
    bought: Mask,
    free: Mask,
    *,
    households: int,
    rng: np.random.Generator,
    draws: int = 1_000,
    level: float = 0.95,
) -> Share:
    """Return the share of expected cost at households that bought a covered product with no such coupon in hand.

    Args:
        bought: A covered product in the held-out weeks. free: The household was given no coupon for it by the chain,
            so that what it bought is what it would have bought anyway; other rows are left out.
    """
    given, bought = given.rows(free), bought[free]
    cost = given.face * given.p_redeem
    return _share(given, cost, cost * bought, households=households, rng=rng, draws=draws, level=level)


def bought_before(redeemed_by: Ints, bought: Mask, *, households: int, rng: np.random.Generator) -> Share:
    """Return the share of real redemptions by households that had bought a covered product before.

    Args:
        redeemed_by: Household of each redemption. bought: Whether it had bought a covered product before the mailing.
    """
    ones = np.ones(len(redeemed_by))
    given = Allocation(redeemed_by, ones, ones, ones, ones)
    return _share(given, ones, bought.astype(np.float64), households=households, rng=rng, draws=1_000, level=0.95)


def compare(
    ours: Allocation,
    chain: Allocation,
    *,
    households: int,
    rng: np.random.Generator,
    draws: int = 1_000,
    level: float = 0.95,
) -> Difference:
    """Return our anyway share less the chain's; each draw takes the same households for both."""
    sums = [
        _sums(side.household, cost, cost * side.redeemers_anyway, households)
        for side, cost in ((side, side.face * side.p_redeem) for side in (ours, chain))
    ]
    shares = [float(_ratio(side.sum(axis=0))) for side in sums]
    drawn = _resampled(np.column_stack(sums), draws, rng)
    low, high = _quantiles(_ratio(drawn[:, :2]) - _ratio(drawn[:, 2:]), level)
    return Difference(shares[0] - shares[1], low, high)


def _share(
    given: Allocation,
    cost: Floats,
    wasted: Floats,
    *,
    households: int,
    rng: np.random.Generator,
    draws: int,
    level: float,
) -> Share:
    if not cost.sum() > 0:
        raise BadInput("no coupon that costs anything: give coupons with a face value to at least one household")
    sums = _sums(given.household, cost, wasted, households)
    low, high = _quantiles(_ratio(_resampled(sums, draws, rng)), level)
    share, total = float(wasted.sum() / cost.sum()), float(cost.sum())
    return Share(share, low, high, total, len(cost), len(np.unique(given.household)))


def _sums(household: Ints, cost: Floats, wasted: Floats, households: int) -> Floats:
    return np.column_stack([np.bincount(household, part, minlength=households) for part in (cost, wasted)])


def _resampled(sums: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Sum over households drawn with replacement, for each draw: coupons of one household stand or fall together."""
    households = len(sums)
    even = np.full(households, 1.0 / households)
    return np.stack([rng.multinomial(households, even) @ sums for _ in range(draws)])


def _ratio(sums: Floats) -> Floats:
    ratio: Floats = np.full(sums[..., 0].shape, np.nan)
    np.divide(sums[..., 1], sums[..., 0], out=ratio, where=sums[..., 0] > 0)
    return ratio


def _quantiles(drawn: Floats, level: float) -> tuple[float, float]:
    low, high = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
