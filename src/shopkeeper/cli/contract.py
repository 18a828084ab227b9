"""Contracts on the command line: what the events of each source look like."""

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from shopkeeper.cli.output import emit, json_option, shop_folder
from shopkeeper.cli.remote import Server, ask, at_the_shop, server_options

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.core.contract import Mode
    from shopkeeper.flows.contracts.words import ContractLine, ContractWhole


@click.group()
def contract() -> None:
    """See what the events of each source look like; freeze that, or hold a source to it."""


@contract.command("list")
@click.option("--source", help="Only of this source.")
@json_option
def list_(source: str | None) -> None:
    """List contracts: how events drift from them, and which properties look personal."""
    found = asyncio.run(_list(source))
    emit(found, human=lambda console: _print_list(console, found))


async def _list(source: str | None) -> "list[ContractLine]":
    from shopkeeper.app import open_app
    from shopkeeper.flows.contracts.words import list_contracts

    async with open_app(shop_folder(), readonly=True) as app:
        return await list_contracts(app.store, app.definitions, source=source)


def _print_list(console: "Console", found: "list[ContractLine]") -> None:
    for one in found:
        about = f"{one.events:,} events, {one.properties} properties"
        console.print(f"{one.source}: {one.name}  ({one.mode}; {about})", markup=False)
        for said in (*one.drifts, *one.flags):
            console.print(f"  ! {said}", markup=False)
    if not found:
        console.print("Nothing was learned yet: contracts are learned from events that a source sends.")


@contract.command("show")
@click.argument("source")
@click.argument("name")
@json_option
def show(source: str, name: str) -> None:
    """Show the contract of the events NAME, such as 'Order Completed', from SOURCE."""
    found = asyncio.run(_show(source, name))
    emit(found, human=lambda console: _print_whole(console, found))


async def _show(source: str, name: str) -> "ContractWhole":
    from shopkeeper.app import open_app
    from shopkeeper.flows.contracts.words import show_contract

    async with open_app(shop_folder(), readonly=True) as app:
        return await show_contract(app.store, app.definitions, source, name)


def _print_whole(console: "Console", found: "ContractWhole") -> None:
    from rich.markup import escape
    from rich.table import Table

    _print_list(console, [found.contract])
    console.print(found.contract.mode_words)
    table = Table(box=None, pad_edge=False)
    for heading in ("property", "types", "always", "lacked by", "since"):
        table.add_column(heading, justify="right" if heading == "lacked by" else "left")
    for one in found.properties:
        types = ", ".join(f"{seen.type} {seen.events:,}" for seen in one.types)
        always = "always" if one.always else "" if one.agreed else "new"
        table.add_row(escape(one.path), types, always, f"{one.missing:,}", f"{one.first_at:%Y-%m-%d}")
    console.print(table)


@contract.command("freeze")
@click.argument("source")
@click.argument("name")
@server_options
@json_option
def freeze(source: str, name: str, *, url: str | None, key: str | None) -> None:
    """Freeze what was learned: events of another shape are taken, and told of."""
    _change(source, name, "warn", url=url, key=key)


@contract.command("strict")
@click.argument("source")
@click.argument("name")
@server_options
@json_option
def strict(source: str, name: str, *, url: str | None, key: str | None) -> None:
    """Hold SOURCE to what was learned: events of another shape wait in quarantine."""
    _change(source, name, "strict", url=url, key=key)


@contract.command("learn")
@click.argument("source")
@click.argument("name")
@server_options
@json_option
def learn(source: str, name: str, *, url: str | None, key: str | None) -> None:
    """Accept what came, and learn on from the next hundred events."""
    _change(source, name, "learn", url=url, key=key)


def _change(source: str, name: str, mode: "Mode", *, url: str | None, key: str | None) -> None:
    from shopkeeper.flows.contracts.words import ContractWhole

    async def here(app: "App") -> ContractWhole:
        from shopkeeper.flows.contracts.contracts import Contracts
        from shopkeeper.flows.contracts.words import show_contract

        await Contracts(app.store).change(source, name, mode, by="command line", now=app.clock.now())
        return await show_contract(app.store, app.definitions, source, name)

    async def there(server: Server) -> ContractWhole:
        import msgspec

        path = f"/v1/contracts/{quote(source, safe='')}/{quote(name, safe='')}/mode"
        return msgspec.convert(await ask(server, "PUT", path, {"mode": mode}), ContractWhole)

    found = at_the_shop(here, there, url=url, key=key)
    emit(found, human=lambda console: console.print(f"{source}: {name}: {found.contract.mode_words}", markup=False))
