"""Names of traits, segments, offers and slots."""

import re
from collections.abc import Iterable

from shopkeeper.core.errors import BadInput
from shopkeeper.core.predicate import parse_predicate
from shopkeeper.core.trait import TraitType
from shopkeeper.flows.definitions.mistakes import Mistakes
from shopkeeper.flows.definitions.node import Node

_WORD = "[a-z][a-z0-9_]{0,62}"
_TRAIT = re.compile(rf"{_WORD}(\.{_WORD})?")
_SIMPLE = re.compile(_WORD)


def check_names(nodes: Iterable[tuple[str, Node]], mistakes: Mistakes) -> None:
    """Note names that could not be used in a segment, a URL or a file."""
    for name, node in nodes:
        if not _SIMPLE.fullmatch(name):
            mistakes.at(node, f"the name {name[:60]!r}", expected="lower-case letters, digits and _, a letter first")


def check_trait_names(nodes: Iterable[tuple[str, Node]], mistakes: Mistakes) -> None:
    """Note trait names that a predicate could not read; one dot is allowed, as in `affinity.wine`."""
    for name, node in nodes:
        if not _TRAIT.fullmatch(name) or name.startswith("context."):
            mistakes.at(
                node,
                f"the name {name[:60]!r}",
                expected="lower-case letters, digits, _ and at most one dot; 'context.' is taken",
            )
        elif not _readable(name):
            mistakes.at(node, f"the name {name!r}, a word of the predicate language", expected="another name")


def _readable(name: str) -> bool:
    """Tell whether the predicate language takes a name for a trait's, and not for a word of its own."""
    try:
        return parse_predicate(f"{name} is null", {name: TraitType.TEXT}, place=name).reads == {name}
    except BadInput:
        return False
