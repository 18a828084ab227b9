"""From the typed tree back to text: one way of writing each predicate, which reads as the same tree again."""

import re
from collections.abc import Mapping
from typing import Final

from shopkeeper.core.errors import BadInput
from shopkeeper.core.instant import from_micros
from shopkeeper.core.predicate.predicate import Predicate, parse_predicate
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
from shopkeeper.core.trait import TraitType

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_LONGEST: Final = 60


def canonical(predicate: Predicate, schema: Mapping[str, TraitType], *, digits: int) -> str:
    """Write a predicate in its one form; where that would not read as the same tree, return it as it was written.

    Args:
        schema, digits: What it was parsed with.
    """
    for exactly in (False, True):
        text = write(predicate.tree, exactly=exactly)
        try:
            again = parse_predicate(text, schema, place="", digits=digits)
        except BadInput:
            continue
        if again.tree == predicate.tree:
            return text
    return predicate.text.strip()


def write(node: Expression, *, exactly: bool = False) -> str:
    """Write a tree as SQL.

    Args:
        exactly: Write whole numbers of the type number as `2.0`, which reads as a number even where no other one is by.
    """
    return _Writer(exactly).condition(node)


def written_name(name: str) -> str:
    """Write a trait's name, in double quotes where it has signs of its own."""
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def written_text(text: str) -> str:
    """Write a text literal."""
    return "'" + text.replace("'", "''") + "'"


class _Writer:
    def __init__(self, exactly: bool) -> None:
        self._exactly = exactly

    def condition(self, node: Expression) -> str:
        match node:
            case And() | Or():
                word = " and " if isinstance(node, And) else " or "
                return word.join(self._term(part) for part in node.of)
            case Not():
                return self._denied(node.of)
            case Compare():
                return f"{self._operand(node.left)} {node.op} {self._operand(node.right)}"
            case Between():
                return f"{self._operand(node.of)} between {self._operand(node.low)} and {self._operand(node.high)}"
            case InList():
                return self._listed(node, "in")
            case Like():
                return f"{self._operand(node.of)} like {written_text(node.pattern)}"
            case IsNull():
                return f"{self._operand(node.of)} is null"
            case _:
                return self._value(node)

    def _term(self, node: Expression) -> str:
        said = self.condition(node)
        return f"({said})" if isinstance(node, And | Or) else said

    def _denied(self, of: Expression) -> str:
        match of:
            case InList():
                return self._listed(of, "not in")
            case Like():
                return f"{self._operand(of.of)} not like {written_text(of.pattern)}"
            case IsNull():
                return f"{self._operand(of.of)} is not null"
            case TraitValue() | Call() | Constant():
                return f"not {self.condition(of)}"
            case _:
                return f"not ({self.condition(of)})"

    def _listed(self, node: InList, word: str) -> str:
        return f"{self._operand(node.of)} {word} ({', '.join(map(self._constant, node.among))})"

    def _value(self, node: Expression) -> str:
        match node:
            case TraitValue():
                return written_name(node.name)
            case Constant():
                return self._constant(node)
            case Now():
                return _now(node)
            case ToFloat() | Finite():
                return self._value(node.of)
            case Arithmetic():
                return f"{self._factor(node.left)} {node.op} {self._factor(node.right)}"
            case Call(function="negate", arguments=(of,)):
                return f"-({self._value(of)})"
            case Call():
                return f"{node.function}({', '.join(map(self._argument, node.arguments))})"
            case _:
                return self.condition(node)

    def _argument(self, node: Expression) -> str:
        return self.condition(node) if node.type is ValueType.BOOLEAN else self._value(node)

    def _operand(self, node: Expression) -> str:
        """Write what is compared: a condition there stands in brackets."""
        loose = node.type is ValueType.BOOLEAN and not isinstance(node, TraitValue | Constant | Call)
        return f"({self.condition(node)})" if loose else self._value(node)

    def _factor(self, node: Expression) -> str:
        inner = node.of if isinstance(node, ToFloat | Finite) else node
        said = self._value(inner)
        return f"({said})" if isinstance(inner, Arithmetic) or said.startswith("-") else said

    def _constant(self, node: Constant) -> str:
        if node.exact is not None:
            return self._number(node)
        if node.type is ValueType.INSTANT and isinstance(node.value, int):
            return written_text(from_micros(node.value).isoformat().replace("+00:00", "Z"))
        if isinstance(node.value, bool):
            return "true" if node.value else "false"
        return written_text(str(node.value))

    def _number(self, node: Constant) -> str:
        written = f"{node.exact:f}"
        if len(written) > _LONGEST:
            return str(node.exact)
        return f"{written}.0" if self._exactly and node.type is ValueType.NUMBER and "." not in written else written


def _now(node: Now) -> str:
    if node.n == 0:
        return "now()"
    return f"now() {'-' if node.n < 0 else '+'} interval {abs(node.n)} {node.unit}"
