"""The groups of shop.yaml: names of kinds, and traits that may stand in the log."""

from typing import Final

from shopkeeper.core.definitions import GroupKind
from shopkeeper.core.errors import BadInput
from shopkeeper.core.identifier import identifier
from shopkeeper.flows.definitions.mistakes import Mistakes
from shopkeeper.flows.definitions.node import Node
from shopkeeper.protect.personal import WORDS, name_says

_TAKEN: Final = frozenset({"group", "group_type", "groupId", "group_id", "groupType"})


def check_group_kind(kind: str, declared: GroupKind, node: Node, mistakes: Mistakes) -> None:
    """Note what is wrong with a kind of groups."""
    try:
        identifier(kind, "1")
    except BadInput:
        mistakes.at(node, f"the kind {kind[:60]!r}", expected="lower-case letters, digits and _, such as 'household'")
    for name in declared.traits:
        says = name_says(name)
        if name in _TAKEN:
            mistakes.at(node.get("traits"), f"{name!r} says which group it is", expected="another name")
        elif says is not None:
            mistakes.at(node.get("traits"), f"{name!r} looks like {WORDS[says]}, and is kept apart as it is")
