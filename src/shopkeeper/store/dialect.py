"""The few places where the two databases need different SQL."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Table,
    Text,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY

Row = dict[str, Any]


def among(conn: Connection, column: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
    """Say that a text column is one of `values`: one parameter, so one cached statement for lists of any length."""
    listed = list(values)
    if conn.dialect.name == "sqlite":
        return column.in_(select(func.json_each(json.dumps(listed)).table_valued("value").c.value))
    return column == any_(bindparam(None, listed, type_=ARRAY(Text), unique=True))


def pairs(conn: Connection, keys: Iterable[tuple[str, str]]) -> Subquery:
    """Make a table of the columns `a` and `b` out of pairs of texts."""
    listed = list(keys)
    if conn.dialect.name == "sqlite":
        each = func.json_each(json.dumps(listed)).table_valued("value")
        a, b = (func.json_extract(each.c.value, path).label(name) for name, path in (("a", "$[0]"), ("b", "$[1]")))
        return select(a, b).subquery()
    sides = [bindparam(None, [key[i] for key in listed], type_=ARRAY(Text), unique=True) for i in (0, 1)]
    both: Select[Any] = select(func.unnest(*sides).table_valued("a", "b").render_derived())
    return both.subquery()


def _insert(conn: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return sqlite.insert(table) if conn.dialect.name == "sqlite" else postgresql.insert(table)


def insert_absent(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; those whose key is there already are left as they are."""
    if rows:
        conn.execute(_insert(conn, table).on_conflict_do_nothing(index_elements=list(table.primary_key)), rows)


def upsert(
    conn: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    add: Sequence[str] = (),
    unless_newer: tuple[str, str] | None = None,
) -> None:
    """Insert rows or replace those of the same key, the last of a key winning.

    Args:
        rows: One dict for each row, all with the same columns.
        add: Columns whose stored figure grows by the given one instead of being replaced.
        unless_newer: (number, kind): a stored row of the same `kind` with a greater `number` stays.
    """
    if not rows:
        return
    statement = _insert(conn, table)
    given, kept = statement.excluded, table.c
    changed = {
        c.name: (kept[c.name] + given[c.name] if c.name in add else given[c.name])
        for c in table.columns
        if not c.primary_key
    }
    where = None
    if unless_newer is not None:
        number, kind = unless_newer
        where = (kept[kind] != given[kind]) | (kept[number] <= given[number])
    conn.execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed, where=where), list(rows)
    )
