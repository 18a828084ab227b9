"""Drafting the mapping that a guess stands for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.event import ORDER_COMPLETED
from shopkeeper.engines.tables.sniffing import Sniffed
from shopkeeper.flows.importing.guessing.assigning import Column
from shopkeeper.flows.importing.guessing.words import concepts, snake

_SEVERAL = frozenset({"discount", "title"})
_INSTANTS = frozenset({"timestamp", "starts", "ends", "expires_at"})


def option_of(kind: str, column: Column) -> str:
    """Say under what a column is kept that is no field of the kind."""
    key = snake(column.name) or "column"
    if concepts(column.name).get("email", 0) > 0.9:
        key = "email"
    if kind == "customers":
        return f"traits.{key}"
    return f"numbers.{key}" if column.values.kind in {"number", "whole"} else f"properties.{key}"


def draft_mapping(
    kind: str,
    fields: Mapping[int, str],
    columns: Sequence[Column],
    sniffed: Sniffed,
    definitions: Definitions,
    *,
    decimal: str | None,
    now: datetime,
    name: str,
) -> dict[str, Any]:
    """Write a mapping, as its YAML has it, of the fields that columns were given by their place."""
    mapping: dict[str, Any] = {"kind": kind, **_writing(sniffed, decimal)}
    instants = [columns[place].values for place, field in fields.items() if field in _INSTANTS]
    forms = list(dict.fromkeys(form for values in instants for form in values.forms))
    if forms:
        mapping["dates"] = forms[0] if len(forms) == 1 else forms
    if instants and not all(values.zoned for values in instants):
        mapping["zone"] = definitions.shop.time_zone
    for place, field in sorted(fields.items()):
        _put(mapping, field, columns[place].name)
    if kind == "events" and "event_column" not in mapping:
        _name_events(mapping, columns, name)
    if kind == "consents":
        _name_purposes(mapping, definitions)
    if kind in {"customers", "consents"} and "timestamp" not in mapping:
        mapping["as_of"] = now.replace(microsecond=0).isoformat()
    return mapping


def _writing(sniffed: Sniffed, decimal: str | None) -> dict[str, Any]:
    """Say how the file is written, where that is not what a mapping takes for granted."""
    said: dict[str, Any] = {}
    if sniffed.encoding not in {None, "utf-8"}:
        said["encoding"] = sniffed.encoding
    if sniffed.delimiter not in {None, ","}:
        said["delimiter"] = sniffed.delimiter
    if sniffed.header != 1:
        said["header"] = sniffed.header
    if decimal is not None:
        said["decimal"] = decimal
    return said


def _put(mapping: dict[str, Any], field: str, column: str) -> None:
    outer, _, inner = field.partition(".")
    if inner:
        mapping.setdefault(outer, {})[inner] = column
    elif outer not in _SEVERAL or outer not in mapping:
        mapping[outer] = column
    else:
        before = mapping[outer]
        mapping[outer] = [*([before] if isinstance(before, str) else before), column]


def _name_purposes(mapping: dict[str, Any], definitions: Definitions) -> None:
    """Take what a table says yes or no to for the first purpose on consent, where no column names one."""
    if "purpose" not in mapping and "states" not in mapping:
        purposes = definitions.shop.purposes
        mapping["purposes"] = [next((name for name, one in purposes.items() if one.basis == "consent"), "advertising")]


def _name_events(mapping: dict[str, Any], columns: Sequence[Column], name: str) -> None:
    """Name what happened; receipts without products are orders that name a total alone."""
    paid = next((one.name for one in columns if concepts(one.name).get("amount", 0) > 0.6 and one.values.marks), None)
    if "order_id" in mapping and paid is not None:
        mapping["event"] = ORDER_COMPLETED
        for kept in ("properties", "numbers"):
            mapping[kept] = {key: column for key, column in mapping.get(kept, {}).items() if column != paid}
            if not mapping[kept]:
                del mapping[kept]
        mapping.setdefault("properties", {})["total"] = paid
    else:
        mapping["event"] = snake(PurePath(name).name.partition(".")[0]).replace("_", " ").title() or "Imported"
