"""Profiles, predicted traits, personal values and memberships in SQL."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Executable, Select, bindparam, delete, exists, func, insert, select

from shopkeeper.core.profile import Membership, StoredProfile
from shopkeeper.core.trait import Value
from shopkeeper.store.dialect import among, beginning, begins, fetch, insert_many, listed, upsert
from shopkeeper.store.schema import members as joined
from shopkeeper.store.schema import memberships as members_table
from shopkeeper.store.schema import personal_values
from shopkeeper.store.schema import predicted as predicted_table
from shopkeeper.store.schema import profiles as profiles_table
from shopkeeper.store.whose import customer_of, parts_of

FOLDED = 200
"""Characters by which a value is found: an index of PostgreSQL holds no row of over 2,704 bytes."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_insert_predicted = insert(predicted_table)
_member = (
    members_table.c.customer,
    members_table.c.segment,
    members_table.c.since,
    members_table.c.recheck_at,
)
_inside = members_table.c.since.is_not(None)
_alone = ~exists().where(joined.c.part == members_table.c.customer)
"""Who was joined to another keeps what was recorded, for the day when that is undone; nobody sees it meanwhile."""


def load_profiles(conn: Connection, customers: Sequence[str]) -> dict[str, StoredProfile]:
    """Return stored states by customer."""
    found = fetch(conn, _select_profiles(conn.dialect.name), listed(conn, customers))
    return {row[0]: StoredProfile(*row) for row in found}


@cache
def _select_profiles(dialect: str) -> Select[Any]:
    return select(profiles_table).where(among(dialect, profiles_table.c.customer))


def save_profiles(conn: Connection, profiles: Sequence[StoredProfile]) -> None:
    """Write states in order of customer; an older one of the same version does not replace a newer."""
    rows = [profile._asdict() for profile in sorted(profiles, key=lambda p: p.customer)]
    upsert(conn, profiles_table, rows, unless_newer=("seq", "version"))


def put_predicted(conn: Connection, trait: str, model: str, values: Mapping[str, Value]) -> None:
    """Replace the values of one predicted trait."""
    conn.execute(delete(predicted_table).where(predicted_table.c.trait == trait))
    rows = [
        {"customer": customer, "trait": trait, "model": model, "value": _encode(values[customer])}
        for customer in sorted(values)
    ]
    insert_many(conn, _insert_predicted, rows)


def predicted(conn: Connection, customers: Sequence[str]) -> dict[str, dict[str, Value]]:
    """Return predicted traits by customer and trait."""
    out: dict[str, dict[str, Value]] = {}
    for customer, trait, value in fetch(conn, _select_predicted(conn.dialect.name), listed(conn, customers)):
        out.setdefault(customer, {})[trait] = _value(value)
    return out


@cache
def _select_predicted(dialect: str) -> Select[Any]:
    table = predicted_table.c
    return select(table.customer, table.trait, table.value).where(among(dialect, table.customer))


def _value(encoded: bytes) -> Value:
    value: Any = _decode(encoded)
    return tuple(value) if isinstance(value, list) else value


def say_personal(conn: Connection, said: Sequence[tuple[str, str, str, int]]) -> None:
    """Write personal values: (part, trait, value, when it was said in microseconds); of a key the later is kept."""
    rows = [
        {"part": part, "name": name, "value": value, "folded": value.casefold()[:FOLDED], "at": at}
        for part, name, value, at in said
    ]
    upsert(conn, personal_values, rows, unless_newer=("at", "part"))


def personal(conn: Connection, customer: str) -> dict[str, str]:
    """Return one customer's personal values; of two parts the later word stands."""
    found = conn.execute(_select_personal(conn.dialect.name), listed(conn, [customer]))
    return {name: value for name, value, _, _ in found}


@cache
def _select_personal(dialect: str) -> Executable:
    columns, whose = personal_values.c, parts_of(dialect)
    wanted = select(columns.name, columns.value, columns.at, columns.part)
    theirs = wanted.join_from(whose, personal_values, columns.part == whose.c.part)
    return theirs.order_by(columns.at, columns.part.desc())


def search_personal(conn: Connection, beginning_with: str, *, limit: int) -> list[tuple[str, str]]:
    """Return (customer, trait) of personal values that begin with a text, capitals or not; it may be cut: `FOLDED`."""
    asked = beginning(beginning_with.casefold()[:FOLDED]) | {"n": limit}
    return [(customer, name) for customer, name in conn.execute(_select_beginning(conn.dialect.name), asked)]


@cache
def _select_beginning(dialect: str) -> Executable:
    columns = personal_values.c
    wanted = select(customer_of(columns.part), columns.name)
    whose = wanted.join_from(personal_values, joined, joined.c.part == columns.part, isouter=True)
    return whose.where(begins(dialect, columns.folded)).limit(bindparam("n"))


def members(conn: Connection, segment: str, *, after: str = "", limit: int | None = None) -> list[Membership]:
    """Return a segment's memberships in order of customer."""
    customer = members_table.c.customer
    asked = select(*_member).where(members_table.c.segment == segment, customer > after, _inside, _alone)
    found = conn.execute(asked.order_by(customer).limit(limit))
    return [Membership(*row) for row in found]


def count_members(conn: Connection) -> dict[str, int]:
    """Count members by segment."""
    segment = members_table.c.segment
    found = conn.execute(select(segment, func.count()).where(_inside, _alone).group_by(segment))
    return {row[0]: row[1] for row in found}


def memberships(conn: Connection, customers: Sequence[str]) -> dict[str, list[Membership]]:
    """Return memberships by customer, in order of segment."""
    out: dict[str, list[Membership]] = {}
    for row in fetch(conn, _select_memberships(conn.dialect.name), listed(conn, customers)):
        out.setdefault(row[0], []).append(Membership(*row))
    return out


@cache
def _select_memberships(dialect: str) -> Select[Any]:
    mine = among(dialect, members_table.c.customer)
    return select(*_member).where(mine, _inside).order_by(members_table.c.segment)


def change_memberships(conn: Connection, *, entered: Sequence[Membership], left: Sequence[tuple[str, str]]) -> None:
    """Delete the left, then write the entered."""
    if left:
        here = (members_table.c.customer == bindparam("of")) & (members_table.c.segment == bindparam("gone"))
        conn.execute(delete(members_table).where(here), [{"of": of, "gone": gone} for of, gone in sorted(left)])
    upsert(conn, members_table, [member._asdict() for member in sorted(entered, key=lambda m: m[:2])])


def due_memberships(conn: Connection, before: int, *, limit: int) -> list[Membership]:
    """Return memberships whose recheck is due, the earliest first."""
    found = conn.execute(
        select(*_member)
        .where(members_table.c.recheck_at < before, _alone)
        .order_by(members_table.c.recheck_at, members_table.c.customer, members_table.c.segment)
        .limit(limit)
    )
    return [Membership(*row) for row in found]
