"""From sqlglot's tree to ours: an allow-list of nodes and functions, each type-checked against the schema."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlglot import exp

from shopkeeper.core.errors import nearest
from shopkeeper.core.predicate.grammar import (
    ARITHMETIC,
    COMPARISONS,
    FUNCTION_NODES,
    FUNCTIONS,
    HINTS,
    LONGEST_YEARS,
    PER_YEAR,
    is_now,
    unit_named,
    word,
)
from shopkeeper.core.predicate.misread import Misread
from shopkeeper.core.predicate.source import Source, span
from shopkeeper.core.predicate.tree import (
    And,
    Between,
    Call,
    Compare,
    Comparison,
    Constant,
    Expression,
    InList,
    IsNull,
    Like,
    Not,
    Now,
    Or,
    TraitValue,
    Unit,
)
from shopkeeper.core.predicate.tree import ValueType as T
from shopkeeper.core.predicate.typing import (
    MONETARY,
    NUMERIC,
    Mismatch,
    arithmetic,
    comparable,
    convert,
    describe,
    expected,
    unify,
)
from shopkeeper.core.trait import TraitType

_DEEPEST = 48
_MOST_LITERALS = 5_000


class Checker:
    """Turns one predicate's sqlglot tree into the typed tree."""

    def __init__(self, source: Source, schema: Mapping[str, TraitType], digits: int) -> None:
        self._source = source
        self._schema = schema
        self._digits = digits
        self._depth = 0

    def condition(self, node: exp.Expr) -> Expression:
        """Check a node that must be TRUE, FALSE or NULL."""
        checked = self.value(node)
        if checked.type is not T.BOOLEAN:
            raise self._error(node, f"{describe(checked)}, expected a condition such as `orders_90d >= 6`")
        return checked

    def value(self, node: exp.Expr) -> Expression:
        """Check a node of any type."""
        if not isinstance(node, exp.Expr):  # sqlglot leaves out what it does not find after some operators
            raise self._source.error("not an SQL condition: something is missing")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error(node, f"nested more than {_DEEPEST} deep")
        try:
            return self._rule(node)(node)
        except Mismatch as mismatch:
            raise self._error(node, str(mismatch)) from None
        finally:
            self._depth -= 1

    def _rule(self, node: exp.Expr) -> Callable[[Any], Expression]:
        kind = type(node)
        if kind in COMPARISONS:
            return self._compare
        if kind in ARITHMETIC:
            return self._arithmetic
        if kind in FUNCTION_NODES:
            return self._call
        rules: dict[type[exp.Expr], Callable[[Any], Expression]] = {
            exp.And: self._junction,
            exp.Or: self._junction,
            exp.Anonymous: self._anonymous,
            exp.Between: self._between,
            exp.Boolean: self._boolean,
            exp.Column: self._column,
            exp.Dot: self._column,
            exp.In: self._in_list,
            exp.Interval: self._bare_interval,
            exp.Is: self._is_null,
            exp.Like: self._like,
            exp.Literal: self._literal,
            exp.Neg: self._negate,
            exp.Not: self._not,
            exp.Paren: self._paren,
        }
        return rules.get(kind, self._unknown)

    def _error(self, node: exp.Expr, message: str) -> Misread:
        return self._source.error(message, span(node))

    def _only(self, node: exp.Expr, *known: str) -> None:
        """Refuse parts of a node that this language does not know (`distinct`, `escape`, …)."""
        odd = [name for name, part in node.args.items() if part and name not in known]
        if odd:
            raise self._error(node, f"`{odd[0].replace('_', ' ')}` with {word(node)}, which predicates do not have")

    def _unknown(self, node: exp.Expr) -> Expression:
        if type(node) in HINTS:
            raise self._error(node, HINTS[type(node)])
        if isinstance(node, exp.Func):
            raise self._unknown_function(node, word(node))
        raise self._error(node, f"{word(node)}, which predicates do not have")

    def _unknown_function(self, node: exp.Expr, name: str) -> Misread:
        known = ", ".join(FUNCTIONS)
        return self._error(node, f"unknown function {name!r}{nearest(name, FUNCTIONS)}; there are {known}")

    # names and literals

    def _column(self, node: exp.Column | exp.Dot) -> Expression:
        parts = node.parts
        if not all(isinstance(part, exp.Identifier) for part in parts):
            raise self._error(node, "expected the name of a trait")
        name = ".".join(part.name for part in parts)
        if name in self._schema:
            return TraitValue(name, T(self._schema[name].value))
        hint = nearest(name, self._schema)
        if not hint and parts[-1].args.get("quoted"):
            hint = f"; a text stands in single quotes: '{name}'"
        raise self._error(node, f"unknown trait {name!r}{hint}")

    def _boolean(self, node: exp.Boolean) -> Expression:
        return Constant(bool(node.this), T.BOOLEAN)

    def _literal(self, node: exp.Literal) -> Expression:
        if node.is_string:
            return Constant(str(node.this), T.TEXT)
        return self._number(node, str(node.this))

    def _number(self, node: exp.Expr, text: str) -> Constant:
        try:
            exact = Decimal(text)
        except InvalidOperation:
            raise self._error(node, "expected a number such as 12.50") from None
        if len(text) > 60 or not exact.is_finite() or abs(exact.adjusted()) > 300:
            raise self._error(node, "a number of more than 60 digits, or beyond 1e300")
        whole = text.isdigit()
        return Constant(int(exact) if whole else float(exact), T.INTEGER if whole else T.NUMBER, exact)

    def _paren(self, node: exp.Paren) -> Expression:
        return self.value(node.this)

    # conditions

    def _junction(self, node: exp.And | exp.Or) -> Expression:
        """Check every term, so that the mistakes of all of them are told at once."""
        terms: list[Expression] = []
        wrong: list[Misread] = []
        pending: list[exp.Expr] = [node]
        while pending:
            part = pending.pop()
            if type(part) is type(node):
                pending += [part.expression, part.this]
            else:
                try:
                    terms.append(self.condition(part))
                except Misread as mistake:
                    wrong.append(mistake)
        if wrong:
            raise wrong[0].followed_by(wrong[1:])
        return And(tuple(terms)) if isinstance(node, exp.And) else Or(tuple(terms))

    def _not(self, node: exp.Not) -> Expression:
        return Not(self.condition(node.this))

    def _compare(self, node: exp.Binary) -> Expression:
        self._only(node, "this", "expression")
        return self._comparison(node, COMPARISONS[type(node)], self._moment(node.this), self._moment(node.expression))

    def _comparison(self, node: exp.Expr, op: Comparison, left: Expression, right: Expression) -> Compare:
        if isinstance(left, Now) and isinstance(right, Now):
            raise self._error(node, "now() compared with now(), expected a trait on one side")
        left, right = self._alike(node, left, right)
        if left.type is T.TEXTS:
            raise self._error(node, "a list of texts cannot be compared, write `contains(list, 'x')`")
        if left.type is T.BOOLEAN and op not in {"=", "<>"}:
            raise self._error(node, f"conditions have no order, so `{op}` has no meaning for them")
        return Compare(op, left, right)

    def _alike(self, node: exp.Expr, *values: Expression) -> list[Expression]:
        return [comparable(value) for value in self._unify(node, *values)]

    def _unify(self, node: exp.Expr, *values: Expression) -> list[Expression]:
        try:
            return unify(list(values), digits=self._digits)
        except Mismatch as mismatch:
            raise self._error(node, f"type mismatch: {mismatch}") from None

    def _between(self, node: exp.Between) -> Expression:
        self._only(node, "this", "low", "high")
        of, low, high = (self._moment(node.args[name]) for name in ("this", "low", "high"))
        first = self._comparison(node, ">=", of, low)
        second = self._comparison(node, "<=", of, high)
        if first.left != second.left:
            of, low, high = self._alike(node, of, low, high)
            return Between(of, low, high)
        return Between(first.left, first.right, second.right)

    def _in_list(self, node: exp.In) -> Expression:
        self._only(node, "this", "expressions")
        of = self.value(node.this)
        if of.type in {T.BOOLEAN, T.TEXTS}:
            raise self._error(node, f"{describe(of)} before `in`, expected a text, a number, money or an instant")
        written = node.expressions
        if not 1 <= len(written) <= _MOST_LITERALS:
            raise self._error(node, f"a list of {len(written)} values, must hold 1 to {_MOST_LITERALS}")
        among = [self.value(part) for part in written]
        if isinstance(of, Constant) or not all(isinstance(part, Constant) for part in among):
            raise self._error(node, "expected a trait before `in` and a list of literals after it")
        of, *literals = self._alike(node, of, *among)
        return InList(of, tuple(literal for literal in literals if isinstance(literal, Constant)))

    def _is_null(self, node: exp.Is) -> Expression:
        self._only(node, "this", "expression")
        if not isinstance(node.expression, exp.Null):
            raise self._error(node, "`is` knows only `is null` and `is not null`")
        return IsNull(comparable(self.value(node.this)))

    def _like(self, node: exp.Like) -> Expression:
        self._only(node, "this", "expression", "negate")
        of = self._as(node.this, T.TEXT)
        pattern = self._text_literal(node.expression)
        if "\\" in pattern:
            raise self._error(node, "a backslash in a pattern: there is no escape, % and _ always stand for others")
        found = Like(of, pattern)
        return Not(found) if node.args.get("negate") else found

    # values

    def _as(self, node: exp.Expr, *types: T) -> Expression:
        checked = self.value(node)
        if checked.type not in types:
            raise self._error(node, f"{describe(checked)}, {expected(*types)}")
        return checked

    def _text_literal(self, node: exp.Expr) -> str:
        checked = self.value(node)
        if not isinstance(checked, Constant) or not isinstance(checked.value, str):
            raise self._error(node, f"{describe(checked)}, expected a literal text in single quotes")
        return checked.value

    def _negate(self, node: exp.Neg) -> Expression:
        of = self._as(node.this, *NUMERIC, *MONETARY)
        if isinstance(of, Constant) and of.exact is not None and not isinstance(of.value, bool | str):
            return Constant(-of.value, of.type, -of.exact)
        return Call("negate", (of,), of.type)

    def _arithmetic(self, node: exp.Binary) -> Expression:
        if any(isinstance(part, exp.Interval) for part in (node.this, node.expression)):
            raise self._error(node, "an interval is allowed on now() only: write `col < now() - interval 45 day`")
        left, right = self.value(node.this), self.value(node.expression)
        return arithmetic(ARITHMETIC[type(node)], left, right, digits=self._digits)

    def _call(self, node: exp.Func) -> Expression:
        function = FUNCTION_NODES[type(node)]
        self._only(node, "this", *{"coalesce": ["expressions"]}.get(function, ["expression"]))
        match function:
            case "lower" | "upper":
                return Call(function, (self._as(node.this, T.TEXT),), T.TEXT)
            case "length":
                return Call(function, (self._as(node.this, T.TEXT, T.TEXTS),), T.INTEGER)
            case "abs":
                of = self._as(node.this, *NUMERIC, *MONETARY)
                return Call(function, (convert(of, of.type, digits=self._digits),), of.type)
            case "coalesce":
                values = self._unify(node, *(self.value(part) for part in (node.this, *node.expressions)))
                return Call(function, tuple(values), values[0].type)
            case _:
                types = [T.TEXT] if function == "starts_with" else [T.TEXTS, T.TEXT]
                part = Constant(self._text_literal(node.expression), T.TEXT)
                return Call(function, (self._as(node.this, *types), part), T.BOOLEAN)

    # instants

    def _moment(self, node: exp.Expr) -> Expression:
        """Check an operand of a comparison, the only place where now() may stand."""
        while isinstance(node, exp.Paren):
            node = node.this
        if is_now(node):
            return Now()
        if isinstance(node, exp.Add | exp.Sub) and isinstance(node.expression, exp.Interval):
            if not is_now(node.this):
                if any(map(is_now, node.this.walk())):
                    raise self._error(node, "more than one interval on now(), expected one")
                name = node.this.sql() if isinstance(node.this, exp.Column) else "col"
                raise self._error(
                    node, f"an interval is allowed on now() only: write `{name} < now() - interval 45 day`"
                )
            n, unit = self._interval(node.expression)
            return Now(n if isinstance(node, exp.Add) else -n, unit)
        return self.value(node)

    def _interval(self, node: exp.Interval) -> tuple[int, Unit]:
        written = node.this.this if isinstance(node.this, exp.Literal) else ""
        unit = unit_named(str(node.args.get("unit") or ""))
        if unit is None:
            raise self._error(node, f"an interval without a unit, expected one of {', '.join(PER_YEAR)}")
        most = LONGEST_YEARS * PER_YEAR[unit]
        n = int(written) if written.isascii() and written.isdigit() and len(written) < 12 else 0
        if not 1 <= n <= most:
            raise self._error(
                node, f"interval == {written or 'no number'} {unit}, must be a whole number in [1, {most}]"
            )
        return n, unit

    def _bare_interval(self, node: exp.Interval) -> Expression:
        raise self._error(node, "an interval is allowed on now() only: write `col < now() - interval 45 day`")

    def _anonymous(self, node: exp.Anonymous) -> Expression:
        if is_now(node):
            raise self._error(node, "now() may only be compared: write `col < now() - interval 45 day`")
        raise self._unknown_function(node, str(node.this).lower())
