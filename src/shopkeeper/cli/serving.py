"""Commands that answer: decide, rank, serve, and one customer's page."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from shopkeeper.cli.output import emit, json_option, shop_folder
from shopkeeper.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.core.decision import Decision


def named_customer(text: str) -> dict[str, str]:
    """Read `user_id:1023`, or an id `cus_…`. Raises: BadInput: there is no kind before a colon."""
    if text.startswith("cus_"):
        return {"customer": text}
    kind, colon, value = text.partition(":")
    if not colon or not value:
        raise BadInput("customer: must be KIND:VALUE, such as user_id:1023")
    return {kind: value}


@click.command()
@click.argument("slot")
@click.argument("customer", default="")
@click.option("--n", type=click.IntRange(1, 200), help="How many picks; the slot's own number by default.")
@click.option("--place", help="The store or country where it is shown.")
@click.option("--context", multiple=True, metavar="NAME=VALUE", help="A fact of the moment; may be repeated.")
@click.option("--explain", is_flag=True, help="Also list what was blocked, and by which rule.")
@json_option
def decide(
    slot: str, customer: str, *, n: int | None, place: str | None, context: tuple[str, ...], explain: bool
) -> None:
    """Decide what CUSTOMER (KIND:VALUE, such as user_id:1023) should see in SLOT now.

    Without CUSTOMER the answer is that for a stranger.
    """
    from shopkeeper.core.decision import DecideRequest

    named = named_customer(customer) if customer else {}

    async def answer(app: "App") -> "Decision":
        declared = app.definitions.slots[slot].context if slot in app.definitions.slots else {}
        facts = dict(fact(text, declared) for text in context)
        request = DecideRequest(slot=slot, customer=named, n=n, place=place, context=facts, explain=explain)
        async with app.serving() as service:
            return await service.decider.decide(request, now=app.clock.now())

    decision = asyncio.run(_opened(answer))
    emit(decision, human=lambda console: print_decision(console, decision))


@click.command()
@click.argument("customer")
@click.argument("items", nargs=-1, required=True)
@click.option("--place", help="The store or country where it is shown.")
@click.option("--explain", is_flag=True, help="Also say why.")
@json_option
def rank(customer: str, items: tuple[str, ...], *, place: str | None, explain: bool) -> None:
    """Put ITEMS (ids) in the order of CUSTOMER (KIND:VALUE)."""
    from shopkeeper.core.decision import RankRequest

    request = RankRequest(items=list(items), customer=named_customer(customer), place=place, explain=explain)

    async def answer(app: "App") -> "Decision":
        async with app.serving() as service:
            return await service.decider.rank(request, now=app.clock.now())

    decision = asyncio.run(_opened(answer))
    emit(decision, human=lambda console: print_decision(console, decision))


@click.command()
@click.option("--host", help="Setting `host`, for this run.")
@click.option("--port", type=click.IntRange(0, 65535), help="Setting `port`, for this run.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--worker", hidden=True, default="")
@click.option("--listener", hidden=True, type=int, default=0)
@click.option("--slot", hidden=True, type=int, default=0)
@click.option("--instead-of", hidden=True, default="")
@click.option("--work", hidden=True, default="both", type=click.Choice(["both", "answers", "empties"]))
@json_option
def serve(
    *,
    host: str | None,
    port: int | None,
    workers: int,
    worker: str,
    listener: int,
    slot: int,
    instead_of: str,
    work: str,
) -> None:
    """Serve the HTTP API until Ctrl-C."""
    import uvloop

    from shopkeeper.api.process import Place, serve_forever
    from shopkeeper.flows.service import Worker

    hints: list[str] = []

    def ready(url: str) -> None:
        emit({"url": url}, human=lambda console: _print_ready(console, url, hints))

    if workers > 1:
        uvloop.run(_serve_workers(host, port, workers, ready, hints))
        return
    who = Worker(worker, instead_of=instead_of, alone=work == "both")
    place = Place(who, listener, first=slot == 0, answers=work != "empties") if worker else None
    if place is not None:
        place.take()

    async def answering(app: "App") -> None:
        if place is None:
            hints.extend(await _hints(app))
        await serve_forever(app, host=host, port=port, ready=ready, place=place)

    uvloop.run(_opened(answering, shared=place is not None, to_serve=True))


async def _serve_workers(
    host: str | None, port: int | None, workers: int, ready: "Callable[[str], None]", hints: list[str]
) -> None:
    from shopkeeper.api.workers import Opened, Workers, command_of, open_for_workers

    async def work(app: "App") -> Opened:
        hints.extend(await _hints(app))
        return await open_for_workers(app, host=host, port=port, count=workers)

    opened = await _opened(work, to_serve=True)
    with opened.listener:
        serving = Workers(opened, count=workers, command=command_of(shop_folder(), host))
        await serving.serve(lambda: ready(opened.url))


@click.command()
@json_option
def openapi() -> None:
    """Print the OpenAPI document of the HTTP API."""
    from shopkeeper.api.openapi import document
    from shopkeeper.api.server import OPERATIONS

    found = document(OPERATIONS)
    emit(found, human=lambda console: console.print_json(data=found))


async def _opened(work: Any, *, shared: bool = False, to_serve: bool = False) -> Any:
    from shopkeeper.app import open_app

    async with open_app(shop_folder(), shared=shared, to_serve=to_serve, create=False) as app:
        return await work(app)


def fact(text: str, declared: "Mapping[str, str]") -> tuple[str, str | float | bool]:
    """Read NAME=VALUE as the type that the slot declares for it; what is not of that type stays a text."""
    name, equals, value = text.partition("=")
    if not equals:
        raise BadInput("--context: must be NAME=VALUE, such as channel=web")
    if declared.get(name) == "boolean" and value in {"true", "false"}:
        return name, value == "true"
    if declared.get(name) == "number":
        with suppress(ValueError):
            return name, float(value)
    return name, value


async def _hints(app: "App") -> list[str]:
    """Say what a newcomer would wonder about: a clock that is set, and a console that nobody can sign in to."""
    found = []
    if app.settings.now is not None:
        found.append(
            f"The clock is set: it started at {app.settings.now:%Y-%m-%d %H:%M %Z}, as the setting `now` says."
        )
    if all(one.disabled for one in await app.store.accounts()):
        found.append(
            "Nobody can sign in to the console yet: stop the server, type 'shopkeeper user add NAME --role owner', and "
            "start it again."
        )
    return found


def _print_ready(console: "Console", url: str, hints: list[str]) -> None:
    console.print(f"Shopkeeper answers on [bold]{url}[/]; Ctrl-C ends it. Try:")
    console.print(f"  curl -s {url}/v1/health", soft_wrap=True)
    for hint in hints:
        console.print(hint, markup=False, soft_wrap=True)


def print_decision(console: "Console", decision: "Decision") -> None:
    """Print a decision for people."""
    from rich.markup import escape
    from rich.table import Table

    whose = "personal" if decision.personal else "not personal"
    console.print(f"[bold]{escape(decision.slot)}[/]: {whose} ({escape(decision.why)}), {decision.arm}")
    if decision.degraded:
        console.print(f"[yellow]degraded: {escape(decision.degraded)}[/]")
    table = Table(box=None, pad_edge=False)
    for name in ("#", "item", "title", "score", "why"):
        table.add_column(name, justify="right" if name in {"#", "score"} else "left")
    for pick in decision.picks:
        why = "; ".join(reason.text for reason in pick.reasons)
        table.add_row(str(pick.place), escape(pick.item), escape(pick.title), f"{pick.score:.4g}", escape(why))
    console.print(table)
    for offer, rule in decision.blocked[:20]:
        console.print(f"[dim]blocked {escape(offer)}: {escape(rule)}[/]")
