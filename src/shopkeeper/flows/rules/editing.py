"""Edits of definitions from the console or a program: what they would do, and doing it while the shop is served."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from shopkeeper.core.errors import BadInput
from shopkeeper.core.store import Store
from shopkeeper.flows.crowd import Crowd
from shopkeeper.flows.definitions.difference import Change
from shopkeeper.flows.definitions.edit import (
    Difference,
    EditRequest,
    Merged,
    Version,
    apply_edits,
    merge_edits,
    told_change,
    told_version,
)
from shopkeeper.flows.definitions.versions import record_in_force
from shopkeeper.flows.definitions.write import FolderFile, write_folder
from shopkeeper.flows.rules.consequences import Consequence, consequences


class DefinitionFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The definitions in force: the version, who put it in force and when, and the files' texts by name."""

    version: str
    number: int
    who: str
    at: datetime
    note: str
    files: dict[str, str]


class EditPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What edits would do.

    version: The one in force that they were worked out against. changes: Noun by noun; none where all of it is in force
        already. diff: A unified diff of the files' texts. consequences: Who enters and leaves, in figures and words.
    """

    version: str
    number: int
    changes: tuple[Difference, ...]
    diff: str
    consequences: tuple[Consequence, ...]


class EditResult(msgspec.Struct, frozen=True, kw_only=True):
    """What an apply did.

    applied: The version now in force. already: The same edits were in force before, and nothing was written: the same
        request came before, or somebody else did the same. folder: What became of the files in the shop's folder.
    recording: The segments whose members are being recorded anew.
    """

    applied: Version
    already: bool
    folder: tuple[FolderFile, ...]
    recording: tuple[str, ...]
    text: str


async def definitions_in_force(store: Store) -> DefinitionFiles:
    """Return the definitions in force as texts. Raises: BadInput: none are yet."""
    current = await record_in_force(store)
    if current is None:
        raise BadInput("no definitions are in force; run 'shopkeeper apply' first")
    return DefinitionFiles(
        version=current.version,
        number=current.number,
        who=current.who,
        at=current.at,
        note=current.note,
        files=current.files,
    )


async def plan_edits(store: Store, crowd: Crowd, asked: EditRequest, *, patience: float) -> EditPlan:
    """Work out what edits would do. Raises: as `merge_edits`."""
    merged = await merge_edits(store, asked)
    return EditPlan(
        version=merged.current.version,
        number=merged.current.number,
        changes=tuple(map(told_change, merged.changes)),
        diff=merged.diff,
        consequences=await consequences(crowd, merged.before, merged.after, merged.changes, patience=patience),
    )


async def put_edits(store: Store, folder: Path, asked: EditRequest, *, who: str, now: datetime) -> EditResult:
    """Put edits in force, and into the folder where that still says what was in force. Raises: as `merge_edits`."""
    done = await apply_edits(store, asked, who=who, now=now)
    merged = done.merged
    files: tuple[FolderFile, ...] = ()
    if not done.already:
        files = await asyncio.to_thread(write_folder, folder, merged.current.files, merged.files)
    applied = told_version(done.applied, merged.changes)
    return EditResult(
        applied=applied,
        already=done.already,
        folder=files,
        recording=() if done.already else segments_of(merged),
        text=_told(applied, done.already, merged.changes),
    )


def segments_of(merged: Merged) -> tuple[str, ...]:
    """Return the segments whose members change: those that changed themselves, and those that read a changed trait."""
    from shopkeeper.flows.rules.uses import readers_of

    named = {change.name for change in merged.changes if change.noun == "segment"}
    for change in merged.changes:
        if change.noun == "trait":
            readers = [*readers_of(merged.before, change.name), *readers_of(merged.after, change.name)]
            named.update(use.name for use in readers if use.noun == "segment")
    return tuple(sorted(named))


def _told(applied: Version, already: bool, changes: Sequence[Change]) -> str:
    if already:
        return f"This is in force already, since version {applied.number} by {applied.who}."
    names = ", ".join(change.name for change in changes)
    return f"Version {applied.number} is in force: {names}."
