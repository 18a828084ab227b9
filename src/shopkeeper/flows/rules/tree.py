"""A predicate as a builder shows it: groups of conditions, and text where it is beyond what a builder can show.

`text_of(tree_of(p))` reads as `p` again; a property test holds the two together.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal, get_args

import msgspec

from shopkeeper.core.errors import BadInput, nearest
from shopkeeper.core.instant import from_micros
from shopkeeper.core.predicate.tree import (
    And,
    Between,
    Call,
    Compare,
    Constant,
    Expression,
    Finite,
    InList,
    IsNull,
    Not,
    Now,
    Or,
    ToFloat,
    TraitValue,
    Unit,
    ValueType,
)
from shopkeeper.core.predicate.writing import write, written_name, written_text
from shopkeeper.core.trait import TraitType

Operator = Literal[
    "=",
    "<>",
    ">=",
    ">",
    "<=",
    "<",
    "between",
    "in",
    "not in",
    "contains",
    "starts with",
    "is true",
    "is false",
    "longer ago than",
    "within the last",
    "before",
    "from",
    "is known",
    "is not known",
]
"""What a condition asks; `from` includes the instant, `before` does not; `within the last` reaches into the future."""
_DEEPEST: Final = 16
_MOST: Final = 2_000


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="condition"):
    """One condition over one trait.

    values: As they are written, without quotes: `12.50` in major units, `2017-12-04T00:00:00Z`, `wine`. One for most
        operators, two for `between`, none for `is known`, any number for `in`; for `longer ago than` a whole number.
    unit: Of an operator that looks back in time.
    """

    trait: str
    operator: Operator
    values: tuple[str, ...] = ()
    unit: Unit | None = None


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="text"):
    """A part that a builder cannot show, as text."""

    text: str


class AllOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="all"):
    """Every one must hold."""

    of: "tuple[Node, ...]"


class AnyOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="any"):
    """At least one must hold."""

    of: "tuple[Node, ...]"


class NotOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="is", tag="not"):
    """It must not hold."""

    of: "Node"


Node = AllOf | AnyOf | NotOf | Condition | Written

_ORDERED: Final[tuple[Operator, ...]] = (">=", ">", "<=", "<", "=", "<>", "between")
_KNOWN: Final[tuple[Operator, ...]] = ("is known", "is not known")
OPERATORS: Final[Mapping[TraitType, tuple[Operator, ...]]] = {
    TraitType.BOOLEAN: ("is true", "is false", *_KNOWN),
    TraitType.INTEGER: (*_ORDERED, "in", "not in", *_KNOWN),
    TraitType.NUMBER: (*_ORDERED, *_KNOWN),
    TraitType.MONEY: (*_ORDERED, *_KNOWN),
    TraitType.TEXT: ("=", "<>", "in", "not in", "contains", "starts with", *_KNOWN),
    TraitType.INSTANT: ("longer ago than", "within the last", "before", "from", *_KNOWN),
    TraitType.TEXTS: ("contains", *_KNOWN),
}
"""The operators that fit a trait, the most usual first."""


def tree_of(node: Expression) -> Node:
    """Show a predicate's tree as a builder's."""
    match node:
        case And():
            return AllOf(of=tuple(map(tree_of, node.of)))
        case Or():
            return AnyOf(of=tuple(map(tree_of, node.of)))
        case Not():
            return _negated(node)
        case _:
            return _condition(node) or Written(text=write(node, exactly=True))


def _negated(node: Not) -> Node:
    match node.of:
        case IsNull(of=TraitValue() as trait):
            return Condition(trait=trait.name, operator="is known")
        case InList(of=TraitValue() as trait) as listed:
            return _among(trait, listed, "not in") or Written(text=write(node, exactly=True))
        case TraitValue() as trait:
            return Condition(trait=trait.name, operator="is false")
        case And() | Or() | Compare() | Between() | Call() | Not():
            return NotOf(of=tree_of(node.of))
        case _:
            return Written(text=write(node, exactly=True))


def _condition(node: Expression) -> Condition | None:
    match node:
        case TraitValue():
            return Condition(trait=node.name, operator="is true")
        case Compare(left=TraitValue() as trait, right=Now() as now) if now.n < 0 and node.op in _BACK:
            return Condition(trait=trait.name, operator=_BACK[node.op], values=(str(-now.n),), unit=now.unit)
        case Compare(right=Constant() as value):
            return _comparison(node, value)
        case Between(low=Constant() as low, high=Constant() as high):
            return _range(node, _spoken(low), _spoken(high))
        case InList(of=TraitValue() as trait):
            return _among(trait, node, "in")
        case IsNull(of=TraitValue() as trait):
            return Condition(trait=trait.name, operator="is not known")
        case Call(function="contains" | "starts_with", arguments=(TraitValue() as trait, Constant() as part)):
            words: dict[str, Operator] = {"contains": "contains", "starts_with": "starts with"}
            return Condition(trait=trait.name, operator=words[node.function], values=(str(part.value),))
        case _:
            return None


_BACK: Final[Mapping[str, Operator]] = {"<": "longer ago than", ">=": "within the last"}


def _bare(node: Expression) -> TraitValue | None:
    """Return the trait that is compared as it is, also where its whole numbers are turned into others for that."""
    inner = node.of if isinstance(node, ToFloat | Finite) else node
    return inner if isinstance(inner, TraitValue) else None


def _range(node: Between, low: str, high: str) -> Condition | None:
    trait = _bare(node.of)
    if trait is None or "between" not in OPERATORS[TraitType(trait.type.value)]:
        return None
    return Condition(trait=trait.name, operator="between", values=(low, high))


def _comparison(node: Compare, value: Constant) -> Condition | None:
    trait = _bare(node.left)
    if trait is None:
        return None
    operator: Operator | None = node.op
    if trait.type is ValueType.INSTANT:
        operator = {"<": "before", ">=": "from"}.get(node.op)  # type: ignore[assignment]  # words of the Literal
    if operator not in OPERATORS[TraitType(trait.type.value)]:
        return None
    return Condition(trait=trait.name, operator=operator, values=(_spoken(value),))


def _among(trait: TraitValue, node: InList, operator: Literal["in", "not in"]) -> Condition | None:
    if operator not in OPERATORS[TraitType(trait.type.value)]:
        return None
    return Condition(trait=trait.name, operator=operator, values=tuple(map(_spoken, node.among)))


def _spoken(value: Constant) -> str:
    """Write a literal without quotes; of a number, its digits as they mean its type."""
    if value.exact is not None:
        text = f"{value.exact:f}"
        if len(text) > 60:
            text = str(value.exact)
        return f"{text}.0" if value.type is ValueType.NUMBER and text.lstrip("-").isdigit() else text
    if value.type is ValueType.INSTANT and isinstance(value.value, int):
        return from_micros(value.value).isoformat().replace("+00:00", "Z")
    return str(value.value)


def text_of(node: Node, schema: Mapping[str, TraitType]) -> str:
    """Write a builder's tree as the text of a predicate, which is yet to be checked.

    Raises: BadInput: a trait that there is not, an operator that does not fit it, or values that do not fit either.
    """
    return _Writer(schema).write(node, 0)


class _Writer:
    def __init__(self, schema: Mapping[str, TraitType]) -> None:
        self._schema = schema
        self._left = _MOST

    def write(self, node: Node, depth: int) -> str:
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            raise BadInput(f"tree: more than {_DEEPEST} groups within each other, or {_MOST} parts; write it as text")
        match node:
            case AllOf() | AnyOf():
                return self._group(node, depth)
            case NotOf():
                said = self.write(node.of, depth + 1)
                return f"not ({said})"
            case Written():
                return node.text
            case Condition():
                return self._condition(node)

    def _group(self, node: AllOf | AnyOf, depth: int) -> str:
        if not node.of:
            raise BadInput("tree: an empty group; add a condition or take the group away")
        if len(node.of) == 1:
            return self.write(node.of[0], depth + 1)
        word = " and " if isinstance(node, AllOf) else " or "
        return word.join(self._term(part, depth + 1) for part in node.of)

    def _term(self, node: Node, depth: int) -> str:
        said = self.write(node, depth)
        simple = isinstance(node, Condition | NotOf)
        return said if simple else f"({said})"

    def _condition(self, node: Condition) -> str:
        kind = self._schema.get(node.trait)
        if kind is None:
            raise BadInput(f"tree: unknown trait {node.trait[:60]!r}{nearest(node.trait, self._schema)}")
        if node.operator not in OPERATORS[kind]:
            fitting = ", ".join(OPERATORS[kind])
            raise BadInput(f"tree: {node.trait} {node.operator}: a trait of type {kind.value} takes one of {fitting}")
        name = written_name(node.trait)
        bare = _BARE.get(node.operator)
        return bare.format(name) if bare else self._valued(node, name, kind)

    def _valued(self, node: Condition, name: str, kind: TraitType) -> str:
        values = [_literal(node, text, kind) for text in node.values]
        _check_count(node)
        match node.operator:
            case "between":
                return f"{name} between {values[0]} and {values[1]}"
            case "in" | "not in":
                return f"{name} {node.operator} ({', '.join(values)})"
            case "contains":
                return f"contains({name}, {values[0]})"
            case "starts with":
                return f"starts_with({name}, {values[0]})"
            case "longer ago than":
                return f"{name} < now() - interval {_span(node)}"
            case "within the last":
                return f"{name} >= now() - interval {_span(node)}"
            case "before" | "from":
                return f"{name} {'<' if node.operator == 'before' else '>='} {values[0]}"
            case operator:
                return f"{name} {operator} {values[0]}"


_BARE: Final[Mapping[str, str]] = {
    "is true": "{}",
    "is false": "not {}",
    "is known": "{} is not null",
    "is not known": "{} is null",
}
_NUMBER: Final = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_BACKWARD: Final = {"longer ago than", "within the last"}


def _literal(node: Condition, text: str, kind: TraitType) -> str:
    if node.operator in _BACKWARD or kind in {TraitType.TEXT, TraitType.TEXTS, TraitType.INSTANT}:
        return written_text(text)
    if not _NUMBER.fullmatch(text.strip()):
        raise BadInput(f"tree: {node.trait} {node.operator}: expected a number such as 12")
    return text.strip()


def _check_count(node: Condition) -> None:
    n = len(node.values)
    if node.operator == "between" and n != 2:
        raise BadInput(f"tree: {node.trait} between: {n} values, must be 2")
    if node.operator in {"in", "not in"}:
        if n == 0:
            raise BadInput(f"tree: {node.trait} {node.operator}: no values, expected at least one")
    elif node.operator != "between" and n != 1:
        raise BadInput(f"tree: {node.trait} {node.operator}: {n} values, must be 1")


def _span(node: Condition) -> str:
    text = node.values[0].strip()
    if node.unit is None or not text.isascii() or not text.isdigit():
        units = ", ".join(get_args(Unit))
        raise BadInput(f"tree: {node.trait} {node.operator}: expected a whole number and one of the units {units}")
    return f"{int(text)} {node.unit}"
