"""Instants at the door: within what a shop can have lived, and told by which clock they lie ahead."""

from datetime import UTC, datetime

import pytest

from shopkeeper.flows.door.reading import Refusal, read_instant

NOW = datetime(2017, 12, 4, tzinfo=UTC)


def test_what_lies_ahead_is_told_what_the_shop_s_clock_says():
    with pytest.raises(Refusal, match=r"one day from now, and it is 2017-12-04 by the shop's clock, .* 'now'"):
        read_instant("2026-05-01T09:00:00Z", "timestamp", now=NOW)


def test_what_lies_too_far_back_has_nothing_to_do_with_the_clock():
    with pytest.raises(Refusal, match=r"one day from now$"):
        read_instant("1970-01-01T00:00:00Z", "timestamp", now=NOW)


def test_a_sender_s_clock_may_run_ahead_by_a_day():
    assert read_instant("2017-12-04T23:00:00Z", "timestamp", now=NOW).hour == 23
