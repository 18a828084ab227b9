"""The one place where commands print: tables for people, JSON for programs."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shopkeeper.core.errors import BadInput, ShopkeeperError

if TYPE_CHECKING:
    from rich.console import Console


@dataclass
class Options:
    """The global options of one call."""

    shop: Path | None = None
    as_json: bool = False


def options() -> Options:
    """Return the global options of the command that runs."""
    context = click.get_current_context(silent=True)
    found = context.find_object(Options) if context is not None else None
    return found or Options()


def _ask_for_json(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    found = ctx.find_object(Options)
    if value and found is not None:
        found.as_json = True


json_option = click.option(
    "--json", is_flag=True, expose_value=False, callback=_ask_for_json, help="Print the result as JSON."
)
"""Lets `--json` stand after the command's name too: decorate every command with it."""


def shop_folder() -> Path:
    """Return the shop's folder: the one that `--shop` names, else the nearest upwards that holds shop.yaml.

    Raises: BadInput: there is none.
    """
    named = options().shop
    start = Path.cwd() if named is None else named.resolve()
    for folder in [start] if named is not None else [start, *start.parents]:
        if (folder / "shop.yaml").is_file():
            return folder
    where = f"{start} has no shop.yaml" if named is not None else f"neither {start} nor a folder above has a shop.yaml"
    raise BadInput(f"{where}: make a shop with 'shopkeeper init', or name its folder with --shop")


def emit(result: object, *, human: "Callable[[Console], None]") -> None:
    """Print a command's result.

    Args:
        result: What `--json` prints: anything that msgspec can encode.
        human: Prints the same for people.
    """
    if options().as_json:
        click.echo(_json(result))
        return
    console = make_console()
    human(console)


def make_console(*, stderr: bool = False) -> "Console":
    """Return a console that colours only a terminal, and never breaks a line of piped output."""
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console = Console(file=sys.stderr if stderr else sys.stdout, highlight=False, width=200, soft_wrap=True)
    return console


def print_error(error: ShopkeeperError) -> None:
    """Print an error to standard error: its message, or with `--json` its code and message."""
    if options().as_json:
        click.echo(error_as_json(error), err=True)
    else:
        click.echo(str(error), err=True)


def error_as_json(error: ShopkeeperError) -> str:
    """Write an error as programs read it."""
    return _json({"code": error.code, "message": str(error)})


def _json(result: Any) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(result), indent=2).decode()
