"""Cuts: where along the values of a trait a condition that reads it may change, so that most changes concern nobody.

Most segments compare traits with constants. One more order takes a count past the constants of few of them; no other
segment can hold of the customer now that did not before, or the other way round, and so no other is evaluated.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, NamedTuple

from shopkeeper.core.predicate.tree import (
    And,
    Between,
    Compare,
    Constant,
    Expression,
    Finite,
    InList,
    IsNull,
    Not,
    Or,
    TraitValue,
    children,
    walk,
)
from shopkeeper.core.trait import Value

_BELOW, _ABOVE = {">=", "<", "=", "<>"}, {">", "<=", "=", "<>"}


class Cut(NamedTuple):
    """One place where a condition may change.

    below, above: Whether it may as the value comes to the bound from below, and as it goes beyond it.
    """

    trait: str
    bound: Any
    below: bool
    above: bool


def cuts_of(condition: Expression) -> Iterator[Cut | str]:
    """Yield the cuts of a condition; the bare name of a trait: any change of that trait may change it.

    That a value becomes known or unknown is none of them: it may change whatever reads it.
    """
    match condition:
        case And() | Or() | Not():
            for part in children(condition):
                yield from cuts_of(part)
        case Between():
            yield from cuts_of(condition.bounds)
        case InList(of=TraitValue() as trait):
            for constant in condition.among:
                yield Cut(trait.name, constant.value, below=True, above=True)
        case IsNull(of=TraitValue()):
            return
        case Compare(left=Constant() as constant, right=other):
            yield from _of_comparison(condition, other, constant, turned=True)
        case Compare(left=other, right=Constant() as constant):
            yield from _of_comparison(condition, other, constant, turned=False)
        case _:
            yield from (node.name for node in walk(condition) if isinstance(node, TraitValue))


def _of_comparison(compare: Compare, other: Expression, constant: Constant, *, turned: bool) -> Iterator[Cut | str]:
    if isinstance(other, Finite):
        other = other.of
    if not isinstance(other, TraitValue):
        yield from (node.name for node in walk(other) if isinstance(node, TraitValue))
        return
    below, above = compare.op in _BELOW, compare.op in _ABOVE
    if turned:
        below, above = above, below
    yield Cut(other.name, constant.value, below, above)


class _Cuts(NamedTuple):
    """The cuts of one trait: bounds in order, and the bits of the conditions that each is of.

    always: The bits of the conditions that any change may change.
    """

    always: int
    below: tuple[Sequence[Any], Sequence[int]]
    above: tuple[Sequence[Any], Sequence[int]]


class CutIndex:
    """From a change of a trait's value to the conditions that it may change. Conditions are known by their bits."""

    def __init__(self, conditions: Sequence[Expression]) -> None:
        self._readers: dict[str, int] = {}
        always: dict[str, int] = {}
        bounds: dict[tuple[str, bool], dict[Any, int]] = {}
        for place, condition in enumerate(conditions):
            bit = 1 << place
            for name in (node.name for node in walk(condition) if isinstance(node, TraitValue)):
                self._readers[name] = self._readers.get(name, 0) | bit
            for cut in cuts_of(condition):
                if isinstance(cut, str):
                    always[cut] = always.get(cut, 0) | bit
                    continue
                for side in ([True] if cut.below else []) + ([False] if cut.above else []):
                    bits = bounds.setdefault((cut.trait, side), {})
                    bits[cut.bound] = bits.get(cut.bound, 0) | bit
        self._cuts = {
            name: _Cuts(always.get(name, 0), *(_in_order(bounds.get((name, side), {})) for side in (True, False)))
            for name in self._readers
        }

    def readers(self, trait: str) -> int:
        """Return the bits of the conditions that read a trait."""
        return self._readers.get(trait, 0)

    def crossed(self, trait: str, before: Value, after: Value) -> int:
        """Return the bits of the conditions that may change as the value of a trait that some of them reads does."""
        low: Any
        high: Any
        low, high = before, after
        if low == high:
            return 0
        if not _comparable(low) or not _comparable(high):
            return self._readers[trait]
        if low > high:
            low, high = high, low
        found, (below, of_below), (above, of_above) = self._cuts[trait]
        for i in range(bisect_right(below, low), bisect_right(below, high)):
            found |= of_below[i]
        for i in range(bisect_left(above, low), bisect_left(above, high)):
            found |= of_above[i]
        return found


def _comparable(value: Value) -> bool:
    return value is not None and (not isinstance(value, float) or isfinite(value))


def _in_order(bits: dict[Any, int]) -> tuple[list[Any], list[int]]:
    bounds = sorted(bits)
    return bounds, [bits[bound] for bound in bounds]
