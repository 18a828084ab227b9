"""A server that is killed loses nothing that it answered for, and does nothing twice; planted bugs are seen."""

import pytest

from faults.kills import kills

KILLS = 15


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_what_was_answered_for_is_there_once_however_often_the_server_is_killed(broken, store):
    found = kills(broken(store), KILLS)
    assert found.held, found.problems
    assert found.figures["kills"] == KILLS
    assert found.figures["answers"] > KILLS


@pytest.mark.parametrize(
    ("store", "plant", "seen"),
    [
        ("sqlite", "ack_before_commit", "answered for are not in the log"),
        pytest.param("postgres", "ack_before_commit", "answered for are not in the log", marks=pytest.mark.slow),
        ("sqlite", "no_dedup", "more than once"),
        ("sqlite", "fold_again", "traits are not the sums"),
        ("sqlite", "quarantine_later", "difference between what was accepted"),
    ],
)
def test_the_comparison_sees_a_bug(broken, store, plant, seen):
    found = kills(broken(store), 4, plant=plant)
    assert any(seen in problem for problem in found.problems), found
