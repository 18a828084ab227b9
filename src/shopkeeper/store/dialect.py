"""The few places where the two databases need different SQL.

Building a statement costs more than running it for few keys, so statements are built once for each dialect and take
lists of any length as one or two parameters.

Python's driver for SQLite lets other threads run at each step: once a row, written or read. A busy thread gives back
what it was lent only after `sys.getswitchinterval()`, and a commit of some hundred rows would wait for it some hundred
times. So what is hot writes many rows in a step (`insert_many`) and reads all in one (`fetch`).
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import chain
from typing import Any, Final, cast

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Dialect,
    Insert,
    Integer,
    LargeBinary,
    Select,
    Subquery,
    Table,
    Text,
    Update,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError

from shopkeeper.core.shard import DIGITS, SHARDS

Row = dict[str, Any]
AT_ONCE: Final = (256, 128, 64)
"""How many rows one statement of SQLite writes, and how few are written in one whatever their number: so its statements
are few enough to stay prepared."""


def among(dialect: str, column: ColumnElement[str], named: str = "listed") -> ColumnElement[bool]:
    """Say that a text column is one of the texts of `listed`, or of a parameter of the same form."""
    if dialect == "sqlite":
        return column.in_(select(func.json_each(bindparam(named)).table_valued("value").c.value))
    return column == any_(bindparam(named, type_=ARRAY(Text)))


def listed(conn: Connection, values: Iterable[str]) -> Row:
    """Return the parameter of a statement that uses `among`."""
    return {"listed": json.dumps(list(values)) if conn.dialect.name == "sqlite" else list(values)}


def one_of(dialect: str, column: ColumnElement[int]) -> ColumnElement[bool]:
    """Say that a number is one of those of `numbered`."""
    if dialect == "sqlite":
        return column.in_(select(func.json_each(bindparam("numbered")).table_valued("value").c.value))
    return column == any_(bindparam("numbered", type_=ARRAY(Integer)))


def numbered(conn: Connection, values: Iterable[int]) -> Row:
    """Return the parameter of a statement that uses `one_of`."""
    return {"numbered": json.dumps(list(values)) if conn.dialect.name == "sqlite" else list(values)}


def shard(dialect: str, customer: ColumnElement[str]) -> ColumnElement[int]:
    """Work out what `core.shard.shard_of` says of a customer or part."""
    where = func.instr if dialect == "sqlite" else func.strpos

    def value(back: int) -> ColumnElement[int]:
        return where(DIGITS, func.substr(customer, func.length(customer) - back, 1), type_=Integer)

    return (16 * value(1) + value(0)) % SHARDS


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
    if conn.dialect.name != "sqlite" and len(rows) > 1 and _may_go_together(statement, sql, rows):
        arrays = tuple([row[name] for row in rows] for name in order)
        return int(conn.exec_driver_sql(_of_arrays(statement, conn.dialect, sql, order), arrays).rowcount)
    values = [tuple([row[name] for name in order]) for row in rows]
    if conn.dialect.name != "sqlite":
        return int(conn.exec_driver_sql(sql, values).rowcount)
    changed, start = 0, 0
    while left := len(rows) - start:
        n = next((n for n in AT_ONCE if n <= left), left)
        flat = tuple(chain.from_iterable(values[start : start + n]))
        changed += at_once(conn, _of_rows(sql, len(order), n), flat).rowcount
        start += n
    return changed


def _may_go_together(statement: Insert, sql: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether PostgreSQL takes rows in one statement: it changes no row twice in one."""
    if "DO UPDATE" not in sql:
        return True
    key = [column.name for column in statement.table.primary_key]
    return len({tuple([row[name] for name in key]) for row in rows}) == len(rows)


@lru_cache(maxsize=256)
def _of_arrays(statement: Insert, dialect: Dialect, sql: str, order: tuple[str, ...]) -> str:
    """Write PostgreSQL's insert of one row as one of many, a list for each column: to run one a row costs more."""
    before, _, values = sql.partition(" VALUES (")
    conflict = values.find(" ON CONFLICT")
    after = "" if conflict < 0 else values[conflict:]
    if not values or "$" in after:
        raise ValueError("an insert of other parameters than the columns of a row")
    types = [statement.table.c[name].type.compile(dialect=dialect) for name in order]
    lists = ", ".join(f"${i}::{type_}[]" for i, type_ in enumerate(types, start=1))
    return f"{before} SELECT * FROM unnest({lists}){after}"  # noqa: S608 - the names of types


@lru_cache(maxsize=512)
def _of_rows(sql: str, columns: int, n: int) -> str:
    """Write an insert of one row as one of `n` rows."""
    one = f"({', '.join('?' * columns)})"
    before, found, after = sql.partition(f"VALUES {one}")
    if not found or "?" in after:
        raise ValueError("an insert of other parameters than the columns of a row")
    return f"{before}VALUES {', '.join([one] * n)}{after}"


def fetch(conn: Connection, statement: Select[Any], parameters: Row) -> list[Any]:
    """Run a select and return its rows, in the select's order; on SQLite in one step.

    The columns are whole numbers, texts, bytes, booleans or NULL: a fraction would lose digits. The select names no
    list of values (`in_`), which SQLAlchemy would write out at each run.
    """
    if conn.dialect.name != "sqlite":
        return list(conn.execute(statement, parameters))
    sql, order, constants, bytes_at = _gathering(statement, conn.dialect)
    given = constants | parameters
    (found,) = at_once(conn, sql, tuple([given[name] for name in order])).fetchone()
    rows: list[list[Any]] = msgspec.json.decode(found)
    for row in rows if bytes_at else ():
        for i in bytes_at:
            row[i] = bytes.fromhex(row[i])
    return rows


@lru_cache(maxsize=256)
def _gathering(statement: Select[Any], dialect: Dialect) -> tuple[str, tuple[str, ...], Row, tuple[int, ...]]:
    """Write a select as one of a single row, a list of the rows.

    Returns: Its text, the names of its parameters in order, those that it brings itself, and which columns stand there
        as hex digits.
    """
    inner = statement.subquery()
    bytes_at = tuple(i for i, column in enumerate(inner.c) if isinstance(column.type, LargeBinary))
    cells = [func.hex(column) if i in bytes_at else column for i, column in enumerate(inner.c)]
    whole = select(func.json_group_array(func.json_array(*cells))).select_from(inner)
    compiled = whole.compile(dialect=dialect)
    return str(compiled), tuple(compiled.positiontup or ()), dict(compiled.construct_params(_check=False)), bytes_at


def change(conn: Connection, statement: Update | Delete, parameters: Row) -> int:
    """Run an update or a deletion whose parameters are all named; return how many rows it changed."""
    if conn.dialect.name != "sqlite":
        return int(conn.execute(statement, parameters).rowcount)
    sql, order, constants = _change(statement, conn.dialect)
    given = constants | parameters
    return at_once(conn, sql, tuple([given[name] for name in order])).rowcount


@lru_cache(maxsize=256)
def _change(statement: Update | Delete, dialect: Dialect) -> tuple[str, tuple[str, ...], Row]:
    compiled = statement.compile(dialect=dialect)
    return str(compiled), tuple(compiled.positiontup or ()), dict(compiled.construct_params(_check=False))


@contextmanager
def savepoint(conn: Connection) -> Iterator[None]:
    """Undo what is done inside, and nothing else of the transaction, should it fail."""
    if conn.dialect.name != "sqlite":
        with conn.begin_nested():
            yield
        return
    at_once(conn, "SAVEPOINT unit", ())
    try:
        yield
    except BaseException:
        if _driver(conn).in_transaction:  # a full disk ends the whole of it
            at_once(conn, "ROLLBACK TO unit", ())
            at_once(conn, "RELEASE unit", ())
        raise
    at_once(conn, "RELEASE unit", ())


@contextmanager
def one_moment(conn: Connection) -> Iterator[bool]:
    """Let what is read inside be of one moment where that is cheap, on SQLite, for `fetch` outside of a transaction.

    Yields: Whether it is.
    """
    if conn.dialect.name != "sqlite":
        yield False
        return
    at_once(conn, "BEGIN", ())
    try:
        yield True
    finally:
        if _driver(conn).in_transaction:  # a failing disk ends it
            at_once(conn, "ROLLBACK", ())


def at_once(conn: Connection, sql: str, parameters: tuple[Any, ...]) -> sqlite3.Cursor:
    """Run a statement at SQLite's driver: what SQLAlchemy does around one takes longer than most of ours do.

    Raises: DBAPIError: as SQLAlchemy does.
    """
    try:
        return _driver(conn).execute(sql, parameters)
    except sqlite3.Error as error:
        raised = DBAPIError.instance(sql, None, error, sqlite3.Error, hide_parameters=True, dialect=conn.dialect)
        raise raised from error


def _driver(conn: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", conn.connection.dbapi_connection)


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
