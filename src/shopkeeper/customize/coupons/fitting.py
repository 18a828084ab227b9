"""Fit a `CouponModel` from what was bought, shown and redeemed before an instant.

    fit_coupons(purchases, covered, shown, products=…, share=…, margin=…, customers=…, before=day, rng=rng)

All examples lie wholly before `before`: a window of 28 days that starts at a cut, features from before the cut, labels
from the window. Every figure about quality comes from the last window, by a model that was fitted on earlier ones.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.errors import BadInput
from shopkeeper.customize.coupons.anyway import (
    HORIZON_DAYS,
    SUPPORT,
    CouponModel,
    anyway_features,
    redemption_features,
)
from shopkeeper.customize.coupons.coverage import Covered, stand
from shopkeeper.customize.coupons.logistic import Logistic, fit_logistic, odds_ratio
from shopkeeper.customize.coupons.purchases import Floats, Ints, Purchases, distinct

CUTS = 5
BLOCKS, BLOCK_CUSTOMERS, BLOCK_COUPONS = 8, 250, 32
MOST_SHOWINGS = 1_000_000
PAUSE_DAYS = 84
MOST_REPEATS = 5.0


class Shown(NamedTuple):
    """Coupons shown to customers; arrays of shape (showings,), in any order.

    customer, coupon: Rows. day: When it was shown. until: The end of its validity, in days; inf for open.
    redeemed: The day of its redemption, inf for none.
    """

    customer: Ints
    coupon: Ints
    day: Floats
    until: Floats
    redeemed: Floats

    def rows(self, which: NDArray[np.bool_] | Ints) -> "Shown":
        """Return some of the showings."""
        return Shown(self.customer[which], self.coupon[which], self.day[which], self.until[which], self.redeemed[which])


class History(NamedTuple):
    """What the shop knows: net purchases, coupons laid out, showings; customers are rows 0 to `customers` - 1."""

    purchases: Purchases
    covered: Covered
    shown: Shown
    customers: int


class Tested(NamedTuple):
    """Predictions and what happened, shape (rows,), on a window that the fit had not seen."""

    predicted: Floats
    happened: Floats


class Fitted(NamedTuple):
    """A fitted model and what it, or an earlier fit of it, said of windows that were not fitted on.

    anyway, recency: `p_anyway` and a logistic on the recency of the last covered purchase alone, on the same rows.
    redemption: `p_redeem`; None without support. redemptions: How many the log holds.
    """

    model: CouponModel
    anyway: Tested
    recency: Tested
    redemption: Tested | None
    redemptions: int


def fit_coupons(
    history: History,
    *,
    products: NDArray[np.str_],
    margin: Floats,
    before: float,
    rng: np.random.Generator,
) -> Fitted:
    """Fit everything on what lies before `before`, in days.

    Args:
        products: Ids, parallel to the products laid out. margin: Of each, minor units per purchase, NaN unknown.

    Raises: BadInput: no coupon to learn about, or fewer than `SUPPORT` purchases or non-purchases in the windows.
    """
    if not history.covered.ids:
        raise BadInput("no offer that starts before the training's end: import coupons before the model is trained")
    history = _until(history, before)
    cuts = [before - HORIZON_DAYS * k for k in range(1, CUTS + 1)]
    blocks = [_anyway_examples(history, cut, rng) for cut in cuts]
    earlier, recency = _fit(blocks[1:], _FEATURES), _fit(blocks[1:], _RECENCY)
    anyway = _fit(blocks, _FEATURES)
    redemption = _fit_redemption(history, earlier, before=before, rng=rng)
    share = product_share(history.purchases, products=len(products), now=before)
    model = CouponModel(
        anyway=anyway,
        redemption=redemption.model,
        rate=redemption.rate,
        fewest=redemption.fewest,
        odds=_selection(history, anyway),
        repeats=_repeats(history, anyway, before, rng),
        products=products,
        share=share,
        margin=margin,
    )
    test = blocks[0]
    return Fitted(
        model=model,
        anyway=Tested(earlier.probability(test.features[:, _FEATURES]), test.labels),
        recency=Tested(recency.probability(test.features[:, _RECENCY]), test.labels),
        redemption=redemption.tested,
        redemptions=redemption.positives,
    )


def product_share(purchases: Purchases, *, products: int, now: float) -> Floats:
    """Return the share of the customers active in the 28 days before `now` who bought each product then."""
    recent = purchases.between(now - HORIZON_DAYS, now)
    pairs = distinct(recent.customer * products + recent.product)
    active = max(len(distinct(recent.customer)), 1)
    return np.bincount(pairs % products, minlength=products) / active


class _Examples(NamedTuple):
    features: Floats
    labels: Floats


class _Redemption(NamedTuple):
    model: Logistic | None
    rate: float
    fewest: float
    tested: Tested | None
    positives: int


_FEATURES = slice(None)
_RECENCY = [0, 6]
"""The columns of `anyway_features` that say whether and how long ago a covered product was bought."""


def _until(history: History, before: float) -> History:
    """Leave out what came later; a redemption that came later has not happened yet."""
    shown = history.shown.rows(history.shown.day < before)
    redeemed = np.where(shown.redeemed < before, shown.redeemed, np.inf)
    return history._replace(purchases=history.purchases.before(before), shown=shown._replace(redeemed=redeemed))


def _fit(examples: list[_Examples], columns: slice | list[int]) -> Logistic:
    features = np.concatenate([block.features for block in examples])[:, columns]
    labels = np.concatenate([block.labels for block in examples])
    if min(labels.sum(), len(labels) - labels.sum()) < SUPPORT:
        raise BadInput(
            f"{int(labels.sum())} of {len(labels)} examples bought a covered product, must be at least {SUPPORT} "
            "of either kind: import more orders or coupons"
        )
    return fit_logistic(features, labels)


def _some(history: History, customers: Ints, coupons: Ints) -> tuple[Covered, Purchases]:
    """Cut coupons and purchases down to some customers, numbered anew."""
    place = np.full(history.customers, -1)
    place[customers] = np.arange(len(customers))
    row = place[history.purchases.customer]
    kept = history.purchases.lines(row >= 0)
    return history.covered.only(coupons), kept._replace(customer=row[row >= 0])


def _anyway_examples(history: History, cut: float, rng: np.random.Generator) -> _Examples:
    """Draw blocks of customers and coupons; leave out who was shown the coupon before the window's end."""
    share = product_share(history.purchases, products=len(history.covered.starts) - 1, now=cut)
    history = history._replace(covered=history.covered.with_share(share))
    exposed = _exposed(history, cut)
    known = distinct(history.purchases.before(cut).customer)
    parts = [_block(history, cut, known, exposed, rng) for _ in range(BLOCKS)]
    return _Examples(np.concatenate([p.features for p in parts]), np.concatenate([p.labels for p in parts]))


def _exposed(history: History, cut: float) -> Ints:
    """Return the keys of (customer, coupon) whose showing may work in the window."""
    shown, end = history.shown, cut + HORIZON_DAYS
    working = (shown.day < end) & (shown.until > cut)
    return distinct(shown.customer[working] * len(history.covered.ids) + shown.coupon[working])


def _unaided(customers: Ints, coupons: Ints, many: int, exposed: Ints) -> NDArray[np.bool_]:
    keys = (customers[:, None] * many + coupons).ravel()
    if not len(exposed):
        return np.ones(len(keys), dtype=np.bool_)
    found: NDArray[np.bool_] = exposed[np.minimum(np.searchsorted(exposed, keys), len(exposed) - 1)] != keys
    return found


def _block(history: History, cut: float, known: Ints, exposed: Ints, rng: np.random.Generator) -> _Examples:
    customers = rng.choice(known, min(BLOCK_CUSTOMERS, len(known)), replace=False)
    many = len(history.covered.ids)
    coupons = rng.choice(many, min(BLOCK_COUPONS, many), replace=False).astype(np.int64)
    covered, purchases = _some(history, customers, coupons)
    features = anyway_features(covered, stand(covered, purchases.before(cut), customers=len(customers), now=cut))
    labels = _bought(covered, purchases, len(customers), cut)
    unaided = _unaided(customers, coupons, many, exposed)
    return _Examples(features[unaided], labels[unaided])


def _bought(covered: Covered, purchases: Purchases, customers: int, start: float) -> Floats:
    """Return 1 where a covered product was bought in the window from `start`, shape (customers * coupons,)."""
    end = start + HORIZON_DAYS
    orders = stand(covered, purchases.between(start, end), customers=customers, now=end).orders
    return (orders > 0).ravel().astype(np.float64)


def _fit_redemption(history: History, anyway: Logistic, *, before: float, rng: np.random.Generator) -> _Redemption:
    """Fit on showings whose 28 days are over; judge on the last 56 days of them a fit on the earlier ones."""
    shown = history.shown.rows(history.shown.day + HORIZON_DAYS <= before)
    if len(shown.day) > MOST_SHOWINGS:
        shown = shown.rows(rng.choice(len(shown.day), MOST_SHOWINGS, replace=False))
    taken = (shown.redeemed < shown.day + HORIZON_DAYS).astype(np.float64)
    rate, count = float((taken.sum() + 1.0) / (len(taken) + SUPPORT)), int(taken.sum())
    if count < SUPPORT:
        return _Redemption(None, rate, 1.0, None, count)
    together = mailed_together(shown)
    features = _redemption_table(history._replace(shown=shown), anyway, together)
    late = shown.day >= before - 2 * HORIZON_DAYS
    early = shown.day + HORIZON_DAYS <= before - 2 * HORIZON_DAYS
    tested = None
    if min(taken[early].sum(), taken[late].sum()) >= SUPPORT / 4:
        fitted = fit_logistic(features[early], taken[early])
        tested = Tested(fitted.probability(features[late]), taken[late])
    return _Redemption(fit_logistic(features, taken), rate, float(together.min()), tested, count)


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
        covered, purchases = _some(history, customers, coupons)
        standing = stand(covered, purchases.before(day), customers=len(customers), now=day)
        p = anyway.probability(anyway_features(covered, standing)).reshape(standing.orders.shape)
        group = np.zeros((len(customers), 1))
        group[who, 0] = together[rows]
        redeemed = redeemed_before(shown, customers, day)
        found = redemption_features(covered, standing, p, redeemed=redeemed, together=group)
        table = np.empty((len(shown.day), found.shape[1])) if table is None else table
        table[rows] = found[who * len(coupons) + what]
    return np.empty((0, 0)) if table is None else table


def redeemed_before(shown: Shown, customers: Ints, day: float) -> Floats:
    """Count each customer's redemptions before an instant, shape (customers, 1)."""
    counts = np.bincount(shown.customer[shown.redeemed < day], minlength=int(customers.max(initial=0)) + 1)
    return counts[customers].astype(np.float64)[:, None]


def _selection(history: History, anyway: Logistic) -> float:
    """Fit by how much redeemers were likelier buyers than predicted, in the 28 days before they were shown the coupon.

    1 with fewer than `SUPPORT` redemptions. A redeemer shown an earlier coupon over the same products counts too.
    """
    shown = history.shown.rows(np.isfinite(history.shown.redeemed))
    first = history.purchases.day[0] if len(history.purchases.day) else np.inf
    shown = shown.rows(shown.day - HORIZON_DAYS >= first + HORIZON_DAYS)
    if len(shown.day) < SUPPORT:
        return 1.0
    predicted, happened = [np.empty(0)], [np.empty(0)]
    for day in np.unique(shown.day):
        rows, cut = shown.rows(shown.day == day), float(day) - HORIZON_DAYS
        customers, who = np.unique(rows.customer, return_inverse=True)
        coupons, what = np.unique(rows.coupon, return_inverse=True)
        covered, purchases = _some(history, customers, coupons)
        standing = stand(covered, purchases.before(cut), customers=len(customers), now=cut)
        cells = who * len(coupons) + what
        predicted.append(anyway.probability(anyway_features(covered, standing)[cells]))
        happened.append(_bought(covered, purchases, len(customers), cut)[cells])
    return odds_ratio(np.concatenate(predicted), np.concatenate(happened))


def _repeats(history: History, anyway: Logistic, before: float, rng: np.random.Generator) -> float:
    """Estimate how many further covered purchases in 84 days follow one that ends a pause of 84 days.

    The difference to customers who did not buy, weighted by the odds of p_anyway so that they are alike in what the
    features know (inverse propensity weights for the treated); what the features do not know is in it.
    """
    cut = before - HORIZON_DAYS - PAUSE_DAYS
    end = cut + HORIZON_DAYS
    exposed = _exposed(history, cut)
    known = distinct(history.purchases.before(cut).customer)
    if not len(known):
        return 0.0
    made, further, weight = [], [], []
    for _ in range(BLOCKS):
        customers = rng.choice(known, min(BLOCK_CUSTOMERS, len(known)), replace=False)
        many = len(history.covered.ids)
        coupons = rng.choice(many, min(BLOCK_COUPONS, many), replace=False).astype(np.int64)
        covered, purchases = _some(history, customers, coupons)
        standing = stand(covered, purchases.before(cut), customers=len(customers), now=cut)
        later = stand(covered, purchases.between(end, before), customers=len(customers), now=before)
        fresh = (standing.last > PAUSE_DAYS).ravel() & _unaided(customers, coupons, many, exposed)
        p = anyway.probability(anyway_features(covered, standing)[fresh])
        made.append(_bought(covered, purchases, len(customers), cut)[fresh])
        further.append(later.orders.ravel()[fresh])
        weight.append(p / (1 - p))
    bought, more, odds = np.concatenate(made) > 0, np.concatenate(further), np.concatenate(weight)
    if bought.sum() < SUPPORT:
        return 0.0
    usual = float(np.average(more[~bought], weights=odds[~bought]))
    return float(np.clip(more[bought].mean() - usual, 0.0, MOST_REPEATS))
