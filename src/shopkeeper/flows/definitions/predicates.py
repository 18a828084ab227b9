"""Predicates inside definitions: right as SQL, and reading only what they may."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from shopkeeper.core.errors import BadInput, nearest
from shopkeeper.core.predicate import parse_predicate
from shopkeeper.core.trait import Trait, TraitType
from shopkeeper.flows.definitions.mistakes import Mistakes
from shopkeeper.flows.definitions.node import Node

_POSITION = re.compile(r"^line [0-9]+, column [0-9]+: ")
_UNKNOWN = re.compile(r"unknown trait '([^']*)'")


class Readable(NamedTuple):
    """What predicates may name.

    schema: Types of traits and `context.…` by name. forbidden: why some of them may not be read, by name.
    broken: Traits whose own definition is wrong; a predicate that names one is not judged.
    digits: Decimal places of the shop's currency.
    judged: False where traits.yaml could not be read at all, so that every name would look unknown.
    """

    schema: Mapping[str, TraitType]
    forbidden: Mapping[str, str]
    broken: frozenset[str]
    digits: int
    judged: bool = True

    def with_context(self, context: Mapping[str, TraitType], *, broken: Iterable[str]) -> "Readable":
        """Let predicates read the moment's facts as well; `broken` ones are not judged."""
        return self._replace(schema={**self.schema, **context}, broken=self.broken | set(broken))


def readable(traits: Mapping[str, Trait], *, broken: Iterable[str], digits: int, judged: bool = True) -> Readable:
    """Work out which traits predicates may read: those that are neither sensitive nor personal."""
    forbidden = {name: why for name, trait in traits.items() if (why := _why_not(trait))}
    types = {name: trait.type for name, trait in traits.items()}
    return Readable(types, forbidden, frozenset(broken), digits, judged)


def _why_not(trait: Trait) -> str:
    if trait.personal:
        return "is personal: it names a person and stays out of predicates"
    if trait.sensitive:
        return "is sensitive: it stays out of segments, offers and slots without the customer's explicit consent"
    return ""


def note_refusal(node: Node, error: BadInput, mistakes: Mistakes, *, place: str, broken: Iterable[str] = ()) -> None:
    """Note why the predicate language refused a text; its sketch with the caret shows where in the text.

    Args:
        place: What the text was called when it was parsed; the message begins with it.
        broken: Traits that exist, but are wrong themselves.
    """
    said = _POSITION.sub("", str(error).removeprefix(f"{place}: "), count=1)
    first, newline, sketch = said.partition("\n")
    unknown = _UNKNOWN.fullmatch(first)
    hint = nearest(unknown[1], broken) if unknown else ""
    mistakes.at(node, f"{first}{hint}{newline}{sketch}")


def check_where(node: Node, text: str | None, scope: Readable, mistakes: Mistakes) -> None:
    """Note what is wrong with one predicate; None is no predicate."""
    if text is None or not scope.judged or any(re.search(rf"\b{re.escape(name)}\b", text) for name in scope.broken):
        return
    place = f"{node.file}: {node.path}"
    try:
        predicate = parse_predicate(text, scope.schema, place=place, digits=scope.digits)
    except BadInput as error:
        note_refusal(node, error, mistakes, place=place, broken=scope.broken)
        return
    for name in sorted(set(predicate.reads) & set(scope.forbidden)):
        mistakes.at(node, f"trait {name!r} {scope.forbidden[name]}")
