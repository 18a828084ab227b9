from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shopkeeper.core.errors import NotFound
from shopkeeper.core.note import Note
from shopkeeper.core.store import Store

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def note(number: int, *, kind: str = "task", due: int | None = None, customer: str = "cus_1") -> Note:
    """Make a note; `due` in days from NOW."""
    due_at = None if due is None else NOW + timedelta(days=due)
    at = NOW + timedelta(minutes=number)
    given = {"id": f"not_{number}", "customer": customer, "kind": kind, "text": f"text {number}", "author": "ann"}
    return msgspec.convert({**given, "at": at, "due_at": due_at}, Note)


async def test_a_note_is_kept_as_it_was_given(store: Store) -> None:
    kept = msgspec.structs.replace(note(1, due=2), done_at=NOW, done_by="bob", text="<b>'; --\n€")
    await store.add_note(kept)
    assert await store.find_note("not_1") == kept
    assert await store.find_note("not_2") is None


async def test_notes_of_one_customer_come_latest_first(store: Store) -> None:
    for one in (note(1), note(3, kind="note"), note(2), note(4, customer="cus_2")):
        await store.add_note(one)
    assert [one.id for one in await store.notes_of("cus_1")] == ["not_3", "not_2", "not_1"]


async def test_open_tasks_come_by_their_date_and_those_without_one_last(store: Store) -> None:
    done = msgspec.structs.replace(note(5, due=0), done_at=NOW, done_by="ann")
    for one in (note(1), note(2, due=3), note(3, due=1), note(4, kind="note", due=0), done):
        await store.add_note(one)
    assert [one.id for one in await store.open_tasks(limit=9)] == ["not_3", "not_2", "not_1"]
    assert [one.id for one in await store.open_tasks(limit=1)] == ["not_3"]


async def test_a_note_is_changed_and_removed(store: Store) -> None:
    await store.add_note(note(1))
    done = msgspec.structs.replace(note(1), done_at=NOW, done_by="bob")
    await store.change_note(done)
    assert await store.find_note("not_1") == done
    await store.remove_note("not_1")
    assert await store.notes_of("cus_1") == []
    with pytest.raises(NotFound, match="somebody may have removed it"):
        await store.change_note(done)
    with pytest.raises(NotFound):
        await store.remove_note("not_1")


def test_a_note_shows_no_text_in_a_log_line() -> None:
    assert repr(note(1)) == "Note('not_1')"
