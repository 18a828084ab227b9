"""Putting definitions in force: check, show the difference, keep the version, write it into the log.

The order makes a half apply impossible. Keeping the version is one transaction that either puts it in force or, where
somebody else was faster, changes nothing. Only then comes the event, whose id is the version's number: if a crash
comes between the two, the next apply or start writes the same event, once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from shopkeeper.core.definitions import AppliedVersion, Definitions, DefinitionShelf
from shopkeeper.core.errors import Conflict
from shopkeeper.core.event import SCALE, Event, EventLog
from shopkeeper.flows.definitions.difference import Change, difference
from shopkeeper.flows.definitions.load import load_definitions
from shopkeeper.flows.definitions.mistakes import DefinitionErrors

DEFINITIONS_APPLIED = "Definitions Applied"
SOURCE = "shopkeeper"


class Shelf(DefinitionShelf, EventLog, Protocol):
    """The two ports that an apply needs."""


class Plan(NamedTuple):
    """What an apply would do.

    expected: The version in force that the changes were worked out against; hand it to `apply`.
    unread: Why the version in force cannot be compared (written by another release), or empty.
    """

    expected: str | None
    changes: list[Change]
    unread: str = ""


class Step(NamedTuple):
    """One applied version and what it changed."""

    applied: AppliedVersion
    changes: list[Change]


async def plan_apply(store: Shelf, definitions: Definitions) -> Plan:
    """Compare checked definitions with what is in force."""
    current = await store.in_force()
    if current is None:
        return Plan(None, difference(None, definitions))
    old, unread = _reload(current)
    return Plan(current.version, difference(old, definitions), unread)


async def apply(
    store: Shelf, files: Mapping[str, str], *, who: str, now: datetime, expected: str | None, note: str = ""
) -> AppliedVersion | None:
    """Put a folder's texts in force.

    Args:
        who: Who does it, as shown by `versions`.
        expected: The version that must still be in force, as `plan_apply` saw it; None: none yet.
        note: Why, kept with the version.

    Returns: The version now in force, or None where the texts say what is in force already.

    Raises:
        DefinitionErrors: The texts are wrong; nothing changed.
        Conflict: Another version is in force than expected; nothing changed.
    """
    definitions = load_definitions(files)
    current = await record_in_force(store)
    standing = None if current is None else current.version
    if standing != expected:
        raise Conflict(f"version {standing} is in force, not {expected}: look at the difference again")
    if definitions.version == standing:
        return None
    number = 1 if current is None else current.number + 1
    version = definitions.version
    applied = AppliedVersion(version=version, number=number, who=who, at=now, files=dict(files), note=note)
    await store.put_version(applied, replaces=expected)
    await store.append([_event(applied)])
    return applied


async def record_in_force(store: Shelf) -> AppliedVersion | None:
    """Return the version in force, having made sure that the log tells of it; to be called when a shop is opened."""
    current = await store.in_force()
    if current is not None and await store.find_event(SOURCE, _message_id(current)) is None:
        await store.append([_event(current)])
    return current


async def list_versions(store: Shelf) -> list[Step]:
    """Return every applied version with what it changed against the one before, newest first."""
    versions = await store.versions()
    loaded = [_reload(version)[0] for version in versions]
    steps: list[Step] = []
    for index, version in enumerate(versions):
        new = loaded[index]
        old = loaded[index + 1] if index + 1 < len(versions) else None
        steps.append(Step(version, [] if new is None else difference(old, new)))
    return steps


def _reload(applied: AppliedVersion) -> tuple[Definitions | None, str]:
    try:
        return load_definitions(applied.files), ""
    except DefinitionErrors as error:
        return None, f"version {applied.version} cannot be read by this release: {error.mistakes[0]}"


def _message_id(applied: AppliedVersion) -> str:
    return f"definitions-{applied.number}"


def _event(applied: AppliedVersion) -> Event:
    """Make the event that tells of a version, the same however often it is made."""
    return Event(
        source=SOURCE,
        message_id=_message_id(applied),
        name=DEFINITIONS_APPLIED,
        customer="",
        at=applied.at,
        received_at=applied.at,
        texts={"version": applied.version},
        numbers={"number": applied.number * SCALE},
    )
