"""The typed tree of a predicate: an allow-list of nodes, each with one written meaning (docs/reference/predicates.md).

Every node is well typed when it is made by the checker; the evaluators take that for granted and check nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal

Comparison = Literal["=", "<>", "<", "<=", ">", ">="]
Operator = Literal["+", "-", "*", "/"]
Function = Literal["abs", "coalesce", "contains", "length", "lower", "negate", "starts_with", "upper"]
Unit = Literal["minute", "hour", "day", "week", "month", "year"]

LOWEST, HIGHEST = -(2**63), 2**63 - 1
"""Whole numbers outside these bounds are NULL."""


class ValueType(StrEnum):
    """The type of an expression: a trait's type, or `amount`.

    An amount is money after a multiplication or division: float64 minor units, not rounded.
    """

    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    TEXT = "text"
    INSTANT = "instant"
    TEXTS = "texts"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: `value` as evaluators hold it; `exact` is the number as it was written."""

    value: bool | int | float | str
    type: ValueType
    exact: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TraitValue:
    """The value of a trait, NULL where it is not known."""

    name: str
    type: ValueType


@dataclass(frozen=True, slots=True)
class Now:
    """The pinned instant moved by `n` units, negative into the past; days and longer are calendar units."""

    n: int = 0
    unit: Unit = "minute"
    type: ClassVar[ValueType] = ValueType.INSTANT


@dataclass(frozen=True, slots=True)
class ToFloat:
    """An integer as number, or money as amount, rounded to the nearest float64."""

    of: "Expression"
    type: ValueType


@dataclass(frozen=True, slots=True)
class Finite:
    """A float64 as it is compared: NULL where it is infinite or not a number."""

    of: "Expression"
    type: ValueType


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """An operation on two values of one representation.

    Both int64: exact, NULL outside int64. Both float64: IEEE 754, NULL where the divisor is zero.
    """

    op: Operator
    left: "Expression"
    right: "Expression"
    type: ValueType


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the allow-list."""

    function: Function
    arguments: tuple["Expression", ...]
    type: ValueType


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two values of one type; texts by code point."""

    op: Comparison
    left: "Expression"
    right: "Expression"
    type: ClassVar[ValueType] = ValueType.BOOLEAN


@dataclass(frozen=True, slots=True)
class Between:
    """`of >= low and of <= high`."""

    of: "Expression"
    low: "Expression"
    high: "Expression"
    type: ClassVar[ValueType] = ValueType.BOOLEAN

    @property
    def bounds(self) -> "And":
        """The two comparisons that it stands for."""
        return And((Compare(">=", self.of, self.low), Compare("<=", self.of, self.high)))


@dataclass(frozen=True, slots=True)
class InList:
    """Whether a value is one of some literals."""

    of: "Expression"
    among: tuple[Constant, ...]
    type: ClassVar[ValueType] = ValueType.BOOLEAN


@dataclass(frozen=True, slots=True)
class Like:
    """Whether a text has the form of a pattern: `%` any characters, `_` one character; case matters."""

    of: "Expression"
    pattern: str
    type: ClassVar[ValueType] = ValueType.BOOLEAN


@dataclass(frozen=True, slots=True)
class IsNull:
    """Whether a value is not known."""

    of: "Expression"
    type: ClassVar[ValueType] = ValueType.BOOLEAN


@dataclass(frozen=True, slots=True)
class Not:
    """Negation; of NULL it is NULL."""

    of: "Expression"
    type: ClassVar[ValueType] = ValueType.BOOLEAN


@dataclass(frozen=True, slots=True)
class And:
    """FALSE if any is FALSE, else NULL if any is NULL, else TRUE."""

    of: tuple["Expression", ...]
    type: ClassVar[ValueType] = ValueType.BOOLEAN


@dataclass(frozen=True, slots=True)
class Or:
    """TRUE if any is TRUE, else NULL if any is NULL, else FALSE."""

    of: tuple["Expression", ...]
    type: ClassVar[ValueType] = ValueType.BOOLEAN


Expression = (
    Constant
    | TraitValue
    | Now
    | ToFloat
    | Finite
    | Arithmetic
    | Call
    | Compare
    | Between
    | InList
    | Like
    | IsNull
    | Not
    | And
    | Or
)


def children(node: Expression) -> tuple[Expression, ...]:
    """Return the expressions directly under a node."""
    match node:
        case Constant() | TraitValue() | Now():
            return ()
        case And() | Or():
            return node.of
        case Arithmetic() | Compare():
            return (node.left, node.right)
        case Call():
            return node.arguments
        case Between():
            return (node.of, node.low, node.high)
        case _:
            return (node.of,)


def walk(node: Expression) -> Iterator[Expression]:
    """Yield a node and everything under it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def nullable(node: Expression) -> bool:
    """Tell whether a node can be NULL at all."""
    match node:
        case Constant() | Now() | IsNull():
            return False
        case TraitValue() | Arithmetic() | Finite():
            return True
        case Call(function="abs" | "negate"):
            return True
        case Call(function="coalesce"):
            return all(map(nullable, node.arguments))
        case _:
            return any(map(nullable, children(node)))
