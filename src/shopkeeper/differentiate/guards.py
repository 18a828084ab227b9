"""Guards: what must be so of one trait for a segment to hold, so that most segments need not be evaluated.

Of hundreds of segments a customer is in few, and most of the others fail by one comparison with a constant. A guard is
necessary, never sufficient: a segment that its guard lets through is evaluated.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from shopkeeper.core.predicate.tree import (
    And,
    Between,
    Compare,
    Comparison,
    Constant,
    Expression,
    Finite,
    InList,
    Or,
    TraitValue,
    ValueType,
)
from shopkeeper.core.trait import Value

Relation = Literal["at_least", "at_most", "is"]
_RELATIONS: Mapping[Comparison, Relation] = {
    ">=": "at_least",
    ">": "at_least",
    "<=": "at_most",
    "<": "at_most",
    "=": "is",
}
_MIRRORED: Mapping[Comparison, Comparison] = {"<=": ">=", "<": ">", ">=": "<=", ">": "<", "=": "="}


class Guard(NamedTuple):
    """One trait's value, which is known, stands in a relation to a constant."""

    trait: str
    relation: Relation
    than: Any


def guards_of(condition: Expression) -> tuple[Guard, ...] | None:
    """Return guards one of which lets a condition through wherever it is TRUE; None: it may be TRUE whatever holds."""
    match condition:
        case TraitValue(type=ValueType.BOOLEAN):
            return (Guard(condition.name, "is", True),)
        case And():
            found = [guards for part in condition.of if (guards := guards_of(part)) is not None]
            return min(found, key=len, default=None)
        case Or():
            return _of_either(condition.of)
        case Between():
            return guards_of(condition.bounds)
        case InList(of=TraitValue() as trait):
            return tuple(Guard(trait.name, "is", constant.value) for constant in condition.among)
        case Compare():
            return _of_comparison(condition)
        case _:
            return None


def _of_either(parts: Iterable[Expression]) -> tuple[Guard, ...] | None:
    found: list[Guard] = []
    for part in parts:
        guards = guards_of(part)
        if guards is None:
            return None
        found += guards
    return tuple(found)


def _of_comparison(compare: Compare) -> tuple[Guard, ...] | None:
    op, left, right = compare.op, compare.left, compare.right
    if isinstance(left, Constant) and op in _MIRRORED:
        op, left, right = _MIRRORED[op], right, left
    if isinstance(left, Finite):
        left = left.of
    relation = _RELATIONS.get(op)
    if relation is None or not isinstance(left, TraitValue) or not isinstance(right, Constant):
        return None
    return (Guard(left.name, relation, right.value),)


class Ladder(NamedTuple):
    """The bounds of one trait in order; `passed[i]` are the conditions let through by a value beyond i of them."""

    trait: str
    bounds: Sequence[Any]
    passed: Sequence[int]


class GuardIndex:
    """From the values of traits to the conditions that may hold.

    Conditions are known by their bits.
    """

    def __init__(self, conditions: Sequence[Expression]) -> None:
        self._open = 0
        sorts: dict[Relation, dict[str, dict[Any, int]]] = {"at_least": {}, "at_most": {}, "is": {}}
        for place, condition in enumerate(conditions):
            guards = guards_of(condition)
            if guards is None:
                self._open |= 1 << place
            for trait, relation, than in guards or ():
                bits = sorts[relation].setdefault(trait, {})
                bits[than] = bits.get(than, 0) | 1 << place
        self._least = tuple(_ladder(trait, bits, up=True) for trait, bits in sorts["at_least"].items())
        self._most = tuple(_ladder(trait, bits, up=False) for trait, bits in sorts["at_most"].items())
        self._is = tuple(sorts["is"].items())

    def possible(self, values: Mapping[str, Value]) -> int:
        """Return the bits of the conditions that may be TRUE of some values; of no other is it."""
        found = self._open
        value: Any
        for trait, bounds, passed in self._least:
            value = values.get(trait)
            if value is not None:
                found |= passed[bisect_right(bounds, value)]
        for trait, bounds, passed in self._most:
            value = values.get(trait)
            if value is not None:
                found |= passed[bisect_left(bounds, value)]
        for trait, bits in self._is:
            found |= bits.get(values.get(trait), 0)
        return found


def _ladder(trait: str, bits: Mapping[Any, int], *, up: bool) -> Ladder:
    """Lay out the bounds of a trait: a value lets through those at or below it (up), or at or above it."""
    bounds = sorted(bits)
    passed = [0]
    for bound in bounds if up else reversed(bounds):
        passed.append(passed[-1] | bits[bound])
    return Ladder(trait, bounds, passed if up else passed[::-1])
