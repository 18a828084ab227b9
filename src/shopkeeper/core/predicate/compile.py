"""From the typed tree to a Python function, built as `ast` nodes: no text of a definition becomes code.

Names in the generated function are numbered by us; what a definition holds enters as constants only.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from sys import float_info
from types import CodeType, FunctionType
from typing import NamedTuple, cast

from shopkeeper.core.predicate import text
from shopkeeper.core.predicate.moment import Moment
from shopkeeper.core.predicate.predicate import Predicate
from shopkeeper.core.predicate.tree import (
    HIGHEST,
    LOWEST,
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
    nullable,
    walk,
)
from shopkeeper.core.trait import Value

Evaluate = Callable[[Mapping[str, Value], Moment], Value]

_COMPARE: dict[str, type[ast.cmpop]] = {
    "=": ast.Eq,
    "<>": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}
_ARITHMETIC: dict[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div}


def compile_predicate(predicate: Predicate) -> Callable[[Mapping[str, Value], Moment], bool | None]:
    """Make the function that evaluates a predicate for one customer: True, False, or None for NULL.

    It takes the values of traits by name (one that is absent is NULL) and the moment that now() means.
    """
    return cast(Callable[[Mapping[str, Value], Moment], bool | None], compile_expression(predicate.tree))


def compile_expression(tree: Expression) -> Evaluate:
    """Make the function that evaluates an expression of any type."""
    writer = _Writer()
    answer = ast.Return(writer.write(tree))
    body = [*_prologue({node for node in walk(tree) if isinstance(node, Now)}), answer]
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg("values"), ast.arg("moment")], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    function = ast.FunctionDef(name="evaluate", args=arguments, body=body, decorator_list=[])
    module = ast.fix_missing_locations(ast.Module([function], type_ignores=[]))
    made = compile(module, "<predicate>", "exec").co_consts
    code = next(constant for constant in made if isinstance(constant, CodeType))
    return cast(Evaluate, FunctionType(code, writer.known))


def _prologue(instants: set[Now]) -> list[ast.stmt]:
    """Write what runs first: the moment works out the instants that it does not know yet."""
    body: list[ast.stmt] = []
    if instants:
        shifted = ast.Name("shifted", ast.Store())
        body.append(ast.Assign([shifted], _attribute("moment", "shifted")))
    for now in sorted(instants, key=lambda now: (now.unit, now.n)):
        missing = ast.Compare(_constant((now.n, now.unit)), [ast.NotIn()], [_name("shifted")])
        arguments: list[ast.expr] = [ast.Constant(now.n), ast.Constant(now.unit)]
        body.append(ast.If(missing, [ast.Expr(ast.Call(_attribute("moment", "shift"), arguments, []))], []))
    return body


class _Writer:
    """Writes one expression; `known` are the functions that it calls by name."""

    def __init__(self) -> None:
        self.known: dict[str, object] = {"lower": text.lower, "upper": text.upper, "len": len, "abs": abs}
        self._names = 0

    def write(self, node: Expression) -> ast.expr:
        """Return an expression whose value is the node's, None for NULL."""
        match node:
            case Constant():
                return ast.Constant(node.value)
            case TraitValue():
                return ast.Call(_attribute("values", "get"), [ast.Constant(node.name)], [])
            case Now():
                return ast.Subscript(_name("shifted"), _constant((node.n, node.unit)), ast.Load())
            case And() | Or():
                return self._junction(node)
            case Between() if nullable(node.low) or nullable(node.high):
                return self._junction(node.bounds)
            case IsNull():
                return _is_null(self.write(node.of)) if nullable(node.of) else ast.Constant(False)
            case Call(function="coalesce"):
                return self._coalesce(node.arguments)
            case _:
                return _unless_null(*self._strict(node))

    def _strict(self, node: Expression) -> "_Strict":
        """Write a node that is NULL as soon as one of its operands is: its operands, and its value when none is."""
        match node:
            case Compare():
                left, right = self._given(node.left), self._given(node.right)
                return [left, right], ast.Compare(left.name, [_COMPARE[node.op]()], [right.name])
            case Between():
                of, low, high = self._given(node.of), self._given(node.low), self._given(node.high)
                return [of, low, high], ast.Compare(low.name, [ast.LtE(), ast.LtE()], [of.name, high.name])
            case InList():
                of = self._given(node.of)
                among = _constant(frozenset(constant.value for constant in node.among))
                return [of], ast.Compare(of.name, [ast.In()], [among])
            case Like():
                of = self._given(node.of)
                return [of], self._like(of.name, node.pattern)
            case Not():
                of = self._given(node.of)
                return [of], ast.UnaryOp(ast.Not(), of.name)
            case ToFloat():
                of = self._given(node.of)
                return [of], ast.BinOp(of.name, ast.Add(), ast.Constant(0.0))
            case Finite():
                of = self._given(node.of)
                return [of], self._within(of.name, -float_info.max, float_info.max)
            case Arithmetic():
                return self._arithmetic(node)
            case Call():
                return self._call(node)
            case _:
                of = self._given(node)
                return [of], of.name

    def _given(self, node: Expression) -> "_Given":
        """Write an operand; one that can be NULL is kept under a name, to be tested before it is used."""
        written = self.write(node)
        if not nullable(node):
            return _Given(written)
        name = self._new()
        return _Given(_name(name), ast.NamedExpr(ast.Name(name, ast.Store()), written))

    def _new(self) -> str:
        self._names += 1
        return f"v{self._names}"

    def _junction(self, node: And | Or) -> ast.expr:
        """Write `and` (FALSE decides) or `or` (TRUE decides): decided by any, else NULL if any is, else the other."""
        decisive = isinstance(node, Or)
        decided: list[ast.expr] = []
        unknown: list[ast.expr] = []
        for term in node.of:
            test, nulls = self._decided(term, decisive)
            decided.append(test)
            unknown += nulls
        other: ast.expr = ast.Constant(not decisive)
        if unknown:
            other = ast.IfExp(_joined(ast.Or(), unknown), ast.Constant(None), other)
        return ast.IfExp(_joined(ast.Or(), decided), ast.Constant(decisive), other)

    def _decided(self, node: Expression, decisive: bool) -> tuple[ast.expr, list[ast.expr]]:
        """Write the test that a condition has the decisive value, and the tests, to run after it, that it is NULL."""
        match node:
            case Not():
                return self._decided(node.of, not decisive)
            case Compare() | InList() | Like():
                operands, result = self._strict(node)
            case _:
                operand = self._given(node)
                operands, result = [operand], operand.name
        kept = [operand for operand in operands if operand.kept is not None]
        test = result if decisive else ast.UnaryOp(ast.Not(), result)
        known = [ast.Compare(operand.first, [ast.IsNot()], [ast.Constant(None)]) for operand in kept]
        return _joined(ast.And(), [*known, test]), [_is_null(operand.name) for operand in kept]

    def _coalesce(self, arguments: Sequence[Expression]) -> ast.expr:
        before = [self._given(node) for node in arguments[:-1]]
        written = self.write(arguments[-1])
        for given in reversed(before):
            written = given.name if given.kept is None else ast.IfExp(_is_null(given.first), written, given.name)
        return written

    def _arithmetic(self, node: Arithmetic) -> "_Strict":
        left, right = self._given(node.left), self._given(node.right)
        result: ast.expr = ast.BinOp(left.name, _ARITHMETIC[node.op](), right.name)
        if node.op == "/":
            zero = ast.Compare(right.name, [ast.Eq()], [ast.Constant(0.0)])
            result = ast.IfExp(zero, ast.Constant(None), result)
        return [left, right], self._in_range(result, node.type)

    def _in_range(self, written: ast.expr, kind: ValueType) -> ast.expr:
        """Make a whole result NULL that int64 cannot hold."""
        whole = kind in {ValueType.INTEGER, ValueType.MONEY}
        return self._within(written, LOWEST, HIGHEST) if whole else written

    def _within(self, written: ast.expr, low: float, high: float) -> ast.expr:
        name = self._new()
        kept = ast.NamedExpr(ast.Name(name, ast.Store()), written)
        within = ast.Compare(ast.Constant(low), [ast.LtE(), ast.LtE()], [kept, ast.Constant(high)])
        return ast.IfExp(within, _name(name), ast.Constant(None))

    def _call(self, node: Call) -> "_Strict":
        given = [self._given(argument) for argument in node.arguments]
        first = given[0].name
        match node.function:
            case "contains":
                result: ast.expr = ast.Compare(given[1].name, [ast.In()], [first])
            case "starts_with":
                result = ast.Call(ast.Attribute(first, "startswith", ast.Load()), [given[1].name], [])
            case "length":
                result = _call("len", first)
            case "negate":
                result = self._in_range(ast.UnaryOp(ast.USub(), first), node.type)
            case "abs":
                result = self._in_range(_call("abs", first), node.type)
            case _:
                result = _call(node.function, first)
        return given, result

    def _like(self, of: ast.expr, pattern: str) -> ast.expr:
        if not set(pattern) & {"%", "_"}:
            return ast.Compare(of, [ast.Eq()], [ast.Constant(pattern)])
        name = f"like{len(self.known)}"
        self.known[name] = text.like(pattern)
        return _call(name, of)


class _Given(NamedTuple):
    """An operand that was written: how to read it, and where it must be computed and kept before, if so."""

    name: ast.expr
    kept: ast.NamedExpr | None = None

    @property
    def first(self) -> ast.expr:
        """How to read it the first time."""
        return self.kept or self.name


_Strict = tuple[list[_Given], ast.expr]


def _unless_null(given: Sequence[_Given], result: ast.expr) -> ast.expr:
    tests = [_is_null(operand.first) for operand in given if operand.kept is not None]
    return ast.IfExp(_joined(ast.Or(), tests), ast.Constant(None), result) if tests else result


def _joined(op: ast.boolop, tests: list[ast.expr]) -> ast.expr:
    return tests[0] if len(tests) == 1 else ast.BoolOp(op, tests)


def _is_null(written: ast.expr) -> ast.expr:
    return ast.Compare(written, [ast.Is()], [ast.Constant(None)])


def _constant(value: object) -> ast.Constant:
    """Write a constant; the stubs do not know that tuples and frozen sets are allowed."""
    return ast.Constant(cast(str, value))


def _attribute(name: str, attribute: str) -> ast.Attribute:
    return ast.Attribute(_name(name), attribute, ast.Load())


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _call(name: str, argument: ast.expr) -> ast.expr:
    return ast.Call(_name(name), [argument], [])
