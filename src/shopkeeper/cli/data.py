"""Data in: import tables, and look after what could not be taken."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from shopkeeper.cli.output import emit, json_option, make_console, options, shop_folder
from shopkeeper.core.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.core.quarantine import ImportProgress, Quarantined
    from shopkeeper.flows.importing import ImportReport, ReplayReport
    from shopkeeper.flows.waiting import Replayed

Report = Callable[["ImportProgress", int | None], None]

_REFRESH = "Once all is imported: 'shopkeeper segment refresh' records who is in which segment."


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", type=click.Path(path_type=Path), help="Which column means what (YAML).")
@click.option("--guess", "guessing", is_flag=True, help="Only say what the file seems to be, and print a mapping.")
@click.option("--save", type=click.Path(path_type=Path), help="With --guess: write the mapping into this file too.")
@click.option("--try", "trying", is_flag=True, help="Only say what would become of the first rows; nothing is written.")
@click.option("--again", is_flag=True, help="Read a file once more that was imported to its end before.")
@json_option
def import_(file: Path, *, mapping: Path | None, guessing: bool, save: Path | None, trying: bool, again: bool) -> None:
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
    elif trying:
        asyncio.run(guesses.print_trial(file, mapping))
    else:
        asyncio.run(_import(file, mapping, again=again))


async def _import(file: Path, mapping: Path, *, again: bool) -> None:
    from shopkeeper.app import open_app
    from shopkeeper.flows.importing import Import, run_import

    folder = shop_folder()
    async with open_app(folder) as app:
        job = Import(file, mapping, folder / ".shopkeeper" / "import", again)
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


@click.group()
def quarantine() -> None:
    """Look after what could not be taken: list it, show it, offer it once more."""


_origin = click.option("--origin", help="Only what came from this file or source.")
_code = click.option("--code", help="Only what waits for this reason, such as refund_without_order.")


@quarantine.command("list")
@_origin
@_code
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many to list.")
@json_option
def list_(origin: str | None, code: str | None, limit: int) -> None:
    """List what waits: where it came from, its row, and why it was not taken."""
    asyncio.run(_list(origin, code, limit))


async def _list(origin: str | None, code: str | None, limit: int) -> None:
    from shopkeeper.app import open_app

    async with open_app(shop_folder(), readonly=True) as app:
        counts = await app.store.count_quarantined()
        rows = await app.store.quarantined(origin=origin, code=code, limit=limit)
    result = {
        "counts": [{"origin": where, "code": why, "waiting": n} for (where, why), n in sorted(counts.items())],
        "rows": [_summary(row) for row in rows],
    }
    emit(result, human=lambda console: _print_list(console, counts, rows))


def _summary(row: "Quarantined") -> dict[str, Any]:
    """Return what a list may show: everything but the body, which may hold personal data."""
    fields = ("id", "origin", "position", "code", "reason", "at", "mapping")
    return {field: getattr(row, field) for field in fields}


def _print_list(console: "Console", counts: dict[tuple[str, str], int], rows: "Sequence[Quarantined]") -> None:
    if not counts:
        console.print("Nothing waits.")
        return
    for (origin, code), n in sorted(counts.items()):
        console.print(f"{n:>7,}  {code}  from {origin}", markup=False)
    console.print()
    for row in rows:
        place = row.origin if row.position is None else f"{row.origin}, row {row.position}"
        console.print(f"{row.id}  {place}: {row.code}: {row.reason}", markup=False)


@quarantine.command()
@click.argument("row_id", metavar="ID")
@json_option
def show(row_id: str) -> None:
    """Show one whole, as it came. It may hold personal data."""
    asyncio.run(_show(row_id))


async def _show(row_id: str) -> None:
    import msgspec

    from shopkeeper.app import open_app
    from shopkeeper.flows.waiting import find_waiting

    async with open_app(shop_folder(), readonly=True) as app:
        found = await find_waiting(app.store, row_id)
    body = msgspec.json.decode(found.body)
    mended = None if found.mended is None else msgspec.json.decode(found.mended)
    shown = _summary(found) | {"body": body, "mended": mended, "mended_by": found.mended_by}
    emit(shown, human=lambda console: _print_one(console, found))


def _print_one(console: "Console", row: "Quarantined") -> None:
    import msgspec

    place = row.origin if row.position is None else f"{row.origin}, row {row.position}"
    console.print(f"{place}, at {row.at:%Y-%m-%d %H:%M} UTC", markup=False)
    console.print(f"{row.code}: {row.reason}", markup=False)
    if row.mapping:
        console.print(f"read by {row.mapping}", markup=False)
    console.print(msgspec.json.format(row.body, indent=2), markup=False)
    if row.mended is not None:
        console.print(f"mended by {row.mended_by}, and taken as:", markup=False)
        console.print(msgspec.json.format(row.mended, indent=2), markup=False)


@quarantine.command()
@click.argument("row_ids", metavar="[ID]...", nargs=-1)
@_origin
@_code
@click.option("--mapping", type=click.Path(path_type=Path), help="Read imported rows by this mapping instead.")
@click.option("--body", type=click.File("rb"), help="Offer one ID with the body in this JSON file instead of its own.")
@json_option
def replay(
    row_ids: tuple[str, ...], origin: str | None, code: str | None, mapping: Path | None, body: IO[bytes] | None
) -> None:
    """Offer what waits once more: after mending the mapping, or after the order arrived that a refund names."""
    if body is not None:
        if len(row_ids) != 1:
            raise BadInput("--body: goes with one ID")
        asyncio.run(_replay_mended(row_ids[0], body.read()))
    else:
        asyncio.run(_replay(row_ids, origin, code, mapping))


async def _replay_mended(row_id: str, text: bytes) -> None:
    import msgspec

    from shopkeeper.app import open_app
    from shopkeeper.flows.waiting import MendedBody, offer_mended

    try:
        body = MendedBody(body=msgspec.json.decode(text, type=dict[str, Any] | list[dict[str, Any]]))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"--body: {error}") from None
    async with open_app(shop_folder()) as app:
        now = app.clock.now()
        done, _ = await offer_mended(app.store, app.definitions, row_id, body, by="command line", now=now)
        await app.feed_lake()
    emit(done, human=lambda console: _print_mended(console, done))


def _print_mended(console: "Console", done: "Replayed") -> None:
    console.print(done.words)
    for one in done.waiting:
        console.print(f"{one.code}: {one.reason}", markup=False)


async def _replay(row_ids: tuple[str, ...], origin: str | None, code: str | None, mapping: Path | None) -> None:
    from shopkeeper.app import open_app
    from shopkeeper.flows.importing import replay as offer_again

    async with open_app(shop_folder()) as app:
        done = await offer_again(
            app.store,
            app.definitions,
            now=app.clock.now(),
            code=code,
            origin=origin,
            ids=frozenset(row_ids) or None,
            mapping=mapping,
        )
        events = await app.feed_lake()
    waiting = [{"code": why, "reason": reason, "waiting": n} for (why, reason), n in sorted(done.waiting.items())]
    emit({"taken": done.taken, "waiting": waiting}, human=lambda console: _print_replay(console, done, events))


def _print_replay(console: "Console", done: "ReplayReport", events: int) -> None:
    console.print(f"{done.taken:,} taken, {sum(done.waiting.values()):,} wait on.")
    for (code, reason), n in sorted(done.waiting.items()):
        console.print(f"{n:>7,}  {code}: {reason}", markup=False)
    if events:
        console.print(_REFRESH)
