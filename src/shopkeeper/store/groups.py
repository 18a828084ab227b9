"""Groups in SQL: who belongs to which, by part, and what was said last of each group."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Subquery, case, func, select, tuple_

from shopkeeper.core.group import Group, GroupMembership, GroupSize, GroupWord
from shopkeeper.core.instant import from_micros
from shopkeeper.core.intake import Arrival
from shopkeeper.store.dialect import Row, among, insert_absent, listed, upsert
from shopkeeper.store.schema import group_members as table
from shopkeeper.store.schema import group_values, members
from shopkeeper.store.schema import groups as groups_table
from shopkeeper.store.whose import customer_of

_Key = tuple[str, str, str]
"""Kind, group and part."""
_encode = msgspec.json.Encoder().encode


def hear_groups(conn: Connection, arrivals: Sequence[Arrival], taken: Mapping[int, Row]) -> None:
    """Keep what events say of groups and of who belongs to them.

    Args:
        taken: The rows that went into the log, by the place of their arrival.
    """
    said = [(word, row) for i, row in taken.items() if (word := arrivals[i].group) is not None]
    if not said:
        return
    known = _known(conn, sorted({row["part"] for _, row in said}))
    changed: dict[_Key, Row] = {}
    for word, row in said:
        key = word.kind, word.id, row["part"]
        changed[key] = known[key] = _after(known.get(key), word, row)
    upsert(conn, table, list(changed.values()))
    proven = [(word, row) for word, row in said if not word.claimed]
    insert_absent(conn, groups_table, [{"kind": w.kind, "id": w.id, "seq": row["seq"]} for w, row in proven])
    upsert(conn, group_values, list(_values(proven)), unless_newer=("at", "kind"))


def _known(conn: Connection, parts: Sequence[str]) -> dict[_Key, Row]:
    found = conn.execute(select(table).where(among(conn.dialect.name, table.c.part)), listed(conn, parts))
    return {(row.kind, row.id, row.part): dict(row._mapping) for row in found}


def _after(known: Row | None, word: GroupWord, row: Row) -> Row:
    """Return what stands of a membership after a word: of two proven, or two claimed, the later by its own time."""
    at = _said_at(row)
    fresh = {
        "kind": word.kind,
        "id": word.id,
        "part": row["part"],
        "since": at,
        "seq": row["seq"],
        "source": row["source"],
        "claimed": word.claimed,
        "said_at": at,
        "left_at": None if word.joined else at,
    }
    if known is None or (known["claimed"] and not word.claimed):
        return fresh
    if word.claimed != known["claimed"] or at < known["said_at"]:
        return known
    if word.joined == (known["left_at"] is None):
        return known | {"said_at": at}
    return fresh if word.joined else known | {"said_at": at, "left_at": at}


def _said_at(row: Row) -> int:
    """Return when a word was said: a clock that runs ahead does not outdo what is said until then."""
    return int(min(row["at"], row["received_at"]))


def _values(proven: Iterable[tuple[GroupWord, Row]]) -> Iterator[Row]:
    for word, row in proven:
        at = _said_at(row)
        for apart, values in ((False, word.traits), (True, word.apart)):
            for name, value in sorted(values.items()):
                text = _encode(value).decode()
                yield {
                    "kind": word.kind,
                    "id": word.id,
                    "name": name,
                    "value": text,
                    "apart": apart,
                    "at": at,
                }


def find_group(conn: Connection, kind: str, group: str) -> Group | None:
    """Return one group."""
    here = (groups_table.c.kind == kind) & (groups_table.c.id == group)
    if conn.execute(select(groups_table.c.seq).where(here)).one_or_none() is None:
        return None
    theirs = _standing((table.c.kind == kind) & (table.c.id == group))
    size = conn.execute(select(func.count()).select_from(theirs).where(~theirs.c.claimed)).scalar_one()
    columns = group_values.c
    asked = select(columns.name, columns.value, columns.apart).where(columns.kind == kind, columns.id == group)
    said = [
        (name, msgspec.json.decode(value), apart) for name, value, apart in conn.execute(asked.order_by(columns.name))
    ]
    return Group(
        kind=kind,
        id=group,
        size=int(size),
        traits={name: value for name, value, apart in said if not apart},
        apart={name: value for name, value, apart in said if apart},
    )


def groups(conn: Connection, *, kind: str = "", after: tuple[str, str] = ("", ""), limit: int = 100) -> list[GroupSize]:
    """Return groups in order of (kind, id), and how many customers are proven to belong to each."""
    columns = groups_table.c
    asked = select(columns.kind, columns.id).where(tuple_(columns.kind, columns.id) > tuple_(*after))
    if kind:
        asked = asked.where(columns.kind == kind)
    page = asked.order_by(columns.kind, columns.id).limit(limit).subquery()
    theirs = _standing(tuple_(table.c.kind, table.c.id).in_(select(page.c.kind, page.c.id)))
    same = (theirs.c.kind == page.c.kind) & (theirs.c.id == page.c.id) & ~theirs.c.claimed
    sized = select(page.c.kind, page.c.id, func.count(theirs.c.customer)).join_from(page, theirs, same, isouter=True)
    found = conn.execute(sized.group_by(page.c.kind, page.c.id).order_by(page.c.kind, page.c.id))
    return [GroupSize(*row) for row in found]


def group_members(
    conn: Connection, kind: str, group: str, *, after: str = "", limit: int = 100
) -> list[GroupMembership]:
    """Return who belongs to a group, in order of their id."""
    theirs = _standing((table.c.kind == kind) & (table.c.id == group))
    page = select(theirs).where(theirs.c.customer > after).order_by(theirs.c.customer).limit(limit)
    return list(map(_membership, conn.execute(page)))


def groups_of(conn: Connection, customer: str) -> list[GroupMembership]:
    """Return the groups that a customer belongs to, in order of (kind, id)."""
    joined = select(members.c.part).where(members.c.customer == customer)
    theirs = _standing((table.c.part == customer) | table.c.part.in_(joined))
    mine = select(theirs).where(theirs.c.customer == customer).order_by(theirs.c.kind, theirs.c.id)
    return list(map(_membership, conn.execute(mine)))


def _standing(which: ColumnElement[bool]) -> Subquery:
    """Make a table of who belongs to a group: what was said last of any part of a customer stands for all of it.

    A claim counts where nothing is proven.
    """
    columns = table.c
    customer = customer_of(columns.part)
    key = (customer.element, columns.kind, columns.id)
    latest = func.row_number().over(
        partition_by=key, order_by=(columns.claimed, columns.said_at.desc(), columns.seq.desc())
    )
    proven = case((~columns.claimed & columns.left_at.is_(None), columns.since))
    since = func.coalesce(func.min(proven).over(partition_by=key), columns.since).label("since")
    named = (columns.kind, columns.id, columns.seq, columns.source, columns.claimed, columns.left_at)
    told = select(customer, since, *named, latest.label("nth")).where(which)
    every = told.join_from(table, members, members.c.part == columns.part, isouter=True).subquery()
    standing = select(every).where(every.c.nth == 1, every.c.left_at.is_(None))
    return standing.subquery()


def _membership(row: Any) -> GroupMembership:
    since = from_micros(row.since)
    return GroupMembership(row.customer, row.kind, row.id, since, row.seq, row.source, bool(row.claimed))
