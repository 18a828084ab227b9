"""One entry of a YAML text changed, and every other character left as it was."""

from difflib import ndiff

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from shopkeeper.core.errors import BadInput
from shopkeeper.flows.definitions.splice import splice

TEXT = """\
# Who they are. Keep this line.

regulars:            {where: orders_90d >= 8}   # often
lapsing:
  # not for three weeks
  where: last_order < now() - interval 21 day
  description: 'Gone'

# the rest
others: {where: "a like '%: {'"}
"""


def changed(before: str, after: str) -> list[str]:
    lines = ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[:2] in {"+ ", "- "}]


def test_a_changed_field_changes_its_line_alone() -> None:
    assert changed(TEXT, splice(TEXT, (), "lapsing", {"where": "orders_90d = 0"})) == [
        "-   where: last_order < now() - interval 21 day",
        "+   where: orders_90d = 0",
    ]


def test_an_entry_on_one_line_keeps_its_comment() -> None:
    after = splice(TEXT, (), "regulars", {"where": "orders_90d >= 9"})
    assert "regulars: {where: orders_90d >= 9}" in after
    assert "# often" in after
    assert after.count("\n") == TEXT.count("\n")


def test_a_field_that_is_null_is_taken_away_and_others_stay() -> None:
    after = splice(TEXT, (), "lapsing", {"description": None})
    assert changed(TEXT, after) == ["-   description: 'Gone'"]


def test_a_new_entry_stands_at_the_end() -> None:
    after = splice(TEXT, (), "news", {"where": "x = 1", "description": "<img src=x onerror=alert(1)>"})
    assert after.startswith(TEXT)
    assert YAML(typ="safe").load(after)["news"]["description"] == "<img src=x onerror=alert(1)>"


def test_an_entry_taken_away_leaves_the_comments_around_it() -> None:
    after = splice(TEXT, (), "lapsing", None)
    assert "lapsing" not in after
    assert "# the rest" in after
    with pytest.raises(BadInput, match="not there"):
        splice(TEXT, (), "lapsin", None)


def test_an_entry_below_a_key_is_found_there() -> None:
    text = "offers: {}\nrules:\n  club: {group: club}  # ours\n  twice: {group: twice}\n"
    assert splice(text, ("rules",), "twice", {"group": "b"}) == text.replace("group: twice", "group: b")
    assert splice(text, ("offers",), "new", {"title": "x"}).startswith("offers:\n  new:\n    title: x\n")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}\n", "{a: {where: x}}\n", "a: {where: x}"])
def test_any_form_of_a_file_takes_a_new_entry(text: str) -> None:
    after = YAML(typ="safe").load(splice(text, (), "b", {"where": "y"}))
    assert after["b"] == {"where": "y"}


def test_what_an_alias_stands_for_is_not_dragged_along() -> None:
    text = "a: &one {where: x}\nb: *one\n"
    with pytest.raises(BadInput, match="edit the file instead"):
        splice(text, (), "b", {"where": "y"})


@settings(max_examples=60, deadline=None)
@example("?0")
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_any_text_is_written_so_that_it_reads_as_itself(value: str) -> None:
    for name in ("regulars", "lapsing", "news"):
        after = YAML(typ="safe", pure=True).load(splice(TEXT, (), name, {"where": value}))
        assert after[name]["where"] == value
