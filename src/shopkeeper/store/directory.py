"""Identifiers, the parts that they brought and the customers that they lead to, in SQL."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Executable, Select, bindparam, exists, insert, select, update

from shopkeeper.core.identifier import Identifier, Whose
from shopkeeper.store.dialect import among, beginning, begins, fetch, insert_many, listed, paired, pairs
from shopkeeper.store.schema import identifiers, members, parts
from shopkeeper.store.whose import customer_of, parts_of

_insert_parts = insert(parts)
_insert_identifiers = insert(identifiers)
_stands_alone = ~exists().where(members.c.part == parts.c.id)


def find_customers(conn: Connection, names: Sequence[Identifier]) -> dict[Identifier, str]:
    """Return the customer of each known identifier."""
    return {name: found.customer for name, found in whose(conn, names).items()}


def whose(conn: Connection, names: Sequence[Identifier]) -> dict[Identifier, Whose]:
    """Return the part and the customer of each known identifier."""
    found = find_parts(conn, names)
    return {name: Whose(known.part, known.customer) for name, known in found.items() if not known.claimed}


class Known(NamedTuple):
    """What is kept of an identifier: its part, the customer whose part that is, whether it was only ever claimed."""

    part: str
    customer: str
    claimed: bool


def find_parts(conn: Connection, names: Sequence[Identifier]) -> dict[Identifier, Known]:
    """Return what is kept of each identifier that was ever named."""
    if not names:
        return {}
    found = fetch(conn, _select_named(conn.dialect.name), paired(conn, names))
    return {
        Identifier(kind, value): Known(part, customer, bool(claimed)) for kind, value, part, claimed, customer in found
    }


@cache
def _select_named(dialect: str) -> Select[Any]:
    asked = pairs(dialect)
    columns = identifiers.c
    same = (columns.kind == asked.c.a) & (columns.value == asked.c.b)
    wanted = select(columns.kind, columns.value, columns.part, columns.claimed, customer_of(columns.part))
    return wanted.join_from(asked, identifiers, same).join(members, members.c.part == columns.part, isouter=True)


def make_parts(
    conn: Connection, proven: Mapping[Identifier, str], claimed: Mapping[Identifier, str], created_at: int
) -> None:
    """Make parts of new identifiers; those that are only claimed are nobody yet. The caller holds the log's head."""
    insert_many(conn, _insert_parts, [{"id": part, "created_at": created_at} for part in proven.values()])
    rows = [
        {"kind": name.kind, "value": name.value, "part": part, "claimed": only}
        for ids, only in ((proven, False), (claimed, True))
        for name, part in ids.items()
    ]
    insert_many(conn, _insert_identifiers, rows)


def prove_parts(conn: Connection, proven: Mapping[Identifier, str], created_at: int) -> None:
    """Make somebody of parts whose identifiers were only claimed so far."""
    insert_many(conn, _insert_parts, [{"id": part, "created_at": created_at} for part in proven.values()])
    here = among(conn.dialect.name, identifiers.c.part)
    conn.execute(update(identifiers).where(here).values(claimed=False), listed(conn, list(proven.values())))


def name_anew(conn: Connection, named: Mapping[Identifier, str], created_at: int) -> None:
    """Let identifiers name new parts from now on; those that they named keep what they brought."""
    insert_many(conn, _insert_parts, [{"id": part, "created_at": created_at} for part in named.values()])
    here = (identifiers.c.kind == bindparam("of_kind")) & (identifiers.c.value == bindparam("of_value"))
    which = [{"of_kind": name.kind, "of_value": name.value, "to": part} for name, part in named.items()]
    conn.execute(update(identifiers).where(here).values(part=bindparam("to")), which)


def identifiers_of(conn: Connection, customer: str) -> list[Identifier]:
    """Return a customer's identifiers, by kind and value."""
    return identifiers_of_many(conn, [customer]).get(customer, [])


def identifiers_of_many(conn: Connection, customers: Sequence[str]) -> dict[str, list[Identifier]]:
    """Return the identifiers of some customers, by kind and value."""
    out: dict[str, list[Identifier]] = {}
    for customer, kind, value in conn.execute(_select_theirs(conn.dialect.name), listed(conn, customers)):
        out.setdefault(customer, []).append(Identifier(kind, value))
    return {customer: sorted(names) for customer, names in out.items()}


@cache
def _select_theirs(dialect: str) -> Executable:
    whose = parts_of(dialect)
    wanted = select(whose.c.customer, identifiers.c.kind, identifiers.c.value).where(~identifiers.c.claimed)
    return wanted.join_from(whose, identifiers, identifiers.c.part == whose.c.part)


def known_customers(conn: Connection, customers: Sequence[str]) -> set[str]:
    """Return which ids are customers', and not parts of another's."""
    return set(conn.execute(_select_known(conn.dialect.name), listed(conn, customers)).scalars())


@cache
def _select_known(dialect: str) -> Executable:
    return select(parts.c.id).where(among(dialect, parts.c.id), _stands_alone)


def search_identifiers(conn: Connection, beginnings: Sequence[str], *, limit: int) -> list[tuple[Identifier, str]]:
    """Return identifiers that begin with one of some texts, in the index's order, an exact one first."""
    found: dict[Identifier, str] = {}
    for text in beginnings:
        rows = conn.execute(_select_beginning(conn.dialect.name), beginning(text) | {"n": limit})
        found.update((Identifier(kind, value), customer) for kind, value, customer in rows)
    return list(found.items())[:limit]


@cache
def _select_beginning(dialect: str) -> Executable:
    columns = identifiers.c
    wanted = select(columns.kind, columns.value, customer_of(columns.part))
    whose = wanted.join_from(identifiers, members, members.c.part == columns.part, isouter=True)
    return whose.where(begins(dialect, columns.value), ~columns.claimed).limit(bindparam("n"))


def list_customers(conn: Connection, *, after: str = "", limit: int = 1000) -> list[str]:
    """Return the customers' ids in order."""
    wanted = select(parts.c.id).where(parts.c.id > after, _stands_alone).order_by(parts.c.id).limit(limit)
    return list(conn.execute(wanted).scalars())
