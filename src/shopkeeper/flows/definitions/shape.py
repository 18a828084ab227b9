"""From nodes to Structs: unknown fields, missing fields and wrong types, every one of them named."""

from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from shopkeeper.core.errors import nearest
from shopkeeper.flows.definitions.mistakes import Mistakes, one_of
from shopkeeper.flows.definitions.node import Node

S = TypeVar("S", bound=msgspec.Struct)
_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", type(None): "left out"}
_BROKEN = object()


def read_struct(node: Node, want: type[S], mistakes: Mistakes, **given: Any) -> S | None:
    """Read a mapping as a Struct.

    Args:
        given: Fields that the caller fills, such as `name`; the file must not set them.

    Returns: None where a field is unknown, missing or wrong; `mistakes` then holds each.
    """
    if not isinstance(node.value, dict):
        mistakes.value(node, "a mapping of fields")
        return None
    fields = {field.encode_name: field for field in msgspec.structs.fields(want) if field.name not in given}
    values: dict[str, Any] = {}
    for key, entry in node.items():
        if key in fields:
            values[fields[key].name] = _read(entry, fields[key].type, mistakes)
        else:
            mistakes.unknown(entry, "field", key, fields)
            values[key] = _BROKEN
    for key, field in fields.items():
        if field.required and key not in node.value:
            mistakes.at(node, f"the field {key!r} is missing", expected=_describe(field.type))
            values[key] = _BROKEN
    return None if _BROKEN in values.values() else want(**values, **given)


def read_each(node: Node, want: type[S], mistakes: Mistakes) -> dict[str, S]:
    """Read a mapping of Structs by name, those that can be read; each name fills the field `name`."""
    found = {key: read_struct(entry, want, mistakes, name=key) for key, entry in node.items()}
    return {key: value for key, value in found.items() if value is not None}


def _read(node: Node, want: Any, mistakes: Mistakes) -> Any:
    origin = get_origin(want)
    if isinstance(want, type) and issubclass(want, msgspec.Struct):
        found = read_struct(node, want, mistakes)
        return _BROKEN if found is None else found
    if origin is dict and isinstance(node.value, dict):
        return _read_dict(node, want, mistakes)
    if origin in {tuple, list} and isinstance(node.value, list):
        parts = [_read(part, get_args(want)[0], mistakes) for part in node.value]
        return _BROKEN if any(part is _BROKEN for part in parts) else origin(parts)
    try:
        return msgspec.convert(node.plain(), want)
    except msgspec.ValidationError:
        hint = nearest(node.value, _choices(want)) if isinstance(node.value, str) else ""
        mistakes.value(node, _describe(want), hint=hint)
        return _BROKEN


def _read_dict(node: Node, want: Any, mistakes: Mistakes) -> Any:
    key_type, value_type = get_args(want)
    known = get_args(key_type) if get_origin(key_type) is Literal else None
    values: dict[str, Any] = {}
    for key, entry in node.items():
        if known is not None and key not in known:
            mistakes.unknown(entry, "field", key, known)
            values[key] = _BROKEN
        else:
            values[key] = _read(entry, value_type, mistakes)
    return _BROKEN if any(value is _BROKEN for value in values.values()) else values


def _choices(want: Any) -> list[str]:
    """Return the words that a type allows, where it is a choice of words."""
    if get_origin(want) is Literal:
        return [word for word in get_args(want) if isinstance(word, str)]
    return [word for part in get_args(want) for word in _choices(part)]


def _describe(want: Any) -> str:
    """Say a field's type in plain words."""
    origin = get_origin(want)
    if origin is Literal:
        return one_of(get_args(want))
    if origin in {Union, UnionType}:
        parts = [part for part in get_args(want) if part is not type(None)]
        return " or ".join(dict.fromkeys(_describe(part) for part in parts))
    if origin in {tuple, list}:
        return "a list"
    if origin is dict or (isinstance(want, type) and issubclass(want, msgspec.Struct)):
        return "a mapping"
    return _WORDS.get(want, "another type")
