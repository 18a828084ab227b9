"""Groups as they come from the wire: which one, of which kind, and what of it may stand in the log."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from shopkeeper.core.definitions import GroupKind, Shop
from shopkeeper.core.errors import BadInput, nearest
from shopkeeper.core.event import Event, typed_properties
from shopkeeper.core.group import GROUP_JOINED, GROUP_LEFT, GroupWord
from shopkeeper.flows.door.naming import LONGEST
from shopkeeper.flows.door.reading import Refusal, read_text
from shopkeeper.identify.names import group_id
from shopkeeper.protect.personal import WORDS, value_looks

GROUPED: Final = frozenset({GROUP_JOINED, GROUP_LEFT})
"""Events that say who belongs to a group; the first is what a `group` call writes."""
_ID: Final = ("groupId", "group_id")
_TYPE: Final = ("groupType", "group_type")


def read_group(
    wire: Mapping[str, Any], said: Mapping[str, Any], bare: Event, shop: Shop, *, trusted: bool
) -> tuple[Event, GroupWord]:
    """Read what an event says of a group.

    Args:
        wire: The call; its `groupId`, or that of `said` or of its `context`. The kind is their `groupType`, and where
            none is named the first that shop.yaml declares.
        said: The traits of a group call, or the properties of a tracked event.
        trusted: Whether the sender proves what it says.

    Raises: Refusal: no group is named, or one under a name that many strangers share or that names a person; a kind
        that shop.yaml does not declare.
    """
    kind, declared = _kind(wire, said, shop)
    group = _group_id(wire, said, declared)
    rest = {name: value for name, value in said.items() if name not in (*_ID, *_TYPE) and value is not None}
    traits = {name: value for name, value in rest.items() if name in declared.traits and _plain(value)}
    texts, numbers, flags, _ = typed_properties(traits, money={})
    texts |= {"group": group, "group_type": kind}
    event = msgspec.structs.replace(bare, texts=texts, numbers=numbers, flags=flags)
    apart = {name: _text(value) for name, value in rest.items() if name not in traits}
    return event, GroupWord(kind, group, bare.name == GROUP_JOINED, not trusted, traits, apart)


def _group_id(wire: Mapping[str, Any], said: Mapping[str, Any], declared: GroupKind) -> str:
    came = read_text(_first(wire, said, _ID), "groupId", limit=LONGEST)
    if came is None:
        raise Refusal("bad_event", "groupId: is required to say which group")
    try:
        group = group_id(came, declared.blocked)
    except BadInput:
        reason = "groupId: a value that many strangers share, such as undefined or guest, or that shop.yaml blocks"
        raise Refusal("bad_group", reason) from None
    looks = value_looks(group)
    if looks is not None:
        raise Refusal("bad_group", f"groupId: looks like {WORDS[looks]}; it stands in the log, so it must name nobody")
    return group


def _kind(wire: Mapping[str, Any], said: Mapping[str, Any], shop: Shop) -> tuple[str, GroupKind]:
    kinds = shop.group_kinds
    kind = read_text(_first(wire, said, _TYPE), "groupType") or next(iter(kinds))
    if kind not in kinds:
        known = ", ".join(kinds)
        hint = nearest(kind, kinds)
        raise Refusal("bad_group", f"groupType: no kind of shop.yaml's groups{hint}; declared: {known}")
    return kind, kinds[kind]


def _first(wire: Mapping[str, Any], said: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    context = wire.get("context")
    for place in (wire, said, context if isinstance(context, Mapping) else {}):
        for name in names:
            if place.get(name) is not None:
                return place[name]
    return None


def _plain(value: Any) -> bool:
    """Say whether a value can stand in the log's typed fields."""
    return isinstance(value, str | bool) or (isinstance(value, int | float) and abs(value) <= 9e12)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else msgspec.json.encode(value).decode()
