"""Groups in SQL: what was said of who belongs to which, by part, and what was said last of each group."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Subquery, case, false, func, insert, select, tuple_

from shopkeeper.core.group import Group, GroupMembership, GroupSize, GroupWord
from shopkeeper.core.instant import from_micros
from shopkeeper.core.intake import Arrival
from shopkeeper.store.dialect import Row, insert_absent, insert_many, upsert
from shopkeeper.store.schema import group_members as last_words
from shopkeeper.store.schema import group_values, group_words, members
from shopkeeper.store.schema import groups as groups_table
from shopkeeper.store.whose import customer_of

_insert_words = insert(group_words)
_encode = msgspec.json.Encoder().encode


def hear_groups(conn: Connection, arrivals: Sequence[Arrival], taken: Mapping[int, Row]) -> None:
    """Keep what events say of groups and of who belongs to them.

    Args:
        taken: The rows that went into the log, by the place of their arrival.
    """
    said = [(word, row) for i, row in taken.items() if (word := arrivals[i].group) is not None]
    if not said:
        return
    words = [_word(word, row) for word, row in said]
    insert_many(conn, _insert_words, words)
    last = [{column.name: word[column.name] for column in last_words.columns} for word in words]
    upsert(conn, last_words, last, unless_newer=("at", "kind"))
    proven = [(word, row) for word, row in said if not word.claimed]
    insert_absent(conn, groups_table, [{"kind": w.kind, "id": w.id, "seq": row["seq"]} for w, row in proven])
    upsert(conn, group_values, list(_values(proven)), unless_newer=("at", "kind"))


def _word(word: GroupWord, row: Row) -> Row:
    return {
        "kind": word.kind,
        "id": word.id,
        "part": row["part"],
        "at": _said_at(row),
        "seq": row["seq"],
        "joined": word.joined,
        "claimed": word.claimed,
        "source": row["source"],
    }


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
    theirs = _belonging((last_words.c.kind == kind) & (last_words.c.id == group))
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
    theirs = _belonging(tuple_(last_words.c.kind, last_words.c.id).in_(select(page.c.kind, page.c.id)))
    counted = select(theirs.c.kind, theirs.c.id, func.count().label("members")).where(~theirs.c.claimed)
    sizes = counted.group_by(theirs.c.kind, theirs.c.id).subquery()
    same = (sizes.c.kind == page.c.kind) & (sizes.c.id == page.c.id)
    sized = select(page.c.kind, page.c.id, func.coalesce(sizes.c.members, 0)).join_from(page, sizes, same, isouter=True)
    found = conn.execute(sized.order_by(page.c.kind, page.c.id))
    return [GroupSize(*row) for row in found]


def group_members(
    conn: Connection, kind: str, group: str, *, after: str = "", limit: int = 100
) -> list[GroupMembership]:
    """Return who belongs to a group, in order of their id."""
    theirs = _belonging((last_words.c.kind == kind) & (last_words.c.id == group))
    page = select(theirs.c.customer).where(theirs.c.customer > after).order_by(theirs.c.customer).limit(limit)
    here = (group_words.c.kind == kind) & (group_words.c.id == group)
    begun = _begun(here & customer_of(group_words.c.part).element.in_(page))
    return list(map(_membership, conn.execute(select(begun).order_by(begun.c.customer))))


def groups_of(conn: Connection, customer: str) -> list[GroupMembership]:
    """Return the groups that a customer belongs to, in order of (kind, id)."""
    joined = select(members.c.part).where(members.c.customer == customer)
    begun = _begun((group_words.c.part == customer) | group_words.c.part.in_(joined))
    mine = select(begun).where(begun.c.customer == customer).order_by(begun.c.kind, begun.c.id)
    return list(map(_membership, conn.execute(mine)))


def _belonging(which: ColumnElement[bool]) -> Subquery:
    """Make a table of who belongs to a group: what was said last of any part of a customer stands for all of it.

    Of two words of one instant the one that came later stands. A claim counts where nothing is proven.
    """
    columns = last_words.c
    customer = customer_of(columns.part)
    latest = func.row_number().over(
        partition_by=(customer.element, columns.kind, columns.id),
        order_by=(columns.claimed, columns.at.desc(), columns.seq.desc()),
    )
    told = select(customer, columns.kind, columns.id, columns.claimed, columns.joined, latest.label("nth"))
    every = told.where(which).join_from(last_words, members, members.c.part == columns.part, isouter=True).subquery()
    return select(every).where(every.c.nth == 1, every.c.joined).subquery()


def _begun(which: ColumnElement[bool]) -> Subquery:
    """Make a table of the words since which customers belong to groups: the first after the last that they left.

    It goes by the words of all their parts in the order of their own time, and leaves out who does not belong to it.
    """
    columns = group_words.c
    customer = customer_of(columns.part)
    whole = (customer.element, columns.kind, columns.id)
    alike: Any = {"partition_by": (*whole, columns.claimed), "order_by": (columns.at.desc(), columns.seq.desc())}
    lefts = func.sum(case((columns.joined, 0), else_=1)).over(**alike, rows=(None, 0)).label("lefts")
    before = func.lead(columns.joined).over(**alike).label("before")
    proven = func.max(case((columns.claimed, 0), else_=1)).over(partition_by=whole).label("proven")
    named = (columns.kind, columns.id, columns.at.label("since"), columns.seq, columns.source, columns.claimed)
    told = select(customer, *named, lefts, before, proven).where(which)
    every = told.join_from(group_words, members, members.c.part == columns.part, isouter=True).subquery()
    first = (every.c.lefts == 0) & ~func.coalesce(every.c.before, false())
    return select(every).where(first, ~every.c.claimed | (every.c.proven == 0)).subquery()


def _membership(row: Any) -> GroupMembership:
    since = from_micros(row.since)
    return GroupMembership(row.customer, row.kind, row.id, since, row.seq, row.source, bool(row.claimed))
