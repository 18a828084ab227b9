"""A bug that loses an event, or does one twice, is seen by killing the server a few times."""

import pytest

from faults.kills import kills, worker_kills


@pytest.mark.parametrize(
    ("store", "plant", "seen"),
    [
        ("sqlite", "ack_before_commit", "answered for are not in the log"),
        pytest.param("postgres", "ack_before_commit", "answered for are not in the log", marks=pytest.mark.slow),
        ("sqlite", "no_dedup", "more than once"),
        ("sqlite", "fold_again", "traits are not the sums"),
        ("sqlite", "forget_parcels_early", "answered for are not in the log"),
        ("sqlite", "quarantine_later", "difference between what was accepted"),
    ],
)
def test_the_comparison_sees_a_bug(broken, store, plant, seen):
    found = kills(broken(store), 4, plant=plant)
    assert any(seen in problem for problem in found.problems), found


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", "postgres"])
@pytest.mark.parametrize(
    ("plant", "seen"),
    [("ack_before_commit", "answered for are not in the log"), ("fold_again", "traits are not the sums")],
)
def test_the_comparison_sees_a_bug_of_workers(broken, store, plant, seen):
    found = worker_kills(broken(store), 6, plant=plant)
    assert any(seen in problem for problem in found.problems), found
