"""pull: the definitions in force, written into the shop's folder."""

import asyncio
from typing import TYPE_CHECKING

import click

from shopkeeper.cli.output import emit, json_option, make_console, options, shop_folder
from shopkeeper.core.errors import BadInput

if TYPE_CHECKING:
    from shopkeeper.flows.definitions.write import Pull


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def pull(yes: bool) -> None:
    """Write the definitions in force into the folder, after showing the difference.

    For edits that were made in the console while somebody changed a file here: commit or copy your own changes first.
    """
    found = asyncio.run(_pull(yes=yes))
    names = ", ".join(found.names)
    emit(
        {"version": found.version, "written": found.names},
        human=lambda console: console.print(
            f"Wrote {names}." if names else "The folder says what is in force.", markup=False
        ),
    )


async def _pull(*, yes: bool) -> "Pull":
    from shopkeeper.app import open_app
    from shopkeeper.flows.definitions.write import plan_pull, write_pull
    from shopkeeper.flows.rules.editing import definitions_in_force

    folder = shop_folder()
    async with open_app(folder, readonly=True) as app:
        current = await definitions_in_force(app.store)
    plan = plan_pull(folder, current.version, current.files)
    if plan.names:
        _confirm(plan.diff, yes=yes)
        write_pull(folder, plan, current.files)
    return plan


def _confirm(diff: str, *, yes: bool) -> None:
    """Show the difference and ask. Raises: BadInput: there is nobody to ask."""
    if options().as_json and not yes:
        raise BadInput("--json asks nothing: confirm with --yes")
    if not options().as_json:
        make_console().print(diff, markup=False)
    if not yes and not click.confirm("Write this into the folder?"):
        raise click.Abort
