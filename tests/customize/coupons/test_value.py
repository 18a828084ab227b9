import numpy as np
import pytest

from shopkeeper.core.offer import Offer, Role
from shopkeeper.customize.coupons.anyway import ANYWAY_FEATURES, CouponModel
from shopkeeper.customize.coupons.coverage import lay_out, stand
from shopkeeper.customize.coupons.logistic import Logistic
from shopkeeper.customize.coupons.purchases import Purchases
from shopkeeper.customize.coupons.value import NO_ROLE, ROLES, Named, explain, prospects, value_coupons

PRODUCTS = ["apple", "pear", "soap"]
COVERED = lay_out(
    [Offer(id=name, kind="coupon", items=(name,), face_value=100) for name in PRODUCTS],
    products=PRODUCTS,
    categories=["fruit", "fruit", "home"],
    share=np.array([0.2, 0.1, 0.05]),
    margin=np.array([90.0, 120.0, 300.0]),
)
WEIGHTS = np.zeros(ANYWAY_FEATURES)
WEIGHTS[[2, 4]] = 1.0, 0.3
MODEL = CouponModel(
    anyway=Logistic(WEIGHTS, -1.0),
    redemption=None,
    rate=0.05,
    fewest=1.0,
    odds=2.0,
    repeats=0.5,
    products=np.array(PRODUCTS),
    share=COVERED.popularity,
    margin=COVERED.margin,
)
APPLE, PEAR, SOAP = range(3)
WEEKLY = [(day, APPLE) for day in range(0, 100, 7)]


def judged(lines, *, now=100.0, affinity=None):
    day, product = np.array(sorted(lines), dtype=float).reshape(-1, 2).T
    bought = Purchases(np.zeros(len(day), int), np.unique(day, return_inverse=True)[1], product.astype(int), day)
    standing = stand(COVERED, bought, customers=1, now=now)
    one = np.ones((1, 1))
    prospect = prospects(MODEL, COVERED, standing, redeemed=one, together=one, affinity=affinity)
    return standing, prospect, value_coupons(MODEL, COVERED, prospect)


def roles(lines, **how):
    codes = judged(lines, **how)[1].role[0]
    return [ROLES[code] if code != NO_ROLE else None for code in codes]


def test_each_role_says_what_the_coupon_is_for():
    assert roles(WEEKLY) == [Role.THANK_YOU, Role.STRETCH, Role.DISCOVER]


def test_what_was_bought_and_then_left_for_twice_the_usual_time_is_to_be_brought_back():
    lapsed = [(day, APPLE) for day in range(0, 50, 7)] + [(day, SOAP) for day in range(50, 100, 7)]
    assert roles(lapsed)[APPLE] == Role.BRING_BACK


def test_who_stays_away_from_the_shop_is_to_be_brought_back_by_anything():
    assert roles(WEEKLY, now=160.0) == [Role.BRING_BACK] * 3


def test_one_purchase_is_no_habit():
    assert roles([(day, SOAP) for day in range(0, 100, 7)] + [(95, APPLE)])[APPLE] == Role.STRETCH


def test_a_discovery_needs_the_recommenders_word_where_it_is_asked():
    assert roles(WEEKLY, affinity=np.array([[0.0, 0.0, 0.0]]))[SOAP] is None
    assert roles(WEEKLY, affinity=np.array([[0.0, 0.0, 0.4]]))[SOAP] == Role.DISCOVER


def test_the_value_is_the_margin_of_what_changes_less_the_expected_cost():
    _, prospect, worth = judged(WEEKLY)
    p, r = prospect.p_anyway[0, PEAR], 0.05
    s = 2 * p / (1 - p + 2 * p)
    assert worth.p_with[0, PEAR] == pytest.approx(p + r * (1 - s))
    assert worth.cost[0, PEAR] == pytest.approx(100 * r)
    assert worth.wasted[0, PEAR] == pytest.approx(100 * r * s)
    assert worth.value[0, PEAR] == pytest.approx(r * (1 - s) * 120 * 1.5 - 100 * r)


def test_what_is_bought_anyway_makes_a_coupon_worth_less():
    rare = judged([(day, APPLE) for day in range(0, 100, 50)] + [(99, SOAP)])[2]
    often = judged(WEEKLY)[2]
    assert often.value[0, APPLE] < rare.value[0, APPLE]


def test_what_was_learned_replaces_the_models_redemption():
    _, prospect, _ = judged(WEEKLY)
    worth = value_coupons(MODEL, COVERED, prospect, p_redeem=np.full((1, 3), 0.2))
    assert worth.cost[0].tolist() == pytest.approx([20.0] * 3)


def why(lines, coupon, named, **how):
    standing, prospect, worth = judged(lines, **how)
    reasons = explain(
        COVERED,
        standing,
        prospect,
        worth,
        coupon=coupon,
        title=PRODUCTS[coupon],
        named=named,
        money=lambda minor: f"${minor / 100:.2f}",
    )
    return reasons, worth


@pytest.mark.parametrize("coupon", [APPLE, PEAR, SOAP])
def test_the_parts_of_the_reasons_add_up_to_the_value(coupon):
    reasons, worth = why(WEEKLY, coupon, Named(("o9",), ("o9",), ("o9",)))
    assert sum(reason.part for reason in reasons) == pytest.approx(worth.value[0, coupon])
    assert reasons[1].text.startswith("It costs $1.00 when it is redeemed, which 5.0% would.")


def test_reasons_name_the_purchases_that_they_rest_on():
    named = Named(("covered",), ("category",), ("trip",))
    first = why(WEEKLY, APPLE, named)[0][0]
    assert first.text == "Thank you: bought apple on 15 shopping trips, the last 2 days ago."
    assert first.data == ("covered",)
    assert why(WEEKLY, PEAR, named)[0][0].data == ("category",)
    assert why(WEEKLY, SOAP, named)[0][0].text == "Discover: never bought soap, but what was bought suggests it."
    assert why(WEEKLY, SOAP, named, now=160.0)[0][0].data == ("trip",)


@pytest.mark.parametrize(("coupon", "rest"), [(APPLE, [(99, SOAP)]), (PEAR, [(99, SOAP)]), (SOAP, [])])
def test_removing_the_named_purchases_changes_role_and_value(coupon, rest):
    # The recommender's word for the soap goes with the purchases that it rests on.
    lines = WEEKLY if coupon == SOAP else [*WEEKLY, (99, SOAP)]
    before, after = judged(lines), judged(rest, affinity=np.zeros((1, 3)))
    assert before[1].role[0, coupon] != after[1].role[0, coupon]
    assert coupon == SOAP or before[2].value[0, coupon] != after[2].value[0, coupon]
