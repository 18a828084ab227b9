import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.errors import BadInput
from shopkeeper.measure.coupons import Allocation, anyway_share, bought_before, compare, keep, realised_share


def allocation(household, *, face=100.0, p_redeem=0.05, p_anyway=0.2, redeemers_anyway=0.3):
    household = np.asarray(household)
    columns = (face, p_redeem, p_anyway, redeemers_anyway)
    return Allocation(household, *(np.broadcast_to(np.asarray(c, float), household.shape) for c in columns))


def test_the_share_is_weighted_by_expected_cost():
    side = allocation([0, 1], face=[100, 300], p_redeem=[0.1, 0.1], redeemers_anyway=[1.0, 0.0])
    found = anyway_share(side, households=2, rng=np.random.default_rng(1))
    assert found.share == pytest.approx(0.25)
    assert (found.cost, found.coupons, found.households) == (pytest.approx(40.0), 2, 2)


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(st.tuples(st.integers(0, 4), st.floats(0.01, 1), st.floats(0, 1)), min_size=1, max_size=12))
def test_every_split_that_is_possible_lies_within_the_bounds(rows):
    household, redeem, anyway = (np.array(column) for column in zip(*rows, strict=True))
    for split in (np.minimum(anyway, redeem), np.maximum(anyway + redeem - 1, 0), anyway * redeem):
        side = allocation(household, p_redeem=redeem, p_anyway=anyway, redeemers_anyway=split / redeem)
        found = anyway_share(side, households=5, rng=np.random.default_rng(1), draws=10)
        assert found.least - 1e-9 <= found.share <= found.most + 1e-9


def test_the_interval_covers_the_truth_over_households_that_differ():
    rng, tries, hits = np.random.default_rng(2), 200, 0
    for _ in range(tries):
        taste = rng.beta(2, 5, 120)
        household = np.repeat(np.arange(120), 3)
        side = allocation(household, redeemers_anyway=taste[household])
        found = anyway_share(side, households=120, rng=rng, draws=200)
        hits += found.low <= 2 / 7 <= found.high
    assert hits / tries > 0.95 - 3 * (0.05 * 0.95 / tries) ** 0.5 - 0.01


def test_two_equal_sides_differ_as_often_as_alpha():
    rng, tries, claims = np.random.default_rng(3), 200, 0
    for _ in range(tries):
        sides = [allocation(np.arange(100), redeemers_anyway=rng.beta(2, 5, 100)) for _ in range(2)]
        found = compare(*sides, households=100, rng=rng, draws=200)
        claims += not found.low <= 0 <= found.high
    assert claims / tries < 0.05 + 3 * (0.05 * 0.95 / tries) ** 0.5 + 0.01


def test_a_side_that_wastes_less_shows_below_zero():
    ours, chain = allocation(np.arange(50), redeemers_anyway=0.1), allocation(np.arange(50), redeemers_anyway=0.5)
    found = compare(ours, chain, households=50, rng=np.random.default_rng(4))
    assert found.difference == pytest.approx(-0.4)
    assert found.high < 0


def test_what_happened_counts_only_where_no_coupon_could_have_caused_it():
    side = allocation([0, 1, 2, 3])
    bought, free = np.array([True, False, True, True]), np.array([True, True, True, False])
    found = realised_share(side, bought, free, households=4, rng=np.random.default_rng(5))
    assert found.share == pytest.approx(2 / 3)
    assert found.coupons == 3


def test_real_redemptions_are_shared_out_by_what_their_household_had_bought():
    found = bought_before(
        np.array([0, 0, 1, 2]), np.array([True, True, False, True]), households=3, rng=np.random.default_rng(6)
    )
    assert found.share == pytest.approx(0.75)
    assert found.low <= 0.75 <= found.high


def test_both_sides_are_cut_to_the_same_allowance():
    household = np.array([1, 0, 1, 1, 0])
    rows = keep(household, np.array([0.1, 5.0, 0.9, 0.5, 7.0]), n=2)
    assert sorted(rows.tolist()) == [1, 2, 3, 4]
    assert sorted(keep(household, np.zeros(5), n=9).tolist()) == [0, 1, 2, 3, 4]


def test_an_allocation_that_costs_nothing_has_no_share():
    with pytest.raises(BadInput, match="no coupon that costs anything"):
        anyway_share(allocation([0], face=0.0), households=1, rng=np.random.default_rng(7))
