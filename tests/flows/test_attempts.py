"""How often somebody may try, and that strangers shut nobody out."""

from datetime import UTC, datetime, timedelta

import pytest

from shopkeeper.core.errors import TooManyAttempts
from shopkeeper.flows import attempts as module
from shopkeeper.flows.attempts import ADDRESS, NAME, PAIR, Attempts, network

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def refused(attempts: Attempts, name: str = "ann", address: str = "192.0.2.1", *, at: datetime = NOW) -> int:
    """Try once; return how many seconds to wait, 0 if the attempt was taken."""
    try:
        attempts.take(name, address, now=at)
    except TooManyAttempts as error:
        return error.seconds
    return 0


def test_one_name_from_one_address_has_five_attempts_and_one_more_each_half_minute():
    attempts = Attempts()
    assert [refused(attempts) for _ in range(6)] == [0] * PAIR.size + [30]
    assert refused(attempts, at=NOW + timedelta(seconds=29)) == 1
    assert refused(attempts, at=NOW + timedelta(seconds=30)) == 0
    assert refused(attempts, at=NOW + timedelta(seconds=31)) == 29


def test_who_is_refused_loses_nothing_more():
    attempts = Attempts()
    waits = [refused(attempts) for _ in range(100)]
    assert waits[-1] == 30


def test_an_address_that_goes_through_names_is_held_up():
    attempts = Attempts()
    assert sum(refused(attempts, f"name{number}") == 0 for number in range(200)) == ADDRESS.size
    assert refused(attempts, "bob", "192.0.2.2") == 0


def test_many_addresses_that_try_one_name_are_held_up():
    attempts = Attempts()
    assert sum(refused(attempts, "ann", f"192.0.2.{number}") == 0 for number in range(200)) == NAME.size


def test_strangers_do_not_shut_out_who_came_in_from_there_before():
    attempts = Attempts()
    attempts.take("ann", "198.51.100.7", now=NOW)
    attempts.forgive("ann", "198.51.100.7")
    for number in range(200):
        refused(attempts, "ann", f"192.0.2.{number}")
    assert refused(attempts, "ann", "198.51.100.8") > 0
    assert refused(attempts, "ann", "198.51.100.7") == 0


def test_coming_in_gives_the_attempts_back():
    attempts = Attempts()
    for _ in range(50):
        assert refused(attempts) == 0
        attempts.forgive("ann", "192.0.2.1")


def test_one_person_s_ipv6_addresses_are_one():
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9") != network("2001:db8:1:3::1")
    assert network("testclient") == "testclient"


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_KEYS", 50)
    attempts = Attempts()
    for number in range(500):
        refused(attempts, f"name{number}", f"10.0.{number // 250}.{number % 250}")
    assert len(attempts._until) <= 50
