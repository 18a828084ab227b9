"""Fit a `CouponModel` from what was bought, shown and redeemed before an instant.

    fit_coupons(History(purchases, covered, shown, customers), products=…, margin=…, before=day, rng=rng)

All examples lie wholly before `before`: a window of 28 days that starts at a cut, features from before the cut, labels
from the window. Every figure about quality comes from the last window, by a model that was fitted on earlier ones.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.errors import BadInput
from shopkeeper.customize.coupons.anyway import ANYWAY_FEATURES, HORIZON_DAYS, SUPPORT, CouponModel, anyway_features
from shopkeeper.customize.coupons.coverage import Covered, Standing, stand
from shopkeeper.customize.coupons.history import (
    History,
    Tested,
    bought,
    exposed,
    product_share,
    some,
    unaided,
)
from shopkeeper.customize.coupons.logistic import Logistic, fit_logistic, odds_ratio
from shopkeeper.customize.coupons.purchases import Floats, Purchases, distinct
from shopkeeper.customize.coupons.redemption import fit_redemption

CUTS = 5
BLOCKS, BLOCK_CUSTOMERS, BLOCK_COUPONS = 8, 250, 32
PAUSE_DAYS = 84
MOST_REPEATS = 5.0


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
    redemption = fit_redemption(history, earlier, before=before, rng=rng)
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


class _Examples(NamedTuple):
    features: Floats
    labels: Floats


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


class _Block(NamedTuple):
    """Some customers and coupons as of a cut; `free` marks the pairs that no showing works on."""

    covered: Covered
    purchases: Purchases
    standing: Standing
    features: Floats
    free: NDArray[np.bool_]
    customers: int


def _blocks(history: History, cut: float, rng: np.random.Generator) -> Iterator[_Block]:
    """Draw customers who bought before the cut, and coupons, some at a time; none where nobody bought yet."""
    known = distinct(history.purchases.before(cut).customer)
    keys, many = exposed(history, cut), len(history.covered.ids)
    for _ in range(BLOCKS if len(known) else 0):
        customers = rng.choice(known, min(BLOCK_CUSTOMERS, len(known)), replace=False)
        coupons = rng.choice(many, min(BLOCK_COUPONS, many), replace=False)
        covered, purchases = some(history, customers, coupons)
        standing = stand(covered, purchases.before(cut), customers=len(customers), now=cut)
        free = unaided(customers, coupons, many, keys)
        yield _Block(covered, purchases, standing, anyway_features(covered, standing), free, len(customers))


def _anyway_examples(history: History, cut: float, rng: np.random.Generator) -> _Examples:
    """Draw examples of what was bought in the window without a coupon, products as popular as they were at the cut."""
    share = product_share(history.purchases, products=len(history.covered.starts) - 1, now=cut)
    then = history._replace(covered=history.covered.with_share(share))
    features, labels = [np.empty((0, ANYWAY_FEATURES))], [np.empty(0)]
    for block in _blocks(then, cut, rng):
        features.append(block.features[block.free])
        labels.append(bought(block.covered, block.purchases, block.customers, cut)[block.free])
    return _Examples(np.concatenate(features), np.concatenate(labels))


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
        covered, purchases = some(history, customers, coupons)
        standing = stand(covered, purchases.before(cut), customers=len(customers), now=cut)
        cells = who * len(coupons) + what
        predicted.append(anyway.probability(anyway_features(covered, standing)[cells]))
        happened.append(bought(covered, purchases, len(customers), cut)[cells])
    return odds_ratio(np.concatenate(predicted), np.concatenate(happened))


def _repeats(history: History, anyway: Logistic, before: float, rng: np.random.Generator) -> float:
    """Estimate how many further covered purchases in 84 days follow one that ends a pause of 84 days.

    The difference to customers who did not buy, weighted by the odds of p_anyway so that they are alike in what the
    features know (inverse propensity weights for the treated); what the features do not know is in it.
    """
    cut = before - HORIZON_DAYS - PAUSE_DAYS
    end = cut + HORIZON_DAYS
    made, further, weight = [np.empty(0)], [np.empty(0)], [np.empty(0)]
    for block in _blocks(history, cut, rng):
        fresh = (block.standing.last > PAUSE_DAYS).ravel() & block.free
        later = stand(block.covered, block.purchases.between(end, before), customers=block.customers, now=before)
        p = anyway.probability(block.features[fresh])
        made.append(bought(block.covered, block.purchases, block.customers, cut)[fresh])
        further.append(later.orders.ravel()[fresh])
        weight.append(p / (1 - p))
    buyers, more, odds = np.concatenate(made) > 0, np.concatenate(further), np.concatenate(weight)
    if buyers.sum() < SUPPORT:
        return 0.0
    usual = float(np.average(more[~buyers], weights=odds[~buyers]))
    return float(np.clip(more[buyers].mean() - usual, 0.0, MOST_REPEATS))
