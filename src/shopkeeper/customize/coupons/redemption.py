"""Fit p_redeem on showings whose 28 days are over, as of the day of each showing."""

from typing import NamedTuple

import numpy as np

from shopkeeper.customize.coupons.anyway import HORIZON_DAYS, SUPPORT, anyway_features, redemption_features
from shopkeeper.customize.coupons.coverage import stand
from shopkeeper.customize.coupons.history import History, Shown, Tested, some
from shopkeeper.customize.coupons.logistic import Logistic, fit_logistic
from shopkeeper.customize.coupons.purchases import Floats, Ints

MOST_SHOWINGS = 1_000_000


class Redemption(NamedTuple):
    """A fit of p_redeem; without support `model` is None and `rate` serves. positives: Redemptions seen."""

    model: Logistic | None
    rate: float
    fewest: float
    tested: Tested | None
    positives: int


def fit_redemption(history: History, anyway: Logistic, *, before: float, rng: np.random.Generator) -> Redemption:
    """Fit on showings whose 28 days are over; judge on the last 56 days of them a fit on the earlier ones."""
    shown = history.shown.rows(history.shown.day + HORIZON_DAYS <= before)
    if len(shown.day) > MOST_SHOWINGS:
        shown = shown.rows(rng.choice(len(shown.day), MOST_SHOWINGS, replace=False))
    taken = (shown.redeemed < shown.day + HORIZON_DAYS).astype(np.float64)
    rate, count = float((taken.sum() + 1.0) / (len(taken) + SUPPORT)), int(taken.sum())
    if count < SUPPORT:
        return Redemption(None, rate, 1.0, None, count)
    together = mailed_together(shown)
    features = _redemption_table(history._replace(shown=shown), anyway, together)
    late = shown.day >= before - 2 * HORIZON_DAYS
    early = shown.day + HORIZON_DAYS <= before - 2 * HORIZON_DAYS
    tested = None
    if min(taken[early].sum(), taken[late].sum()) >= SUPPORT / 4:
        fitted = fit_logistic(features[early], taken[early])
        tested = Tested(fitted.probability(features[late]), taken[late])
    return Redemption(fit_logistic(features, taken), rate, float(together.min()), tested, count)


def mailed_together(shown: Shown) -> Floats:
    """Count how many coupons each customer was shown at the same time, for each showing."""
    days, day = np.unique(shown.day, return_inverse=True)
    keys = shown.customer * len(days) + day
    ranked = np.sort(keys)
    return (np.searchsorted(ranked, keys, side="right") - np.searchsorted(ranked, keys)).astype(np.float64)


def _redemption_table(history: History, anyway: Logistic, together: Floats) -> Floats:
    """Return the features of every showing as of its day, parallel to the showings."""
    shown = history.shown
    table: Floats | None = None
    for day in np.unique(shown.day):
        rows = np.flatnonzero(shown.day == day)
        customers, who = np.unique(shown.customer[rows], return_inverse=True)
        coupons, what = np.unique(shown.coupon[rows], return_inverse=True)
        covered, purchases = some(history, customers, coupons)
        standing = stand(covered, purchases.before(day), customers=len(customers), now=day)
        p = anyway.probability(anyway_features(covered, standing)).reshape(standing.orders.shape)
        size, listed = np.zeros((len(customers), 1)), np.zeros(standing.orders.shape)
        size[who, 0], listed[who, what] = together[rows], shown.listed[rows]
        redeemed = redeemed_before(shown, customers, day)
        found = redemption_features(covered, standing, p, redeemed=redeemed, together=size, listed=listed)
        table = np.empty((len(shown.day), found.shape[1])) if table is None else table
        table[rows] = found[who * len(coupons) + what]
    return np.empty((0, 0)) if table is None else table


def redeemed_before(shown: Shown, customers: Ints, day: float) -> Floats:
    """Count each customer's redemptions before an instant, shape (customers, 1)."""
    counts = np.bincount(shown.customer[shown.redeemed < day], minlength=int(customers.max(initial=0)) + 1)
    return counts[customers].astype(np.float64)[:, None]
