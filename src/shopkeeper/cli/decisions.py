"""Decisions taken apart: what would be decided, what was decided, and where something is shown."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from shopkeeper.cli.output import emit, json_option, shop_folder
from shopkeeper.cli.serving import fact, named_customer

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.flows.deciding.simulation import Candidate, Simulation


@click.command()
@click.argument("slot")
@click.argument("customer", default="")
@click.option("--at", help="The instant of the question, such as 2017-12-24T09:00:00Z; now by default.")
@click.option("--n", type=click.IntRange(1, 200), help="How many picks; the slot's own number by default.")
@click.option("--place", help="The store or country where it is shown.")
@click.option("--context", multiple=True, metavar="NAME=VALUE", help="A fact of the moment; may be repeated.")
@click.option("--seed", default="simulation", help="What draws follow from; the id of a decision gives its draws.")
@click.option("--without-trait", multiple=True, help="A trait that rules are to find unknown; may be repeated.")
@click.option("--without-item", multiple=True, help="An item whose purchases are left out; may be repeated.")
@click.option("--without-order", multiple=True, help="An order that is left out; may be repeated.")
@click.option("--top", default=20, show_default=True, type=click.IntRange(1, 200), help="How many candidates to tell.")
@json_option
def simulate(slot: str, customer: str, **asked: Any) -> None:
    """Tell what CUSTOMER (KIND:VALUE or an id) would see in SLOT, and what became of every candidate.

    It is the decision of 'decide', at any instant and under suppositions; nothing is written.
    """
    found = asyncio.run(_simulated(slot, customer, asked))
    emit(found, human=lambda console: _print_simulation(console, found))


async def _simulated(slot: str, customer: str, asked: dict[str, Any]) -> "Simulation":
    from shopkeeper.app import open_app
    from shopkeeper.core.instant import parse_instant
    from shopkeeper.flows.deciding.simulate import simulate as simulated
    from shopkeeper.flows.deciding.simulation import SimulateRequest
    from shopkeeper.flows.deciding.supposed import Without

    async def answer(app: "App") -> "Simulation":
        declared = app.definitions.slots[slot].context if slot in app.definitions.slots else {}
        at: datetime | None = None if asked["at"] is None else parse_instant(asked["at"])
        request = SimulateRequest(
            slot=slot,
            customer=named_customer(customer) if customer else {},
            n=asked["n"],
            place=asked["place"],
            context=dict(fact(text, declared) for text in asked["context"]),
            at=at,
            seed=asked["seed"],
            without=Without(traits=asked["without_trait"], items=asked["without_item"], orders=asked["without_order"]),
            top=asked["top"],
        )
        async with app.serving() as service:
            shelf = service.decider.assortment
            now = app.clock.now()
            return await simulated(app.store, app.definitions, shelf, service.profiles, request, now=now)

    async with open_app(shop_folder()) as app:
        return await answer(app)


def _print_simulation(console: "Console", found: "Simulation") -> None:
    from rich.markup import escape
    from rich.table import Table

    whose = "personal" if found.personal else "not personal"
    console.print(f"[bold]{escape(found.slot)}[/] at {found.at:%Y-%m-%d %H:%M} UTC: {whose} ({escape(found.why)})")
    for note in found.notes:
        console.print(f"[dim]{escape(note)}[/]")
    console.print(escape(found.empty or found.total_text))
    for sieve in found.funnel:
        console.print(f"  {sieve.passed:>9,}  {escape(sieve.text)}", highlight=False)
    table = Table(box=None, pad_edge=False)
    for name in ("#", "item", "title", "score", "why"):
        table.add_column(name, justify="right" if name in {"#", "score"} else "left")
    for one in (*found.ranked, *found.refused):
        place = "" if one.place is None else str(one.place)
        table.add_row(place, escape(one.item), escape(one.title), one.score_text, escape(_why(one)))
    console.print(table)


def _why(one: "Candidate") -> str:
    if one.stopped:
        return one.why
    return "; ".join(f"{part.part_text} {part.text}" for part in one.parts)
