"""`python -m faults`: what `make faults` runs."""

import sys

import click
import msgspec
from rich.console import Console
from rich.progress import Progress

from faults.experiments import EXPERIMENTS, Plan, Told, run
from faults.plants import PLANTS
from faults.report import Finding, table_of


@click.command()
@click.argument("experiments", nargs=-1, metavar="[EXPERIMENT]...")
@click.option("--kills", default=300, show_default=True, help="How often each store's server is killed.")
@click.option("--store", type=click.Choice(["sqlite", "postgres"]), help="On one kind of store alone.")
@click.option("--plant", type=click.Choice(sorted(PLANTS)), help="Plant a bug, which is to be found.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def main(experiments: tuple[str, ...], *, kills: int, store: str | None, plant: str | None, as_json: bool) -> None:
    """Break the real server, and look for what that lost or did twice; all EXPERIMENTs where none is named.

    Ctrl-C ends the killing: what was done by then is still compared and told.
    """
    if unknown := [name for name in experiments if name not in EXPERIMENTS]:
        raise click.BadParameter(f"{unknown[0]!r} is none; there are {', '.join(EXPERIMENTS)}")
    console, found = Console(stderr=True, highlight=False), list[Finding]()
    with Progress(console=console, transient=True) as progress:
        plan = Plan(
            experiments=experiments or tuple(EXPERIMENTS),
            stores=("sqlite", "postgres") if store is None else (store,),
            kills=kills,
            plant=plant or "",
            told=_shown(progress),
        )
        try:
            found.extend(run(plan))
        except KeyboardInterrupt:
            console.print("Stopped.")
    _print(found, as_json=as_json)
    sys.exit(not found or any(not one.held for one in found))


def _shown(progress: Progress) -> Told:
    task = progress.add_task("")

    def told(what: str, done: int, of: int) -> None:
        progress.update(task, description=what, completed=done, total=of or None)

    return told


def _print(found: list[Finding], *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1))
        return
    shown = Console()
    if not shown.is_terminal:
        shown.width = 140
    shown.print(table_of(found))


if __name__ == "__main__":
    main()
