"""Where a segment's rule is met again, and which rules read a trait."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput
from shopkeeper.core.predicate import Predicate, sentence
from shopkeeper.core.predicate.tree import And, Expression
from shopkeeper.flows.rules.check import Kind, read_rule

Noun = Literal["segment", "offer", "offer_rule", "slot"]


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """Another rule that has to do with one.

    how: `same`: asks the same. `part`: asks the same and more. `traits`: reads all of its traits, but asks otherwise.
    text: The same in words, to stand behind the name.
    """

    noun: Noun
    name: str
    how: Literal["same", "part", "traits"]
    text: str
    sentence: str


class Rule(NamedTuple):
    """One rule of the definitions."""

    noun: Noun
    name: str
    predicate: Predicate


_HOW = {"same": "asks the same", "part": "asks this and more", "traits": "reads the same traits"}
_ORDER = tuple(_HOW)


def rules(definitions: Definitions) -> Iterator[Rule]:
    """Go through every rule that there is."""
    wheres: list[tuple[Noun, str, str | None, Kind]] = [
        *(("segment", name, one.where, "segment") for name, one in definitions.segments.items()),
        *(("offer", name, one.where, "offer_rule") for name, one in definitions.offers.items()),
        *(("offer_rule", name, one.where, "offer_rule") for name, one in definitions.offer_rules.items()),
        *(("slot", name, one.where, "offer_rule") for name, one in definitions.slots.items()),
    ]
    for noun, name, where, kind in wheres:
        if where is not None:
            try:
                yield Rule(noun, name, read_rule(definitions, where, kind))
            except BadInput:  # a rule that an older release took; it is shown where it is edited
                continue


def uses_of(definitions: Definitions, predicate: Predicate, *, of: Noun, name: str) -> tuple[Use, ...]:
    """Find the rules beside `name` that ask the same, the same and more, or read the same traits."""
    found = [
        _use(rule, how)
        for rule in rules(definitions)
        if (rule.noun, rule.name) != (of, name) and (how := _relation(predicate, rule.predicate)) is not None
    ]
    return tuple(sorted(found, key=lambda use: (_ORDER.index(use.how), use.noun, use.name)))


def readers_of(definitions: Definitions, trait: str) -> tuple[Use, ...]:
    """Find the rules that read a trait."""
    return tuple(_use(rule, "traits") for rule in rules(definitions) if trait in rule.predicate.reads)


def _use(rule: Rule, how: Literal["same", "part", "traits"]) -> Use:
    return Use(noun=rule.noun, name=rule.name, how=how, text=_HOW[how], sentence=sentence(rule.predicate))


def _relation(one: Predicate, other: Predicate) -> Literal["same", "part", "traits"] | None:
    if one.tree == other.tree:
        return "same"
    if set(_terms(one.tree)) <= set(_terms(other.tree)):
        return "part"
    return "traits" if one.reads and one.reads <= other.reads else None


def _terms(tree: Expression) -> tuple[Expression, ...]:
    return tree.of if isinstance(tree, And) else (tree,)
