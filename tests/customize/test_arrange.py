from collections import Counter
from itertools import permutations
from math import exp, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.definitions import Slot
from shopkeeper.core.errors import BadInput
from shopkeeper.customize.arrange import NO_ATTRIBUTE, arrange

NOTHING = {}


def slot(policy="best", *, temperature=1.0, **max_per):
    return Slot(name="home", kind="product", policy=policy, temperature=temperature, max_per=max_per)


def indices(places):
    return [place.index for place in places]


def exact(scores, codes, most, order):
    """The probability of one order, by definition: at each place, weight over the sum of the feasible weights."""
    parts, used, left = [], Counter(), set(range(len(scores)))
    for index in order:
        feasible = [i for i in left if codes[i] == NO_ATTRIBUTE or used[codes[i]] < most]
        if index not in feasible:
            return 0.0
        parts.append(exp(scores[index]) / sum(exp(scores[i]) for i in feasible))
        used[codes[index]] += 1
        left.remove(index)
    return prod(parts)


def test_best_takes_the_highest_scores_and_ties_go_to_the_lower_index():
    places = arrange(np.array([1.0, 3.0, 2.0, 3.0]), NOTHING, slot=slot(), n=3, rng=np.random.default_rng(1))
    assert indices(places) == [1, 3, 2]
    assert [place.probability for place in places] == [1.0, 1.0, 1.0]


def test_best_looks_as_deep_as_a_limit_makes_it_necessary():
    scores = -np.arange(1_000.0)
    codes = np.array([0] * 990 + list(range(1, 11)))
    places = arrange(scores, {"brand": codes}, slot=slot(brand=1), n=5, rng=np.random.default_rng(1))
    assert indices(places) == [0, 990, 991, 992, 993]


def test_pins_come_first_with_probability_one_and_count_against_the_limits():
    codes = {"category": np.array([0, 0, 1, 1])}
    places = arrange(
        np.array([9.0, 8.0, 1.0, 7.0]), codes, slot=slot(category=1), n=3, rng=np.random.default_rng(1), pins=(2, 3, 2)
    )
    assert indices(places) == [2, 0]


@pytest.mark.parametrize("policy", ["best", "explore"])
def test_excluded_and_unscored_candidates_never_come_even_when_pinned(policy):
    scores = np.array([np.nan, 5.0, np.inf, 1.0, -np.inf])
    feasible = np.array([True, False, True, True, True])
    places = arrange(
        scores, NOTHING, slot=slot(policy), n=9, rng=np.random.default_rng(1), pins=(1, 0), feasible=feasible
    )
    assert indices(places) == [3]


def test_the_probability_of_every_slate_equals_its_enumeration_and_they_sum_to_one():
    scores, codes = [0.3, 1.2, -0.5, 0.9], [0, 0, 1, NO_ATTRIBUTE]
    rng, seen = np.random.default_rng(7), {}
    for _ in range(2_000):
        places = arrange(np.array(scores), {"brand": np.array(codes)}, slot=slot("explore", brand=1), n=3, rng=rng)
        seen[tuple(indices(places))] = prod(place.probability for place in places)
    possible = {order for order in permutations(range(4), 3) if exact(scores, codes, 1, order) > 0}
    assert set(seen) == possible
    assert all(found == pytest.approx(exact(scores, codes, 1, order)) for order, found in seen.items())
    assert sum(seen.values()) == pytest.approx(1.0)


def test_slates_are_drawn_as_often_as_their_probability_says():
    scores, codes, draws = [0.0, 1.0, 0.5], [0, 0, 1], 20_000
    rng, counts = np.random.default_rng(11), Counter()
    for _ in range(draws):
        places = arrange(np.array(scores), {"brand": np.array(codes)}, slot=slot("explore", brand=1), n=2, rng=rng)
        counts[tuple(indices(places))] += 1
    for order, count in counts.items():
        p = exact(scores, codes, 1, order)
        assert abs(count - draws * p) < 4 * (draws * p * (1 - p)) ** 0.5


def test_a_pin_keeps_the_drawn_places_exact():
    places = arrange(np.zeros(5), NOTHING, slot=slot("explore"), n=3, rng=np.random.default_rng(3), pins=(4,))
    assert [place.probability for place in places] == pytest.approx([1.0, 1 / 4, 1 / 3])
    assert [place.feasible for place in places] == [1, 4, 3]


def test_scores_far_apart_still_fill_every_place():
    scores = np.array([0.0, -1e4, -2e4, -2e4])
    places = arrange(scores, NOTHING, slot=slot("explore"), n=4, rng=np.random.default_rng(3))
    assert indices(places)[:2] == [0, 1]
    assert places[2].probability == pytest.approx(0.5)


def test_a_low_temperature_explores_less():
    def top(temperature):
        rng = np.random.default_rng(5)
        drawn = arrange(np.arange(5.0), NOTHING, slot=slot("explore", temperature=temperature), n=1, rng=rng)
        return drawn[0].probability if drawn[0].index == 4 else 0.0

    assert top(0.01) == pytest.approx(1.0)
    assert top(100.0) < 0.25


@settings(deadline=None, max_examples=200)
@given(
    rows=st.lists(st.tuples(st.floats(-50, 50), st.integers(-1, 3), st.integers(-1, 2), st.booleans()), max_size=30),
    n=st.integers(0, 12),
    most=st.integers(1, 3),
    policy=st.sampled_from(["best", "explore"]),
    pins=st.lists(st.integers(0, 29), max_size=3),
)
def test_no_limit_is_ever_broken(rows, n, most, policy, pins):
    scores = np.array([row[0] for row in rows])
    codes = {name: np.array([row[k] for row in rows], dtype=np.int64) for k, name in ((1, "category"), (2, "brand"))}
    feasible = np.array([row[3] for row in rows], dtype=bool)
    pins = [pin for pin in pins if pin < len(rows)]
    here, rng = slot(policy, category=most, brand=most + 1), np.random.default_rng(len(rows))
    places = arrange(scores, codes, slot=here, n=n, rng=rng, pins=pins, feasible=feasible)
    chosen = indices(places)
    assert len(set(chosen)) == len(chosen) <= n
    assert feasible[chosen].all()
    assert all(0 < place.probability <= 1 + 1e-12 for place in places)
    for name, limit in (("category", most), ("brand", most + 1)):
        used = Counter(c for c in codes[name][chosen].tolist() if c != NO_ATTRIBUTE)
        assert max(used.values(), default=0) <= limit
    if len(chosen) < n:
        left = set(np.flatnonzero(feasible).tolist()) - set(chosen)
        full = [
            {v for v, c in Counter(codes[name][chosen].tolist()).items() if c >= limit and v != NO_ATTRIBUTE}
            for name, limit in (("category", most), ("brand", most + 1))
        ]
        assert all(codes["category"][i] in full[0] or codes["brand"][i] in full[1] for i in left)


def test_mistakes_in_the_slot_are_named():
    with pytest.raises(BadInput, match="temperature == 0"):
        arrange(np.zeros(2), NOTHING, slot=slot("explore", temperature=0), n=1, rng=np.random.default_rng(1))
    with pytest.raises(BadInput, match="no codes for 'brand'"):
        arrange(np.zeros(2), NOTHING, slot=slot(brand=1), n=1, rng=np.random.default_rng(1))
