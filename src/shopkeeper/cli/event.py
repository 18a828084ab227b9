"""The log on the command line: its last events in words, as they come, one of them whole; and sending some to it."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopkeeper.cli.asked import asked
from shopkeeper.cli.event_files import lines_of, option_source, read_lines, send_lines, span
from shopkeeper.cli.instants import INSTANT
from shopkeeper.cli.output import emit, json_option, make_console, options, shop_folder
from shopkeeper.cli.quarantine import replay_waiting
from shopkeeper.cli.remote import server_options
from shopkeeper.core.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.flows.accounting import Accounting
    from shopkeeper.flows.event_lines import EventList, EventWhole, Wanted
    from shopkeeper.flows.event_stream import Message


@click.group()
def event() -> None:
    """Look at the log of events; send some to it, or offer once more what waited."""


@event.command("send")
@click.argument("event_json", metavar="[EVENT]", required=False)
@click.option("--file", type=click.Path(path_type=Path), help="Events, one JSON object a line; - is standard input.")
@option_source
@server_options
@json_option
def send(event_json: str | None, *, file: Path | None, source: str, url: str | None, key: str | None) -> None:
    """Send EVENT, such as '{"type":"track","userId":"1","event":"Product Viewed"}', or a file of events.

    They go through the same door as those of the API. While a server has the store, it is asked.
    """
    if (event_json is None) == (file is None):
        raise BadInput("event send: give either one EVENT or --file")
    with lines_of(file, event_json) as text:
        send_lines(read_lines(text, 1, None), source=source, url=url, key=key)


@event.command("replay")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--lines", help="Of FILE: only these lines, such as 10-200.")
@click.option("--origin", help="Of the quarantine: only what came from this file or source.")
@click.option("--code", help="Of the quarantine: only what waits for this reason.")
@click.option("--since", type=INSTANT, help="Of the quarantine: only what came at this instant or later.")
@click.option("--until", type=INSTANT, help="Of the quarantine: only what came before this instant.")
@option_source
@server_options
@json_option
def replay(
    file: Path | None,
    *,
    lines: str | None,
    origin: str | None,
    code: str | None,
    since: datetime | None,
    until: datetime | None,
    source: str,
    url: str | None,
    key: str | None,
) -> None:
    """Offer again what FILE holds (one event a line), or what waits in quarantine.

    What the log has under a message id already is not taken twice, and is named as a duplicate. Instants are ISO 8601
    with a zone, such as 2026-11-22T09:00:00Z.
    """
    if file is not None:
        from shopkeeper.flows.sending import require_replayable

        if origin or code or since or until:
            raise BadInput(
                "event replay: --origin, --code, --since and --until go with the quarantine, not with a FILE"
            )
        first, last = span(lines)
        with lines_of(file, None) as text:
            send_lines(read_lines(text, first, last), source=source, url=url, key=key, check=require_replayable)
        return
    if lines is not None or not (origin or code or since or until):
        raise BadInput("event replay: name a FILE, or at least one of --origin, --code, --since and --until")
    from shopkeeper.flows.waiting import ReplayWish

    replay_waiting(ReplayWish(origin=origin, code=code, since=since, until=until), url=url, key=key)


@event.command("tail")
@click.option("--name", help="Only events of this name, such as 'Order Completed'.")
@click.option("--source", help="Only events from this source.")
@click.option("--customer", metavar="NAME", help="Only events of this customer: KIND:VALUE or an id.")
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

    It works beside a running server, and its times are UTC. With --follow and --json each event is one line.
    """
    from shopkeeper.flows.event_lines import Wanted

    asyncio.run(_tail(Wanted(name, source, customer), limit=limit, before=before, after=after, go_on=follow))


async def _tail(wanted: "Wanted", *, limit: int, before: int | None, after: int, go_on: bool) -> None:
    """Show events; `wanted` names the customer as somebody typed it."""
    from shopkeeper.app import open_app
    from shopkeeper.flows.customers.desk import open_desk
    from shopkeeper.flows.event_lines import list_events

    async with open_app(shop_folder(), readonly=True) as app:
        if wanted.customer is not None:
            customer = await asked(open_desk(app.store, app.definitions), wanted.customer)
            wanted = wanted._replace(customer=customer)
        found = await list_events(app.store, app.definitions, wanted, after=after, before=before, limit=limit)
        if not go_on:
            emit(found, human=lambda console: _print_list(console, found))
        else:
            _print_list(make_console(), found)
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
        whose = f", {message.customer}" if message.customer else ""
        console.print(
            f"{message.seq:>9}  {message.at:%Y-%m-%d %H:%M:%S} UTC  {escape(message.words)}"
            f" [dim]({escape(message.source)}{whose})[/]",
            soft_wrap=True,
        )
    else:
        console.print(f"[dim]{escape(getattr(message, 'words', ''))}[/]")


def _print_list(console: "Console", found: "EventList") -> None:
    for line in reversed(found.events):
        _print_message(console, line)
    if not found.events and not options().as_json:
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


@event.command("accounting")
@json_option
def accounting() -> None:
    """Say what became of every event that was accepted: applied, pending, quarantined or refused."""
    found = asyncio.run(_account())
    emit(found, human=lambda console: _print_accounts(console, found))


async def _account() -> "Accounting":
    from shopkeeper.app import open_app
    from shopkeeper.flows.accounting import account

    async with open_app(shop_folder(), readonly=True) as app:
        return await account(app.store)


def _print_accounts(console: "Console", found: "Accounting") -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    figures = [name for name in found.total.__struct_fields__ if name != "source"]
    for name in ("source", *figures):
        table.add_column(name, justify="left" if name == "source" else "right")
    for line in (*found.sources, found.total):
        table.add_row(escape(line.source) or "in all", *(f"{getattr(line, name):,}" for name in figures))
    console.print(table)
    console.print(found.words)
