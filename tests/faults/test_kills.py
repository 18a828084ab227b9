"""A server that is killed loses nothing that it answered for, and does nothing twice."""

import pytest

from faults.kills import kills, worker_kills

KILLS, OF_WORKERS = 30, 8
"""Of one server and of workers; `make faults` kills 300 times each."""


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_what_was_answered_for_is_there_once_however_often_the_server_is_killed(broken, store):
    found = kills(broken(store), KILLS)
    assert found.held, found.problems
    assert found.figures["kills"] == KILLS
    assert found.figures["answers"] > KILLS


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_nothing_shows_of_workers_that_are_killed_one_after_the_other(broken, store):
    found = worker_kills(broken(store), OF_WORKERS)
    assert found.held, found.problems
    assert found.figures["kills"] == OF_WORKERS
