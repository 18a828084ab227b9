"""The shape of one event: which properties, of which types, and nothing of what they say."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from shopkeeper.core.contract import ABSENT, EACH, Shape
from shopkeeper.flows.door.canonical import KINDS

HIDDEN: Final = "(hidden)"
"""Stands for the name of a property that may itself say who somebody is."""
Key = tuple[Any, ...]
"""What two events have in common that look alike, quick to make; many keys make one shape."""
_TYPES: Final[Mapping[type, str]] = {
    str: "text",
    int: "number",
    float: "number",
    Decimal: "number",
    bool: "boolean",
    list: "list",
    tuple: "list",
    dict: "object",
}
_TELLING = re.compile(r"@|\d{6}|[\x00-\x1f\ud800-\udfff]")
_MAX_NAME: Final = 100


def said(wire: Any) -> tuple[str, dict[str, Any]] | None:
    """Find an event's name and its properties or traits; None where the door will refuse it anyway."""
    if not isinstance(wire, dict):
        return None
    kind = wire.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        return None
    name = KINDS[kind] or wire.get("event")
    found = wire.get("traits" if kind in {"identify", "group"} else "properties")
    if not isinstance(name, str) or not isinstance(found, dict | None):
        return None
    return safe_name(name.strip()), found or {}


def key_of(properties: Mapping[str, Any]) -> Key:
    """Make the key of an event's properties: names and types in the order in which they stand."""
    products = properties.get("products")
    lines = _lines_key(products) if type(products) is list else None
    return (tuple(properties), tuple(map(type, properties.values())), lines)


def _lines_key(products: list[Any]) -> frozenset[Key]:
    """Gather the keys of lines; most lines look like the one before, which costs a comparison and no hashing."""
    keys, last = [], None
    for line in products:
        key = (tuple(line), tuple(map(type, line.values()))) if type(line) is dict else (type(line),)
        if key != last:
            keys.append(key)
            last = key
    return frozenset(keys)


def shape_of(key: Key) -> Shape:
    """Say what all events of one key look like."""
    names, types, lines = key
    found = set(_typed(names, types, ""))
    if lines:
        found |= _lines(lines)
    return frozenset(found)


def _lines(keys: frozenset[Key]) -> set[tuple[str, str]]:
    whole = [set(_typed(*key, f"{EACH}.")) for key in keys if len(key) == 2]
    found = {(EACH, _TYPES.get(key[0], "object")) for key in keys if len(key) == 1}
    if whole:
        found.add((EACH, "object"))
    paths = [{path for path, _ in line} for line in whole]
    some = set().union(*paths)
    found |= set().union(*whole)
    return found | {(path, ABSENT) for path in some if not all(path in line for line in paths)}


def _typed(names: tuple[Any, ...], types: tuple[type, ...], under: str) -> Iterator[tuple[str, str]]:
    for name, kind in zip(names, types, strict=True):
        if kind is not type(None):
            yield under + safe_name(str(name)), _TYPES.get(kind, "object")


@lru_cache(maxsize=8_192)
def safe_name(name: str) -> str:
    """Return a name as it may be kept: one with an `@` or a long number in it may say who somebody is."""
    return HIDDEN if _TELLING.search(name) or not 0 < len(name) <= _MAX_NAME else name


def texts_of(properties: Mapping[str, Any]) -> Iterator[tuple[str, str | int]]:
    """Give the values that may look personal, with their paths."""
    for name, value in properties.items():
        if type(value) is str or type(value) is int:
            yield safe_name(name), value
    products = properties.get("products")
    for line in products if type(products) is list else ():
        if type(line) is dict:
            for name, value in line.items():
                if type(value) is str or type(value) is int:
                    yield f"{EACH}.{safe_name(str(name))}", value
