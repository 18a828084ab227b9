"""The predicate language for everybody at once: from the typed tree to an Ibis expression.

It means the same as the function that core/predicate/compile.py makes; a property test holds the two together.
"""

from collections.abc import Callable, Sequence
from operator import add, and_, eq, ge, gt, le, lt, mul, ne, or_, sub
from sys import float_info
from typing import Any

import ibis
from ibis.expr import types as ir

from shopkeeper.core.errors import BadInput
from shopkeeper.core.predicate import Moment, Predicate
from shopkeeper.core.predicate.tree import (
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    Constant,
    Expression,
    Finite,
    InList,
    IsNull,
    Like,
    Not,
    Now,
    Or,
    ToFloat,
    TraitValue,
    ValueType,
)

COLUMN_TYPES = {
    ValueType.BOOLEAN: "boolean",
    ValueType.INTEGER: "int64",
    ValueType.NUMBER: "float64",
    ValueType.MONEY: "int64",
    ValueType.TEXT: "string",
    ValueType.INSTANT: "int64",
    ValueType.TEXTS: "array<string>",
    ValueType.AMOUNT: "float64",
}
"""The Ibis type of a column that holds a trait: money in minor units, instants in microseconds since 1970 UTC."""

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {"=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_WHOLE = {ValueType.INTEGER, ValueType.MONEY}
_EXACT = "decimal(19, 0)"
"""Holds an int64; sums and products of two of it are exact in 38 digits."""


def ibis_predicate(predicate: Predicate, table: ir.Table, moment: Moment) -> ir.BooleanValue:
    """Make the expression that evaluates a predicate for each row of a table.

    Args:
        table: One column per trait that the predicate reads, by the trait's name, of its type in COLUMN_TYPES.
        moment: What now() means; shifted instants enter as constants.

    Returns: A boolean expression, NULL where the predicate is.
    Raises: BadInput: the table lacks a column.
    """
    missing = sorted(predicate.reads - set(table.columns))
    if missing:
        raise BadInput(f"predicate over a table without column {missing[0]!r}, must have one for each trait it reads")
    return _Translation(table, moment).translate(predicate.tree)


class _Translation:
    def __init__(self, table: ir.Table, moment: Moment) -> None:
        self._table = table
        self._moment = moment

    def translate(self, node: Expression) -> Any:
        match node:
            case Constant():
                return _literal(node.value, node.type)
            case TraitValue():
                return self._table[node.name]
            case Now():
                return _literal(self._moment.shift(node.n, node.unit), ValueType.INSTANT)
            case ToFloat():
                return self.translate(node.of).cast("float64")
            case Finite():
                of = self.translate(node.of)
                return ibis.ifelse(of.between(-float_info.max, float_info.max), of, ibis.null("float64"))
            case Arithmetic():
                return self._arithmetic(node)
            case Call():
                return self._call(node)
            case _:
                return self._condition(node)

    def _condition(self, node: Expression) -> Any:
        match node:
            case And():
                return _balanced(and_, [self.translate(part) for part in node.of])
            case Or():
                return _balanced(or_, [self.translate(part) for part in node.of])
            case Not():
                return ~self.translate(node.of)
            case Compare():
                return _COMPARE[node.op](self._operand(node.left), self._operand(node.right))
            case Between():
                return self.translate(node.of).between(self.translate(node.low), self.translate(node.high))
            case InList():
                return self.translate(node.of).isin([self.translate(constant) for constant in node.among])
            case Like():
                return self.translate(node.of).like(node.pattern)
            case IsNull():
                return self._operand(node.of).isnull()
            case _:
                raise TypeError(type(node).__name__)

    def _operand(self, node: Expression) -> Any:
        """Translate what is compared or tested for NULL.

        Ibis 12 writes `NOT (a) = b` for `(not a) = b`, which SQL reads as `not (a = b)`; a call keeps them apart.
        """
        written = self.translate(node)
        return ibis.coalesce(written) if isinstance(node, Not | Between | InList | Like) else written

    def _arithmetic(self, node: Arithmetic) -> Any:
        left, right = self.translate(node.left), self.translate(node.right)
        if node.op == "/":
            return left / right.nullif(0.0)
        operation = {"+": add, "-": sub, "*": mul}[node.op]
        if node.type in _WHOLE:
            return operation(left.cast(_EXACT), right.cast(_EXACT)).try_cast("int64")
        return operation(left, right)

    def _call(self, node: Call) -> Any:
        first, *others = [self.translate(argument) for argument in node.arguments]
        match node.function:
            case "lower":
                return first.lower()
            case "upper":
                return first.upper()
            case "length":
                return first.length().cast("int64")
            case "coalesce":
                return ibis.coalesce(first, *others)
            case "contains":
                return first.contains(others[0])
            case "starts_with":
                return first.startswith(others[0])
            case "abs":
                return first.cast(_EXACT).abs().try_cast("int64") if node.type in _WHOLE else first.abs()
            case "negate":
                return (-first.cast(_EXACT)).try_cast("int64") if node.type in _WHOLE else -first


def _literal(value: bool | int | float | str, kind: ValueType) -> Any:
    """Write a literal; a float by its text, since SQL reads 0.1 as a decimal, whose cast may miss the last bit."""
    if isinstance(value, float):
        return ibis.literal(repr(value)).cast("float64")
    return ibis.literal(value, type=COLUMN_TYPES[kind])


def _balanced(join: Callable[[Any, Any], Any], parts: Sequence[Any]) -> Any:
    """Join many conditions as a balanced tree: a chain of thousands would be nested too deeply for SQL."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return join(_balanced(join, parts[:middle]), _balanced(join, parts[middle:]))
