"""What treating customers changed."""

import asyncio
from typing import TYPE_CHECKING

import click

from shopkeeper.cli.output import emit, json_option, shop_folder

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.flows.report import LiftReport


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

    async with open_app(shop_folder(), create=False) as app:
        await app.feed_lake()
        return await lift_report(app.store, app.batch, app.definitions, days=days, now=app.clock.now())


def _print_report(console: "Console", found: "LiftReport") -> None:
    from rich.table import Table

    console.print(
        f"Last {found.days} days until {found.until:%Y-%m-%d}: {found.treated:,} treated, {found.holdout:,} in the "
        f"universal holdout ({found.share:.0%})."
    )
    if found.crossed:
        console.print(
            f"{found.crossed:,} of them crossed: identifiers in either arm turned out to be one, who counts in the "
            "arm first assigned."
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
