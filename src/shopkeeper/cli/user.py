"""Who may sign in to the console."""

import asyncio
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import click

from shopkeeper.cli.output import emit, json_option, shop_folder
from shopkeeper.core.errors import BadInput, StoreError, StoreInUse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rich.console import Console

    from shopkeeper.app import App
    from shopkeeper.flows.accounts import People, Person, PersonChange, PersonLink

T = TypeVar("T")
ROLES = ("owner", "marketer", "analyst", "staff", "privacy_officer", "read_only")
role_type = click.Choice(ROLES)
stdin_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group()
def user() -> None:
    """Say who may sign in to the console, and as what."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=role_type, required=True, help="What they may do.")
@click.option("--display", default="", help="The name that others read.")
@click.option("--email", help="Under which a provider of identities knows them.")
@stdin_option
@click.option("--no-password", is_flag=True, help="They sign in through a provider of identities, or by a link.")
@json_option
def add(name: str, *, role: Any, display: str, email: str | None, password_stdin: bool, no_password: bool) -> None:
    """Let NAME sign in; the password is asked for twice."""
    from shopkeeper.flows.accounts import NewPerson, add_person

    password = None if no_password else _password(password_stdin)
    asked = NewPerson(name=name, role=role, display=display, email=email, password=password)

    async def work(app: "App") -> "Person":
        return await add_person(app.store, app.entrance, asked, now=app.wall_clock.now(), rng=app.rng)

    _emit_person(asyncio.run(_written(work)), "may sign in as")


@user.command("list")
@json_option
def list_() -> None:
    """List who may sign in."""
    found = asyncio.run(_people())
    emit(found.people, human=lambda console: _print_people(console, found))


async def _people() -> "People":
    from shopkeeper.app import open_app
    from shopkeeper.flows.accounts import list_people

    async with open_app(shop_folder(), readonly=True) as app:
        return await list_people(app.store)


@user.command("role")
@click.argument("name")
@click.argument("role", type=role_type)
@json_option
def role(name: str, role: Any) -> None:
    """Give NAME another ROLE, and sign them out."""
    from shopkeeper.flows.accounts import PersonChange

    _emit_person(_changed(name, PersonChange(role=role)), "is now")


@user.command("password")
@click.argument("name")
@stdin_option
@json_option
def password(name: str, password_stdin: bool) -> None:
    """Give NAME another password, and sign them out."""
    from shopkeeper.flows.accounts import PersonChange

    _emit_person(_changed(name, PersonChange(password=_password(password_stdin))), "has another password as")


@user.command("disable")
@click.argument("name")
@json_option
def disable(name: str) -> None:
    """Shut NAME out, and sign them out; the account stays."""
    from shopkeeper.flows.accounts import PersonChange

    _emit_person(_changed(name, PersonChange(disabled=True)), "is shut out, was")


@user.command("enable")
@click.argument("name")
@json_option
def enable(name: str) -> None:
    """Let NAME in again."""
    from shopkeeper.flows.accounts import PersonChange

    _emit_person(_changed(name, PersonChange(disabled=False)), "may sign in again as")


@user.command("remove")
@click.argument("name")
@json_option
def remove(name: str) -> None:
    """Remove the account NAME, and sign them out."""
    from shopkeeper.flows.accounts import remove_person

    _emit_person(asyncio.run(_written(lambda app: remove_person(app.store, name))), "is removed, was")


@user.command("link")
@click.argument("name")
@click.option("--minutes", default=60, show_default=True, type=click.IntRange(1, 10080), help="How long it lasts.")
@click.option("--port", type=click.IntRange(1, 65535), help="Setting `port`, for this link.")
@json_option
def link(name: str, *, minutes: int, port: int | None) -> None:
    """Print a link that signs NAME in once; whoever has it is NAME."""
    from shopkeeper.flows.accounts import make_link

    async def work(app: "App") -> "PersonLink":
        base = app.settings.public_url or f"http://127.0.0.1:{port or app.settings.port}"
        return await make_link(app.store, app.entrance, name, minutes=minutes, base=base, now=app.wall_clock.now())

    made = asyncio.run(_written(work))
    emit(made, human=lambda console: console.print(made.url, soft_wrap=True, markup=False))


def _changed(name: str, change: "PersonChange") -> "Person":
    from shopkeeper.flows.accounts import change_person

    async def work(app: "App") -> "Person":
        return await change_person(app.store, app.entrance, name, change, now=app.wall_clock.now())

    return asyncio.run(_written(work))


async def _written(work: "Callable[[App], Awaitable[T]]") -> T:
    """Do what writes. Raises: StoreError: a server has the store; says how to do it there."""
    from shopkeeper.app import open_app

    try:
        async with open_app(shop_folder()) as app:
            return await work(app)
    except StoreInUse as error:
        there = "an owner does this on the console's screen People, or through /v1/users"
        first = "where nobody can sign in yet, stop the server, do this, and start it again"
        raise StoreError(f"{error}; while the server runs, {there}; {first}") from None


def _password(from_stdin: bool) -> str:
    """Read a password without showing it. Raises: BadInput: nobody is there to type one."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadInput("password: nobody is at a terminal to type it; use --password-stdin")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed


def _emit_person(person: "Person", said: str) -> None:
    emit(person, human=lambda console: console.print(f"{person.name} {said} {person.role}.", markup=False))


def _print_people(console: "Console", found: "People") -> None:
    from rich.markup import escape
    from rich.table import Table

    if not found.people:
        console.print("Nobody yet; begin with: shopkeeper user add NAME --role owner")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "display", "role", "signs in by", ""):
        table.add_column(heading)
    for one in found.people:
        ways = ", ".join(one.ways) or "link"
        table.add_row(one.name, escape(one.display), one.role, ways, "shut out" if one.disabled else "")
    console.print(table)
