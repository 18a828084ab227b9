"""The tour on the command line: two customers side by side."""

import asyncio
from typing import TYPE_CHECKING

import click

from shopkeeper.cli.output import emit, json_option, shop_folder
from shopkeeper.core.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.flows.tour.plan import Tour


@click.command()
@click.argument("customers", nargs=-1)
@click.option("--without", multiple=True, metavar="ITEM", help="An item to take out of the baskets; may be repeated.")
@json_option
def tour(customers: tuple[str, ...], without: tuple[str, ...]) -> None:
    """Show two customers who differ as much as can be, and a basket that each could be surprised by.

    CUSTOMERS are two ids (cus_…) to be shown instead.
    """
    if len(customers) not in {0, 2}:
        raise BadInput(f"CUSTOMERS: {len(customers)} ids, must be two or none")
    found = asyncio.run(_tour(customers, without))
    emit(found, human=lambda console: _print(console, found))


async def _tour(customers: tuple[str, ...], without: tuple[str, ...]) -> "Tour":
    from shopkeeper.app import open_app
    from shopkeeper.flows.tour.plan import Asked, plan_tour

    async with open_app(shop_folder(), create=False) as app, app.serving() as service:
        a, b = customers or ("", "")
        asked = Asked(a, b, frozenset(without))
        return await plan_tour(service, app.guide, now=app.clock.now(), asked=asked)


def _print(console: "Console", found: "Tour") -> None:
    from rich.markup import escape
    from rich.table import Table

    if found.note:
        console.print(escape(found.note))
    if found.missing:
        console.print(f"The tour needs {found.missing}.")
        return
    from shopkeeper.flows.likes import SHOWN

    table = Table(box=None, pad_edge=False)
    for one in found.customers:
        table.add_column(escape(" ".join(f"{kind} {value}" for kind, value in one.named.items())) or one.customer)
    table.add_row(
        *("\n".join(f"{escape(fact.label)}: {escape(fact.text)}" for fact in one.facts) for one in found.customers)
    )
    likes = [
        "\n".join(f"{escape(like.category)}  {like.text}" for like in one.likes[:SHOWN]) for one in found.customers
    ]
    baskets = [
        "\n".join(f"{line.text:>8}  {escape(line.title)}" for line in one.basket.lines) for one in found.customers
    ]
    table.add_row(*likes)
    table.add_row(*(f"\n[bold]A basket they never had[/]\n{basket}" for basket in baskets))
    console.print(table)
