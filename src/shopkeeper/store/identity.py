"""Parts, links and customers in SQL: what follows from the links is kept beside them, and made anew when one is cut."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import product
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Delete,
    Executable,
    Select,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from shopkeeper.core.errors import BadInput, Conflict, NotFound
from shopkeeper.core.event import Event
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.identity import CUSTOMER_UNMERGED, CUSTOMERS_MERGED, Crowded, Link, Part, PartRecord, View
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.identify.components import components
from shopkeeper.identify.limits import beyond
from shopkeeper.store import log
from shopkeeper.store.dialect import among, change, fetch, insert_absent, insert_many, listed, paired, pairs, upsert
from shopkeeper.store.row import rows_of
from shopkeeper.store.schema import crowded as crowded_table
from shopkeeper.store.schema import events, identifiers, members, parts
from shopkeeper.store.schema import links as table
from shopkeeper.store.schema import refused as refused_table
from shopkeeper.store.schema import shapes as shapes_table
from shopkeeper.store.whose import customer_of, parts_of

SOURCE = "staff"
_OURS = ("shopkeeper", SOURCE)
_insert_links = insert(table)
_insert_members = insert(members)
_insert_refused = insert(refused_table)


def current(conn: Connection, customers: Sequence[str]) -> dict[str, str]:
    """Return the customer of each part."""
    return dict(fetch(conn, _select_current(conn.dialect.name), listed(conn, customers)))


@cache
def _select_current(dialect: str) -> Select[Any]:
    wanted = select(parts.c.id, customer_of(parts.c.id))
    whose = wanted.join_from(parts, members, members.c.part == parts.c.id, isouter=True)
    return whose.where(among(dialect, parts.c.id))


def parts_of_many(conn: Connection, customers: Sequence[str]) -> dict[str, list[str]]:
    """Return the parts of some customers, in order of id."""
    out: dict[str, list[str]] = {}
    for part, customer in fetch(conn, _select_theirs(conn.dialect.name), listed(conn, customers)):
        out.setdefault(customer, []).append(part)
    return {customer: sorted(theirs) for customer, theirs in out.items()}


@cache
def _select_theirs(dialect: str) -> Select[Any]:
    whose = parts_of(dialect)
    return select(whose.c.part, whose.c.customer)


def views(conn: Connection, customers: Sequence[str]) -> dict[str, View]:
    """Return the views of some customers."""
    standing = [part for part, customer in current(conn, customers).items() if part == customer]
    theirs = parts_of_many(conn, standing)
    every = [part for of in theirs.values() for part in of]
    named = fetch(conn, _select_identifiers(conn.dialect.name), listed(conn, every))
    names = {part: Identifier(kind, value) for part, kind, value in named}
    touching = joints_of(conn, every)
    shape = shapes(conn, standing)
    return {
        customer: View(
            customer=customer,
            parts=tuple(Part(id=part, identifier=names.get(part)) for part in of),
            links=tuple(link for link in touching if link.a in of or link.b in of),
            shape=shape.get(customer, 0),
        )
        for customer, of in theirs.items()
    }


@cache
def _select_identifiers(dialect: str) -> Select[Any]:
    columns = identifiers.c
    return select(columns.part, columns.kind, columns.value).where(among(dialect, columns.part))


def kinds_of(conn: Connection, of: Sequence[str]) -> dict[str, str]:
    """Return the kind of identifier of each part."""
    return {part: kind for part, kind, _ in fetch(conn, _select_identifiers(conn.dialect.name), listed(conn, of))}


def joints(conn: Connection, customers: Sequence[str]) -> dict[str, list[Link]]:
    """Return the links of some customers' parts, claims left out; of who is part of another none."""
    standing = [part for part, customer in current(conn, customers).items() if part == customer]
    theirs = parts_of_many(conn, standing)
    whose = {part: customer for customer, of in theirs.items() for part in of}
    found: dict[str, list[Link]] = {}
    for link in joints_of(conn, list(whose)):
        for customer in {whose.get(link.a), whose.get(link.b)} - {None}:
            found.setdefault(str(customer), []).append(link)
    return found


def joints_of(conn: Connection, of: Sequence[str]) -> list[Link]:
    """Return the links that touch some parts, cut ones included and claims left out, in order of (a, b, seq).

    A name that every visitor claims has a link to each of them: who asks for a customer's parts must not read those.
    """
    found = fetch(conn, _select_joints(conn.dialect.name), listed(conn, of))
    return sorted(map(_link, found), key=lambda link: (link.a, link.b, link.seq))


@cache
def _select_joints(dialect: str) -> Select[Any]:
    joints = or_(*(table.c.kind == kind for kind in ("proven", "staff", "apart", "shared")))
    first, second = (select(table).where(among(dialect, side), joints) for side in (table.c.a, table.c.b))
    return select(first.union(second).subquery())


def links_between(conn: Connection, some: Sequence[tuple[str, str]]) -> list[Link]:
    """Return the links of some pairs of parts (a, b), a < b."""
    return [_link(row) for row in fetch(conn, _select_between(conn.dialect.name), paired(conn, some))] if some else []


@cache
def _select_between(dialect: str) -> Select[Any]:
    asked = pairs(dialect)
    return select(table).join_from(asked, table, (table.c.a == asked.c.a) & (table.c.b == asked.c.b))


def claims(conn: Connection, customer: str, *, limit: int = 50) -> list[Link]:
    """Return the claims between a customer's parts and others, the latest first."""
    theirs = parts_of_many(conn, [customer])[customer]
    found = fetch(conn, _select_claims(conn.dialect.name), listed(conn, theirs) | {"n": limit})
    return [_link(row) for row in found]


@cache
def _select_claims(dialect: str) -> Select[Any]:
    first, second = (
        select(table).where(among(dialect, side), table.c.kind == "claimed") for side in (table.c.a, table.c.b)
    )
    either = first.union(second).subquery()
    return select(either).order_by(either.c.seq.desc(), either.c.a, either.c.b).limit(bindparam("n"))


def _link(row: Sequence[Any]) -> Link:
    values = dict(zip(table.c.keys(), row, strict=True))
    at, cut_at = from_micros(values["at"]), None if values["cut_at"] is None else from_micros(values["cut_at"])
    return Link(**{**values, "at": at, "cut_at": cut_at})


def write_links(conn: Connection, made: Sequence[Link], *, proved: Sequence[tuple[str, str]] = ()) -> None:
    """Write links, beside those that there are between the same parts.

    Args:
        proved: Pairs of parts (a, b), a < b, whose claims have had their proof, and are forgotten.
    """
    if proved:
        conn.execute(_delete_claims(conn.dialect.name), paired(conn, proved))
    rows = [
        {
            "a": link.a,
            "b": link.b,
            "kind": link.kind,
            "seq": link.seq,
            "at": micros(link.at),
            "source": link.source,
            "message_id": link.message_id,
            "by": link.by,
            "cut_seq": link.cut_seq,
            "cut_at": None if link.cut_at is None else micros(link.cut_at),
            "cut_by": link.cut_by,
        }
        for link in made
    ]
    insert_many(conn, _insert_links, rows)


@cache
def _delete_claims(dialect: str) -> Delete:
    asked = pairs(dialect)
    these = tuple_(table.c.a, table.c.b).in_(select(asked.c.a, asked.c.b))
    return delete(table).where(these, table.c.kind == "claimed")


def write_members(conn: Connection, whose: Mapping[str, str]) -> None:
    """Write whose each of some parts is; one that is its own customer's stands in no row."""
    change(conn, _delete_members(conn.dialect.name), listed(conn, list(whose)))
    rows = [{"part": part, "customer": customer} for part, customer in sorted(whose.items()) if part != customer]
    insert_many(conn, _insert_members, rows)


@cache
def _delete_members(dialect: str) -> Delete:
    return delete(members).where(among(dialect, members.c.part))


def write_shapes(conn: Connection, changed: Iterable[tuple[str, int]]) -> None:
    """Note which customers an event reshaped."""
    insert_absent(conn, shapes_table, [{"customer": customer, "seq": seq} for customer, seq in sorted(changed)])


def part_records(conn: Connection, of: Sequence[str]) -> dict[str, PartRecord]:
    """Return what each part brought."""
    asked = listed(conn, of)
    real = set(conn.execute(_select_real(conn.dialect.name), asked).scalars())
    found = fetch(conn, _select_identifiers(conn.dialect.name), asked)
    named = {part: Identifier(kind, value) for part, kind, value in found}
    brought = {row.part: row for row in conn.execute(_select_brought(conn.dialect.name), asked)}
    return {
        part: PartRecord(
            id=part,
            identifier=named.get(part),
            claimed=part not in real,
            events=brought[part].n if part in brought else 0,
            first_at=from_micros(brought[part].first_at) if part in brought else None,
            last_at=from_micros(brought[part].last_at) if part in brought else None,
        )
        for part in sorted(real | named.keys())
    }


@cache
def _select_real(dialect: str) -> Executable:
    return select(parts.c.id).where(among(dialect, parts.c.id))


@cache
def _select_brought(dialect: str) -> Executable:
    at, sent = events.c.at, events.c.source.not_in(_OURS)
    figures = (func.count().label("n"), func.min(at).label("first_at"), func.max(at).label("last_at"))
    return select(events.c.part, *figures).where(among(dialect, events.c.part), sent).group_by(events.c.part)


def shapes(conn: Connection, customers: Sequence[str]) -> dict[str, int]:
    """Return the last event that changed the parts of each customer."""
    found = fetch(conn, _select_shapes(conn.dialect.name), listed(conn, customers))
    return {customer: int(seq) for customer, seq in found}


@cache
def _select_shapes(dialect: str) -> Select[Any]:
    columns = shapes_table.c
    wanted = select(columns.customer, func.max(columns.seq)).where(among(dialect, columns.customer))
    return wanted.group_by(columns.customer)


def reshaped(conn: Connection, *, after: int) -> dict[str, tuple[int, int]]:
    """Return the first and the last event beyond a number that changed a customer's parts."""
    found: dict[str, tuple[int, int]] = {}
    for customer, seq in fetch(conn, _select_reshaped(), {"after": after}):
        first, _ = found.get(customer, (seq, seq))
        found[customer] = first, seq
    return found


@cache
def _select_reshaped() -> Select[Any]:
    """Grouped by whoever reads it: SQLite would walk through every merge there ever was, in order of customer."""
    columns = shapes_table.c
    return select(columns.customer, columns.seq).where(columns.seq > bindparam("after")).order_by(columns.seq)


def count_crowds(conn: Connection, refused: Collection[tuple[str, str]], at: int) -> None:
    """Note pairs (a, b), a < b, that may not be joined; each pair counts once for either part."""
    known = conn.execute(_select_refused(conn.dialect.name), paired(conn, sorted(refused)))
    fresh = set(refused) - {(row.a, row.b) for row in known}
    insert_many(conn, _insert_refused, [{"a": a, "b": b} for a, b in sorted(fresh)])
    counts = Counter(part for pair in fresh for part in pair)
    touched = sorted({part for pair in refused for part in pair})
    rows = [{"part": part, "refused": counts[part], "last_at": at} for part in touched]
    upsert(conn, crowded_table, rows, add=("refused",))


@cache
def _select_refused(dialect: str) -> Executable:
    asked, held = pairs(dialect), refused_table.c
    return select(held.a, held.b).join_from(asked, refused_table, (held.a == asked.c.a) & (held.b == asked.c.b))


def crowded(conn: Connection, *, since: datetime, least: int = 1, limit: int = 100) -> list[Crowded]:
    """Return the parts that were refused so many others or more, and any since then, the most refused first."""
    columns, name = crowded_table.c, identifiers.c
    wanted = select(columns.part, name.kind, name.value, columns.refused, columns.last_at)
    named = wanted.join_from(crowded_table, identifiers, name.part == columns.part, isouter=True)
    many = named.where(columns.refused >= least, columns.last_at >= micros(since))
    found = conn.execute(many.order_by(columns.refused.desc(), columns.part).limit(limit))
    return [
        Crowded(part, None if kind is None else Identifier(kind, value), refused, from_micros(at))
        for part, kind, value, refused, at in found
    ]


def refusals(conn: Connection, of: Sequence[str]) -> dict[str, int]:
    """Return with how many others each part may not be joined."""
    wanted = select(crowded_table.c.part, crowded_table.c.refused).where(among(conn.dialect.name, crowded_table.c.part))
    return {row.part: row.refused for row in conn.execute(wanted, listed(conn, of))}


def merged_parts(conn: Connection) -> dict[str, str]:
    """Return the customer of each part that is not a customer of its own."""
    found = conn.execute(select(members.c.part, members.c.customer))
    return {row.part: row.customer for row in found}


def merge(
    conn: Connection, first: str, second: str, *, limits: Mapping[str, int], by: str, now: datetime, event_id: str
) -> int:
    """Join two customers by a link of staff."""
    log.lock_head(conn)
    theirs = _require(conn, [first, second])
    if first == second:
        raise BadInput("customers: name two different ones; these are one customer already")
    over = beyond(limits, *(kinds_of(conn, theirs[one]).values() for one in (first, second)))
    if over:
        raise Conflict(f"together they would have more than shop.yaml allows of: {', '.join(over)}")
    a, b = sorted((first, second))
    seq = _tell(conn, _said(CUSTOMERS_MERGED, a, {"merged": b}, event_id=event_id, now=now))
    made = Link(a=a, b=b, kind="staff", seq=seq, at=now, source=SOURCE, message_id=event_id, by=by)
    write_links(conn, [made])
    write_members(conn, dict.fromkeys([*theirs[first], *theirs[second]], a))
    write_shapes(conn, [(a, seq), (b, seq)])
    return seq


def unmerge(conn: Connection, customer: str, apart: Collection[str], *, by: str, now: datetime, event_id: str) -> int:
    """Cut every link between some parts of a customer and its others; each part of either side is kept apart."""
    log.lock_head(conn)
    theirs = set(_require(conn, [customer])[customer])
    leaving = set(apart)
    if not leaving <= theirs:
        raise NotFound("parts: this customer does not have all of them; look at the customer again")
    if not leaving or leaving == theirs:
        raise BadInput("parts: name some of the customer's parts, and not all of them")
    known = joints_of(conn, sorted(theirs))
    standing = [link for link in known if link.joins]
    seq = _tell(
        conn, _said(CUSTOMER_UNMERGED, customer, {"parts": ",".join(sorted(leaving))}, event_id=event_id, now=now)
    )
    cut = [link for link in standing if (link.a in leaving) != (link.b in leaving)]
    _cut(conn, cut, seq, by, now)
    parted = {(link.a, link.b) for link in known if link in cut or not link.joins}
    write_links(conn, _apart(leaving, theirs - leaving, parted, seq=seq, by=by, now=now, event_id=event_id))
    whose = components(theirs, [link for link in standing if link not in cut])
    write_members(conn, whose)
    write_shapes(conn, {(one, seq) for one in [customer, *whose.values()]})
    return seq


def _apart(
    leaving: Collection[str],
    staying: Collection[str],
    parted: Collection[tuple[str, str]],
    *,
    seq: int,
    by: str,
    now: datetime,
    event_id: str,
) -> list[Link]:
    """Keep apart every two parts of the two sides: a later cut may leave one without the part whose link was cut.

    Args:
        parted: Pairs (a, b), a < b, that a link keeps apart already.
    """
    pairs = {(min(pair), max(pair)) for pair in product(leaving, staying)} - set(parted)
    whole = Link(
        a="",
        b="",
        kind="apart",
        seq=seq,
        at=now,
        source=SOURCE,
        message_id=event_id,
        cut_seq=seq,
        cut_at=now,
        cut_by=by,
    )
    return [msgspec.structs.replace(whole, a=a, b=b) for a, b in sorted(pairs)]


def _require(conn: Connection, customers: Sequence[str]) -> dict[str, list[str]]:
    found = current(conn, customers)
    if any(found.get(customer) != customer for customer in customers):
        raise NotFound("customer: there is none of this id; it may have been merged meanwhile")
    return parts_of_many(conn, customers)


def _tell(conn: Connection, said: Event) -> int:
    return log.append(conn, rows_of([said]))[0].seq


def _said(name: str, customer: str, texts: dict[str, str], *, event_id: str, now: datetime) -> Event:
    return Event(source=SOURCE, message_id=event_id, name=name, customer=customer, at=now, received_at=now, texts=texts)


def _cut(conn: Connection, cut: Sequence[Link], seq: int, by: str, now: datetime) -> None:
    one = (table.c.a == bindparam("of_a")) & (table.c.b == bindparam("of_b")) & (table.c.seq == bindparam("of_seq"))
    values = {"cut_seq": seq, "cut_at": micros(now), "cut_by": by}
    which = [{"of_a": link.a, "of_b": link.b, "of_seq": link.seq} for link in cut]
    conn.execute(update(table).where(one).values(values), which)
