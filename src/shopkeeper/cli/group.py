"""Groups on the command line: households, companies, and who belongs to them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import click

from shopkeeper.cli.asked import asked
from shopkeeper.cli.output import emit, json_option, shop_folder

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.flows.customers.desk import Desk
    from shopkeeper.flows.groups import CustomerGroup, GroupList, GroupMember, GroupPage

_after = click.option("--after", default="", metavar="ID", help="Go on with the list after this.")
_limit = click.option("--limit", default=100, show_default=True, help="At most so many, 1 to 500.")


@click.group()
def group() -> None:
    """Look at households, companies and other groups, and at who belongs to them."""


@group.command("list")
@click.option("--kind", default="", help="Only of this kind, as shop.yaml declares it.")
@_after
@_limit
@json_option
def list_(kind: str, after: str, limit: int) -> None:
    """List groups, with how many customers belong to each."""

    async def found(desk: "Desk") -> "GroupList":
        from shopkeeper.flows.groups import list_groups

        return await list_groups(desk, kind=kind, after=after, limit=limit)

    told = asyncio.run(_at_desk(found))
    emit(told, human=lambda console: _print_list(console, told))


@group.command("show")
@click.argument("kind")
@click.argument("group", metavar="ID")
@_after
@_limit
@json_option
def show(kind: str, group: str, after: str, limit: int) -> None:
    """Show what is known of the group ID of a KIND, and who belongs to it."""

    async def found(desk: "Desk") -> "GroupPage":
        from shopkeeper.flows.groups import group_page

        return await group_page(desk, kind, group, after=after, limit=limit)

    told = asyncio.run(_at_desk(found))
    emit(told, human=lambda console: _print_page(console, told))


@click.command("groups")
@click.argument("name", metavar="NAME")
@json_option
def groups(name: str) -> None:
    """List the groups that NAME (KIND:VALUE or an id) belongs to."""

    async def found(desk: "Desk") -> "list[CustomerGroup]":
        from shopkeeper.flows.groups import groups_of

        return await groups_of(desk, await asked(desk, name))

    told = asyncio.run(_at_desk(found))
    emit(told, human=lambda console: _print_groups(console, told))


async def _at_desk(work: "Callable[[Desk], Awaitable[Any]]") -> Any:
    from shopkeeper.app import open_app
    from shopkeeper.flows.customers.desk import open_desk

    async with open_app(shop_folder(), readonly=True) as app:
        return await work(open_desk(app.store, app.definitions))


def _print_list(console: "Console", told: "GroupList") -> None:
    for one in told.groups:
        console.print(f"{one.kind} {one.id}  {_members(one.members)}", markup=False)
    if not told.groups:
        console.print("No group yet: a group call makes one.")
    if told.next is not None:
        console.print(f"There are more: --after {told.next}", markup=False)


def _print_page(console: "Console", told: "GroupPage") -> None:
    described = f": {told.description}" if told.description else ""
    console.print(f"{told.kind} {told.id}{described}  {_members(told.size)}", markup=False)
    for name, value in {**told.traits, **told.apart}.items():
        console.print(f"  {name}: {value}", markup=False)
    for one in told.members:
        console.print(f"{one.customer}  {one.title}, {_since(one)}", markup=False)
    if told.next is not None:
        console.print(f"There are more: --after {told.next}")


def _print_groups(console: "Console", told: "list[CustomerGroup]") -> None:
    for one in told:
        console.print(f"{one.kind} {one.id}, {_since(one)}", markup=False)
    if not told:
        console.print("In no group.")


def _since(one: "CustomerGroup | GroupMember") -> str:
    claimed = "; only a browser said so" if one.claimed else ""
    return f"since {one.since:%Y-%m-%d}, from {one.source}{claimed}"


def _members(n: int) -> str:
    return f"({n:,} member{'' if n == 1 else 's'})"
