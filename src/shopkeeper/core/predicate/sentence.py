"""A predicate in plain English, for the people who did not write it."""

import re
from collections.abc import Callable

from shopkeeper.core.instant import from_micros
from shopkeeper.core.predicate.predicate import Predicate
from shopkeeper.core.predicate.tree import (
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    Comparison,
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
    children,
)

_IS: dict[Comparison, str] = {
    "=": "is",
    "<>": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_TEXT = _IS | {"<": "comes before", "<=": "is or comes before", ">": "comes after", ">=": "is or comes after"}
_WHEN: dict[Comparison, str] = {
    "=": "was at",
    "<>": "was not at",
    "<": "was before",
    "<=": "was not after",
    ">": "was after",
    ">=": "was not before",
}
_AGO: dict[Comparison, str] = {
    "=": "was exactly",
    "<>": "was not exactly",
    "<": "was more than",
    "<=": "was at least",
    ">": "was less than",
    ">=": "was at most",
}
_TODAY: dict[Comparison, str] = {
    "=": "is now",
    "<>": "is not now",
    "<": "is in the past",
    "<=": "is not in the future",
    ">": "is in the future",
    ">=": "is not in the past",
}
_AHEAD: dict[Comparison, str] = {
    "=": "is exactly",
    "<>": "is not exactly",
    "<": "is before",
    "<=": "is not after",
    ">": "is after",
    ">=": "is not before",
}
_OPPOSITE: dict[Comparison, Comparison] = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_MIRRORED: dict[Comparison, Comparison] = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPERATORS = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}
_WINDOW = re.compile(r"_(\d+)d$")


def sentence(predicate: Predicate) -> str:
    """Say what a predicate asks: "orders in 365 days is at least 6 and last order was more than 45 days ago"."""
    return _condition(predicate.tree)


def _condition(node: Expression) -> str:
    match node:
        case And():
            return " and ".join(_part(term) for term in node.of)
        case Or():
            return " or ".join(_part(term) for term in node.of)
        case Not():
            return _denied(node.of)
        case Constant():
            return "always" if node.value else "never"
        case _:
            return _statement(node)


def _statement(node: Expression) -> str:
    match node:
        case Compare():
            return _comparison(node)
        case Between() if any(isinstance(part, Now) for part in children(node)):
            return _condition(node.bounds)
        case Between():
            return f"{_value(node.of)} is between {_value(node.low)} and {_value(node.high)}"
        case InList():
            return f"{_value(node.of)} is {_listed(node, 'one of ')}"
        case Like():
            return f"{_value(node.of)} looks like '{node.pattern}'"
        case IsNull():
            return f"{_value(node.of)} is not known"
        case Call(function="contains" | "starts_with", arguments=(of, part)):
            verb = {"contains": "contains", "starts_with": "starts with"}[node.function]
            return f"{_value(of)} {verb} {_value(part)}"
        case _:
            return f"{_value(node)} is true"


def _denied(node: Expression) -> str:
    match node:
        case Compare():
            return _comparison(Compare(_OPPOSITE[node.op], node.left, node.right))
        case Not():
            return _condition(node.of)
        case InList():
            return f"{_value(node.of)} is {_listed(node, 'none of ', 'not ')}"
        case Like():
            return f"{_value(node.of)} does not look like '{node.pattern}'"
        case IsNull():
            return f"{_value(node.of)} is known"
        case TraitValue():
            return f"{_value(node)} is false"
        case _:
            return f"it is not so that {_part(node)}"


def _part(node: Expression) -> str:
    said = _condition(node)
    return f"({said})" if isinstance(node, And | Or | Between) else said


def _comparison(node: Compare) -> str:
    op, left, right = node.op, node.left, node.right
    if isinstance(left, Now) or (isinstance(left, Constant) and not isinstance(right, Now | Constant)):
        op, left, right = _MIRRORED[op], right, left
    if isinstance(right, Now):
        return f"{_value(left)} {_ago(op, right)}"
    verbs = {ValueType.INSTANT: _WHEN, ValueType.TEXT: _TEXT}.get(left.type, _IS)
    return f"{_value(left)} {verbs[op]} {_value(right)}"


def _ago(op: Comparison, now: Now) -> str:
    if now.n == 0:
        return _TODAY[op]
    span = f"{abs(now.n)} {now.unit}{'' if abs(now.n) == 1 else 's'}"
    if now.n < 0:
        return f"{_AGO[op]} {span} ago"
    return f"{_AHEAD[op]} {span} from now"


def _listed(node: InList, many: str, one: str = "") -> str:
    values = [_value(constant) for constant in node.among]
    return one + values[0] if len(values) == 1 else many + ", ".join(values)


def _value(node: Expression) -> str:
    match node:
        case TraitValue():
            return trait_words(node.name)
        case Constant():
            return _constant(node)
        case ToFloat() | Finite():
            return _value(node.of)
        case Arithmetic():
            return f"{_operand(node.left)} {_OPERATORS[node.op]} {_operand(node.right)}"
        case Call():
            return _call(node)
        case Now():
            return "now" if node.n == 0 else f"{abs(node.n)} {node.unit}s {'ago' if node.n < 0 else 'from now'}"
        case _:
            return f"({_condition(node)})"


def _operand(node: Expression) -> str:
    inner = node.of if isinstance(node, ToFloat) else node
    return f"({_value(inner)})" if isinstance(inner, Arithmetic) else _value(inner)


def _call(node: Call) -> str:
    first, *others = [_value(argument) for argument in node.arguments]
    said: dict[str, Callable[[], str]] = {
        "lower": lambda: f"{first} in lower case",
        "upper": lambda: f"{first} in upper case",
        "length": lambda: f"the length of {first}",
        "abs": lambda: f"the absolute value of {first}",
        "negate": lambda: f"minus {first}",
        "coalesce": lambda: f"{first} (if not known, {', then '.join(others)})" if others else first,
    }
    return said[node.function]() if node.function in said else f"({_condition(node)})"


def trait_words(name: str) -> str:
    """Name a trait in words: `orders_365d` is "orders in 365 days"."""
    return _WINDOW.sub(r" in \1 days", name).replace("_", " ").replace(".", " ")


def _constant(node: Constant) -> str:
    if node.exact is not None:
        return f"{node.exact}"
    if node.type is ValueType.INSTANT and isinstance(node.value, int):
        return from_micros(node.value).isoformat().replace("+00:00", "Z")
    if isinstance(node.value, bool):
        return str(node.value).lower()
    return f"'{node.value}'"
