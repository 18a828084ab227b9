"""The few places where the two databases need different SQL.

Building a statement costs more than running it for few keys, so statements are built once for each dialect and take
lists of any length as one or two parameters.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Insert, Subquery, Table, Text, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY

Row = dict[str, Any]


def among(dialect: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """Say that a text column is one of the texts of `listed`."""
    if dialect == "sqlite":
        return column.in_(select(func.json_each(bindparam("listed")).table_valued("value").c.value))
    return column == any_(bindparam("listed", type_=ARRAY(Text)))


def listed(conn: Connection, values: Iterable[str]) -> Row:
    """Return the parameter of a statement that uses `among`."""
    return {"listed": json.dumps(list(values)) if conn.dialect.name == "sqlite" else list(values)}


def pairs(dialect: str) -> Subquery:
    """Make a table of the columns `a` and `b` out of the pairs of `paired`."""
    if dialect == "sqlite":
        each = func.json_each(bindparam("a")).table_valued("value").c.value
        return select(func.json_extract(each, "$[0]").label("a"), func.json_extract(each, "$[1]").label("b")).subquery()
    sides = [bindparam(name, type_=ARRAY(Text)) for name in ("a", "b")]
    return select(func.unnest(*sides).table_valued("a", "b").render_derived()).subquery()


def paired(conn: Connection, keys: Sequence[tuple[str, str]]) -> Row:
    """Return the parameters of a statement that uses `pairs`."""
    if conn.dialect.name == "sqlite":
        return {"a": json.dumps(keys)}
    return {"a": [key[0] for key in keys], "b": [key[1] for key in keys]}


def begins(dialect: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """Say that a text column begins with the text of `beginning`: a range that an index answers.

    PostgreSQL sorts texts by the rules of a language; these operators, and an index with `text_pattern_ops`, go by
    code point as SQLite does.
    """
    low, high = bindparam("low", type_=Text), bindparam("high", type_=Text)
    if dialect == "sqlite":
        return (column >= low) & (column < high)
    return column.op("~>=~", is_comparison=True)(low) & column.op("~<~", is_comparison=True)(high)


def beginning(text: str) -> Row:
    """Return the parameters of a statement that uses `begins`; `text` has at least one character."""
    last = ord(text[-1])
    following = 0xE000 if last == 0xD7FF else min(last + 1, 0x10FFFF)  # no text has half a character
    return {"low": text, "high": text[:-1] + chr(following)}


@lru_cache(maxsize=256)
def _written_out(statement: Insert, dialect: Dialect, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    return str(compiled), tuple(compiled.positiontup or ())


def insert_many(conn: Connection, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> int:
    """Run an insert for each row, one dict of the same columns each; return how many were changed, -1 if not known.

    The driver gets plain tuples: SQLAlchemy's work on each row's parameters would take as long as the database's.
    """
    if not rows:
        return 0
    sql, order = _written_out(statement, conn.dialect, tuple(rows[0]))
    values = [tuple([row[name] for name in order]) for row in rows]
    return int(conn.exec_driver_sql(sql, values).rowcount)


def _insert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def _absent(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=list(table.primary_key))


def insert_absent(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows and return how many, -1 if not known; those whose key is there already are left as they are."""
    return insert_many(conn, _absent(conn.dialect.name, table), rows)


@cache
def _upsert(
    dialect: str, table: Table, add: tuple[str, ...], keep: tuple[str, ...], unless_newer: tuple[str, str] | None
) -> postgresql.Insert | sqlite.Insert:
    statement = _insert(dialect, table)
    given, kept = statement.excluded, table.c
    changed = {
        c.name: (kept[c.name] + given[c.name] if c.name in add else given[c.name])
        for c in table.columns
        if not c.primary_key and c.name not in keep
    }
    where = None
    if unless_newer is not None:
        number, kind = unless_newer
        where = (kept[kind] != given[kind]) | (kept[number] <= given[number])
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed, where=where)


def upsert(
    conn: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    add: tuple[str, ...] = (),
    keep: tuple[str, ...] = (),
    unless_newer: tuple[str, str] | None = None,
) -> None:
    """Insert rows or replace those of the same key, the last of a key winning.

    Args:
        rows: One dict for each row, all with the same columns.
        add: Columns whose stored figure grows by the given one instead of being replaced.
        keep: Columns that stay as they were first written.
        unless_newer: (number, kind): a stored row of the same `kind` with a greater `number` stays.
    """
    insert_many(conn, _upsert(conn.dialect.name, table, add, keep, unless_newer), rows)
