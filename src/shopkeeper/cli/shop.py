"""A shop's folder: make it, check it, put it in force, look back."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shopkeeper.cli.output import emit, json_option, options, shop_folder
from shopkeeper.cli.who import who_does
from shopkeeper.core.errors import BadInput, NotFound

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from rich.console import Console

    from shopkeeper.core.clock import Clock
    from shopkeeper.core.store import Store
    from shopkeeper.flows.definitions import Change, Plan, Step

EXAMPLES = ("blank", "grocery")
IGNORED = ".shopkeeper/"
_MARKS = {"added": ("+", "green"), "changed": ("~", "yellow"), "removed": ("-", "red")}


@click.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--example", type=click.Choice(EXAMPLES), default="blank", show_default=True, help="What to start from.")
@json_option
def init(folder: Path, example: str) -> None:
    """Make a shop's folder: definitions with comments, settings, and what git leaves out.

    Nothing that is there already is overwritten.
    """
    source = files(__package__) / "examples" / example
    texts = _texts(source)
    there = sorted(name for name in texts if (folder / name).exists())
    if there:
        raise BadInput(f"{folder}: {', '.join(there)} there already; nothing is overwritten, choose another folder")
    try:
        _write(folder, texts)
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written: {error.strerror}") from None
    emit({"folder": str(folder), "files": sorted(texts)}, human=lambda console: _print_made(console, folder, texts))


def _texts(folder: "Traversable", above: str = "") -> dict[str, str]:
    """Read the files of a shipped example by their path in it."""
    found: dict[str, str] = {}
    for entry in folder.iterdir():
        path = f"{above}{entry.name}"
        found |= _texts(entry, f"{path}/") if entry.is_dir() else {path: entry.read_text("utf-8")}
    return found


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the files, and keep the shop's data out of git."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    ignore = folder / ".gitignore"
    lines = ignore.read_text("utf-8").splitlines() if ignore.exists() else []
    if IGNORED not in lines:
        ignore.write_text("\n".join([*lines, IGNORED, ""]), "utf-8")


def _print_made(console: "Console", folder: Path, names: Mapping[str, str]) -> None:
    console.print(f"Made {', '.join(sorted(names))} in {folder}.", markup=False)
    console.print("Next: edit them, then 'shopkeeper check' and 'shopkeeper apply' in that folder.", markup=False)


@click.command()
@json_option
def check() -> None:
    """Check definitions and settings and list every mistake, with its place and how to mend it.

    Ends with 0 if all is well and 2 if not. With --json: {"ok": …, "mistakes": […]}.
    """
    from shopkeeper.app import load_settings
    from shopkeeper.flows.definitions import DefinitionErrors, load_definitions, load_folder

    folder = shop_folder()
    try:
        found = load_definitions(load_folder(folder))
    except DefinitionErrors as error:
        if not options().as_json:
            raise
        emit({"ok": False, "mistakes": [mistake._asdict() for mistake in error.mistakes]}, human=lambda _: None)
        click.get_current_context().exit(2)
    _require_place(load_settings(folder).database, folder)
    counts = {
        "traits": len(found.traits),
        "segments": len(found.segments),
        "offers": len(found.offers),
        "offer_rules": len(found.offer_rules),
        "slots": len(found.slots),
    }
    nouns = {noun.replace("_", " "): count for noun, count in counts.items()}
    words = ", ".join(f"{count} {noun[:-1] if count == 1 else noun}" for noun, count in nouns.items())
    emit(
        {"ok": True, "version": found.version, "counts": counts, "mistakes": []},
        human=lambda console: console.print(f"All is well: {words}. Version {found.version}.", markup=False),
    )


def _require_place(database: str, folder: Path) -> None:
    """Refuse a file of SQLite in a folder that is not there: `apply` would make a store at a mistyped path."""
    kind, _, file = database.partition(":///")
    place = Path(file.partition("?")[0]).parent
    if kind.startswith("sqlite") and not place.is_dir() and place.parent != folder.resolve():
        raise BadInput(f"database: the folder {place} is not there; make it, or mend the path in shopkeeper.toml")


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--who", default=None, help="Who does it, as 'versions' shows it; by default the user of this machine.")
@json_option
def apply(yes: bool, who: str | None) -> None:
    """Show what changed in the definitions and, once confirmed, put them in force.

    Every version is kept with who and when. Where somebody else was faster, nothing changes.
    """
    asyncio.run(_apply(yes=yes, who=who))


async def _apply(*, yes: bool, who: str | None) -> None:
    from shopkeeper.flows import definitions as flow

    texts = flow.load_folder(shop_folder())
    checked = flow.load_definitions(texts)
    async with _opened() as (store, clock):
        plan = await flow.plan_apply(store, checked)
        if not plan.changes:
            emit({"applied": None, "in_force": plan.expected}, human=lambda c: c.print("Nothing changed."))
            return
        if not options().as_json:
            _print_plan(plan)
        if not yes:
            _confirm()
        who = who_does(who)
        applied = await flow.apply(store, texts, who=who, now=clock.now(), expected=plan.expected)
    if applied is None:
        emit({"applied": None, "in_force": plan.expected}, human=lambda c: c.print("Nothing changed."))
        return
    emit(
        {"applied": applied.version, "number": applied.number, "who": applied.who, "changes": _plain(plan.changes)},
        human=lambda c: c.print(f"Version {applied.number} ({applied.version}) is in force.", markup=False),
    )


@click.command()
@click.option("--show", type=int, metavar="N", help="Print the files of version N, as they were applied.")
@json_option
def versions(show: int | None) -> None:
    """List the versions that were ever in force: who applied each, when, and what it changed."""
    asyncio.run(_versions() if show is None else _show_version(show))


async def _show_version(number: int) -> None:
    async with _opened(readonly=True) as (store, _):
        found = next((one for one in await store.versions() if one.number == number), None)
    if found is None:
        raise NotFound(f"there is no version {number}; 'shopkeeper versions' lists them")
    texts = [f"# {name}\n{text}" for name, text in found.files.items()]
    emit(found, human=lambda console: console.print("\n".join(texts), markup=False))


async def _versions() -> None:
    from shopkeeper.flows.definitions import list_versions

    async with _opened(readonly=True) as (store, _):
        steps = await list_versions(store)
    rows = [
        {
            "number": step.applied.number,
            "version": step.applied.version,
            "who": step.applied.who,
            "at": step.applied.at,
            "changes": _plain(step.changes),
        }
        for step in steps
    ]
    emit(rows, human=lambda console: _print_versions(console, steps))


def _confirm() -> None:
    """Ask. Raises: BadInput: there is nobody to ask."""
    if options().as_json:
        raise BadInput("--json asks nothing: confirm with --yes")
    if not click.confirm("Put this in force?"):
        raise click.Abort


def _plain(changes: Sequence["Change"]) -> list[dict[str, Any]]:
    return [change._asdict() | {"fields": [field._asdict() for field in change.fields]} for change in changes]


def _print_plan(plan: "Plan") -> None:
    from shopkeeper.cli.output import make_console

    console = make_console()
    if plan.unread:
        console.print(f"{plan.unread}; everything is shown as new", markup=False)
    for change in plan.changes:
        _print_change(console, change)


def _print_change(console: "Console", change: "Change") -> None:
    """Print `~ segment lapsing` and under it each field, old → new; a new noun shows what it says."""
    mark, colour = _MARKS[change.what]
    if change.noun == "setting":
        _, old, new = change.fields[0]
        told = _text(new) if change.what == "added" else f"{_text(old)} → {_text(new)}"
        console.print(f"{mark} setting {change.name}: {told}", style=colour, markup=False)
        return
    console.print(f"{mark} {change.noun} {change.name}", style=colour, markup=False)
    if change.what == "removed":
        return
    for field, old, new in change.fields:
        told = _text(new) if change.what == "added" else f"{_text(old)} → {_text(new)}"
        console.print(f"    {field}: {told}", markup=False)


def _text(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list | tuple):
        shown = ", ".join(str(part) for part in value[:8])
        return f"{shown} and {len(value) - 8} more" if len(value) > 8 else shown
    return str(value)


def _print_versions(console: "Console", steps: Sequence["Step"]) -> None:
    if not steps:
        console.print("Nothing was ever applied.")
    for step in steps:
        applied = step.applied
        line = f"{applied.number}  {applied.version}  {applied.at:%Y-%m-%d %H:%M} UTC  {applied.who}"
        console.print(line, style="bold", markup=False)
        for (what, noun), names in _grouped(step.changes).items():
            mark, colour = _MARKS[what]
            console.print(f"    {mark} {noun} {_text(names)}", style=colour, markup=False)


def _grouped(changes: Sequence["Change"]) -> dict[tuple[str, str], list[str]]:
    """Gather the names that were changed, by what became of them and by noun."""
    groups: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        groups.setdefault((change.what, change.noun), []).append(change.name)
    return groups


@asynccontextmanager
async def _opened(*, readonly: bool = False) -> AsyncIterator[tuple["Store", "Clock"]]:
    """Open the shop's store, but not the definitions in force: a new version must be able to replace broken ones."""
    from shopkeeper.app import load_settings
    from shopkeeper.core.clock import PinnedClock, SystemClock
    from shopkeeper.store import open_store

    settings = load_settings(shop_folder())
    store = await open_store(settings.database, readonly=readonly)
    try:
        yield store, SystemClock() if settings.now is None else PinnedClock(settings.now)
    finally:
        await store.close()
