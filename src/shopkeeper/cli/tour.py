"""The tour on the command line: two customers side by side."""

import asyncio
from typing import TYPE_CHECKING

import click

from shopkeeper.cli.output import emit, json_option, shop_folder

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.flows.tour import Tour


@click.command()
@json_option
def tour() -> None:
    """Show two customers who differ as much as can be, and a basket that each could be surprised by."""
    found = asyncio.run(_tour())
    emit(found, human=lambda console: _print(console, found))


async def _tour() -> "Tour":
    from shopkeeper.app import open_app
    from shopkeeper.flows.profiles import Profiles
    from shopkeeper.flows.tour import plan_tour

    async with open_app(shop_folder(), readonly=True) as app:
        profiles = Profiles(app.store, app.definitions)
        return await plan_tour(app.store, app.definitions, profiles=profiles, now=app.clock.now())


def _print(console: "Console", found: "Tour") -> None:
    from rich.markup import escape
    from rich.table import Table

    if found.missing:
        console.print(f"The tour needs {found.missing}.")
        return
    table = Table(box=None, pad_edge=False)
    for one in found.customers:
        table.add_column(escape(" ".join(f"{kind} {value}" for kind, value in one.named.items())) or one.customer)
    likes = ["\n".join(f"{escape(like.category)}  {like.text}" for like in one.likes) for one in found.customers]
    baskets = ["\n".join(f"{line.text:>8}  {escape(line.title)}" for line in one.basket) for one in found.customers]
    table.add_row(*likes)
    table.add_row(*(f"\n[bold]A basket they never had[/]\n{basket}" for basket in baskets))
    console.print(table)
