"""Identifiers and customers in SQL."""

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import Connection, Executable, insert, select

from shopkeeper.core.identifier import Identifier
from shopkeeper.store.dialect import insert_absent, insert_many, paired, pairs
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


def list_customers(conn: Connection, *, after: str = "", limit: int = 1000) -> list[str]:
    """Return ids in order."""
    return list(
        conn.execute(
            select(customers.c.id).where(customers.c.id > after).order_by(customers.c.id).limit(limit)
        ).scalars()
    )
