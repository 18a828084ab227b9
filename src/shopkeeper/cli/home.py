"""Home on the command line: what treating customers changed, what is different today, what must be looked after."""

import asyncio
from typing import TYPE_CHECKING

import click

from shopkeeper.cli.output import emit, json_option, shop_folder

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.flows.home.desk import Home


@click.command()
@click.option(
    "--days", type=click.Choice(["7", "28", "90"]), default="28", show_default=True, help="Compare over them."
)
@json_option
def home(days: str) -> None:
    """Say what must be looked after, what treating customers changed, and what is different today.

    It reads what the lake and the log hold, beside a running server too.
    """
    found = asyncio.run(_home(int(days)))
    emit(found, human=lambda console: print_home(console, found))


async def _home(days: int) -> "Home":
    from shopkeeper.app import open_app
    from shopkeeper.flows.home.desk import Standing

    async with open_app(shop_folder(), readonly=True) as app:
        desk, now = app.backroom.desk, app.clock.now()
        try:
            await desk.home(Standing(app.definitions), days=days, now=now)
            await desk.reports.settled()
            return await desk.home(Standing(app.definitions), days=days, now=now)
        finally:
            await app.backroom.close()


def print_home(console: "Console", found: "Home") -> None:
    """Print the first page for people."""
    from rich.markup import escape
    from rich.table import Table

    console.print(f"[bold]{escape(found.shop)}[/], {found.today}")
    for alert in found.alerts:
        mend = f" ({alert.command})" if alert.command else ""
        console.print(f"[{'red' if alert.severity == 'critical' else 'yellow'}]{escape(alert.title)}[/]")
        console.print(f"  {escape(alert.words)}{escape(mend)}")
    lift = found.lift
    console.print(escape(lift.warning or lift.unavailable or lift.headline))
    table = Table(box=None, pad_edge=False)
    for heading in ("today", "", "usually", "yesterday"):
        table.add_column(heading, justify="right" if heading == "" else "left")
    for change in found.changes:
        moved = ", ".join(f"{one.label} {one.text}" for one in change.movers)
        table.add_row(change.label, change.text, change.usual or escape(moved), change.yesterday)
    console.print(table)
    if found.behind:
        console.print(f"[dim]{found.behind}[/]")
