"""Editing definitions in force entry by entry: planned with its differences, applied once, never over somebody else's.

An edit is merged into the text in force, so that comments and order stay. Applying the same edits again, say after a
lost connection, finds them in force already and does nothing. Where another version than expected is in force, nothing
changes, and the conflict carries what happened since.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

import msgspec

from shopkeeper.core.definitions import AppliedVersion, Definitions
from shopkeeper.core.errors import BadInput, Conflict
from shopkeeper.flows.definitions.difference import Change, difference
from shopkeeper.flows.definitions.load import load_definitions
from shopkeeper.flows.definitions.mistakes import DefinitionErrors
from shopkeeper.flows.definitions.splice import splice
from shopkeeper.flows.definitions.versions import Shelf, apply, record_in_force
from shopkeeper.flows.definitions.write import text_diff

Noun = Literal["trait", "segment", "offer_rule", "slot"]
_PLACES: Final[Mapping[Noun, tuple[str, tuple[str, ...]]]] = {
    "trait": ("traits.yaml", ()),
    "segment": ("segments.yaml", ()),
    "offer_rule": ("offers.yaml", ("rules",)),
    "slot": ("slots.yaml", ()),
}
Setting = str | int | float | bool | list[str] | dict[str, str | int] | None
"""What a field of an entry may be."""
_MOST: Final = 100
_LISTED: Final = 12


class Edit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry that changes.

    value: Its fields as the files write them; the others stay as they are, one that is null is taken away. None takes
        the whole entry away.
    """

    noun: Noun
    name: str
    value: dict[str, Setting] | None


class EditRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Edits that belong together.

    expected: The version that whoever edits has seen. note: Why, kept with the version.
    """

    edits: tuple[Edit, ...]
    expected: str
    note: str = ""


class FieldDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One field before and after, as people read it; None where it is absent."""

    field: str
    old: str | None
    new: str | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One noun that was added, changed or removed."""

    noun: str
    name: str
    what: Literal["added", "changed", "removed"]
    fields: tuple[FieldDifference, ...]


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version that was put in force, and what it changed against the one before."""

    version: str
    number: int
    who: str
    at: datetime
    note: str
    changes: tuple[Difference, ...]


class EditConflict(Conflict):
    """Somebody else was faster; `since` is every version put in force since the expected one, newest first."""

    def __init__(self, message: str, since: tuple[Version, ...]) -> None:
        super().__init__(message)
        self.since = since


class Merged(NamedTuple):
    """What edits make of what is in force.

    changes: Nothing where all of it is in force already. diff: A unified diff of the files' texts.
    """

    current: AppliedVersion
    before: Definitions
    after: Definitions
    files: dict[str, str]
    changes: list[Change]
    diff: str


class Outcome(NamedTuple):
    """What an apply did. already: The same edits were in force before; nothing was written."""

    applied: AppliedVersion
    merged: Merged
    already: bool


async def merge_edits(store: Shelf, asked: EditRequest) -> Merged:
    """Merge edits into what is in force and check the whole.

    Raises: DefinitionErrors: with every mistake of the result. EditConflict: another version than expected is in force,
        and does not say all of this already. BadInput: an entry to be taken away is not there.
    """
    current = await record_in_force(store)
    if current is None:
        raise BadInput("no definitions are in force; run 'shopkeeper apply' first")
    try:
        merged = _merged(current, asked.edits)
    except BadInput:
        if current.version == asked.expected:
            raise
        merged = None
    if merged is not None and (current.version == asked.expected or not merged.changes):
        return merged
    raise await _conflict(store, current, asked.expected)


def _merged(current: AppliedVersion, edits: Sequence[Edit]) -> Merged:
    if not 1 <= len(edits) <= _MOST:
        raise BadInput(f"edits: {len(edits)} of them, must be 1 to {_MOST}")
    before = load_definitions(current.files)
    files = dict(current.files)
    for edit in edits:
        file, path = _PLACES[edit.noun]
        if edit.value is None and not _is_there(before, edit):
            continue  # gone already, as by the same request before
        try:
            files[file] = splice(files.get(file, ""), path, edit.name, edit.value)
        except BadInput as error:
            raise BadInput(f"{file}: {error}") from None
    after = load_definitions(files)
    return Merged(
        current,
        before,
        after,
        files,
        difference(before, after),
        text_diff(current.files, files, of=("in force", "edited")),
    )


def _is_there(definitions: Definitions, edit: Edit) -> bool:
    nouns: dict[Noun, Mapping[str, object]] = {
        "trait": definitions.traits,
        "segment": definitions.segments,
        "offer_rule": definitions.offer_rules,
        "slot": definitions.slots,
    }
    return edit.name in nouns[edit.noun]


async def apply_edits(store: Shelf, asked: EditRequest, *, who: str, now: datetime) -> Outcome:
    """Put edits in force.

    Raises: DefinitionErrors, BadInput, EditConflict: as `merge_edits`; nothing changed.
    """
    merged = await merge_edits(store, asked)
    if not merged.changes:
        return Outcome(merged.current, merged, already=True)
    try:
        applied = await apply(
            store, merged.files, who=who, now=now, expected=merged.current.version, note=asked.note.strip()
        )
    except Conflict as error:
        current = await store.in_force()
        if isinstance(error, EditConflict) or current is None:
            raise
        raise await _conflict(store, current, asked.expected) from None
    return Outcome(merged.current if applied is None else applied, merged, already=applied is None)


async def _conflict(store: Shelf, current: AppliedVersion, expected: str) -> EditConflict:
    since: list[Version] = []
    for version in await versions_told(store):
        if version.version == expected:
            break
        since.append(version)
    at = f"{current.at:%Y-%m-%d %H:%M} UTC"
    said = f"{current.who} put version {current.number} in force on {at}, after you began; look at what changed"
    return EditConflict(said, tuple(since[:_LISTED]))


async def versions_told(store: Shelf, *, limit: int = 50) -> list[Version]:
    """Return the latest versions with what each changed, newest first."""
    versions = (await store.versions())[: limit + 1]
    loaded = [_loaded(version) for version in versions]
    found: list[Version] = []
    for version, new, old in zip(versions, loaded, [*loaded[1:], None], strict=False):
        changes = [] if new is None else difference(old, new)
        found.append(told_version(version, changes))
    return found[:limit]


def told_version(applied: AppliedVersion, changes: Sequence[Change]) -> Version:
    """Tell of a version."""
    return Version(
        version=applied.version,
        number=applied.number,
        who=applied.who,
        at=applied.at,
        note=applied.note,
        changes=tuple(map(told_change, changes)),
    )


def told_change(change: Change) -> Difference:
    """Tell of a change, values as people read them."""
    fields = tuple(FieldDifference(field=one.field, old=_text(one.old), new=_text(one.new)) for one in change.fields)
    return Difference(noun=change.noun, name=change.name, what=change.what, fields=fields)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list | tuple):
        shown = ", ".join(str(part) for part in value[:_LISTED])
        return f"{shown} and {len(value) - _LISTED} more" if len(value) > _LISTED else shown
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _loaded(applied: AppliedVersion) -> Definitions | None:
    return _read(tuple(sorted(applied.files.items())))


@lru_cache(maxsize=32)
def _read(files: tuple[tuple[str, str], ...]) -> Definitions | None:
    """Read the texts of a version, which never change; None where this release cannot."""
    try:
        return load_definitions(dict(files))
    except DefinitionErrors:
        return None
