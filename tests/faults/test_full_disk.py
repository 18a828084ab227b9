"""On a full disk senders are told to wait, and nothing that was answered for is lost."""

import pytest

from faults import full_disk as module
from faults.full_disk import full_disk


def test_a_full_disk_tells_senders_to_wait_and_is_forgotten_once_there_is_space(scratch):
    found = full_disk(scratch)
    assert found.held, found.problems
    assert found.figures["refused"] >= 5


@pytest.mark.slow
def test_where_nothing_may_be_mounted_files_are_kept_from_growing_and_that_is_said(scratch, monkeypatch):
    monkeypatch.setattr(module, "_run", lambda *_: False)
    found = full_disk(scratch)
    assert found.held, found.problems
    assert "NOTHING MAY BE MOUNTED" in found.note


def test_a_yes_in_spite_of_an_error_is_seen(scratch):
    found = full_disk(scratch, plant="success_on_error")
    assert any("are not in the log" in problem for problem in found.problems), found
