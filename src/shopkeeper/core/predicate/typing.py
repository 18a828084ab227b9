"""Which types go together, and how literals and integers become what the other side needs."""

from decimal import Decimal

from shopkeeper.core.errors import BadInput
from shopkeeper.core.instant import micros, parse_instant
from shopkeeper.core.predicate.tree import (
    HIGHEST,
    LOWEST,
    Arithmetic,
    Constant,
    Expression,
    Finite,
    Operator,
    ToFloat,
    walk,
)
from shopkeeper.core.predicate.tree import ValueType as T

NUMERIC = frozenset({T.INTEGER, T.NUMBER})
MONETARY = frozenset({T.MONEY, T.AMOUNT})
_MOST_DIVISIONS = 4
_WIDENED = {T.INTEGER: T.NUMBER, T.MONEY: T.AMOUNT}


class Mismatch(Exception):
    """Types that do not go together; the checker adds where."""


_NOUNS = {
    T.BOOLEAN: "a condition",
    T.INTEGER: "an integer",
    T.NUMBER: "a number",
    T.MONEY: "money",
    T.AMOUNT: "money",
    T.TEXT: "a text",
    T.INSTANT: "an instant",
    T.TEXTS: "a list of texts",
}
_EXAMPLES = {
    T.INSTANT: " such as '2017-12-04T00:00:00Z' or now()",
    T.TEXT: " in single quotes",
    T.MONEY: " such as 12.50",
    T.AMOUNT: " such as 12.50",
}


def describe(node: Expression) -> str:
    """Name a node's type for a message: "an integer", "the text 'x'"."""
    if isinstance(node, Constant) and node.type is T.TEXT:
        return f"the text {node.value!r}"
    if isinstance(node, Constant) and node.exact is not None:
        return f"the number {node.exact}"
    return _NOUNS[node.type]


def expected(*types: T) -> str:
    """Name the types that would do: "expected an integer or a number"."""
    return "expected " + " or ".join(dict.fromkeys(_NOUNS[kind] + _EXAMPLES.get(kind, "") for kind in types))


def unify(nodes: list[Expression], *, digits: int) -> list[Expression]:
    """Bring values that are compared or chosen among to one type.

    Literals take the type of the others; an integer beside a number becomes a number, money beside an amount an amount.

    Raises: Mismatch: they have no type in common.
    """
    firm = {node.type for node in nodes if not isinstance(node, Constant)} or {node.type for node in nodes}
    if firm <= NUMERIC:
        literals = {node.type for node in nodes if isinstance(node, Constant)}
        target = T.INTEGER if (firm | literals & NUMERIC) == {T.INTEGER} else T.NUMBER
    elif firm <= MONETARY:
        target = T.MONEY if firm == {T.MONEY} else T.AMOUNT
    elif len(firm) == 1:
        target = next(iter(firm))
    else:
        raise Mismatch(f"{' and '.join(sorted({describe(node) for node in nodes}))} have no common type")
    return [convert(node, target, digits=digits) for node in nodes]


def convert(node: Expression, target: T, *, digits: int) -> Expression:
    """Make a node be of type `target`. Raises: Mismatch: it cannot."""
    if isinstance(node, Constant):
        return _literal(node, target, digits)
    if node.type is target:
        return node
    if _WIDENED.get(node.type) is target:
        return ToFloat(node, target)
    raise Mismatch(f"{describe(node)}, {expected(target)}")


def comparable(node: Expression) -> Expression:
    """Make the result of float64 arithmetic NULL where it is not finite, so that every evaluator compares it alike."""
    real = node.type in {T.NUMBER, T.AMOUNT}
    return Finite(node, node.type) if real and any(isinstance(part, Arithmetic) for part in walk(node)) else node


def arithmetic(op: Operator, left: Expression, right: Expression, *, digits: int) -> Arithmetic:
    """Type `left op right` by the table in docs/reference/predicates.md. Raises: Mismatch: it has no meaning."""
    for node in (left, right):
        if node.type not in NUMERIC | MONETARY:
            raise Mismatch(f"{describe(node)} in arithmetic, expected integer, number or money")
    if op in "+-":
        left, right = unify([left, right], digits=digits)
        return Arithmetic(op, left, right, left.type)
    if op == "*":
        return _product(left, right, digits)
    return _quotient(left, right, digits)


def _product(left: Expression, right: Expression, digits: int) -> Arithmetic:
    types = {left.type, right.type}
    if types <= MONETARY:
        raise Mismatch("money times money has no meaning")
    if T.MONEY in types and T.NUMBER not in types:
        return Arithmetic("*", _firm(left, digits), _firm(right, digits), T.MONEY)
    if types == {T.INTEGER}:
        return Arithmetic("*", _firm(left, digits), _firm(right, digits), T.INTEGER)
    return Arithmetic("*", _real(left, digits), _real(right, digits), T.AMOUNT if types & MONETARY else T.NUMBER)


def _quotient(left: Expression, right: Expression, digits: int) -> Arithmetic:
    if left.type in NUMERIC and right.type in MONETARY:
        raise Mismatch("a plain number divided by money has no meaning")
    if sum(isinstance(part, Arithmetic) and part.op == "/" for part in walk(right)) > _MOST_DIVISIONS:
        raise Mismatch(f"more than {_MOST_DIVISIONS} divisions inside a divisor")
    result = T.AMOUNT if left.type in MONETARY and right.type in NUMERIC else T.NUMBER
    return Arithmetic("/", _real(left, digits), _real(right, digits), result)


def _firm(node: Expression, digits: int) -> Expression:
    return convert(node, node.type, digits=digits)


def _real(node: Expression, digits: int) -> Expression:
    return convert(node, _WIDENED.get(node.type, node.type), digits=digits)


def _literal(node: Constant, target: T, digits: int) -> Constant:
    """Read a literal as a type."""
    if node.exact is not None and target in NUMERIC | MONETARY:
        return Constant(_number(node.exact, target, digits), target, node.exact)
    if node.type is target:
        return node
    if node.type is T.TEXT and target is T.INSTANT:
        try:
            return Constant(micros(parse_instant(str(node.value))), T.INSTANT)
        except BadInput as error:
            raise Mismatch(f"{describe(node)}: {error}, expected '2017-12-04T00:00:00Z' or now()") from None
        except OverflowError:
            raise Mismatch(f"{describe(node)}: expected an instant within the years 1 to 9999") from None
    raise Mismatch(f"{describe(node)}, {expected(target)}")


def _number(exact: Decimal, target: T, digits: int) -> int | float:
    if target in MONETARY:
        exact = exact.scaleb(digits)
    if target in {T.NUMBER, T.AMOUNT}:
        return float(exact)
    if exact != exact.to_integral_value():
        if target is T.INTEGER:
            raise Mismatch(f"the number {exact}, expected a whole number")
        raise Mismatch(f"the number {exact.scaleb(-digits)}, expected money with at most {digits} decimal places")
    if not LOWEST <= exact <= HIGHEST:
        raise Mismatch(f"the number {exact}, must fit in 64 bits")
    return int(exact)
