"""Identifiers and customers in SQL."""

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import Connection, Executable, bindparam, insert, select

from shopkeeper.core.identifier import Identifier
from shopkeeper.store.dialect import among, beginning, begins, insert_absent, insert_many, listed, paired, pairs
from shopkeeper.store.schema import customers, identifiers

_insert_customers = insert(customers)


def find_customers(conn: Connection, names: Sequence[Identifier]) -> dict[Identifier, str]:
    """Return the customer of each known identifier."""
    if not names:
        return {}
    found = conn.execute(_select_named(conn.dialect.name), paired(conn, names))
    return {Identifier(kind, value): customer for kind, value, customer in found}


@cache
def _select_named(dialect: str) -> Executable:
    asked = pairs(dialect)
    same = (identifiers.c.kind == asked.c.a) & (identifiers.c.value == asked.c.b)
    return select(identifiers.c.kind, identifiers.c.value, identifiers.c.customer).join_from(asked, identifiers, same)


def make_customers(conn: Connection, ids: Mapping[Identifier, str], created_at: int) -> dict[Identifier, str]:
    """Give each unknown identifier the id proposed for it; a known one, or one lost in a race, keeps its own.

    Rows are written in order of key, so that two writers wait for each other and never both.
    """
    rows = [{"kind": name.kind, "value": name.value, "customer": ids[name]} for name in sorted(ids)]
    inserted = insert_absent(conn, identifiers, rows)
    found = dict(ids) if inserted == len(rows) else find_customers(conn, list(ids))
    made = [{"id": customer, "created_at": created_at} for name, customer in found.items() if ids[name] == customer]
    insert_many(conn, _insert_customers, made)
    return found


def identifiers_of(conn: Connection, customer: str) -> list[Identifier]:
    """Return a customer's identifiers, by kind and value."""
    found = conn.execute(select(identifiers.c.kind, identifiers.c.value).where(identifiers.c.customer == customer))
    return sorted(Identifier(kind, value) for kind, value in found)


def identifiers_of_many(conn: Connection, customers: Sequence[str]) -> dict[str, list[Identifier]]:
    """Return the identifiers of some customers, by kind and value."""
    out: dict[str, list[Identifier]] = {}
    for customer, kind, value in conn.execute(_select_theirs(conn.dialect.name), listed(conn, customers)):
        out.setdefault(customer, []).append(Identifier(kind, value))
    return {customer: sorted(names) for customer, names in out.items()}


@cache
def _select_theirs(dialect: str) -> Executable:
    theirs = among(dialect, identifiers.c.customer)
    return select(identifiers.c.customer, identifiers.c.kind, identifiers.c.value).where(theirs)


def known_customers(conn: Connection, customers: Sequence[str]) -> set[str]:
    """Return which ids there are."""
    return set(conn.execute(_select_known(conn.dialect.name), listed(conn, customers)).scalars())


@cache
def _select_known(dialect: str) -> Executable:
    return select(customers.c.id).where(among(dialect, customers.c.id))


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
    so = begins(dialect, columns.value)
    return select(columns.kind, columns.value, columns.customer).where(so).limit(bindparam("n"))


def list_customers(conn: Connection, *, after: str = "", limit: int = 1000) -> list[str]:
    """Return ids in order."""
    return list(
        conn.execute(
            select(customers.c.id).where(customers.c.id > after).order_by(customers.c.id).limit(limit)
        ).scalars()
    )
