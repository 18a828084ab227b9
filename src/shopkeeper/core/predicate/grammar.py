"""What of SQL is in the language: sqlglot's nodes and functions that have a meaning here, and hints for the rest."""

from sqlglot import exp

from shopkeeper.core.predicate.tree import Comparison, Function, Operator, Unit

FUNCTIONS = ("abs", "coalesce", "contains", "length", "lower", "now", "starts_with", "upper")
LONGEST_YEARS = 200
PER_YEAR: dict[Unit, int] = {"minute": 525_600, "hour": 8_760, "day": 365, "week": 52, "month": 12, "year": 1}

COMPARISONS: dict[type[exp.Expr], Comparison] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
ARITHMETIC: dict[type[exp.Expr], Operator] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
FUNCTION_NODES: dict[type[exp.Expr], Function] = {
    exp.Abs: "abs",
    exp.Coalesce: "coalesce",
    exp.Contains: "contains",
    exp.Length: "length",
    exp.Lower: "lower",
    exp.StartsWith: "starts_with",
    exp.Upper: "upper",
}
HINTS: dict[type[exp.Expr], str] = {
    exp.ILike: "ilike: write `lower(x) like '…'`",
    exp.Null: "null: write `x is null`",
    exp.CurrentTimestamp: "current_timestamp: write `now()`",
    exp.CurrentDate: "current_date: write `now()`",
    exp.Subquery: "a subquery: a predicate reads the traits of one customer",
    exp.Select: "a subquery: a predicate reads the traits of one customer",
    exp.Case: "case: write it with `and`, `or`, `not`",
    exp.Cast: "a cast: types come from the traits",
    exp.DPipe: "`||`: texts cannot be joined",
    exp.Mod: "`%`: the operators are + - * /",
    exp.IntDiv: "`//`: the operators are + - * /",
    exp.Tuple: "a list: lists stand after `in` only",
}


def is_now(node: exp.Expr) -> bool:
    """Tell whether a node is `now()`."""
    return isinstance(node, exp.Anonymous) and str(node.this).lower() == "now" and not node.expressions


def unit_named(written: str) -> Unit | None:
    """Return the unit of an interval, in the singular or the plural, or None."""
    singular = written.lower().removesuffix("s")
    return next((unit for unit in PER_YEAR if unit == singular), None)


def word(node: exp.Expr) -> str:
    """Name a node for a message."""
    return node.sql_name().lower() if isinstance(node, exp.Func) else type(node).__name__.lower()
