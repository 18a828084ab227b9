"""Notes and tasks about customers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import click

from shopkeeper.cli.asked import asked
from shopkeeper.cli.output import emit, json_option, shop_folder
from shopkeeper.cli.who import who_does, who_option

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.flows.customers.desk import Desk
    from shopkeeper.flows.customers.notes import NoteLine


@click.group()
def note() -> None:
    """Write notes and tasks about customers."""


@note.command("add")
@click.argument("name", metavar="NAME")
@click.argument("text")
@click.option("--task", is_flag=True, help="It waits to be done.")
@click.option("--due", help="When the task is due: a day or an ISO instant, in the shop's zone if it names none.")
@who_option
@json_option
def add(name: str, text: str, *, task: bool, due: str | None, who: str | None) -> None:
    """Write TEXT about NAME (KIND:VALUE or an id)."""
    author = who_does(who)

    async def written(app: "App", desk: "Desk") -> "NoteLine":
        from shopkeeper.flows.customers.notes import NoteDraft, add_note

        draft = NoteDraft(text=text, kind="task" if task else "note", due_at=_due(app, due))
        customer = await asked(desk, name)
        return await add_note(desk, customer, draft, author=author, now=app.clock.now(), rng=app.rng)

    _tell([asyncio.run(_at_desk(written))])


@note.command("list")
@click.argument("name", metavar="NAME")
@json_option
def listed(name: str) -> None:
    """List what was written about NAME (KIND:VALUE or an id), the latest first."""

    async def found(app: "App", desk: "Desk") -> "list[NoteLine]":
        from shopkeeper.flows.customers.notes import notes_of

        return await notes_of(desk, await asked(desk, name), now=app.clock.now())

    _tell(asyncio.run(_at_desk(found, readonly=True)), many=True)


@note.command("done")
@click.argument("note", metavar="NOTE")
@click.option("--undo", is_flag=True, help="It is not done after all.")
@click.option("--text", help="Also replace what it says.")
@click.option("--due", help="Also move it: a day or an ISO instant, in the shop's zone if it names none.")
@who_option
@json_option
def done(note: str, *, undo: bool, text: str | None, due: str | None, who: str | None) -> None:
    """Say that the task NOTE (its id, not_…) is done; a note that is no task takes --text alone."""
    author = who_does(who)

    async def changed(app: "App", desk: "Desk") -> "NoteLine":
        import msgspec

        from shopkeeper.flows.customers.notes import NoteChange, change_note

        known = await app.store.find_note(note)
        is_task = known is None or known.kind == "task"
        due_at = msgspec.UNSET if due is None else _due(app, due)
        change = NoteChange(text=text, done=not undo if is_task or text is None else None, due_at=due_at)
        return await change_note(desk, note, change, author=author, now=app.clock.now())

    _tell([asyncio.run(_at_desk(changed))])


@note.command("remove")
@click.argument("note", metavar="NOTE")
@json_option
def remove(note: str) -> None:
    """Forget NOTE (its id, not_…), and print what it said."""

    async def removed(app: "App", desk: "Desk") -> "NoteLine":
        from shopkeeper.flows.customers.notes import remove_note

        return await remove_note(desk, note, now=app.clock.now())

    _tell([asyncio.run(_at_desk(removed))])


@click.command("tasks")
@click.option("--limit", default=100, show_default=True, help="At most so many, 1 to 500.")
@json_option
def tasks(limit: int) -> None:
    """List everybody's open tasks, the one due first before the others."""

    async def found(app: "App", desk: "Desk") -> "list[NoteLine]":
        from shopkeeper.flows.customers.notes import open_tasks

        return await open_tasks(desk, limit=limit, now=app.clock.now())

    _tell(asyncio.run(_at_desk(found, readonly=True)), many=True)


async def _at_desk(work: "Callable[[App, Desk], Awaitable[Any]]", *, readonly: bool = False) -> Any:
    from shopkeeper.app import open_app
    from shopkeeper.flows.customers.desk import open_desk

    async with open_app(shop_folder(), readonly=readonly) as app:
        return await work(app, open_desk(app.store, app.definitions))


def _due(app: "App", text: str | None) -> "datetime | None":
    from shopkeeper.core.instant import parse_instant

    return None if text is None else parse_instant(text, naive=app.definitions.shop.zone)


def _tell(lines: "list[NoteLine]", *, many: bool = False) -> None:
    emit(lines if many else lines[0], human=lambda console: _print(console, lines))


def _print(console: "Console", lines: "list[NoteLine]") -> None:
    for line in lines:
        done = "" if line.done_at is None else f", done by {line.done_by}"
        due = f", {line.due}" if line.due and line.done_at is None else ""
        head = f"{line.kind} {line.id} about {line.who}, by {line.author} on {line.at:%Y-%m-%d}{due}{done}"
        console.print(f"{head}\n  {line.text}", markup=False, soft_wrap=True)
    if not lines:
        console.print("Nothing.")
