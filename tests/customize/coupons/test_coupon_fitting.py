import numpy as np
import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.core.offer import Offer
from shopkeeper.customize.coupons import fitting
from shopkeeper.customize.coupons.anyway import CouponModel
from shopkeeper.customize.coupons.coverage import lay_out, stand
from shopkeeper.customize.coupons.fitting import fit_coupons
from shopkeeper.customize.coupons.history import History, Shown
from shopkeeper.customize.coupons.purchases import Purchases
from shopkeeper.customize.coupons.redemption import mailed_together
from shopkeeper.measure.calibration import auc, calibration

CUSTOMERS, PRODUCTS, DAYS = 300, 30, 260
NAMES = np.array([f"p{k:02}" for k in range(PRODUCTS)])


def shop(*, seed=1, lift=0.0, redeem=0.3, mailings=(150, 200)):
    """Customers with weekly trips and lasting tastes; mailed every coupon twice at random, redeeming by taste.

    lift: What being mailed adds to the chance of buying the product on each trip of the next 28 days.
    """
    rng = np.random.default_rng(seed)
    taste = rng.beta(0.4, 3, (CUSTOMERS, PRODUCTS))
    mailed = {day: rng.random((CUSTOMERS, PRODUCTS)) < 0.3 for day in mailings}
    lines, shown = [], []
    for day in range(0, DAYS, 7):
        aided = sum((sent * (at <= day < at + 28) for at, sent in mailed.items()), np.zeros((CUSTOMERS, PRODUCTS)))
        who, what = np.nonzero(rng.random((CUSTOMERS, PRODUCTS)) < np.minimum(taste + lift * aided, 1))
        lines += zip(who, [day] * len(who), what, strict=True)
    for day, sent in mailed.items():
        for who, what in zip(*np.nonzero(sent), strict=True):
            shown.append((who, what, day, day + 28, day + 3 if rng.random() < redeem * taste[who, what] else np.inf, 0))
    who, day, what = np.array(lines).T
    order = np.unique(day * CUSTOMERS + who, return_inverse=True)[1]
    rank = np.argsort(order, kind="stable")
    bought = Purchases(who[rank], order[rank], what[rank], day[rank].astype(float))
    table = np.array(shown, dtype=float).T
    offers = [Offer(id=f"c{k}", kind="coupon", items=(str(name),), face_value=100) for k, name in enumerate(NAMES)]
    covered = lay_out(
        offers,
        products=[str(name) for name in NAMES],
        categories=[f"k{k // 5}" for k in range(PRODUCTS)],
        share=np.full(PRODUCTS, 0.3),
        margin=np.full(PRODUCTS, 80.0),
    )
    told = Shown(table[0].astype(int), table[1].astype(int), *table[2:])
    return History(bought, covered, told, CUSTOMERS)


def fit(history, *, before=252.0, seed=3):
    return fit_coupons(
        history, products=NAMES, margin=np.full(PRODUCTS, 80.0), before=before, rng=np.random.default_rng(seed)
    )


@pytest.fixture(autouse=True, scope="module")
def fewer_examples():
    """A shop of 30 coupons needs fewer examples than a real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "BLOCKS", 2)
        yield


@pytest.fixture(scope="module")
def fitted():
    return fit(shop())


def test_what_would_be_bought_anyway_is_ranked_and_calibrated_on_an_unseen_window(fitted):
    assert auc(*fitted.anyway) > auc(*fitted.recency) > 0.6
    assert calibration(*fitted.anyway).slope == pytest.approx(1.0, abs=0.12)
    assert fitted.anyway.predicted.mean() == pytest.approx(fitted.anyway.happened.mean(), rel=0.06)


def test_redemption_follows_taste(fitted):
    assert fitted.redemptions > 150
    assert auc(*fitted.redemption) > 0.65


def test_the_effect_of_coupons_is_not_taken_for_what_would_happen_anyway():
    history, aided = shop(mailings=(224,)), shop(lift=0.5, mailings=(224,))
    plain = fit(history).anyway.happened.mean()
    assert fit(aided).anyway.happened.mean() == pytest.approx(plain, rel=0.12)
    # The planted mistake: forget who was mailed, and the coupons' effect counts as bought anyway.
    forgotten = aided.shown._replace(until=np.zeros_like(aided.shown.until))
    assert fit(aided._replace(shown=forgotten)).anyway.happened.mean() > 1.2 * plain


def test_nothing_after_the_cut_reaches_the_model():
    history = shop()
    later = history.purchases.day >= 203
    changed = history.purchases.product.copy()
    changed[later] = 0
    told = history.shown._replace(redeemed=np.where(history.shown.day >= 200, 203.0, history.shown.redeemed))
    moved = history._replace(purchases=history.purchases._replace(product=changed), shown=told)
    one, other = (fit(h, before=203.0).model.arrays() for h in (history, moved))
    assert all(np.array_equal(one[name], other[name], equal_nan=one[name].dtype.kind == "f") for name in one)


def test_redeemers_who_were_likelier_buyers_than_their_history_says_are_found():
    history, rng = shop(redeem=0.0), np.random.default_rng(5)
    shown = history.shown
    bought = set(zip(history.purchases.customer, history.purchases.product, history.purchases.day, strict=True))
    keen = np.array(
        [
            any((who, what, day - back) in bought for back in range(1, 29))
            for who, what, day in zip(shown.customer, shown.coupon, shown.day, strict=True)
        ]
    )
    # Whoever bought just before the mailing redeems thrice as often: odds of 3 that no earlier history explains.
    redeemed = rng.random(len(keen)) < np.where(keen, 0.3, 0.1)
    told = shown._replace(redeemed=np.where(redeemed, shown.day + 3, np.inf))
    assert fit(history._replace(shown=told)).model.odds == pytest.approx(3.0, rel=0.3)


def test_without_enough_redemptions_the_plain_rate_serves_and_no_quality_is_claimed():
    found = fit(shop(redeem=0.0))
    assert found.model.redemption is None
    assert found.redemption is None
    assert 0 < found.model.rate < 0.01
    standing = stand(shop().covered, shop().purchases.before(250), customers=CUSTOMERS, now=250.0)
    ones = np.ones((CUSTOMERS, 1))
    p = found.model.p_anyway(shop().covered, standing)
    redeem = found.model.p_redeem(shop().covered, standing, p, redeemed=ones, together=ones)
    assert np.unique(redeem).tolist() == [found.model.rate]


@pytest.mark.parametrize("redeem", [0.0, 0.3])
def test_a_model_survives_its_file(redeem):
    history = shop(redeem=redeem)
    model = fit(history).model
    again = CouponModel.from_arrays(model.arrays())
    standing = stand(history.covered, history.purchases.before(250), customers=CUSTOMERS, now=250.0)
    ones = np.ones((CUSTOMERS, 1))
    for one, other in ((model, again), (again, model)):
        p = one.p_anyway(history.covered, standing)
        mine = one.p_redeem(history.covered, standing, p, redeemed=ones, together=ones)
        assert np.array_equal(mine, other.p_redeem(history.covered, standing, p, redeemed=ones, together=ones))
    assert again.products.tolist() == NAMES.tolist()
    assert all(array.dtype.kind in "fU" for array in model.arrays().values())


def test_coupons_mailed_together_are_counted_per_customer_and_day():
    shown = Shown(np.array([1, 1, 2, 1]), np.arange(4), np.array([5.0, 5.0, 5.0, 6.0]), *[np.zeros(4)] * 3)
    assert mailed_together(shown).tolist() == [2.0, 2.0, 1.0, 1.0]


def test_a_shop_with_too_little_to_learn_from_is_told_so():
    history = shop()
    with pytest.raises(BadInput, match="examples bought a covered product"):
        fit(history, before=1.0)
    with pytest.raises(BadInput, match="no offer"):
        fit(history._replace(covered=history.covered.only(np.arange(0))))
