"""Notes and tasks: staff write them, do them, and take them back."""

from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.core.ids import new_id
from shopkeeper.core.instant import local_day
from shopkeeper.core.note import Note
from shopkeeper.flows.customers.dates import due_in_words
from shopkeeper.flows.customers.desk import Desk, title_of
from shopkeeper.flows.customers.typed import typed_text
from shopkeeper.identify.names import by_strength

MOST_TEXT: Final = 2_000
MOST_TASKS: Final = 500


class NoteDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody writes about a customer.

    kind: A task waits to be done. text: At most 2,000 characters. due_at: With its zone; tasks alone have one.
    """

    text: str
    kind: Literal["note", "task"] = "note"
    due_at: datetime | None = None


class NoteChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes; what is absent stays. done: Whether a task is done. due_at: null takes the date away."""

    text: str | None = None
    done: bool | None = None
    due_at: datetime | msgspec.UnsetType | None = msgspec.UNSET


class NoteLine(msgspec.Struct, frozen=True, kw_only=True):
    """A note as staff see it. who: A few characters that say which customer. due: In words, empty without a date."""

    id: str
    customer: str
    who: str
    kind: Literal["note", "task"]
    text: str
    author: str
    at: datetime
    due_at: datetime | None
    due: str
    overdue: bool
    done_at: datetime | None
    done_by: str | None


async def add_note(desk: Desk, customer: str, draft: NoteDraft, *, author: str, now: datetime, rng: Random) -> NoteLine:
    """Write a note about a customer; it stays with their strongest identifier, should they be taken apart.

    Raises: NotFound: there is no such customer. BadInput: no text or too long a one, or a date that a note has not.
    """
    customer = await desk.known(customer)
    if draft.kind == "note" and draft.due_at is not None:
        raise BadInput("due_at: a note has no date, only a task has; send kind: task")
    note = Note(
        id=new_id("not", now, rng),
        customer=await _strongest(desk, customer),
        kind=draft.kind,
        text=_text(draft.text),
        author=author,
        at=now,
        due_at=_instant(draft.due_at),
    )
    await desk.store.add_note(note)
    return (await _lines(desk, [note], now))[0]


async def change_note(desk: Desk, note: str, change: NoteChange, *, author: str, now: datetime) -> NoteLine:
    """Change a note's text or date, or say that a task is done, or not done after all.

    Raises: NotFound: there is no such note. BadInput: see `add_note`; a note cannot be done.
    """
    before = await _found(desk, note)
    if before.kind == "note" and (change.done is not None or change.due_at):
        raise BadInput("done, due_at: a note is neither done nor due, only a task is")
    changed: dict[str, object] = {}
    if change.text is not None:
        changed["text"] = _text(change.text)
    if not isinstance(change.due_at, msgspec.UnsetType):
        changed["due_at"] = _instant(change.due_at)
    if change.done is not None and change.done != (before.done_at is not None):
        changed |= {"done_at": now, "done_by": author} if change.done else {"done_at": None, "done_by": None}
    after = msgspec.structs.replace(before, **changed)
    await desk.store.change_note(after)
    return (await _lines(desk, [after], now))[0]


async def remove_note(desk: Desk, note: str, *, now: datetime) -> NoteLine:
    """Forget a note, and return what it said. Raises: NotFound: there is no such note."""
    before = await _found(desk, note)
    await desk.store.remove_note(note)
    return (await _lines(desk, [before], now))[0]


async def notes_of(desk: Desk, customer: str, *, now: datetime) -> list[NoteLine]:
    """Return what was written about one customer, the latest first. Raises: NotFound: there is no such customer."""
    customer = await desk.known(customer)
    return await _lines(desk, await desk.store.notes_of(customer), now)


async def open_tasks(desk: Desk, *, limit: int, now: datetime) -> list[NoteLine]:
    """Return everybody's open tasks, the one due first before the others. Raises: BadInput: `limit` out of bounds."""
    if not 1 <= limit <= MOST_TASKS:
        raise BadInput(f"limit == {limit}, must be from 1 to {MOST_TASKS}")
    return await _lines(desk, await desk.store.open_tasks(limit=limit), now)


async def _found(desk: Desk, note: str) -> Note:
    found = await desk.store.find_note(note)
    if found is None:
        raise NotFound("note: there is none of this id; somebody may have removed it")
    return found


async def _strongest(desk: Desk, customer: str) -> str:
    """Return the part of a customer's strongest identifier."""
    names = by_strength(await desk.store.identifiers_of(customer))[:1]
    return next((whose.part for whose in (await desk.store.whose(names)).values()), customer)


async def _lines(desk: Desk, notes: Iterable[Note], now: datetime) -> list[NoteLine]:
    told = list(notes)
    current = await desk.store.current(sorted({note.customer for note in told}))
    told = [msgspec.structs.replace(note, customer=current.get(note.customer, note.customer)) for note in told]
    names = await desk.store.identifiers_of_many(sorted({note.customer for note in told}))
    zone = desk.definitions.shop.zone
    return [
        NoteLine(
            **msgspec.structs.asdict(note),
            who=title_of(desk, note.customer, names.get(note.customer, [])),
            due="" if note.due_at is None else due_in_words(note.due_at, now=now, zone=zone),
            overdue=note.done_at is None and _is_past(note.due_at, now, zone),
        )
        for note in told
    ]


def _is_past(due_at: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Say whether the day on which something was due is over."""
    return due_at is not None and local_day(due_at, zone) < local_day(now, zone)


def _text(text: str) -> str:
    told = typed_text(text, "text", limit=MOST_TEXT)
    if not told:
        raise BadInput(f"text: is empty, must be from 1 to {MOST_TEXT:,} characters")
    return told


def _instant(at: datetime | None) -> datetime | None:
    if at is not None and at.tzinfo is None:
        raise BadInput("due_at: an instant without a zone; send one such as '2026-03-09T17:00:00Z'")
    return None if at is None else at.astimezone(UTC)
