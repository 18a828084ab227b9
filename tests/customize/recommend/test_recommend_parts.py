import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from shopkeeper.core.errors import BadInput
from shopkeeper.customize.recommend.baselines import personal_frequency, random_scores, recent_popularity, tifu
from shopkeeper.customize.recommend.decay import group_decay, power_decay
from shopkeeper.customize.recommend.ease import fit_ease, strongest
from shopkeeper.customize.recommend.neighbours import households, nearest
from shopkeeper.customize.recommend.purchases import Purchases, baskets_of, common_items, purchases_of

DAY = 86_400_000_000

lines = st.lists(st.tuples(*(st.integers(0, n) for n in (3, 4, 5))), max_size=40)


def bought(rows: list[tuple[int, int, int]]) -> Purchases:
    """Rows of (customer, day, item)."""
    table = np.array(rows, np.int64).reshape(-1, 3)
    names = [[f"{kind}{i}" for i in range(6)] for kind in "ci"]
    who, day, what = table.T
    return purchases_of(*names, customer=who, order=day, at=day * DAY, item=what)


@settings(deadline=None, max_examples=80)
@given(rows=lines)
def test_purchases_keep_exactly_the_distinct_lines(rows: list[tuple[int, int, int]]) -> None:
    purchases = bought(rows)
    found = {
        (customer, basket.at // DAY, item)
        for customer, baskets in zip(purchases.customers, baskets_of(purchases), strict=True)
        for basket in baskets
        for item in basket.items
    }
    assert found == {(f"c{who}", day, f"i{what}") for who, day, what in rows}
    assert len(purchases.item) == len(found)


@settings(deadline=None, max_examples=80)
@given(rows=lines, minimum=st.integers(1, 4))
def test_the_universe_is_what_enough_customers_bought(rows: list[tuple[int, int, int]], minimum: int) -> None:
    buyers: dict[str, set[int]] = {}
    for who, _, what in rows:
        buyers.setdefault(f"i{what}", set()).add(who)
    kept = common_items(bought(rows), minimum)
    assert kept.items == tuple(sorted(item for item, of in buyers.items() if len(of) >= minimum))
    assert kept.customers == bought(rows).customers


def test_age_counts_newer_baskets() -> None:
    purchases = bought([(0, 1, 0), (0, 2, 0), (0, 4, 1), (2, 3, 0)])
    assert purchases.age().tolist() == [2, 1, 0, 0]


def test_names_are_put_in_order_whatever_order_they_come_in() -> None:
    zero = np.zeros(1, np.int64)
    purchases = purchases_of(["b", "a"], ["y", "x"], customer=zero, order=zero, at=zero, item=zero)
    assert (purchases.customers, purchases.items) == (("a", "b"), ("x", "y"))
    assert (purchases.owner.tolist(), purchases.item.tolist()) == ([1], [1])


def test_group_decay_by_hand() -> None:
    weights = group_decay(np.arange(5), size=2, within=0.5, across=0.1)
    np.testing.assert_allclose(weights, [1, 0.5, 0.1, 0.05, 0.01])


def test_power_decay_by_hand() -> None:
    np.testing.assert_allclose(power_decay(np.array([0, 8, 24]), offset=8), [1, 0.5, 0.25])


def test_tifu_vectors_by_hand() -> None:
    rows = tifu(bought([(0, 1, 0), (0, 2, 0), (0, 2, 1)]), size=7, within=0.5, across=0.7).toarray()
    np.testing.assert_allclose(rows[0, :2], [1, 1 / 1.5])


def test_frequency_and_popularity_by_hand() -> None:
    purchases = bought([(0, 1, 0), (0, 2, 0), (1, 4, 1)])
    assert personal_frequency(purchases, before=5 * DAY).toarray()[0, 0] == 2
    decayed = personal_frequency(purchases, before=5 * DAY, half_life_days=1).toarray()
    np.testing.assert_allclose(decayed[0, 0], 0.5**4 + 0.5**3)
    np.testing.assert_allclose(recent_popularity(purchases, before=5 * DAY, days=3)[:2], [1 / 6, 1 / 6])


def test_ease_solves_the_constrained_ridge_regression() -> None:
    rng = np.random.default_rng(3)
    rows = (rng.random((40, 6)) < 0.4).astype(np.float32)
    weights = fit_ease(sparse.csr_array(rows), 5.0)
    assert np.all(np.diagonal(weights) == 0)
    for item in range(6):
        others = np.delete(np.arange(6), item)
        design = rows[:, others]
        exact = np.linalg.solve(design.T @ design + 5 * np.eye(5), design.T @ rows[:, item])
        np.testing.assert_allclose(weights[others, item], exact, atol=1e-4)


def test_ease_refuses_a_ridge_of_zero() -> None:
    with pytest.raises(BadInput, match="ridge == 0"):
        fit_ease(sparse.csr_array(np.eye(3, dtype=np.float32)), 0)


def test_strongest_keeps_the_largest_positive_weights_of_each_column() -> None:
    weights = np.array([[0, 3, -1], [2, 0, -2], [1, 4, 0]], np.float32)
    assert strongest(weights, 1).toarray().tolist() == [[0, 0, 0], [2, 0, 0], [0, 4, 0]]
    assert strongest(weights, 9).toarray().tolist() == np.maximum(weights, 0).tolist()


def test_nearest_is_the_euclidean_one_and_leaves_out_her_own_row_and_empty_ones() -> None:
    tastes = sparse.csr_array(np.array([[1, 0], [0.9, 0.1], [0, 1], [0, 0], [0.5, 0.5]], np.float32))
    among = households(tastes, keep=2)
    items, shares = np.array([0]), np.array([1], np.float32)
    assert nearest(among, items, shares, n=2, but=0).tolist() == [1, 4]
    assert nearest(among, items, shares, n=9, but=None).tolist() == [0, 1, 2, 4]


def test_households_keep_their_strongest_shares() -> None:
    tastes = sparse.csr_array(np.array([[0.3, 0.2, 0.9], [0, 0.1, 0]], np.float32))
    kept = households(tastes, keep=2).tastes.toarray()
    np.testing.assert_allclose(kept, np.array([[0.3, 0, 0.9], [0, 0.1, 0]], np.float32))


def test_random_scores_follow_their_source() -> None:
    one, two = (random_scores(2, 3, np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
