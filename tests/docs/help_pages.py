"""Write docs/reference/cli.md from the command line itself: `python -m tests.docs.help_pages`."""

import inspect
from collections.abc import Iterator

import click

from tests.docs.blocks import ROOT

PAGE = ROOT / "docs" / "reference" / "cli.md"
HEAD = """# Commands

Written from the command line itself by `make docs`.

`shopkeeper` looks for the shop in the current folder and upwards; `--shop FOLDER` (or `SHOPKEEPER_SHOP`) names another.
`--json` prints results and errors as JSON, also that a command was typed wrong. A command ends with 0 if all went well,
2 where the input was bad, 1 where something else failed, and 130 if it was stopped by Ctrl-C.
"""


def render() -> str:
    """Return the page."""
    from shopkeeper.cli.main import cli

    return "\n".join([HEAD, *(_section(path, command) for path, command in walk("shopkeeper", cli))])


def walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Go through every command that does something, under its full name."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield from walk(f"{path} {name}", below)


def _section(path: str, command: click.Command) -> str:
    usage = command.collect_usage_pieces(click.Context(command, info_name=path))
    said = inspect.cleandoc(command.help or "")
    lines = [f"## `{path}`", "", f"    {path} {' '.join(usage)}", "", said, ""]
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    if options:
        lines += ["| option | meaning |", "|---|---|", *map(_row, options), ""]
    return "\n".join(lines)


def _row(option: click.Option) -> str:
    taken = "" if option.is_flag else f" {option.make_metavar(click.Context(click.Command(None)))}"
    default = f" (default: {option.default})" if option.show_default and option.default is not None else ""
    cells = f"`{option.opts[-1]}{taken}`", f"{option.help or ''}{default}"
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(render())
