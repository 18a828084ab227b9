"""Compare the coupons that Shopkeeper would give with those that the shop's own mailings gave, over held-out weeks.

Both sides: the customers mailed a coupon that is still live at the cut, up to `n` coupons each out of the live ones,
scored at the cut by a model that saw nothing later. Ours are those of the highest value, above 0 and with a role, as a
decision takes them; of the mailing's, where more than `n` were sent or only a list is known, a random draw. What the
figures mean, and cannot mean: `measure.coupons`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.errors import BadInput
from shopkeeper.customize.coupons.anyway import HORIZON_DAYS, CouponModel
from shopkeeper.customize.coupons.coverage import Covered, stand
from shopkeeper.customize.coupons.history import History, some
from shopkeeper.customize.coupons.purchases import Floats, Ints, Purchases
from shopkeeper.customize.coupons.redemption import redeemed_before
from shopkeeper.customize.coupons.value import NO_ROLE, Prospect, Worth, prospects, value_coupons
from shopkeeper.measure.coupons import (
    Allocation,
    Difference,
    Share,
    anyway_share,
    bought_before,
    compare,
    keep,
    realised_share,
)

EARLIER_DAYS = 182


class Comparison(NamedTuple):
    """Both sides by the same estimator, and what the held-out weeks say of ours.

    ours, mailed: Share of expected cost spent on what would be bought anyway. difference: ours less theirs, paired.
    value: Mean value of a coupon, minor units, (ours, mailed).
    expected, realised: Of our coupons for customers whom no mailing gave that coupon: the share of expected cost at
        customers who buy a covered product, as p_anyway says and as it was; None where every one was mailed.
    familiar: Share of expected cost at customers who bought a covered product in the 26 weeks before, (ours, mailed).
    redeemers: Of the real redemptions in the history, the share by customers who had bought a covered product in the
        26 weeks before they were mailed the coupon; None without redemptions.
    """

    ours: Share
    mailed: Share
    difference: Difference
    value: tuple[float, float]
    expected: Share | None
    realised: Share | None
    familiar: tuple[float, float]
    redeemers: Share | None


def compare_with_mailings(
    model: CouponModel,
    history: History,
    held_out: Purchases,
    *,
    live: Ints,
    now: float,
    n: int,
    rng: np.random.Generator,
    affinity: Floats | None = None,
) -> Comparison:
    """Compare.

    Args:
        history: Up to the cut. held_out: The 28 days from it; customers and products are the history's rows.
        live: Coupons that are valid at the cut. now: The cut, in days. n: Coupons for each customer, at most.
        affinity: The recommender's word for each live coupon, (customers, live), as decisions use it; None: not asked.

    Raises: BadInput: no customer was mailed a live coupon.
    """
    row = np.full(len(history.covered.ids), -1)
    row[live] = np.arange(len(live))
    sent = history.shown.rows((row[history.shown.coupon] >= 0) & (history.shown.day < now))
    if not len(sent.day):
        raise BadInput("no customer was mailed a coupon that is valid at the cut: there is nothing to compare with")
    covered = history.covered.only(live).with_share(model.share)
    view = _View(model, covered, history, now=now, n=n, affinity=affinity)
    mailed = np.zeros((history.customers, len(live)), dtype=np.bool_)
    mailed[sent.customer, row[sent.coupon]] = True
    drawn = keep(sent.customer, rng.random(len(sent.day)), n=n)
    theirs = (sent.customer[drawn], row[sent.coupon][drawn])
    ours = _best(view.offered(), np.unique(sent.customer), n=n)
    found = _judged(view, ours, theirs, mailed, held_out, rng=rng)
    return found._replace(redeemers=_redeemers(history, rng))


class _View:
    """Every customer's prospects and worth of every live coupon at the cut."""

    def __init__(
        self, model: CouponModel, covered: Covered, history: History, *, now: float, n: int, affinity: Floats | None
    ) -> None:
        self.covered, self.customers, self.now = covered, history.customers, now
        self.past = history.purchases.before(now)
        everyone = np.arange(history.customers)
        redeemed = redeemed_before(history.shown, everyone, now)
        together = np.full((history.customers, 1), float(n))
        standing = stand(covered, self.past, customers=history.customers, now=now)
        self.prospect: Prospect = prospects(
            model, covered, standing, redeemed=redeemed, together=together, affinity=affinity
        )
        self.worth: Worth = value_coupons(model, covered, self.prospect)

    def offered(self) -> Floats:
        """Return each coupon's value as a decision ranks it, NaN for one that a decision leaves out."""
        worthy = (self.prospect.role != NO_ROLE) & (self.worth.value > 0)
        return np.where(worthy, self.worth.value, np.nan)

    def given(self, pairs: tuple[Ints, Ints]) -> Allocation:
        return Allocation(
            household=pairs[0],
            face=self.covered.face[pairs[1]],
            p_redeem=self.worth.p_redeem[pairs],
            p_anyway=self.prospect.p_anyway[pairs],
            redeemers_anyway=self.worth.redeemers_anyway[pairs],
        )

    def bought(self, purchases: Purchases, *, end: float) -> NDArray[np.bool_]:
        return stand(self.covered, purchases, customers=self.customers, now=end).orders > 0


def _best(value: Floats, customers: Ints, *, n: int) -> tuple[Ints, Ints]:
    coupons = value.shape[1]
    who, what = np.repeat(customers, coupons), np.tile(np.arange(coupons), len(customers))
    score = value[who, what]
    some = np.flatnonzero(np.isfinite(score))
    kept = some[keep(who[some], score[some], n=n)]
    return who[kept], what[kept]


def _judged(
    view: _View,
    ours: tuple[Ints, Ints],
    theirs: tuple[Ints, Ints],
    mailed: NDArray[np.bool_],
    held_out: Purchases,
    *,
    rng: np.random.Generator,
) -> Comparison:
    sides, customers = (view.given(ours), view.given(theirs)), view.customers
    free = ~mailed[ours]
    realised = expected = None
    if free.any():
        happened = view.bought(held_out.between(view.now, view.now + HORIZON_DAYS), end=view.now + HORIZON_DAYS)[ours]
        plain = sides[0].rows(free)._replace(redeemers_anyway=sides[0].p_anyway[free])
        expected = anyway_share(plain, households=customers, rng=rng)._replace(least=None, most=None)
        realised = realised_share(sides[0], happened, free, households=customers, rng=rng)
    earlier = view.bought(view.past.between(view.now - EARLIER_DAYS, view.now), end=view.now)
    familiar = [
        float(np.average(earlier[pairs], weights=side.face * side.p_redeem))
        for side, pairs in zip(sides, (ours, theirs), strict=True)
    ]
    return Comparison(
        ours=anyway_share(sides[0], households=customers, rng=rng),
        mailed=anyway_share(sides[1], households=customers, rng=rng),
        difference=compare(sides[0], sides[1], households=customers, rng=rng),
        value=(float(view.worth.value[ours].mean()), float(view.worth.value[theirs].mean())),
        expected=expected,
        realised=realised,
        familiar=(familiar[0], familiar[1]),
        redeemers=None,
    )


def _redeemers(history: History, rng: np.random.Generator) -> Share | None:
    redeemed = history.shown.rows(np.isfinite(history.shown.redeemed))
    if not len(redeemed.day):
        return None
    had = np.zeros(len(redeemed.day), dtype=np.bool_)
    for day in np.unique(redeemed.day):
        rows = np.flatnonzero(redeemed.day == day)
        customers, who = np.unique(redeemed.customer[rows], return_inverse=True)
        coupons, what = np.unique(redeemed.coupon[rows], return_inverse=True)
        covered, purchases = some(history, customers, coupons)
        earlier = purchases.between(day - EARLIER_DAYS, day)
        had[rows] = stand(covered, earlier, customers=len(customers), now=day).orders[who, what] > 0
    return bought_before(redeemed.customer, had, households=history.customers, rng=rng)
