"""Where events come from, and which files were imported."""

import asyncio
from typing import TYPE_CHECKING

import click

from shopkeeper.cli.output import emit, json_option, shop_folder

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.flows.imports.progress import ImportLine
    from shopkeeper.flows.sources.overview import Sources


@click.group()
def source() -> None:
    """See who sends events, how lately, and what was imported."""


@source.command("list")
@json_option
def list_() -> None:
    """List every source: what it brought, how fresh it is, and how much of it waits."""
    found = asyncio.run(_sources())
    emit(found, human=lambda console: _print_sources(console, found))


async def _sources() -> "Sources":
    from shopkeeper.app import open_app
    from shopkeeper.flows.sources.overview import sources

    async with open_app(shop_folder(), readonly=True) as app:
        zone = app.definitions.shop.time_zone
        return await sources(app.store, zone=zone, now=app.clock.now(), tail=None)


def _print_sources(console: "Console", found: "Sources") -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("source", "events", "7 days", "24 hours", "waiting", "freshness"):
        table.add_column(name, justify="left" if name in {"source", "freshness"} else "right")
    for one in found.sources:
        figures = [f"{n:,}" for n in (one.events, one.week, one.day, one.waiting)]
        fresh = f"[yellow]{escape(one.freshness)}[/]" if one.quiet else escape(one.freshness)
        table.add_row(escape(one.name), *figures, fresh)
    console.print(table if found.sources else "Nothing has come in yet.")


@source.command("imports")
@json_option
def imports() -> None:
    """List every import, the latest first."""
    found = asyncio.run(_imports())
    emit(found, human=lambda console: _print_imports(console, found))


async def _imports() -> "list[ImportLine]":
    from shopkeeper.app import open_app
    from shopkeeper.flows.imports.progress import line_of

    async with open_app(shop_folder(), readonly=True) as app:
        known = await app.store.imports()
    found = [line_of(one, "done" if one.done else "stopped" if one.stopped else "interrupted") for one in known]
    return sorted(found, key=lambda line: line.begun_at.timestamp() if line.begun_at else 0.0, reverse=True)


def _print_imports(console: "Console", found: "list[ImportLine]") -> None:
    for one in found:
        console.print(f"{one.file}: {one.words}", markup=False)
    if not found:
        console.print("Nothing was imported yet: shopkeeper import FILE --guess")
