"""Notes and tasks in SQL."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Executable, delete, insert, select, update

from shopkeeper.core.errors import NotFound
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.note import Note
from shopkeeper.store.dialect import listed
from shopkeeper.store.schema import is_open_task, notes
from shopkeeper.store.whose import parts_of

_TIMES = frozenset({"at", "due_at", "done_at"})


def add_note(conn: Connection, note: Note) -> None:
    """Keep a note."""
    conn.execute(insert(notes), _row(note))


def find_note(conn: Connection, note: str) -> Note | None:
    """Return the note of an id."""
    row = conn.execute(select(notes).where(notes.c.id == note)).one_or_none()
    return None if row is None else _note(row)


def change_note(conn: Connection, note: Note) -> None:
    """Replace a note. Raises: NotFound: it is gone."""
    if conn.execute(update(notes).where(notes.c.id == note.id).values(_row(note))).rowcount == 0:
        raise _gone()


def remove_note(conn: Connection, note: str) -> None:
    """Forget a note. Raises: NotFound: it is gone."""
    if conn.execute(delete(notes).where(notes.c.id == note)).rowcount == 0:
        raise _gone()


def notes_of(conn: Connection, customer: str) -> list[Note]:
    """Return every note about one customer, the latest first."""
    found = conn.execute(_select_theirs(conn.dialect.name), listed(conn, [customer]))
    return [_note(row) for row in found]


@cache
def _select_theirs(dialect: str) -> Executable:
    whose = parts_of(dialect)
    theirs = select(notes).join_from(whose, notes, notes.c.customer == whose.c.part)
    return theirs.order_by(notes.c.at.desc(), notes.c.id.desc())


def open_tasks(conn: Connection, *, limit: int) -> list[Note]:
    """Return open tasks, those with a date first and the earliest first."""
    due = select(notes).where(is_open_task).order_by(notes.c.due_at.is_(None), notes.c.due_at, notes.c.at, notes.c.id)
    return [_note(row) for row in conn.execute(due.limit(limit))]


def _gone() -> NotFound:
    return NotFound("note: there is none of this id; somebody may have removed it")


def _row(note: Note) -> dict[str, Any]:
    found = msgspec.structs.asdict(note)
    return {name: micros(value) if name in _TIMES and value is not None else value for name, value in found.items()}


def _note(row: Sequence[Any]) -> Note:
    return Note(**_values(row))


def _values(row: Sequence[Any]) -> dict[str, Any]:
    named = zip(notes.columns.keys(), row, strict=True)
    return {name: from_micros(value) if name in _TIMES and value is not None else value for name, value in named}
