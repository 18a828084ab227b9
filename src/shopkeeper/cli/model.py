"""Models: train them on the lake, list what is in force, read a model's manifest."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from shopkeeper.cli.output import emit, json_option, make_console, options, shop_folder
from shopkeeper.cli.who import who_does, who_option

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from shopkeeper.core.model import Manifest


@click.group()
def model() -> None:
    """Train models and see which are in force."""


@model.command("train")
@click.argument("names", nargs=-1)
@click.option("--before", help="Learn only from events before this instant (ISO 8601); by default up to now.")
@json_option
def train(names: tuple[str, ...], before: str | None) -> None:
    """Train the models NAMES, or all of them, on the lake, and put each in force.

    Nothing at or after --before is learned from.
    """
    trained = asyncio.run(_train(names, before))
    emit(trained, human=lambda console: _print_models(console, trained))


async def _train(names: tuple[str, ...], before: str | None) -> "list[Manifest]":
    from shopkeeper.app import open_app
    from shopkeeper.flows.models import train_models

    async with open_app(shop_folder(), create=False) as app:
        now = app.clock.now()
        await app.feed_lake()
        with _progress() as progress:
            return await train_models(
                app.store,
                app.batch,
                app.models,
                app.definitions,
                before=now if before is None else _instant(before, app.definitions.shop.zone),
                now=now,
                rng=app.rng,
                names=names,
                progress=progress,
            )


def _instant(text: str, zone: "ZoneInfo") -> datetime:
    from shopkeeper.core.errors import BadInput
    from shopkeeper.core.instant import parse_instant

    try:
        return parse_instant(text, naive=zone)
    except BadInput as error:
        raise BadInput(f"--before: {error}") from None


@contextmanager
def _progress() -> "Iterator[Callable[[str], None]]":
    """Say what is being done, on a terminal's standard error."""
    console = make_console(stderr=True)
    if options().as_json or not console.is_terminal:
        yield lambda _: None
        return
    with console.status("training") as status:
        yield status.update


@model.command("list")
@json_option
def list_models() -> None:
    """List which version of each model is in force."""
    found = asyncio.run(_in_force())
    emit(found, human=lambda console: _print_models(console, found))


async def _in_force() -> "list[Manifest]":
    from shopkeeper.app import open_app

    async with open_app(shop_folder(), readonly=True) as app:
        return list((await app.store.models_in_force()).values())


@model.command("use")
@click.argument("name")
@click.argument("version")
@who_option
@json_option
def use(name: str, version: str, *, who: str | None) -> None:
    """Put VERSION of the model NAME in force, such as an earlier one; a server uses it within a second or two."""
    found = asyncio.run(_use(name, version, who_does(who)))
    emit(found, human=lambda console: console.print(f"{found.name}: version {found.version} is in force."))


async def _use(name: str, version: str, who: str) -> "Manifest":
    from shopkeeper.app import open_app
    from shopkeeper.flows.model_cards import put_in_force

    async with open_app(shop_folder(), create=False) as app:
        return await put_in_force(app.store, app.models, name, version, who=who, now=app.clock.now())


@model.command("show")
@click.argument("name")
@json_option
def show(name: str) -> None:
    """Show the manifests of every version of the model NAME, newest first."""
    found = asyncio.run(_versions(name))
    emit(found, human=lambda console: _print_manifests(console, found))


async def _versions(name: str) -> "list[Manifest]":
    from shopkeeper.app import open_app
    from shopkeeper.core.errors import NotFound

    async with open_app(shop_folder(), readonly=True) as app:
        found = await app.store.model_versions(name)
    if not found:
        raise NotFound(f"model: no version of {name!r} was trained; run 'shopkeeper model train'")
    return found


def _print_models(console: "Console", found: "list[Manifest]") -> None:
    from rich.table import Table

    if not found:
        console.print("No model is in force yet; run 'shopkeeper model train'.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("model", "version", "family", "data until", "metrics"):
        table.add_column(name)
    for one in found:
        table.add_row(one.name, one.version, one.family, _day(one.data_to), _metrics(one.metrics))
    console.print(table)


def _print_manifests(console: "Console", found: "list[Manifest]") -> None:
    for one in found:
        console.print(f"[bold]{one.name}[/] {one.version} ({one.family}), trained {_day(one.trained_at)}")
        since = "the first event" if one.data_from is None else _day(one.data_from)
        console.print(f"  data: from {since} until before {_day(one.data_to)}, log position {one.upto_seq}")
        for name, value in {**one.parameters, **one.metrics}.items():
            console.print(f"  {name}: {_figure(value)}")


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


def _metrics(metrics: dict[str, float]) -> str:
    return ", ".join(f"{name} {_figure(value)}" for name, value in metrics.items() if "ndcg" in name or "auc" in name)


def _figure(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
