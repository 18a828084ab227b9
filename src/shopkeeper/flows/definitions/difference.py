"""What changes between two versions of the definitions, noun by noun."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions

_EMPTY: tuple[Any, ...] = (None, "", False, [], ())
NOUNS = ("setting", "trait", "segment", "offer", "offer rule", "slot")


class FieldChange(NamedTuple):
    """One field's value before and after; None where it was or is absent."""

    field: str
    old: Any
    new: Any


class Change(NamedTuple):
    """One noun that was added, removed or changed; `fields` lists what differs, all set fields of a new noun."""

    noun: str
    name: str
    what: Literal["added", "changed", "removed"]
    fields: tuple[FieldChange, ...]


def difference(old: Definitions | None, new: Definitions) -> list[Change]:
    """List every change from `old` (None: nothing was in force) to `new`, in order of noun and name."""
    before = {} if old is None else _said(old)
    after = _said(new)
    changes: list[Change] = []
    for key in sorted(before.keys() | after.keys(), key=lambda key: (NOUNS.index(key[0]), key[1])):
        was, will = before.get(key), after.get(key)
        if was != will:
            what: Literal["added", "changed", "removed"] = (
                "added" if was is None else "removed" if will is None else "changed"
            )
            changes.append(Change(*key, what, _fields(was or {}, will or {})))
    return changes


def _fields(was: Mapping[str, Any], will: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    names = dict.fromkeys([*will, *was])
    return tuple(FieldChange(n, was.get(n), will.get(n)) for n in names if was.get(n) != will.get(n))


def _said(definitions: Definitions) -> dict[tuple[str, str], dict[str, Any]]:
    """Lay definitions out as (noun, name) → the fields that are set."""
    nouns: tuple[tuple[str, Mapping[str, msgspec.Struct]], ...] = (
        ("trait", definitions.traits),
        ("segment", definitions.segments),
        ("offer", definitions.offers),
        ("offer rule", definitions.offer_rules),
        ("slot", definitions.slots),
    )
    said = {(noun, name): _set_fields(value) for noun, entries in nouns for name, value in entries.items()}
    for name, value in _flat(msgspec.to_builtins(definitions.shop)).items():
        if value is not None:
            said["setting", name] = {"value": value}
    return said


def _set_fields(value: msgspec.Struct) -> dict[str, Any]:
    """Return the fields that say something: not the name, and not what is empty or has no effect."""
    plain = msgspec.to_builtins(value)
    computed = plain.get("computed")
    if computed:
        window = computed.pop("window")
        computed["window"] = window and f"{window['n']} {window['unit']}{'s' if window['n'] > 1 else ''}"
        if computed["kind"] != "most_frequent":
            del computed["at_least"]
    return {key: entry for key, entry in _flat(plain).items() if key not in {"id", "name"} and entry not in _EMPTY}


def _flat(plain: Mapping[str, Any], under: str = "") -> dict[str, Any]:
    """Lay nested mappings out flat: `computed.window.n`."""
    flat: dict[str, Any] = {}
    for key, value in plain.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{under}{key}.")
        else:
            flat[under + key] = value
    return flat
