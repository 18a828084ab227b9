"""The ledger of consent in SQL: a line for each event of the log that is a word, written with it, never changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Subquery,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
)

from shopkeeper.core.consent import ConsentRecord, record_of, wording_of
from shopkeeper.core.event import Event
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.store.dialect import Row, among, insert_absent, insert_many, listed, paired, pairs
from shopkeeper.store.schema import consent_wordings as wordings_table
from shopkeeper.store.schema import consent_words as table
from shopkeeper.store.schema import members
from shopkeeper.store.whose import parts_of

_insert_words = insert(table)
_TIMES = frozenset({"captured_at", "expires_at"})


def write_words(conn: Connection, events: Iterable[Event]) -> None:
    """Write the words that some numbered events carry, and each wording once; an event that is no word is left out."""
    found = [(record, event) for event in events if (record := record_of(event)) is not None]
    insert_many(conn, _insert_words, [_row(record) for record, _ in found])
    keep_wordings(conn, [event.texts["wording"] for _, event in found if "wording" in event.texts], None)


def keep_wordings(conn: Connection, texts: Sequence[str], now: datetime | None) -> None:
    """Keep texts that were shown; one that is there already stays as it is."""
    named = {wording.hash: wording.text for wording in map(wording_of, texts)}
    at = None if now is None else micros(now)
    insert_absent(conn, wordings_table, [{"hash": key, "text": named[key], "kept_at": at} for key in sorted(named)])


def wordings(conn: Connection, hashes: Sequence[str]) -> dict[str, str]:
    """Return the texts under some hashes."""
    return {row[0]: row[1] for row in conn.execute(_select_wordings(conn.dialect.name), listed(conn, hashes))}


@cache
def _select_wordings(dialect: str) -> Executable:
    return select(wordings_table.c.hash, wordings_table.c.text).where(among(dialect, wordings_table.c.hash))


def consent_records(conn: Connection, customers: Sequence[str]) -> dict[str, list[ConsentRecord]]:
    """Return the words of some customers."""
    return _by_customer(conn.execute(_select_records(conn.dialect.name), listed(conn, customers)))


@cache
def _select_records(dialect: str) -> Executable:
    whose = parts_of(dialect)
    found = select(whose.c.customer, *table.c).join_from(whose, table, table.c.part == whose.c.part)
    return found.order_by(table.c.seq)


def divided_consents(conn: Connection, purpose: str) -> dict[str, list[ConsentRecord]]:
    """Return the words on a purpose of the customers of whom two parts or more said something to it."""
    return _by_customer(conn.execute(_select_divided(), {"about": purpose}))


@cache
def _select_divided() -> Executable:
    whose = members.alias()
    customer = func.coalesce(members.c.customer, table.c.part)
    about = table.c.purpose == bindparam("about")
    words = select(table.c.part, customer.label("customer")).join_from(
        table, members, members.c.part == table.c.part, isouter=True
    )
    spoken = words.where(about).subquery()
    divided = select(spoken.c.customer).group_by(spoken.c.customer).having(func.count(spoken.c.part.distinct()) > 1)
    theirs = func.coalesce(whose.c.customer, table.c.part)
    found = select(theirs, *table.c).join_from(table, whose, whose.c.part == table.c.part, isouter=True)
    return found.where(about, theirs.in_(divided)).order_by(table.c.seq)


def consents_after(conn: Connection, part: str, *, limit: int) -> list[ConsentRecord]:
    """Return the words of the next parts in order of id, whole parts."""
    following = select(table.c.part).where(table.c.part > part).distinct().order_by(table.c.part).limit(limit)
    wanted = select(*table.c).where(table.c.part.in_(following)).order_by(table.c.part, table.c.seq)
    return [_record(row._mapping) for row in conn.execute(wanted)]


class LastWord(NamedTuple):
    """What a part said last to a purpose on all channels, None: nothing; and whether its browser ever signalled.

    given, via: Of the last word. outdone: Whether any part of its customer gave something to that purpose that may
    count for more than a no of then: later by its instant or its number.
    """

    part: str
    purpose: str
    signalled: bool
    given: bool | None
    via: str | None
    outdone: bool


def last_words(conn: Connection, keys: Sequence[tuple[str, str]]) -> list[LastWord]:
    """Return what some (part, purpose) said last, each by a look into an index, however much they ever said."""
    found = conn.execute(_select_last(conn.dialect.name), paired(conn, keys))
    return [
        LastWord(part, purpose, bool(signalled), None if state is None else state == "given", via, bool(outdone))
        for part, purpose, signalled, state, via, outdone in found
    ]


@cache
def _select_last(dialect: str) -> Executable:
    asked, plain, other = pairs(dialect), table.alias(), table.alias()
    same = (plain.c.part == asked.c.a) & (plain.c.purpose == asked.c.b)
    all_channels = plain.c.channel.is_(None) & (plain.c.via != literal_column("'gpc'"))
    last = select(plain.c.seq).where(same, all_channels).order_by(plain.c.captured_at.desc(), plain.c.seq.desc())
    signal = (other.c.part == asked.c.a) & (other.c.purpose == asked.c.b) & (other.c.via == literal_column("'gpc'"))
    customer = func.coalesce(members.c.customer, asked.c.a)
    wanted = (asked.c.a, asked.c.b, exists().where(signal), table.c.state, table.c.via, _is_outdone(asked, customer))
    chosen = select(*wanted).join_from(asked, members, members.c.part == asked.c.a, isouter=True)
    return chosen.join(table, table.c.seq == last.limit(1).scalar_subquery(), isouter=True)


def _is_outdone(asked: Subquery, customer: ColumnElement[str]) -> ColumnElement[bool]:
    """Say that a part of the customer gave later than the last word; asked apart, so that each looks into an index."""
    first, others, theirs = table.alias(), table.alias(), members.alias()

    def gave_later(words: Any) -> ColumnElement[bool]:
        later = or_(words.c.seq > table.c.seq, words.c.captured_at >= table.c.captured_at)
        return and_(words.c.purpose == asked.c.b, words.c.state == "given", later)

    parts = select(theirs.c.part).where(theirs.c.customer == customer).correlate(asked, members)
    of_others = others.c.part.in_(parts)  # a join would go through all words on the purpose
    return or_(
        exists().where(first.c.part == customer, gave_later(first)), exists().where(of_others, gave_later(others))
    )


def _by_customer(found: Iterable[Any]) -> dict[str, list[ConsentRecord]]:
    out: dict[str, list[ConsentRecord]] = {}
    for row in found:
        fields = dict(zip(table.c.keys(), row[1:], strict=True))
        out.setdefault(row[0], []).append(_record(fields))
    return out


def _row(record: ConsentRecord) -> Row:
    found = msgspec.structs.asdict(record)
    return {name: micros(value) if name in _TIMES and value is not None else value for name, value in found.items()}


def _record(row: Any) -> ConsentRecord:
    values: dict[str, Any] = {**row}
    for name in _TIMES:
        if values[name] is not None:
            values[name] = from_micros(values[name])
    return ConsentRecord(**values)
