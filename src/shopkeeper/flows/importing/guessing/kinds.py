"""What kind of table it is, by the fields that its columns can fill."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from shopkeeper.flows.importing.guessing.assigning import Assignment, Column, assign
from shopkeeper.flows.importing.guessing.fields import EVIDENCE, FIELDS
from shopkeeper.flows.importing.guessing.values import Values
from shopkeeper.flows.importing.guessing.words import concepts

UNIQUE = 0.98
"""Share of distinct values from which a column names its rows."""


class Weighed(NamedTuple):
    """One kind: how well the table fits it, from 0 to 1, the evidence, and which column would be which field."""

    kind: str
    confidence: float
    evidence: str
    columns: Mapping[int, Assignment]


def weigh_kinds(columns: Sequence[Column]) -> list[Weighed]:
    """Weigh every kind, the best first."""
    found = [_weigh(kind, columns) for kind in FIELDS]
    return sorted(found, key=lambda one: -one.confidence)


def _weigh(kind: str, columns: Sequence[Column]) -> Weighed:
    assigned = assign(kind, columns)
    sure: dict[str, float] = {}
    for one in assigned.values():
        sure[one.field.name] = max(sure.get(one.field.name, 0), one.confidence)
    if kind == "orders" and "price" in sure:
        sure["amount"] = max(sure.get("amount", 0), sure["price"])
    required = [field.name for field in FIELDS[kind] if field.required]
    base = sum(sure.get(name, 0) for name in required) / len(required)
    missing = [field.label.lower() for field in FIELDS[kind] if field.required and field.name not in sure]
    extra = sum(sure.get(name, 0) for name in EVIDENCE[kind])
    fit = (base if not missing else base * 0.4) * (0.7 + 0.1 * min(extra, 3)) * _shape(kind, columns, assigned)
    return Weighed(kind, round(min(fit, 0.99), 2), _words(columns, assigned, missing), assigned)


def _shape(kind: str, columns: Sequence[Column], assigned: Mapping[int, Assignment]) -> float:
    """Weigh what no single column tells: whether rows are things of their own, and what else there is."""
    names = {one.field.name: columns[place].values for place, one in assigned.items()}
    speaks = {concept for column in columns for concept, sure in _said(column).items() if sure > 0.6}
    own = names.get("customer" if kind == "customers" else "id")
    match kind:
        case "orders":
            return 1.2 if names.get("order_id") and names["order_id"].unique < UNIQUE else 1.0
        case "customers":
            return (1.3 if own and own.unique >= UNIQUE else 0.5) * (0.6 if speaks & {"order_id", "product_id"} else 1)
        case "consents":
            return _shape_of_consents(names, speaks)
        case "items" | "places":
            busy = speaks & {"customer", "order_id"} or (kind == "places" and "product_id" in speaks)
            return (1.2 if own and own.unique >= UNIQUE else 0.5) * (0.4 if busy else 1)
        case "offers" | "stock":
            return 0.5 if speaks & {"customer", "order_id"} else 1.1
    return 0.7 if {"order_id", "product_id"} <= speaks else 1.0


def _shape_of_consents(names: Mapping[str, Values], speaks: set[str]) -> float:
    """Weigh a table of consents: it must say yes or no to something, and is about no order."""
    if "state" not in names:
        return 0.1
    return 0.3 if speaks & {"order_id", "product_id"} else 1.3


def _said(column: Column) -> Mapping[str, float]:
    return concepts(column.name)


def _words(columns: Sequence[Column], assigned: Mapping[int, Assignment], missing: Sequence[str]) -> str:
    """Put the evidence into words."""
    seen = [f"{one.field.label.lower()} in “{columns[place].name}”" for place, one in assigned.items()]
    parts = [f"has {', '.join(seen[:4])}" if seen else "has nothing of it"]
    if missing:
        parts.append(f"lacks {', '.join(missing)}")
    return "; ".join(parts)
