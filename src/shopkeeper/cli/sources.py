"""Where events come from, by which keys, and which files were imported."""

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import click

from shopkeeper.cli.output import emit, json_option, shop_folder
from shopkeeper.core.errors import BadInput, StoreError, StoreInUse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.flows.imports.progress import ImportLine
    from shopkeeper.flows.sources.overview import Sources
    from shopkeeper.flows.sources.page import SourcePage
    from shopkeeper.flows.sources.registry import Registered, SourceKeys

T = TypeVar("T")
BASES = ("consent", "legitimate_interest", "contract", "legal_obligation")


@click.group()
def source() -> None:
    """Say who may send events, see how lately they did, and what was imported."""


@source.command("add")
@click.argument("name")
@click.option("--kind", type=click.Choice(("browser", "server")), required=True, help="Where its key will be.")
@click.option("--basis", type=click.Choice(BASES), required=True, help="On which its events are collected.")
@click.option("--category", help="With basis consent: the purpose that consent is asked for.")
@click.option("--environment", help="Such as staging or development; the shop's own where none is named.")
@json_option
def add(name: str, *, kind: Any, basis: Any, category: str | None, environment: str | None) -> None:
    """Register the source NAME, and print its write key, which is shown this once."""
    from shopkeeper.flows.sources.registry import NewSource, add_source

    asked = NewSource(name=name, kind=kind, basis=basis, category=category, environment=environment)

    async def work(app: "App") -> "SourceKeys":
        now, own = app.wall_clock.now(), app.settings.environment
        shop = app.definitions.shop if app.is_applied else None
        return await add_source(app.store, asked, now=now, rng=app.rng, environment=own, shop=shop)

    _emit_keys(asyncio.run(_written(work)))


@source.command("show")
@click.argument("name")
@json_option
def show(name: str) -> None:
    """Show the source NAME: its terms and keys, how each client is wired to it, and what it brought."""
    found = asyncio.run(_page(name))
    emit(found, human=lambda console: _print_page(console, found))


async def _page(name: str) -> "SourcePage":
    from shopkeeper.app import open_app
    from shopkeeper.flows.sources.page import source_page

    async with open_app(shop_folder(), readonly=True) as app:
        base = app.settings.public_url or f"http://127.0.0.1:{app.settings.port}"
        shop, environment = app.definitions.shop, app.settings.environment
        now, wall = app.clock.now(), app.wall_clock.now()
        return await source_page(app.store, name, base=base, shop=shop, environment=environment, now=now, wall=wall)


@source.command("rotate")
@click.argument("name")
@click.option("--grace-hours", default=24.0, show_default=True, help="How long the key before works on.")
@click.option("--identity-secret", is_flag=True, help="Replace the identity secret instead; the old one ends at once.")
@json_option
def rotate(name: str, *, grace_hours: float, identity_secret: bool) -> None:
    """Give the source NAME another write key, and print it, which is shown this once."""
    from shopkeeper.flows.sources.registry import Rotation
    from shopkeeper.flows.sources.registry import rotate as rotated

    wish = Rotation(grace_hours=grace_hours, identity_secret=identity_secret)

    async def work(app: "App") -> "SourceKeys":
        return await rotated(app.store, name, wish, now=app.wall_clock.now(), rng=app.rng)

    _emit_keys(asyncio.run(_written(work)), rotated=not identity_secret)


@source.command("change")
@click.argument("name")
@click.option("--environment", help="A shop of another environment takes nothing from it.")
@click.option("--basis", type=click.Choice(BASES), help="On which its events are collected.")
@click.option("--category", help="With basis consent: the purpose that consent is asked for.")
@json_option
def change(name: str, *, environment: str | None, basis: Any, category: str | None) -> None:
    """Change the terms of the source NAME; what is left out stays, and so do its keys."""
    from shopkeeper.flows.sources.registry import SourceChange, change_source

    if environment is None and basis is None and category is None:
        raise BadInput("source change: name what to change: --environment, --basis or --category")
    wish = SourceChange(environment=environment, basis=basis, category=category)

    async def work(app: "App") -> "Registered":
        return await change_source(app.store, name, wish, now=app.wall_clock.now())

    emit(asyncio.run(_written(work)), human=lambda console: console.print(f"{name} is changed.", markup=False))


@source.command("disable")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Let it send again.")
@json_option
def disable(name: str, *, undo: bool) -> None:
    """Take nothing more from the source NAME; its keys stay."""
    from shopkeeper.flows.sources.registry import SourceChange, change_source

    async def work(app: "App") -> "Registered":
        return await change_source(app.store, name, SourceChange(disabled=not undo), now=app.wall_clock.now())

    found = asyncio.run(_written(work))
    emit(found, human=lambda console: console.print(f"{name} {'may send again' if undo else 'is disabled'}."))


@source.command("remove")
@click.argument("name")
@json_option
def remove(name: str) -> None:
    """Forget the source NAME and its keys; the events that it brought stay."""
    asyncio.run(_written(lambda app: app.store.remove_source(name)))
    emit({"name": name}, human=lambda console: console.print(f"{name} is removed; its events stay."))


async def _written(work: "Callable[[App], Awaitable[T]]") -> T:
    """Do what writes. Raises: StoreError: a server has the store; says how to do it there."""
    from shopkeeper.app import open_app

    try:
        async with open_app(shop_folder()) as app:
            return await work(app)
    except StoreInUse as error:
        there = "this is done on the console's screen Sources, or through /v1/sources"
        raise StoreError(f"{error}; while the server runs, {there}") from None


def _emit_keys(made: "SourceKeys", *, rotated: bool = False) -> None:
    from rich.markup import escape

    def human(console: "Console") -> None:
        if made.write_key is not None:
            console.print(f"write key: {made.write_key}", markup=False, soft_wrap=True)
        if made.identity_secret is not None:
            console.print(f"identity secret: {made.identity_secret}", markup=False, soft_wrap=True)
        for key in made.source.keys if rotated else ():
            if key.expires_at is not None:
                console.print(f"The key …{key.hint} works on until {key.expires_at:%Y-%m-%d %H:%M} UTC.", markup=False)
        if rotated and len(made.source.keys) == 1:
            console.print("No key before it works any more.")
        console.print(f"Shown this once. Wire a client: shopkeeper source show {made.name}", markup=False)
        if made.warning:
            console.print(f"[yellow]{escape(made.warning)}[/]", soft_wrap=True)

    emit(made, human=human)


def _print_page(console: "Console", page: "SourcePage") -> None:
    from rich.markup import escape

    terms, first = page.registered, page.registered.first_event_at
    console.print(f"{page.name}: {_terms(terms)}", markup=False)
    if page.line.elsewhere:
        console.print(f"  [yellow]nothing is taken from it: it is {escape(page.line.elsewhere)}[/]", soft_wrap=True)
    if page.warning:
        console.print(f"  [yellow]{escape(page.warning)}[/]", soft_wrap=True)
    for key in terms.keys:
        until = "" if key.expires_at is None else f", until {key.expires_at:%Y-%m-%d %H:%M} UTC"
        console.print(f"  key …{key.hint}, made {key.created_at:%Y-%m-%d %H:%M} UTC{until}", markup=False)
    came = "no event yet" if first is None else f"first event {first:%Y-%m-%d %H:%M} UTC, {page.events:,} so far"
    console.print(f"  {came}, {page.line.waiting:,} waiting", markup=False)
    if page.line.refused_words:
        console.print(f"  [yellow]{escape(page.line.refused_words)}[/]", soft_wrap=True)
    for wire in page.wires:
        console.print(f"\n{wire.client}\n\n{wire.lines}", markup=False, soft_wrap=True)


def _terms(terms: "Registered") -> str:
    """Say who sends, from where, and on which basis."""
    basis = terms.basis.replace("_", " ") + (f" ({terms.category})" if terms.category else "")
    return f"{terms.kind}, {terms.environment}, on the basis of {basis}{', disabled' if terms.disabled else ''}"


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
        environment = app.settings.environment
        return await sources(app.store, zone=zone, environment=environment, now=app.clock.now(), tail=None)


def _print_sources(console: "Console", found: "Sources") -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("source", "events", "7 days", "24 hours", "waiting", "who sends", "freshness"):
        table.add_column(name, justify="left" if name in {"source", "who sends", "freshness"} else "right")
    for one in found.sources:
        figures = [f"{n:,}" for n in (one.events, one.week, one.day, one.waiting)]
        fresh = escape(f"not taken: {one.elsewhere}" if one.elsewhere else one.freshness)
        fresh = f"[yellow]{fresh}[/]" if one.quiet or one.elsewhere else fresh
        fresh += f"; [yellow]{escape(one.refused_words)}[/]" if one.refused_words else ""
        terms = "" if one.registered is None else escape(_terms(one.registered))
        table.add_row(escape(one.name), *figures, terms, fresh)
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
