"""A server that is killed loses nothing that it answered for, and does nothing twice."""

import pytest

from faults.kills import kills

KILLS = 15


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_what_was_answered_for_is_there_once_however_often_the_server_is_killed(broken, store):
    found = kills(broken(store), KILLS)
    assert found.held, found.problems
    assert found.figures["kills"] == KILLS
    assert found.figures["answers"] > KILLS
