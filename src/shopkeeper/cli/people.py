"""Segments, and what treating customers changed."""

import asyncio
from typing import TYPE_CHECKING

import click

from shopkeeper.cli.output import emit, json_option, shop_folder

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.flows.report import LiftReport
    from shopkeeper.flows.segments import SegmentCount


@click.group()
def segment() -> None:
    """Count segments and list who is in them."""


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
            return [await count_where(app.batch, app.definitions, where, now=now)]
        return await count_segments(app.batch, app.definitions, now=now)


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
        return await segment_customers(app.batch, app.definitions, name, now=app.clock.now())


@segment.command("refresh")
@json_option
def refresh() -> None:
    """Bring the record of who is in which segment up to the lake, after an import or an apply."""
    changed = asyncio.run(_refresh())
    emit({"changed": changed}, human=lambda console: console.print(f"{changed:,} memberships changed."))


async def _refresh() -> int:
    from shopkeeper.app import open_app
    from shopkeeper.flows.segments import refresh_memberships

    async with open_app(shop_folder()) as app:
        await app.feed_lake()
        return await refresh_memberships(app.store, app.batch, app.definitions, now=app.clock.now())


@click.command()
@click.option("--days", default=28, show_default=True, type=click.IntRange(1, 3650), help="Over the last so many days.")
@json_option
def report(days: int) -> None:
    """Compare the treated customers with the universal holdout, with intervals."""
    found = asyncio.run(_report(days))
    emit(found, human=lambda console: _print_report(console, found))


async def _report(days: int) -> "LiftReport":
    from shopkeeper.app import open_app
    from shopkeeper.flows.report import lift_report

    async with open_app(shop_folder()) as app:
        await app.feed_lake()
        return await lift_report(app.store, app.batch, app.definitions, days=days, now=app.clock.now())


def _print_counts(console: "Console", found: "list[SegmentCount]") -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("segment")
    table.add_column("customers", justify="right")
    table.add_column("who they are")
    for one in found:
        table.add_row(one.name or "(no name)", f"{one.customers:,}", escape(one.sentence))
    console.print(table)


def _print_report(console: "Console", found: "LiftReport") -> None:
    from rich.table import Table

    console.print(
        f"Last {found.days} days until {found.until:%Y-%m-%d}: {found.treated:,} treated, {found.holdout:,} in the "
        f"universal holdout ({found.share:.0%})."
    )
    if found.sample_ratio_p is not None and found.sample_ratio_p < 0.001:
        console.print("[red]The arms are not as large as declared: do not trust the figures below.[/]")
    table = Table(box=None, pad_edge=False)
    for heading in ("per customer", "treated", "holdout", "difference (95 % interval)", "verdict"):
        table.add_column(heading)
    for line in found.lines:
        interval = f"{line.difference:+,.3f} ({line.low:+,.3f} to {line.high:+,.3f})"
        table.add_row(
            f"{line.figure}, {line.unit}", f"{line.treated:,.3f}", f"{line.holdout:,.3f}", interval, line.verdict
        )
    console.print(table)
