"""Segments: counted, shown, checked, compared, put in force one by one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from shopkeeper.cli.output import emit, json_option, options, shop_folder
from shopkeeper.cli.who import who_does, who_option
from shopkeeper.core.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.flows.crowd import Crowd
    from shopkeeper.flows.definitions.edit import Edit
    from shopkeeper.flows.rules.check import CheckedRule
    from shopkeeper.flows.rules.comparison import Comparison
    from shopkeeper.flows.rules.editing import EditPlan
    from shopkeeper.flows.rules.people import PeopleRows
    from shopkeeper.flows.rules.segment import SegmentDetail
    from shopkeeper.flows.rules.traits import TraitList
    from shopkeeper.flows.segments import SegmentCount

T = TypeVar("T")


@click.group()
def segment() -> None:
    """Count, show, check and compare segments, list who is in them, put them in force."""


@segment.command("count")
@click.option("--where", help="Count a predicate that has no name yet.")
@json_option
def count(where: str | None) -> None:
    """Count every segment over the lake, or one predicate."""
    found = asyncio.run(_counts(where))
    emit(found, human=lambda console: _print_counts(console, found))


async def _counts(where: str | None) -> "list[SegmentCount]":
    from shopkeeper.app import open_app
    from shopkeeper.flows.segments import count_segments, count_where

    async with open_app(shop_folder(), readonly=True) as app:
        now = app.clock.now()
        if where is not None:
            return [await count_where(app.store, app.batch, app.definitions, where, now=now)]
        return await count_segments(app.store, app.batch, app.definitions, now=now)


@segment.command("show")
@click.argument("name")
@json_option
def show(name: str) -> None:
    """Show the segment NAME: its rule in words, how many are in it, where it is met again."""

    async def ask(app: "App", crowd: "Crowd") -> "SegmentDetail":
        from shopkeeper.flows.rules.segment import show_segment

        return await show_segment(app.store, crowd, app.recorder, app.definitions, name, patience=0)

    found = asyncio.run(_asked(ask))
    emit(found, human=lambda console: _print_segment(console, found))


@segment.command("check")
@click.argument("where")
@click.option("--of", type=click.Choice(["segment", "offer_rule"]), default="segment", help="What the rule is for.")
@json_option
def check(where: str, of: Any) -> None:
    """Check the rule WHERE: every mistake with its place, what it says in words, whom it matches.

    Ends with 2 where it cannot be used.
    """

    async def ask(app: "App", crowd: "Crowd") -> "CheckedRule":
        from shopkeeper.flows.rules.check import CheckRequest, check_rule

        return await check_rule(crowd, app.definitions, CheckRequest(where=where, of=of), patience=0)

    found = asyncio.run(_asked(ask))
    emit(found, human=lambda console: _print_check(console, where, found))
    if not found.ok:
        click.get_current_context().exit(2)


@segment.command("members")
@click.argument("name")
@json_option
def members(name: str) -> None:
    """List the customer ids in the segment NAME."""
    found = asyncio.run(_members(name))
    emit(found, human=lambda console: console.print("\n".join(found) or "Nobody."))


async def _members(name: str) -> list[str]:
    from shopkeeper.app import open_app
    from shopkeeper.flows.segments import segment_customers

    async with open_app(shop_folder(), readonly=True) as app:
        return await segment_customers(app.store, app.batch, app.definitions, name, now=app.clock.now())


@segment.command("preview")
@click.option("--where", required=True, help="The rule.")
@click.option("--n", default=10, show_default=True, type=click.IntRange(1, 200), help="How many.")
@click.option("--after", default="", help="Go on behind this customer id.")
@json_option
def preview(where: str, n: int, after: str) -> None:
    """Show some of the people whom a rule matches, with the traits that it reads."""

    async def ask(app: "App", crowd: "Crowd") -> "PeopleRows":
        from shopkeeper.flows.rules.people import PreviewRequest
        from shopkeeper.flows.rules.people import preview as look

        asked = PreviewRequest(where=where, n=n, after=after)
        return await look(app.store, crowd, app.definitions, asked, personal=True)

    found = asyncio.run(_asked(ask))
    emit(found, human=lambda console: _print_people(console, found))


@segment.command("compare")
@click.argument("name", required=False)
@click.option("--where", help="A rule that has no name yet.")
@json_option
def compare(name: str | None, where: str | None) -> None:
    """Compare the people in the segment NAME, or whom --where matches, with everyone else."""
    if (name is None) == (where is None):
        raise BadInput("name a segment, or give a rule with --where")

    async def ask(app: "App", crowd: "Crowd") -> "Comparison":
        from shopkeeper.flows.rules.check import read_rule
        from shopkeeper.flows.rules.comparison import compare as look
        from shopkeeper.flows.segments import named_segment

        text = where if where is not None else named_segment(app.definitions, name or "").where
        return await look(crowd, app.definitions, read_rule(app.definitions, text))

    found = asyncio.run(_asked(ask))
    emit(found, human=lambda console: _print_comparison(console, found))


@segment.command("refresh")
@json_option
def refresh() -> None:
    """Bring the record of who is in which segment up to the lake, after an import or an apply."""
    changed = asyncio.run(_refresh())
    emit({"changed": changed}, human=lambda console: console.print(f"{changed:,} memberships changed."))


async def _refresh() -> int:
    from shopkeeper.app import open_app
    from shopkeeper.flows.segments import refresh_memberships

    async with open_app(shop_folder(), create=False) as app:
        await app.feed_lake()
        return await refresh_memberships(app.store, app.batch, app.definitions, now=app.clock.now())


@segment.command("put")
@click.argument("name")
@click.option("--where", help="Who is in it; needed for a new segment.")
@click.option("--description", help="For people.")
@click.option("--note", default="", help="Why, kept with the version.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@who_option
@json_option
def put(name: str, where: str | None, description: str | None, *, note: str, yes: bool, who: str | None) -> None:
    """Change the segment NAME or make it: show whom that moves and, once confirmed, put it in force."""
    from shopkeeper.flows.definitions.edit import Edit, Setting

    given = (("where", where), ("description", description))
    value: dict[str, Setting] = {key: text for key, text in given if text is not None}
    if not value:
        raise BadInput("nothing to change: give --where or --description")
    asyncio.run(_edit(Edit(noun="segment", name=name, value=value), note=note, yes=yes, who=who_does(who)))


@segment.command("remove")
@click.argument("name")
@click.option("--note", default="", help="Why, kept with the version.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@who_option
@json_option
def remove(name: str, *, note: str, yes: bool, who: str | None) -> None:
    """Take the segment NAME away, once confirmed."""
    from shopkeeper.flows.definitions.edit import Edit

    asyncio.run(_edit(Edit(noun="segment", name=name, value=None), note=note, yes=yes, who=who_does(who), there=True))


async def _edit(edit: "Edit", *, note: str, yes: bool, who: str, there: bool = False) -> None:
    """Plan one edit, ask, apply it, and record who is in the segment by it."""
    from shopkeeper.app import open_app
    from shopkeeper.flows.definitions.edit import EditRequest
    from shopkeeper.flows.rules.editing import plan_edits, put_edits
    from shopkeeper.flows.segments import named_segment, refresh_memberships

    async with open_app(shop_folder(), create=False) as app:
        if there:
            named_segment(app.definitions, edit.name)
        await app.crowd.table()
        asked = EditRequest(edits=(edit,), expected=app.definitions.version, note=note)
        plan = await plan_edits(app.store, app.crowd, asked, patience=0)
        if not plan.changes:
            emit({"applied": None, "in_force": plan.version}, human=lambda c: c.print("Nothing changed."))
            return
        _confirm(plan, yes=yes)
        done = await put_edits(app.store, app.folder, asked, who=who, now=app.clock.now())
    async with open_app(shop_folder(), create=False) as app:
        await refresh_memberships(app.store, app.batch, app.definitions, now=app.clock.now())
    said = [done.text, *(f"{file.name}: {file.text}" for file in done.folder)]
    emit(done, human=lambda console: console.print("\n".join(said), markup=False))


def _confirm(plan: "EditPlan", *, yes: bool) -> None:
    """Show what would change and ask. Raises: BadInput: there is nobody to ask."""
    if options().as_json and not yes:
        raise BadInput("--json asks nothing: confirm with --yes")
    if not options().as_json:
        from shopkeeper.cli.output import make_console

        told = [plan.diff, *(f"{one.name}: {one.text or one.uncounted}" for one in plan.consequences)]
        make_console().print("\n".join(told), markup=False)
    if not yes and not click.confirm("Put this in force?"):
        raise click.Abort


@click.group()
def trait() -> None:
    """Look at what is known about customers."""


@trait.command("list")
@json_option
def list_() -> None:
    """List the traits: what they are, of how many customers they are known, what their values look like."""

    async def ask(app: "App", crowd: "Crowd") -> "TraitList":
        from shopkeeper.flows.rules.traits import list_traits

        return await list_traits(crowd, app.definitions, patience=0)

    found = asyncio.run(_asked(ask))
    emit(found, human=lambda console: _print_traits(console, found))


async def _asked(ask: "Callable[[App, Crowd], Awaitable[T]]") -> T:
    """Put one question to the crowd of the shop as its lake has it; works beside a running server."""
    async with _looking() as (app, crowd):
        await crowd.table()
        return await ask(app, crowd)


@asynccontextmanager
async def _looking() -> "AsyncIterator[tuple[App, Crowd]]":
    from shopkeeper.app import open_app
    from shopkeeper.flows.crowd import Crowd

    async def as_it_is() -> None:
        """Leave feeding the lake to whoever may write."""

    async with open_app(shop_folder(), readonly=True) as app:
        crowd = Crowd(app.store, app.lake, clock=app.clock, definitions=lambda: app.definitions, feed=as_it_is)
        try:
            yield app, crowd
        finally:
            await crowd.close()


def _table(*headings: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in {"customers", "difference"} else "left")
    return table


def _print_counts(console: "Console", found: "list[SegmentCount]") -> None:
    from rich.markup import escape

    table = _table("segment", "customers", "who they are")
    for one in found:
        table.add_row(one.name or "(no name)", f"{one.customers:,}", escape(one.sentence))
    console.print(table)


def _print_segment(console: "Console", found: "SegmentDetail") -> None:
    console.print(found.name, style="bold", markup=False)
    if found.description:
        console.print(found.description, markup=False)
    console.print(found.where, markup=False)
    _print_rule(console, found.rule)
    console.print(f"{found.members:,} members are recorded.")
    if found.changed is not None:
        console.print(f"Changed by {found.changed.who} in version {found.changed.number}.", markup=False)
    for use in found.uses:
        console.print(f"  {use.noun.replace('_', ' ')} {use.name} {use.text}", markup=False)


def _print_check(console: "Console", where: str, found: "CheckedRule") -> None:
    for mistake in found.mistakes:
        console.print(where, markup=False)
        console.print(" " * mistake.start + "^" * max(1, mistake.end - mistake.start), markup=False)
        console.print(mistake.message, markup=False)
    if found.ok:
        _print_rule(console, found)


def _print_rule(console: "Console", found: "CheckedRule") -> None:
    console.print((found.sentence or "").capitalize() + ".", markup=False)
    console.print(found.timing)
    if found.count is None:
        console.print(found.uncounted, markup=False)
    else:
        console.print(f"{found.count.text}; {found.count.reachable:,} reachable.", markup=False)
        console.print(f"Reachable: {found.count.reachable_means}", markup=False)


def _print_people(console: "Console", found: "PeopleRows") -> None:
    from rich.markup import escape

    table = _table("customer", *(column.words for column in found.columns))
    for row in found.rows:
        names = ", ".join(value for values in row.identifiers.values() for value in values)
        table.add_row(escape(names or row.customer), *map(escape, row.traits))
    console.print(table)
    console.print(f"{len(found.rows):,} of {found.total:,}.")


def _print_comparison(console: "Console", found: "Comparison") -> None:
    from rich.markup import escape

    console.print(found.sentence, markup=False)
    table = _table("trait", "inside", "everyone else", "difference", "")
    for one in found.traits:
        difference = "" if one.difference is None else f"{one.difference:+.2f}"
        table.add_row(one.words, escape(one.inside_text), escape(one.outside_text), difference, one.size)
    console.print(table)


def _print_traits(console: "Console", found: "TraitList") -> None:
    from rich.markup import escape

    table = _table("trait", "type", "source", "known", "values")
    for one in found.traits:
        usual = ", ".join(value.text for value in one.usual[:5])
        table.add_row(one.name, one.type.value, one.source, one.known_text, escape(one.unreadable or usual))
    console.print(table)
