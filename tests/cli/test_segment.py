"""segment, trait, pull and versions --show, typed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from shopkeeper.cli.main import cli
from shopkeeper.testing.commands import told, typed
from shopkeeper.testing.shop import CUSTOMERS

pytestmark = pytest.mark.usefixtures("inside")


def test_a_rule_is_checked_with_its_count_and_its_words() -> None:
    found = told("segment", "check", "last_order < now() - interval 21 day")
    assert (found["count"]["matches"], found["timed"]) == (CUSTOMERS // 10, True)
    said = typed("segment", "check", "orders_90d >= 8").stdout
    assert "Orders in 90 days is at least 8." in said
    assert "reachable" in said


def test_a_wrong_rule_is_underlined_at_every_place() -> None:
    done = typed("segment", "check", "order_90d > 3 and spnd_90d > 1")
    assert done.exit_code == 2
    assert "^^^^^^^^^\nunknown trait 'order_90d', did you mean 'orders_90d'?" in done.stdout
    assert "                  ^^^^^^^^\nunknown trait 'spnd_90d'" in done.stdout


def test_a_segment_is_shown_previewed_and_compared() -> None:
    assert told("segment", "show", "regulars")["uses"][0]["name"] == "club"
    assert "offer rule club asks the same" in typed("segment", "show", "regulars").stdout
    rows = told("segment", "preview", "--where", "orders_90d >= 8", "--n", "3")
    assert len(rows["rows"]) == 3
    assert "3 of " in typed("segment", "preview", "--where", "orders_90d >= 8", "--n", "3").stdout
    found = told("segment", "compare", "bread_lovers")
    assert found["traits"][0]["size"] == "far apart"
    assert "everyone else" in typed("segment", "compare", "--where", "bread_90d >= 10").stdout
    assert typed("segment", "compare").exit_code == 2
    assert typed("segment", "show", "regular").exit_code == 1


def test_traits_are_listed() -> None:
    traits = {one["name"]: one for one in told("trait", "list")["traits"]}
    assert traits["favourite_category"]["usual"]
    assert "it stays out of rules" in typed("trait", "list").stdout


def test_a_segment_is_put_in_force_and_taken_away(inside: None, shop: Path) -> None:
    asked = ("segment", "put", "tea_time", "--where", "favourite_category = 'tea'", "--note", "Tea!")
    done = CliRunner().invoke(cli, list(asked), input="n\n")
    assert "+tea_time:" in done.output
    assert done.exit_code == 1
    done = told(*asked, "--yes", "--who", "ann")
    assert (done["applied"]["who"], done["applied"]["note"], done["already"]) == ("ann", "Tea!", False)
    assert "tea_time:" in (shop / "segments.yaml").read_text()
    assert told("segment", "show", "tea_time")["members"] > 0
    assert told(*asked, "--yes")["applied"] is None
    assert "in force: tea_time" in typed("segment", "remove", "tea_time", "--yes").stdout
    assert typed("segment", "remove", "tea_time", "--yes").exit_code == 1
    assert typed("segment", "put", "Bad Name", "--where", "orders_ever > 1", "--yes").exit_code == 2


def test_pull_writes_what_is_in_force_after_showing_the_difference(shop: Path) -> None:
    assert told("pull") == {"version": told("check")["version"], "written": []}
    (shop / "segments.yaml").write_text("mine: {where: orders_ever > 1}\n")
    assert typed("segment", "put", "regulars", "--where", "orders_90d >= 9", "--yes").exit_code == 0
    assert (shop / "segments.yaml").read_text().startswith("mine")
    assert typed("pull", "--json").exit_code == 2
    assert told("pull", "--yes")["written"] == ["segments.yaml"]
    assert "regulars: {where: orders_90d >= 9}" in (shop / "segments.yaml").read_text()


def test_the_files_of_a_version_are_printed_as_they_were_applied() -> None:
    assert "regulars: {where: orders_90d >= 8}" in typed("versions", "--show", "1").stdout
    assert json.loads(typed("--json", "versions", "--show", "1").stdout)["number"] == 1
    assert typed("versions", "--show", "9").exit_code == 1
