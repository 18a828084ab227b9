"""The event log in SQL.

Appending locks the single row of `log_head` for the whole transaction. So numbers are committed in the order in
which they are given, in however many processes, and a cursor never skips a late commit.
"""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Select, bindparam, func, insert, or_, select, update

from shopkeeper.core.consent import CONSENT
from shopkeeper.core.errors import Conflict
from shopkeeper.core.event import DECISION_MADE, Event, EventCount, Receipt
from shopkeeper.core.instant import from_micros
from shopkeeper.store import consent
from shopkeeper.store.dialect import (
    Row,
    among,
    change,
    fetch,
    insert_absent,
    insert_many,
    listed,
    numbered,
    one_of,
    paired,
    pairs,
    shard,
)
from shopkeeper.store.row import as_event, event_of
from shopkeeper.store.schema import cursors, events, is_decision, is_order, log_head, members
from shopkeeper.store.whose import customer_of, is_of

Key = tuple[str, str]
LAST = (1 << 63) - 1
_insert_events = insert(events)
_select_head = select(log_head.c.seq)
_lock_head = _select_head.with_for_update()
_move_head = update(log_head).values(seq=bindparam("to"))


def append(conn: Connection, rows: Sequence[Row]) -> list[Receipt]:
    """Number and insert rows; the first copy of a (source, message_id) wins."""
    if not rows:
        return []
    head_seq = lock_head(conn)
    keys = [(row["source"], row["message_id"]) for row in rows]
    held = held_under(conn, keys)
    fresh: list[Row] = []
    receipts: list[Receipt] = []
    for key, row in zip(keys, rows, strict=True):
        first = held.get(key)
        if first is None:
            seq = head_seq + len(fresh) + 1
            fresh.append({**row, "seq": seq})
            held[key] = (seq, row["digest"])
            receipts.append(Receipt("accepted", seq))
        else:
            receipts.append(Receipt("duplicate" if first[1] == row["digest"] else "conflict", first[0]))
    write_numbered(conn, fresh)
    return receipts


def lock_head(conn: Connection) -> int:
    """Return the last number given, and let nobody else give one before this transaction ends."""
    return int(fetch(conn, _lock_head, {})[0][0])


def write_numbered(conn: Connection, rows: Sequence[Row]) -> None:
    """Insert rows that have their numbers, in order, and move the head to the last; words also enter their ledger."""
    if rows:
        insert_many(conn, _insert_events, rows)
        change(conn, _move_head, {"to": rows[-1]["seq"]})
        words = [as_event(row) for row in rows if row["name"] in CONSENT]
        if words:
            consent.write_words(conn, words)


def held_under(conn: Connection, keys: Sequence[Key]) -> dict[Key, tuple[int, bytes]]:
    """Return (seq, digest) of the events that the log holds under some (source, message_id)."""
    found = fetch(conn, _select_held(conn.dialect.name), paired(conn, keys))
    return {(source, message_id): (seq, digest) for source, message_id, seq, digest in found}


@cache
def _select_held(dialect: str) -> Select[Any]:
    asked = pairs(dialect)
    same = (events.c.source == asked.c.a) & (events.c.message_id == asked.c.b)
    return select(events.c.source, events.c.message_id, events.c.seq, events.c.digest).join_from(asked, events, same)


def contents(conn: Connection, keys: Sequence[Key]) -> dict[Key, tuple[Any, ...]]:
    """Return that of the events under some (source, message_id)."""
    found = conn.execute(_select_contents(conn.dialect.name), paired(conn, keys))
    return {(source, message_id): tuple(rest) for source, message_id, *rest in found}


@cache
def _select_contents(dialect: str) -> Select[Any]:
    asked = pairs(dialect)
    same = (events.c.source == asked.c.a) & (events.c.message_id == asked.c.b)
    kept = (events.c.name, events.c.part, events.c.order_id, events.c.at, events.c.body)
    return select(events.c.source, events.c.message_id, *kept).join_from(asked, events, same)


def head(conn: Connection) -> int:
    """Return the last number given."""
    return int(fetch(conn, _select_head, {})[0][0])


columns = (
    events.c.seq,
    events.c.source,
    events.c.message_id,
    events.c.name,
    events.c.part,
    customer_of(events.c.part),
    events.c.order_id,
    events.c.at,
    events.c.received_at,
    events.c.body,
)
_select_whose = select(*columns).join_from(events, members, events.c.part == members.c.part, isouter=True)
_select_after = _select_whose.where(events.c.seq > bindparam("after")).order_by(events.c.seq).limit(bindparam("n"))
_select_one = _select_whose.where(events.c.source == bindparam("of"), events.c.message_id == bindparam("id"))
_select_customers_after = (
    select(customer_of(events.c.part))
    .join_from(events, members, events.c.part == members.c.part, isouter=True)
    .where(events.c.seq > bindparam("after"))
    .distinct()
)
_move_cursor = (
    update(cursors)
    .where(cursors.c.name == bindparam("of"), cursors.c.seq == bindparam("expected"))
    .values(seq=bindparam("to"))
)
_select_cursor = select(func.coalesce(func.max(cursors.c.seq), 0)).where(cursors.c.name == bindparam("of"))


def read(conn: Connection, *, after: int, limit: int, names: Sequence[str] | None = None) -> list[Event]:
    """Return up to `limit` events after a number, in order, of some names or of all."""
    bounds = {"after": after, "n": limit}
    if names is None:
        found = fetch(conn, _select_after, bounds)
    else:
        found = fetch(conn, _select_named(conn.dialect.name), listed(conn, names) | bounds)
    return [event_of(row) for row in found]


def customers_after(conn: Connection, seq: int) -> set[str]:
    """Return who has an event after a number."""
    return {customer for (customer,) in fetch(conn, _select_customers_after, {"after": seq})}


def read_of_shards(conn: Connection, shards: Collection[int], *, after: int, limit: int) -> tuple[list[Event], int]:
    """Return which of the next `limit` events have a part or a customer in some shards, and up to where they go.

    The database passes over the others: every process reads the whole log, and there may be many processes.
    """
    upto = min(after + limit, head(conn))
    if upto <= after:
        return [], after
    bounds = {"after": after, "upto": upto}
    found = fetch(conn, _select_of_shards(conn.dialect.name), numbered(conn, sorted(shards)) | bounds)
    return [event_of(row) for row in found], upto


@cache
def _select_of_shards(dialect: str) -> Select[Any]:
    theirs = [one_of(dialect, shard(dialect, column)) for column in (events.c.part, members.c.customer)]
    within = (events.c.seq > bindparam("after")) & (events.c.seq <= bindparam("upto"))
    return _select_whose.where(within, or_(*theirs)).order_by(events.c.seq)


@cache
def _select_named(dialect: str) -> Select[Any]:
    return _select_after.where(among(dialect, events.c.name))


def timeline(
    conn: Connection,
    customer: str,
    *,
    limit: int,
    before: int | None = None,
    name: str | None = None,
    source: str | None = None,
) -> list[Event]:
    """Return one customer's events, the latest first.

    The page is chosen by the narrow columns alone, so that sorting thousands of events moves none of their bodies.
    """
    theirs = is_of(customer)
    shown = select(events.c.seq).where(theirs)
    if before is not None:
        at = conn.execute(select(events.c.at).where(events.c.seq == before, theirs)).scalar()
        if at is None:
            return []
        shown = shown.where((events.c.at < at) | ((events.c.at == at) & (events.c.seq < before)))
    if name is not None:
        shown = shown.where(events.c.name == name)
    if source is not None:
        shown = shown.where(events.c.source == source)
    page = shown.order_by(events.c.at.desc(), events.c.seq.desc()).limit(limit).subquery()
    whole = _select_whose.join(page, page.c.seq == events.c.seq)
    return [event_of(row) for row in conn.execute(whole.order_by(events.c.at.desc(), events.c.seq.desc()))]


def passed(
    conn: Connection,
    *,
    after: int,
    before: int | None = None,
    limit: int,
    name: str | None = None,
    source: str | None = None,
    customer: str | None = None,
) -> list[Event]:
    """Return the last events of a range of numbers, the latest first.

    The range bounds the work: an event that seldom comes is looked for no further back than `after`.
    """
    wanted = _select_whose.where(events.c.seq > after)
    if before is not None:
        wanted = wanted.where(events.c.seq < before)
    if name == DECISION_MADE:
        wanted = wanted.where(is_decision)
    if customer is not None:
        wanted = wanted.where(is_of(customer))
    for column, value in ((events.c.name, name), (events.c.source, source)):
        if value is not None:
            wanted = wanted.where(column == value)
    return [event_of(row) for row in conn.execute(wanted.order_by(events.c.seq.desc()).limit(limit))]


def count_events_of(conn: Connection, customer: str) -> list[EventCount]:
    """Count one customer's events by name and source."""
    kind = (events.c.name, events.c.source)
    counted = select(*kind, func.count(), func.max(events.c.at)).where(is_of(customer)).group_by(*kind)
    return sorted(EventCount(name, source, n, from_micros(at)) for name, source, n, at in conn.execute(counted))


def find_event(conn: Connection, source: str, message_id: str) -> Event | None:
    """Return the event of an id."""
    row = conn.execute(_select_one, {"of": source, "id": message_id}).one_or_none()
    return None if row is None else event_of(row)


def orders_known(conn: Connection, keys: Sequence[Key]) -> set[Key]:
    """Return which (customer, order_id) have been completed."""
    if not keys:
        return set()
    found = conn.execute(_select_orders(conn.dialect.name), paired(conn, keys))
    return {(customer, order_id) for customer, order_id in found}


@cache
def _select_orders(dialect: str) -> Executable:
    asked = pairs(dialect)
    whose = (
        select(asked.c.a.label("customer"), asked.c.a.label("part"), asked.c.b)
        .union_all(
            select(asked.c.a, members.c.part, asked.c.b).join_from(asked, members, members.c.customer == asked.c.a)
        )
        .subquery()
    )
    same = (events.c.part == whose.c.part) & (events.c.order_id == whose.c.b) & is_order
    return select(whose.c.customer, events.c.order_id).join_from(whose, events, same).distinct()


def cursor(conn: Connection, name: str) -> int:
    """Return where a reader stands."""
    return int(conn.execute(_select_cursor, {"of": name}).scalar_one())


def advance(conn: Connection, name: str, *, expected: int, to: int) -> None:
    """Move a reader's cursor by compare and set; one that never stood anywhere stands at 0. Raises: Conflict."""
    insert_absent(conn, cursors, [{"name": name, "seq": 0}])
    move_cursor(conn, name, expected=expected, to=to)


def move_cursor(conn: Connection, name: str, *, expected: int, to: int) -> None:
    """Move a cursor that stands somewhere by compare and set. Raises: Conflict: it stands elsewhere."""
    if change(conn, _move_cursor, {"of": name, "expected": expected, "to": to}) != 1:
        raise Conflict(f"cursor {name}: no longer at {expected}; another reader of that name moved it")
