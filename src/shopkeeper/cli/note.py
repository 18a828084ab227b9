"""Notes and tasks about customers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from shopkeeper.cli.asked import asked, asked_there
from shopkeeper.cli.output import emit, json_option, shop_folder
from shopkeeper.cli.remote import Server, ask, at_the_shop, server_options
from shopkeeper.cli.who import who_does, who_option
from shopkeeper.core.errors import BadInput

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.core.definitions import Definitions
    from shopkeeper.flows.customers.desk import Desk
    from shopkeeper.flows.customers.notes import NoteChange, NoteDraft, NoteLine


@click.group()
def note() -> None:
    """Write notes and tasks about customers."""


@note.command("add")
@click.argument("name", metavar="NAME")
@click.argument("text")
@click.option("--task", is_flag=True, help="It waits to be done.")
@click.option("--due", help="When the task is due: a day or an ISO instant, in the shop's zone if it names none.")
@who_option
@server_options
@json_option
def add(
    name: str, text: str, *, task: bool, due: str | None, who: str | None, url: str | None, key: str | None
) -> None:
    """Write TEXT about NAME (KIND:VALUE or an id)."""
    author = who_does(who)

    async def here(app: "App", desk: "Desk") -> "NoteLine":
        from shopkeeper.flows.customers.notes import add_note

        draft = _draft(text, task, _due(due, app.definitions))
        return await add_note(desk, await asked(desk, name), draft, author=author, now=app.clock.now(), rng=app.rng)

    async def there(server: Server) -> Any:
        customer = await asked_there(server, name)
        draft = _draft(text, task, await _due_there(server, due))
        return await ask(server, "POST", f"/v1/customers/{quote(customer, safe='')}/notes", draft)

    _tell([_written(here, there, url=url, key=key)])


def _draft(text: str, task: bool, due: "datetime | None") -> "NoteDraft":
    from shopkeeper.flows.customers.notes import NoteDraft

    return NoteDraft(text=text, kind="task" if task else "note", due_at=due)


@note.command("list")
@click.argument("name", metavar="NAME")
@json_option
def listed(name: str) -> None:
    """List what was written about NAME (KIND:VALUE or an id), the latest first."""

    async def found(app: "App", desk: "Desk") -> "list[NoteLine]":
        from shopkeeper.flows.customers.notes import notes_of

        return await notes_of(desk, await asked(desk, name), now=app.clock.now())

    _tell(asyncio.run(_at_desk(found)), many=True)


@note.command("done")
@click.argument("note", metavar="NOTE")
@click.option("--undo", is_flag=True, help="It is not done after all.")
@click.option("--text", help="Also replace what it says.")
@click.option("--due", help="Also move it: a day or an ISO instant, in the shop's zone if it names none.")
@who_option
@server_options
@json_option
def done(
    note: str, *, undo: bool, text: str | None, due: str | None, who: str | None, url: str | None, key: str | None
) -> None:
    """Say that the task NOTE (its id, not_…) is done; a note that is no task takes --text alone."""
    author = who_does(who)

    async def here(app: "App", desk: "Desk") -> "NoteLine":
        from shopkeeper.flows.customers.notes import change_note

        known = await app.store.find_note(note)
        is_task = known is None or known.kind == "task"
        change = _changed(text, _due(due, app.definitions), done=not undo if is_task or text is None else None)
        return await change_note(desk, note, change, author=author, now=app.clock.now())

    async def there(server: Server) -> Any:
        change, path = _changed(text, await _due_there(server, due), done=not undo), f"/v1/notes/{quote(note, safe='')}"
        try:
            return await ask(server, "PATCH", path, change)
        except BadInput as error:
            if text is None or due is not None or not str(error).startswith("done, due_at"):
                raise
        return await ask(server, "PATCH", path, _changed(text, None, done=None))  # no task: it takes a text alone

    _tell([_written(here, there, url=url, key=key)])


def _changed(text: str | None, due: "datetime | None", *, done: bool | None) -> "NoteChange":
    import msgspec

    from shopkeeper.flows.customers.notes import NoteChange

    return NoteChange(text=text, done=done, due_at=msgspec.UNSET if due is None else due)


@note.command("remove")
@click.argument("note", metavar="NOTE")
@server_options
@json_option
def remove(note: str, *, url: str | None, key: str | None) -> None:
    """Forget NOTE (its id, not_…), and print what it said."""

    async def here(app: "App", desk: "Desk") -> "NoteLine":
        from shopkeeper.flows.customers.notes import remove_note

        return await remove_note(desk, note, now=app.clock.now())

    async def there(server: Server) -> Any:
        return await ask(server, "DELETE", f"/v1/notes/{quote(note, safe='')}")

    _tell([_written(here, there, url=url, key=key)])


@click.command("tasks")
@click.option("--limit", default=100, show_default=True, help="At most so many, 1 to 500.")
@json_option
def tasks(limit: int) -> None:
    """List everybody's open tasks, the one due first before the others."""

    async def found(app: "App", desk: "Desk") -> "list[NoteLine]":
        from shopkeeper.flows.customers.notes import open_tasks

        return await open_tasks(desk, limit=limit, now=app.clock.now())

    _tell(asyncio.run(_at_desk(found)), many=True)


async def _at_desk(work: "Callable[[App, Desk], Awaitable[Any]]") -> Any:
    from shopkeeper.app import open_app
    from shopkeeper.flows.customers.desk import open_desk

    async with open_app(shop_folder(), readonly=True) as app:
        return await work(app, open_desk(app.store, app.definitions))


def _written(
    here: "Callable[[App, Desk], Awaitable[NoteLine]]",
    there: "Callable[[Server], Awaitable[Any]]",
    *,
    url: str | None,
    key: str | None,
) -> "NoteLine":
    """Do what writes, here or at the server that has the store."""

    async def at_desk(app: "App") -> "NoteLine":
        from shopkeeper.flows.customers.desk import open_desk

        return await here(app, open_desk(app.store, app.definitions))

    async def at_server(server: Server) -> "NoteLine":
        import msgspec

        from shopkeeper.flows.customers.notes import NoteLine

        return msgspec.convert(await there(server), NoteLine)

    return at_the_shop(at_desk, at_server, url=url, key=key)


def _due(text: str | None, definitions: "Definitions") -> "datetime | None":
    from shopkeeper.core.instant import parse_instant

    return None if text is None else parse_instant(text, naive=definitions.shop.zone)


async def _due_there(server: Server, text: str | None) -> "datetime | None":
    """Read when a task is due in the zone of the shop that a server serves."""
    from shopkeeper.flows.definitions import load_definitions

    if text is None:
        return None
    return _due(text, load_definitions((await ask(server, "GET", "/v1/definitions"))["files"]))


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
