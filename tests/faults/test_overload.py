"""Senders are told to wait before memory fills or the backlog grows without end."""

import pytest

from faults.overload import backlog, overload


def test_senders_are_told_to_wait_before_memory_fills(broken):
    found = overload(broken("sqlite"))
    assert found.held, found.problems


@pytest.mark.slow
def test_memory_that_fills_is_seen(broken):
    found = overload(broken("sqlite"), plant="no_pressure")
    assert any("nobody was told to wait" in problem for problem in found.problems)


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def test_senders_are_told_to_wait_for_a_follower_that_is_behind(broken, store):
    found = backlog(broken(store))
    assert found.held, found.problems


@pytest.mark.slow
def test_a_backlog_without_end_is_seen(broken):
    found = backlog(broken("sqlite"), plant="follow_slowly,endless_backlog")
    assert not found.held
