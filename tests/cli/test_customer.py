"""customer find, show, timeline, consent, note and tasks, typed."""

import pytest

from shopkeeper.testing.commands import told, typed
from shopkeeper.testing.shop import user

pytestmark = pytest.mark.usefixtures("inside")
WHO = f"user_id:{user(5)}"


def test_a_customer_is_found_and_shown_by_id() -> None:
    found = told("customer", "find", user(5))
    assert [hit["title"] for hit in found["customers"]] == [f"user_id {user(5)}"]
    customer = found["customers"][0]["customer"]
    assert told("customer", "show", customer) == told("customer", "show", WHO)
    assert f"user_id {user(10)}" in typed("customer", "find", "u01").stdout
    assert typed("customer", "find", "nobody").stdout == "Nobody was found.\n"
    assert "--after cus_" in typed("customer", "find", "--segment", "regulars", "--limit", "2").stdout


def test_what_was_said_is_on_the_page() -> None:
    page = typed("customer", "show", WHO).stdout
    assert "personalization: Allowed: a legitimate interest of the shop, and no objection." in page
    assert "treated: Gets personal answers." in page
    said = told(
        "customer", "consent", WHO, "personalization", "--withdrawn", "--wording", "on the phone", "--who", "ann"
    )
    assert {line["purpose"]: line["said"] for line in said}["personalization"] == "withdrawn"
    assert "Not allowed: the customer objected. Since 2026-03-02, from staff." in typed("customer", "show", WHO).stdout
    newest = told("customer", "timeline", WHO, "--event", "Consent Withdrawn")["events"][0]
    assert newest["sentence"] == "Objected to personalization."
    assert typed("customer", "consent", WHO, "personalization").exit_code == 2


def test_a_timeline_goes_on_where_it_ended() -> None:
    first = told("customer", "timeline", WHO, "--limit", "2")
    second = told("customer", "timeline", WHO, "--limit", "2", "--before", str(first["next"]))
    assert second["events"][0]["at"] <= first["events"][-1]["at"]
    assert f"Older ones: --before {first['next']}" in typed("customer", "timeline", WHO, "--limit", "2").stdout
    assert told("customer", "timeline", WHO, "--source", "nobody")["events"] == []


def test_notes_and_tasks_are_written_done_and_forgotten() -> None:
    task = told("customer", "note", "add", WHO, "ring [b]back[/b]", "--task", "--due", "2026-03-03", "--who", "ann")
    assert (task["author"], task["due"]) == ("ann", "due tomorrow")
    note = told("customer", "note", "add", WHO, "likes tea")
    assert {one["id"] for one in told("customer", "note", "list", WHO)} == {note["id"], task["id"]}
    assert "ring [b]back[/b]" in typed("customer", "tasks").stdout
    done = told("customer", "note", "done", task["id"], "--who", "bob")
    assert done["done_by"] == "bob"
    assert typed("customer", "tasks").stdout == "Nothing.\n"
    assert told("customer", "note", "done", task["id"], "--undo", "--due", "2026-03-05")["due"] == "due in 3 days"
    assert told("customer", "note", "done", note["id"], "--text", "likes coffee")["text"] == "likes coffee"
    assert told("customer", "note", "remove", note["id"])["text"] == "likes coffee"
    assert typed("customer", "note", "remove", note["id"]).exit_code == 1


def test_who_cannot_be_meant_is_refused() -> None:
    gone = typed("customer", "show", "cus_01601ed2-805e-7ccc-9469-9259925e8a8e")
    assert (gone.exit_code, "may have been erased" in gone.stderr) == (1, True)
    assert typed("customer", "timeline", "u005").exit_code == 2
