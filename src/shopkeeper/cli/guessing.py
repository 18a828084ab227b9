"""What a file seems to be, and what an import of it would do: printed, nothing written."""

from pathlib import Path
from typing import TYPE_CHECKING

from shopkeeper.cli.output import emit, shop_folder
from shopkeeper.core.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from shopkeeper.flows.importing.guessing import Guess
    from shopkeeper.flows.importing.reach import ReachReport
    from shopkeeper.flows.importing.trial import Trial


async def print_guess(file: Path, save: Path | None) -> None:
    """Guess what a file is; write the mapping into `save`. Raises: BadInput: no table, or `save` is there already."""
    from shopkeeper.app import open_app
    from shopkeeper.flows.importing.guessing import guess

    if not file.is_file():
        raise BadInput(f"{file}: no such file")
    if save is not None and save.exists():
        raise BadInput(f"{save}: is there already; name another file")
    async with open_app(shop_folder(), readonly=True) as app:
        found = guess(file, app.definitions, now=app.clock.now())
    if save is not None:
        save.parent.mkdir(parents=True, exist_ok=True)
        save.write_text(found.yaml, "utf-8")
    emit(found, human=lambda console: _print_guess(console, found, file, save))


def _print_guess(console: "Console", found: "Guess", file: Path, save: Path | None) -> None:
    from rich.markup import escape
    from rich.table import Table

    kind = next(one for one in found.kinds if one.kind == found.kind)
    console.print(f"[bold]{escape(kind.label)}[/] ({kind.confidence:.0%} sure: {escape(kind.evidence)})")
    for said in (*found.written, *found.warnings):
        console.print(f"  {said}", markup=False)
    table = Table(box=None, pad_edge=False)
    for name in ("column", "is", "sure", "why", "holds", "such as"):
        table.add_column(name, justify="right" if name == "sure" else "left")
    for one in found.columns:
        sure = f"{one.confidence:.0%}" if one.confidence else ""
        shown = (one.name, one.field or "left out", sure, one.why, one.type, ", ".join(one.samples[:2]))
        table.add_row(*map(escape, shown))
    console.print(table)
    console.print(f"\n{found.yaml}", markup=False)
    where = f" --mapping {save}" if save is not None else ""
    if save is not None:
        console.print(f"Written to {save}. Look it over, then: shopkeeper import {file}{where} --try", markup=False)
    else:
        console.print(f"Keep it: shopkeeper import {file} --guess --save mappings/{file.stem}.yaml", markup=False)


async def print_trial(file: Path, mapping: Path) -> None:
    """Try a mapping on the first rows. Raises: BadInput: the mapping or the file cannot be used."""
    from shopkeeper.app import open_app
    from shopkeeper.flows.importing import load_mapping
    from shopkeeper.flows.importing.trial import try_rows

    async with open_app(shop_folder(), readonly=True) as app:
        known = load_mapping(mapping, now=app.clock.now())
        found = await try_rows(app.store, app.definitions, file, known, now=app.clock.now())
    emit(found, human=lambda console: _print_trial(console, found))


def _print_trial(console: "Console", found: "Trial") -> None:
    console.print(found.summary, markup=False)
    for one in found.first:
        console.print(f"  row {one.row}: {f'{one.who}: ' if one.who else ''}{one.text}", markup=False)
    for reason in found.reasons:
        console.print(f"{reason.rows:>7,}  {reason.code}: {reason.reason}", markup=False)
    for refused in found.refusals[:10]:
        console.print(f"  row {refused.row}: {refused.reason}", markup=False)


async def print_reach(file: Path, mapping: Path) -> None:
    """Say who could be reached before and after a file of consents. Raises: BadInput: it cannot be used."""
    from shopkeeper.app import open_app
    from shopkeeper.flows.importing import load_mapping
    from shopkeeper.flows.importing.reach import reach_of

    async with open_app(shop_folder(), readonly=True) as app:
        known = load_mapping(mapping, now=app.clock.now())
        found = await reach_of(app.store, app.definitions, file, known, now=app.clock.now())
    emit(found, human=lambda console: _print_reach(console, found))


def _print_reach(console: "Console", found: "ReachReport") -> None:
    console.print(found.summary, markup=False)
    for one in found.purposes:
        reached = f"{one.before.reachable:,} before, {one.after.reachable:,} after"
        console.print(f"{one.title} ({one.basis.replace('_', ' ')}): reachable {reached}", markup=False)
        console.print(f"  {one.words}", markup=False)
