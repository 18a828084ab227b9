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
    from shopkeeper.flows.deciding.recorded import DecisionList, DecisionRecord
    from shopkeeper.flows.deciding.simulation import Candidate, Simulation
    from shopkeeper.flows.slots import PlaceLine, SlotLine


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

    async with open_app(shop_folder(), create=False) as app:
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


@click.group()
def decision() -> None:
    """Look at what was decided."""


@decision.command("list")
@click.argument("customer", default="")
@click.option("--slot", default="", help="Only decisions of this slot.")
@click.option("--before", type=int, help="Go on where another list ended.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 200), help="How many.")
@json_option
def list_decisions(customer: str, *, slot: str, before: int | None, limit: int) -> None:
    """List decisions for CUSTOMER (KIND:VALUE or an id) or for everybody, the latest first."""
    found = asyncio.run(_listed(customer, slot, before, limit))
    emit(found, human=lambda console: _print_list(console, found))


async def _listed(customer: str, slot: str, before: int | None, limit: int) -> "DecisionList":
    from shopkeeper.app import open_app
    from shopkeeper.cli.asked import asked
    from shopkeeper.flows.customers.desk import open_desk
    from shopkeeper.flows.deciding.recorded import recorded_decisions

    async with open_app(shop_folder(), readonly=True) as app:
        desk = open_desk(app.store, app.definitions)
        whose = await asked(desk, customer) if customer else ""
        return await recorded_decisions(desk, customer=whose, slot=slot, before=before, limit=limit)


@decision.command("show")
@click.argument("decision")
@json_option
def show_decision(decision: str) -> None:
    """Show the decision of an id: what was asked and answered then, and what came of it."""
    found = asyncio.run(_shown(decision))
    emit(found, human=lambda console: _print_record(console, found))


async def _shown(decision: str) -> "DecisionRecord":
    from shopkeeper.app import open_app
    from shopkeeper.flows.customers.desk import open_desk
    from shopkeeper.flows.deciding.recorded import recorded_decision

    async with open_app(shop_folder(), readonly=True) as app:
        return await recorded_decision(open_desk(app.store, app.definitions), decision)


@click.group()
def slot() -> None:
    """Look at where something is shown."""


@slot.command("list")
@json_option
def list_every_slot() -> None:
    """List every slot with its rules in words."""
    found = asyncio.run(_slots())
    emit(found, human=lambda console: _print_slots(console, found))


async def _slots() -> "list[SlotLine]":
    from shopkeeper.app import open_app
    from shopkeeper.flows.slots import list_slots

    async with open_app(shop_folder(), readonly=True) as app:
        return list_slots(app.definitions)


@click.group()
def place() -> None:
    """Look at the places where the shop sells."""


@place.command("list")
@json_option
def list_every_place() -> None:
    """List every place."""
    found = asyncio.run(_places())
    emit(found, human=lambda console: _print_places(console, found))


async def _places() -> "list[PlaceLine]":
    from shopkeeper.app import open_app
    from shopkeeper.flows.slots import list_places

    async with open_app(shop_folder(), readonly=True) as app:
        return await list_places(app.store)


def _print_list(console: "Console", found: "DecisionList") -> None:
    from rich.markup import escape
    from rich.table import Table

    if not found.decisions:
        console.print("Nothing was decided yet.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("decision", "at", "slot", "who", "answer"):
        table.add_column(name)
    for one in found.decisions:
        at = f"{one.at:%Y-%m-%d %H:%M}"
        table.add_row(one.id, at, escape(one.slot), escape(one.who), escape(one.text))
    console.print(table)
    if found.before is not None:
        console.print(f"[dim]Go on with --before {found.before}.[/]")


def _print_record(console: "Console", found: "DecisionRecord") -> None:
    from rich.markup import escape
    from rich.table import Table

    console.print(
        f"[bold]{escape(found.line.slot)}[/] at {found.line.at:%Y-%m-%d %H:%M} UTC: {escape(found.line.text)}"
    )
    table = Table(box=None, pad_edge=False)
    for name in ("#", "item", "title", "score", "probability", "came back"):
        table.add_column(name, justify="right" if name in {"#", "score", "probability"} else "left")
    for pick in found.picks:
        came = ", ".join(pick.outcomes)
        chance = f"{pick.probability:.3g}"
        table.add_row(str(pick.place), escape(pick.item), escape(pick.title), pick.score_text, chance, escape(came))
    console.print(table)
    for one in found.outcomes:
        console.print(f"{one.at:%Y-%m-%d %H:%M}  {escape(one.text)}")
    console.print(f"[dim]{found.outcomes_text}[/]")


def _print_slots(console: "Console", found: "list[SlotLine]") -> None:
    from rich.markup import escape

    for one in found:
        console.print(f"[bold]{escape(one.name)}[/]  {one.n} of kind {one.kind}, for {one.purpose} ({one.basis})")
        for text in (one.description, one.sentence and f"Filled only where {one.sentence}.", *one.rules):
            if text:
                console.print(f"  {escape(text)}")


def _print_places(console: "Console", found: "list[PlaceLine]") -> None:
    from rich.markup import escape

    console.print("\n".join(f"{escape(one.id)}  {escape(one.title)}" for one in found) or "No places were imported.")
