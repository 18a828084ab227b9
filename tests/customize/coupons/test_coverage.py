from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.event import Line
from shopkeeper.core.offer import Offer
from shopkeeper.customize.coupons.coverage import NEVER, lay_out, stand
from shopkeeper.customize.coupons.purchases import Purchases, days, purchases_of

PRODUCTS = ["apple", "beer", "cider", "dates"]
CATEGORIES = ["fruit", "drinks", "drinks", None]
DAY = 86_400_000_000


def covered(*items, share=(0.1, 0.2, 0.3, 0.0), margin=(50.0, 100.0, np.nan, 10.0)):
    offers = [Offer(id=f"c{k}", kind="coupon", items=tuple(some), face_value=100) for k, some in enumerate(items)]
    return lay_out(offers, products=PRODUCTS, categories=CATEGORIES, share=np.array(share), margin=np.array(margin))


def purchases(*lines):
    """Lines of (customer, day, product), one order a customer and day."""
    lines = sorted(lines, key=lambda line: (line[1], line[0]))
    keys = {key: code for code, key in enumerate(dict.fromkeys((day, who) for who, day, _ in lines))}
    columns = [(who, keys[day, who], product, day) for who, day, product in lines]
    who, order, product, day = np.array(columns, dtype=float).reshape(-1, 4).T
    return Purchases(who.astype(int), order.astype(int), product.astype(int), day)


def naive(coupons, lines, *, now):
    """What `stand` must say of customer 0, order by order."""
    found = {}
    for k, items in enumerate(coupons):
        ages = sorted({now - day for who, day, product in lines if who == 0 and PRODUCTS[product] in items})
        found[k] = (len(ages), sum(np.exp(-np.array(ages) / 28)) if ages else 0.0, ages[0] if ages else NEVER)
    return found


def test_a_coupon_counts_an_order_once_however_many_lines_it_covers():
    here = stand(covered(["apple", "beer"]), purchases((0, 1, 0), (0, 1, 1), (0, 5, 1)), customers=1, now=10.0)
    assert here.orders.tolist() == [[2.0]]
    assert (here.last[0, 0], here.first[0, 0]) == (5.0, 9.0)
    assert here.slow[0, 0] == pytest.approx(np.exp(-5 / 112) + np.exp(-9 / 112))


@settings(deadline=None, max_examples=80)
@given(
    coupons=st.lists(st.sets(st.sampled_from(PRODUCTS), min_size=1), min_size=1, max_size=5),
    lines=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 20), st.integers(0, 3)), max_size=30),
)
def test_sums_over_many_coupons_and_customers_equal_counting_one_by_one(coupons, lines):
    here = stand(covered(*coupons), purchases(*lines), customers=3, now=30.0)
    for k, (orders, fast, last) in naive(coupons, lines, now=30.0).items():
        assert here.orders[0, k] == orders
        assert here.fast[0, k] == pytest.approx(fast)
        assert here.last[0, k] == last
    assert here.trips[0, 0] == len({day for who, day, _ in lines if who == 0})


@settings(deadline=None, max_examples=50)
@given(
    coupons=st.lists(st.sets(st.sampled_from(PRODUCTS), min_size=1), min_size=2, max_size=5),
    lines=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20), st.integers(0, 3)), max_size=20),
    data=st.data(),
)
def test_some_of_the_coupons_say_the_same_as_when_they_stand_among_all(coupons, lines, data):
    which = np.array(data.draw(st.permutations(range(len(coupons))))[:2])
    whole, bought = covered(*coupons), purchases(*lines)
    all_of_them = stand(whole, bought, customers=2, now=30.0)
    part = stand(whole.only(which), bought, customers=2, now=30.0)
    assert part.orders.tolist() == all_of_them.orders[:, which].tolist()
    assert part.category_slow == pytest.approx(all_of_them.category_slow[:, which])


def test_category_purchases_count_by_the_coupons_share_of_the_category():
    here = stand(covered(["apple", "beer"], ["dates"]), purchases((0, 10, 2)), customers=1, now=10.0)
    assert here.category_fast[0].tolist() == pytest.approx([0.5, 0.0])


def test_popularity_is_that_of_any_covered_product_and_margin_weighs_by_it():
    here = covered(["apple", "beer"], ["cider"], ["gone"])
    assert here.popularity.tolist() == pytest.approx([1 - 0.9 * 0.8, 0.3, 0.0])
    assert here.margin[0] == pytest.approx((0.1 * 50 + 0.2 * 100) / 0.3, rel=1e-4)
    assert here.margin[1:].tolist() == [0.0, 0.0]
    assert here.with_share(np.zeros(4)).popularity.tolist() == [0.0, 0.0, 0.0]


def test_who_bought_nothing_stands_nowhere():
    here = stand(covered(["apple"]), purchases(), customers=2, now=10.0)
    assert here.orders.tolist() == [[0.0], [0.0]]
    assert here.last.tolist() == [[NEVER], [NEVER]]


def test_net_orders_are_laid_out_in_order_of_time_without_unknown_products():
    def order(day, *products):
        return SimpleNamespace(at=day * DAY, lines=[Line(product_id=product) for product in products])

    found = purchases_of(
        [order(9, "beer"), order(2, "apple", "unknown"), order(3, "unknown")], rows={"apple": 0, "beer": 1}
    )
    assert (found.order.tolist(), found.product.tolist(), found.day.tolist()) == ([0, 2], [0, 1], [2.0, 9.0])
    assert days(9 * DAY) == 9.0
    assert found.before(9.0).product.tolist() == [0]
    assert found.between(3.0, 10.0).product.tolist() == [1]
