"""Offers on the command line."""

import asyncio
from typing import TYPE_CHECKING

import click

from shopkeeper.cli.output import emit, json_option, shop_folder

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.flows.rule_cost import RuleCost, RuleCostRequest


@click.group()
def offer() -> None:
    """Look at what offers cost."""


@offer.command("cost")
@click.argument("rule")
@click.option("--where", default="", help="The rule as it would be; without it, for everybody.")
@click.option("--slot", help="Where the offers are shown; by default the first slot that shows offers.")
@json_option
def cost(rule: str, *, where: str, slot: str | None) -> None:
    """Expect what RULE of offers.yaml would cost if it were edited; nothing is written."""
    from shopkeeper.flows.rule_cost import RuleCostRequest

    found = asyncio.run(_cost(RuleCostRequest(rule=rule, where=where, slot=slot)))
    emit(found, human=lambda console: _print(console, found))


async def _cost(asked: "RuleCostRequest") -> "RuleCost":
    from shopkeeper.app import open_app
    from shopkeeper.flows.rule_cost import rule_cost

    async with open_app(shop_folder(), create=False) as app, app.serving() as service:
        shelf, now = service.decider.assortment, app.clock.now()
        return await rule_cost(app.store, app.crowd, shelf, service.profiles, asked, now=now)


def _print(console: "Console", found: "RuleCost") -> None:
    console.print(f"now:   {found.before.text}")
    console.print(f"after: {found.after.text}")
    console.print(found.text)
