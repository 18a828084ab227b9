"""Notes and tasks: what staff write down about a customer, for one another."""

from datetime import datetime
from typing import Literal, Protocol

import msgspec


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something that staff wrote about one customer.

    id: `not_…`. customer: The part of theirs that keeps it. kind: A `task` waits to be done, a `note` does not.
    author, done_by: Names of accounts. text: Whatever somebody typed: personal data. due_at: When a task should be
    done, None: at no set time. done_at, done_by: When a task was done and by whom, None while it is open.
    """

    id: str
    customer: str
    kind: Literal["note", "task"]
    text: str
    author: str
    at: datetime
    due_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str | None = None

    def __repr__(self) -> str:
        """Show the id alone: what staff write about a customer has no place in a log line."""
        return f"Note({self.id!r})"


class Notes(Protocol):
    """Keeps what staff write about customers."""

    async def add_note(self, note: Note) -> None:
        """Keep a note."""
        ...

    async def find_note(self, note: str) -> Note | None:
        """Return the note of an id."""
        ...

    async def change_note(self, note: Note) -> None:
        """Replace a note. Raises: NotFound: it is gone."""
        ...

    async def remove_note(self, note: str) -> None:
        """Forget a note by id. Raises: NotFound: it is gone."""
        ...

    async def notes_of(self, customer: str) -> list[Note]:
        """Return every note about one customer, the latest first."""
        ...

    async def open_tasks(self, *, limit: int) -> list[Note]:
        """Return tasks that are not done, the one due first before the others; those without a date come last."""
        ...
