"""home, event and model use, typed."""

import pytest

from shopkeeper.testing.commands import told, typed

pytestmark = pytest.mark.usefixtures("inside", "roomy")


def test_home_compares_and_tells_what_is_different() -> None:
    found = told("home", "--days", "7")
    assert found["lift"]["days"] == 7
    assert {row["figure"] for row in found["lift"]["rows"]} >= {"net revenue", "orders"}
    assert [one["code"] for one in found["alerts"]] == ["no_account"]
    done = typed("home")
    assert "Corner shop, Monday, 2 March 2026" in done.stdout
    assert "shopkeeper user add" in done.stdout


def test_the_tail_of_the_log_is_told_in_words() -> None:
    done = typed("event", "tail", "--name", "Order Completed", "--limit", "2")
    assert done.stdout.count("Bought ") == 2
    found = told("event", "tail", "--source", "till", "--limit", "3")
    assert [one["source"] for one in found["events"]] == ["till"] * 3
    assert "None among the last" in typed("event", "tail", "--name", "Never Seen").stdout


def test_an_event_is_shown_whole() -> None:
    seq = told("event", "tail", "--name", "Order Completed", "--limit", "1")["events"][0]["seq"]
    assert told("event", "show", str(seq))["line"]["seq"] == seq
    assert "products: " in typed("event", "show", str(seq)).stdout
    assert typed("event", "show", "99999999").exit_code == 1


def test_a_version_of_a_model_is_put_in_force() -> None:
    version = told("model", "list")[0]
    done = typed("model", "use", version["name"], version["version"], "--who", "olga")
    assert done.stdout == f"{version['name']}: version {version['version']} is in force.\n"
    missing = typed("model", "use", version["name"], "none")
    assert (missing.exit_code, "no version 'none' is recorded" in missing.stderr) == (1, True)
