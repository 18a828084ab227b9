"""The log on the command line: its last events in words, as they come, or one of them whole."""

import asyncio
from typing import TYPE_CHECKING

import click

from shopkeeper.cli.output import emit, json_option, make_console, options, shop_folder

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.flows.event_lines import EventList, EventWhole, Wanted
    from shopkeeper.flows.event_stream import Message


@click.group()
def event() -> None:
    """Look at the log of events."""


@event.command("tail")
@click.option("--name", help="Only events of this name, such as 'Order Completed'.")
@click.option("--source", help="Only events from this source.")
@click.option("--customer", help="Only events of this customer (its pseudonym, cus_…).")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500), help="How many.")
@click.option("--before", type=click.IntRange(1), help="Only events before this number.")
@click.option("--after", default=0, type=click.IntRange(0), help="Only events after this number.")
@click.option("--follow", "-f", is_flag=True, help="Go on as they come, until Ctrl-C.")
@json_option
def tail(
    *,
    name: str | None,
    source: str | None,
    customer: str | None,
    limit: int,
    before: int | None,
    after: int,
    follow: bool,
) -> None:
    """Show the last events of the log in words, the latest last; with --follow go on as they come.

    It works beside a running server.
    """
    from shopkeeper.flows.event_lines import Wanted

    asyncio.run(_tail(Wanted(name, source, customer), limit=limit, before=before, after=after, go_on=follow))


async def _tail(wanted: "Wanted", *, limit: int, before: int | None, after: int, go_on: bool) -> None:
    from shopkeeper.app import open_app
    from shopkeeper.flows.event_lines import list_events

    async with open_app(shop_folder(), readonly=True) as app:
        found = await list_events(app.store, app.definitions, wanted, after=after, before=before, limit=limit)
        emit(found, human=lambda console: _print_list(console, found))
        if go_on:
            await _follow(app, wanted, found.head)


async def _follow(app: "App", wanted: "Wanted", after: int) -> None:
    from shopkeeper.flows.event_stream import Beat, Streams, follow

    async def allowed() -> bool:
        return True

    told = follow(app.store, lambda: app.definitions, wanted, after=after, streams=Streams(), allowed=allowed)
    console = make_console()
    async for message in told:
        if not isinstance(message, Beat):
            _print_message(console, message)


def _print_message(console: "Console", message: "Message") -> None:
    """Print one message: as a line of JSON, or for people."""
    import msgspec
    from rich.markup import escape

    from shopkeeper.flows.event_lines import EventLine

    if options().as_json:
        click.echo(msgspec.json.encode(message).decode())
    elif isinstance(message, EventLine):
        console.print(f"{message.seq:>9}  {message.at:%Y-%m-%d %H:%M:%S}  {escape(message.words)}")
    else:
        console.print(f"[dim]{escape(getattr(message, 'words', ''))}[/]")


def _print_list(console: "Console", found: "EventList") -> None:
    for line in reversed(found.events):
        _print_message(console, line)
    if not found.events:
        console.print(f"None among the last {found.looked_through:,} events.")


@event.command("show")
@click.argument("seq", type=click.IntRange(1))
@json_option
def show(seq: int) -> None:
    """Show the event of the number SEQ with its properties."""
    found = asyncio.run(_whole(seq))
    emit(found, human=lambda console: _print_whole(console, found))


async def _whole(seq: int) -> "EventWhole":
    from shopkeeper.app import open_app
    from shopkeeper.flows.event_lines import whole_event

    async with open_app(shop_folder(), readonly=True) as app:
        return await whole_event(app.store, app.definitions, seq)


def _print_whole(console: "Console", found: "EventWhole") -> None:
    from rich.markup import escape

    _print_message(console, found.line)
    console.print(f"{escape(found.line.name)} from {escape(found.line.source)}, {escape(found.message_id)}")
    for one in found.properties:
        console.print(f"  {escape(one.name)}: {escape(one.text)}")
    console.print(f"[dim]{escape(found.note)}[/]")
