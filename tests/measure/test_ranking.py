import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from shopkeeper.core.errors import BadInput
from shopkeeper.measure.ranking import (
    coverage,
    diversity,
    hit_rate_at,
    ndcg_at,
    novelty,
    paired_difference,
    recall_at,
    top_n,
)

TOP = np.array([[0, 1, 2], [3, 4, -1], [2, 0, 1]])
RELEVANT = sparse.csr_array(np.array([[1, 0, 1, 0, 1], [0, 0, 0, 0, 0], [0, 0, 0, 1, 0]]))


def test_ndcg_by_hand() -> None:
    first = (1 + 1 / np.log2(4)) / (1 + 1 / np.log2(3) + 1 / np.log2(4))
    np.testing.assert_allclose(ndcg_at(TOP, RELEVANT, 3), [first, np.nan, 0])


def test_ndcg_counts_only_as_many_places_as_asked() -> None:
    np.testing.assert_allclose(ndcg_at(TOP, RELEVANT, 1)[0], 1)
    np.testing.assert_allclose(ndcg_at(TOP, RELEVANT, 2)[0], 1 / (1 + 1 / np.log2(3)))


def test_hit_rate_and_recall_by_hand() -> None:
    np.testing.assert_allclose(hit_rate_at(TOP, RELEVANT, 3), [1, np.nan, 0])
    np.testing.assert_allclose(recall_at(TOP, RELEVANT, 3), [2 / 3, np.nan, 0])


def test_an_explicit_zero_is_not_relevant() -> None:
    relevant = sparse.csr_array((np.array([0.0, 1.0]), (np.array([0, 0]), np.array([0, 1]))), shape=(1, 3))
    assert recall_at(np.array([[0]]), relevant, 1).tolist() == [0]


def test_coverage_counts_items_in_any_list() -> None:
    assert coverage(TOP, 10) == 0.5


def test_diversity_is_the_part_of_pairs_of_different_kinds() -> None:
    kinds = np.array([0, 0, 1, -1, -1])
    np.testing.assert_allclose(diversity(TOP, kinds), [2 / 3, 1, 2 / 3])


def test_diversity_of_a_single_item_is_not_known() -> None:
    assert np.isnan(diversity(np.array([[0, -1]]), np.array([0]))).all()


def test_novelty_by_hand() -> None:
    share = np.array([0.5, 0.25, 1.0, 0.125, 0.0])
    np.testing.assert_allclose(novelty(TOP, share), [1, 3, 1])


@settings(deadline=None, max_examples=80)
@given(
    scores=st.lists(st.lists(st.integers(0, 4), min_size=5, max_size=5), min_size=1, max_size=4),
    n=st.integers(1, 7),
    seed=st.integers(0, 9),
)
def test_top_n_is_the_stable_sort(scores: list[list[int]], n: int, seed: int) -> None:
    values = np.array(scores, np.float32)
    masked = np.random.default_rng(seed).random(values.shape) < 0.3
    for row, found in enumerate(top_n(values, n, masked=masked)):
        open_items = [i for i in range(5) if not masked[row, i]]
        expected = sorted(open_items, key=lambda i: (-scores[row][i], i))[:n]
        assert found[found >= 0].tolist() == expected


def test_a_tie_is_a_tie() -> None:
    same = np.array([0.1, 0.5, 0.9])
    assert paired_difference(same, same) == (0, 0, 0, 3, "tie")


def test_a_difference_by_hand() -> None:
    ours, theirs = np.array([0.5, 0.7, 0.9, np.nan]), np.array([0.4, 0.4, 0.4, 0.4])
    found = paired_difference(ours, theirs)
    half = 1.959964 * 0.2 / np.sqrt(3)
    np.testing.assert_allclose(found[:3], [0.3, 0.3 - half, 0.3 + half])
    assert (found.n, found.verdict) == (3, "ahead")
    assert paired_difference(theirs, ours).verdict == "behind"


def test_the_interval_holds_the_truth_19_times_in_20() -> None:
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(1000):
        theirs = rng.random(200)
        found = paired_difference(theirs + rng.normal(0.01, 0.1, 200), theirs)
        held += found.low <= 0.01 <= found.high
    assert 930 <= held <= 970


@pytest.mark.parametrize("theirs", [np.zeros(2), np.full(3, np.nan)])
def test_what_cannot_be_compared_is_refused(theirs: np.ndarray) -> None:
    with pytest.raises(BadInput):
        paired_difference(np.zeros(3), theirs)
