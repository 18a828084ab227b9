"""Data in: import tables."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopkeeper.cli.output import emit, json_option, make_console, options, shop_folder
from shopkeeper.core.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.core.quarantine import ImportProgress
    from shopkeeper.flows.importing import ImportReport

Report = Callable[["ImportProgress", int | None], None]

_REFRESH = "Once all is imported: 'shopkeeper segment refresh' records who is in which segment."


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", type=click.Path(path_type=Path), help="Which column means what (YAML).")
@click.option("--guess", "guessing", is_flag=True, help="Only say what the file seems to be, and print a mapping.")
@click.option("--save", type=click.Path(path_type=Path), help="With --guess: write the mapping into this file too.")
@click.option("--try", "trying", is_flag=True, help="Only say what would become of the first rows; nothing is written.")
@click.option("--again", is_flag=True, help="Read a file once more that was imported to its end before.")
@click.option("--reach", "reaching", is_flag=True, help="Of consents: only say who could be reached before and after.")
@json_option
def import_(
    file: Path, *, mapping: Path | None, guessing: bool, save: Path | None, trying: bool, again: bool, reaching: bool
) -> None:
    """Import a CSV, JSON lines or Parquet file of any size by a mapping file.

    What was broken off goes on where it stopped; what is in already is not taken twice. Rows that cannot be taken wait
    in the quarantine with their place and the reason: see 'shopkeeper quarantine list'.
    """
    from shopkeeper.cli import guessing as guesses

    if save is not None and not guessing:
        raise BadInput("--save: goes with --guess")
    if guessing:
        asyncio.run(guesses.print_guess(file, save))
    elif mapping is None:
        raise BadInput("--mapping: say which column means what, or let --guess make a mapping to begin with")
    elif reaching:
        asyncio.run(guesses.print_reach(file, mapping))
    elif trying:
        asyncio.run(guesses.print_trial(file, mapping))
    else:
        asyncio.run(_import(file, mapping, again=again))


async def _import(file: Path, mapping: Path, *, again: bool) -> None:
    from shopkeeper.app import open_app
    from shopkeeper.flows.following import offline_history
    from shopkeeper.flows.importing import Import, run_import

    folder = shop_folder()
    async with open_app(folder, create=False) as app:
        job = Import(file, mapping, folder / ".shopkeeper" / "import", again, shop=folder)
        async with offline_history(app.store, now=app.wall_clock.now()):
            with _progress(file.name) as report:
                done = await run_import(app.store, app.definitions, job, now=app.clock.now(), report=report)
        events = await app.feed_lake()
    result = {
        **{field: getattr(done.progress, field) for field in done.progress.__struct_fields__},
        "resumed": done.resumed,
        "sorted": done.sorted,
    }
    emit(result, human=lambda console: _print_import(console, done, events))


@contextmanager
def _progress(name: str) -> Iterator[Report]:
    """Show how far an import has come, on a terminal's standard error."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn(name, markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows"),
        TimeElapsedColumn(),
    )
    console = make_console(stderr=True)
    with Progress(*columns, console=console, disable=options().as_json or not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda progress, total: bar.update(task, completed=progress.rows, total=total)


def _print_import(console: "Console", done: "ImportReport", events: int) -> None:
    progress = done.progress
    if done.resumed == progress.rows and done.sorted is None and progress.rows:
        console.print(f"{progress.file}: was imported to its end before; --again reads it once more.", markup=False)
    elif done.resumed:
        console.print(f"{progress.file}: went on after row {done.resumed:,}.", markup=False)
    if done.sorted:
        console.print("Rows that belong together did not stand together: they were sorted first.")
    console.print(
        f"{progress.file}: {progress.rows:,} rows: {progress.accepted:,} taken, {progress.duplicates:,} known already, "
        f"{progress.quarantined:,} wait.",
        markup=False,
    )
    if progress.quarantined:
        console.print(f"See why: shopkeeper quarantine list --origin {progress.file}", markup=False)
    if events:
        console.print(_REFRESH)
