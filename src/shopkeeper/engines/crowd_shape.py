"""How traits are spread over everybody, and over the people inside and outside of a segment."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import ibis
from ibis.expr.types import NumericColumn, Table

from shopkeeper.core.predicate import Moment, Predicate
from shopkeeper.core.trait import TraitType
from shopkeeper.engines.crowd import CrowdTable
from shopkeeper.engines.predicates import ibis_predicate

QUANTILES = (0.1, 0.5, 0.9)
MEASURED = frozenset({TraitType.INTEGER, TraitType.NUMBER, TraitType.MONEY, TraitType.INSTANT, TraitType.BOOLEAN})
"""Types whose values have a mean; of a boolean it is the share of those for whom it is true."""


class Spread(NamedTuple):
    """One trait over everybody. quantiles: At `QUANTILES`, None where nothing is known or values have no order."""

    known: int
    quantiles: tuple[float, ...] | None


class Side(NamedTuple):
    """One measured trait inside or outside of a segment. mean, variance: None where too few values are known."""

    customers: int
    known: int
    mean: float | None
    variance: float | None


class Category(NamedTuple):
    """One value, and how many customers have it; inside and outside where two sides are compared."""

    value: str
    inside: int
    outside: int


def spreads(crowd: CrowdTable, types: Mapping[str, TraitType]) -> dict[str, Spread]:
    """Return how many values of each trait are known, and their quantiles."""
    if not types:
        return {}
    asked: dict[str, Any] = {}
    for name, kind in types.items():
        column = crowd.beside[name]
        asked[f"n__{name}"] = column.count()
        if kind in MEASURED and kind != TraitType.BOOLEAN:
            asked |= {f"q{i}__{name}": column.quantile(at) for i, at in enumerate(QUANTILES)}
    row = crowd.beside.aggregate(**asked).to_pyarrow().to_pylist()[0]
    return {name: Spread(int(row[f"n__{name}"]), _quantiles(row, name)) for name in types}


def _quantiles(row: Mapping[str, Any], name: str) -> tuple[float, ...] | None:
    found = [row.get(f"q{i}__{name}") for i in range(len(QUANTILES))]
    return None if any(one is None for one in found) else tuple(float(one) for one in found if one is not None)


def top_values(crowd: CrowdTable, name: str, kind: TraitType, *, n: int) -> list[Category]:
    """Return the values that most customers have; `outside` is 0."""
    values = _values(crowd.beside.mutate(sk__in=ibis.literal(True)), name, kind)
    return [one for one in _counted(values, n) if one.inside][:n]


def sides(crowd: CrowdTable, predicate: Predicate, names: Sequence[str], moment: Moment) -> dict[str, dict[bool, Side]]:
    """Return count, mean and sample variance of measured traits inside and outside of a predicate."""
    split = _split(crowd, predicate, moment)
    asked: dict[str, Any] = {"customers": split.count()}
    for name in names:
        column = _number(split, name)
        asked |= {f"n__{name}": column.count(), f"m__{name}": column.mean(), f"v__{name}": column.var(how="sample")}
    rows = split.group_by("sk__in").aggregate(**asked).to_pyarrow().to_pylist()
    return {
        name: {
            row["sk__in"]: Side(row["customers"], row[f"n__{name}"], row[f"m__{name}"], row[f"v__{name}"])
            for row in rows
        }
        for name in names
    }


def categories(
    crowd: CrowdTable, predicate: Predicate, name: str, kind: TraitType, *, moment: Moment, n: int
) -> list[Category]:
    """Return the values of a text that most customers inside have, and those that most have outside."""
    return _counted(_values(_split(crowd, predicate, moment), name, kind), n)


def known(crowd: CrowdTable, predicate: Predicate, names: Sequence[str], moment: Moment) -> dict[str, dict[bool, int]]:
    """Return of how many customers inside and outside each trait is known."""
    split = _split(crowd, predicate, moment)
    rows = split.group_by("sk__in").aggregate(**{name: split[name].count() for name in names}).to_pyarrow().to_pylist()
    return {name: {row["sk__in"]: int(row[name]) for row in rows} for name in names}


def _split(crowd: CrowdTable, predicate: Predicate, moment: Moment) -> Table:
    return crowd.beside.mutate(sk__in=ibis_predicate(predicate, crowd.beside, moment).fill_null(False))


def _number(table: Table, name: str) -> NumericColumn:
    return table[name].cast("float64")


def _values(split: Table, name: str, kind: TraitType) -> Table:
    rows = split.filter(split[name].notnull()).select("sk__in", sk__value=split[name])
    return rows.mutate(sk__value=rows.sk__value.unnest()) if kind == TraitType.TEXTS else rows


def _counted(values: Table, n: int) -> list[Category]:
    counts = values.group_by("sk__value").aggregate(inside=values.sk__in.sum(), outside=(~values.sk__in).sum())
    ranked = counts.mutate(
        sk__i=ibis.row_number().over(order_by=[counts.inside.desc(), counts.sk__value]),
        sk__o=ibis.row_number().over(order_by=[counts.outside.desc(), counts.sk__value]),
    )
    top = ranked.filter((ranked.sk__i < n) | ((ranked.sk__o < n) & (ranked.outside > 0))).order_by("sk__i")
    rows = top.to_pyarrow().to_pylist()
    return [Category(str(row["sk__value"]), int(row["inside"] or 0), int(row["outside"] or 0)) for row in rows]
