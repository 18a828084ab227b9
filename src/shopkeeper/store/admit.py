"""Letting events in: de-duplication, identities, personal values, the log, quarantine and counts, in one transaction.

The transaction begins by locking the log's head. So one process at a time resolves who is who, in the order of the
log, however many there are: the lock is the fence, and nobody has to be elected to hold it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from random import Random
from typing import NamedTuple

from sqlalchemy import Connection, select

from shopkeeper.core.event import CORRECTIONS
from shopkeeper.core.ids import new_id
from shopkeeper.core.instant import micros
from shopkeeper.core.intake import HELD_BACK, INBOX, Arrival, Entry, IntakeCount, Offering, Outcome
from shopkeeper.core.quarantine import Quarantined
from shopkeeper.store import log, profile
from shopkeeper.store import quarantine as held
from shopkeeper.store.dialect import Row, among, listed, upsert
from shopkeeper.store.groups import hear_groups
from shopkeeper.store.hearing import hear
from shopkeeper.store.joining import Joining
from shopkeeper.store.orders import Orders
from shopkeeper.store.row import content, row_of, seal
from shopkeeper.store.schema import intake as table
from shopkeeper.store.schema import quarantine as waiting_table


class Offered(NamedTuple):
    """An offering and its events, encoded before anybody waited for the database."""

    offering: Offering
    rows: list[Row]


class _Fate(NamedTuple):
    """What becomes of one arrival; `seq` is 0 until its row is numbered.

    by: Of one that goes in, the part that says what it carries: of a correction it may be another than holds it.
    """

    outcome: Outcome
    part: str
    seq: int = 0
    by: str = ""


def encode(offering: Offering) -> Offered:
    """Encode an offering's events. Raises: BadInput: a value that no store can hold."""
    return Offered(offering, [row_of(one.event) for one in offering.arrivals])


def admit(conn: Connection, offered: Sequence[Offered], *, rng: Random) -> list[list[Entry]]:
    """Take some offerings, in order; return the entries of each."""
    last = log.lock_head(conn)
    arrivals = [one for each in offered for one in each.offering.arrivals]
    rows = [row for each in offered for row in each.rows]
    limits = [each.offering.limits for each in offered for _ in each.offering.arrivals]
    now = offered[-1].offering.now
    joining = Joining(conn, arrivals, partial(new_id, "cus", now, rng))
    fates = _fates(conn, arrivals, rows, limits, joining)
    _spare_repetitions(conn, arrivals, rows, fates, joining)
    joining.write_parts(micros(now))
    taken = _number(rows, fates, last)
    log.write_numbered(conn, list(taken.values()))
    joining.write_links(taken, micros(now))
    held_back = {i: fate.part for i, fate in enumerate(fates) if fate.part and fate.outcome in HELD_BACK}
    refusals = [one for each in offered for one in each.offering.refusals]
    by = {i: fates[i].by for i in taken}
    hear(conn, arrivals, by, held_back, refusals=refusals, let_go=joining.let_go(taken))
    hear_groups(conn, arrivals, taken)
    _say_personal(conn, arrivals, taken, by)
    entries = [
        Entry(fate.outcome, fate.seq or rows[i].get("seq", 0), joining.customer_of(fate.part), fate.part)
        for i, fate in enumerate(fates)
    ]
    entries = _quarantine(conn, offered, arrivals, entries)
    for each in offered:
        if each.offering.parcels is not None:
            log.move_cursor(conn, INBOX, expected=each.offering.parcels.after, to=each.offering.parcels.upto)
    return _split(offered, entries)


def _fates(
    conn: Connection,
    arrivals: Sequence[Arrival],
    rows: Sequence[Row],
    limits: Sequence[Mapping[str, int]],
    joining: Joining,
) -> list[_Fate]:
    """Say what becomes of each arrival, and seal the rows of those that go in; join what these prove."""
    first = log.held_under(conn, list(map(_key, rows)))
    orders = Orders(conn, arrivals, joining)
    fates = []
    for i, (one, row) in enumerate(zip(arrivals, rows, strict=True)):
        key = _key(row)
        found = first.get(key)
        if found is not None:
            part = joining.known_part(one) or ""
            seal(row, part, one.said)
            fates.append(_Fate("duplicate" if row["digest"] == found[1] else "conflict", part, found[0]))
            continue
        with_order = orders.part_with(one) if one.event.name in CORRECTIONS else None
        if with_order is None and one.event.name in CORRECTIONS:
            fates.append(_Fate("waits", joining.known_part(one) or ""))
            continue
        part = by = joining.place(one, i, limits[i])
        if with_order is not None and not orders.has(part, one):
            part = with_order  # what it proves may not be joined; what it takes back is theirs who have the order
        orders.complete(one, part)
        seal(row, part, one.said)
        first[key] = (0, row["digest"])
        fates.append(_Fate("accepted", part, by=by))
    return fates


def _spare_repetitions(
    conn: Connection, arrivals: Sequence[Arrival], rows: Sequence[Row], fates: list[_Fate], joining: Joining
) -> None:
    """Find the duplicates among conflicts: those that say, in other words, nothing but what the log holds.

    So it is with an event that is sent again as the log shows it, or that was imported before it came by the API.
    """
    doubtful = [i for i, fate in enumerate(fates) if fate.outcome == "conflict" and joining.tells_nothing(arrivals[i])]
    if not doubtful:
        return
    first = {_key(row): content(row) for row, fate in zip(rows, fates, strict=True) if fate.outcome == "accepted"}
    first |= log.contents(conn, [_key(rows[i]) for i in doubtful])
    for i in doubtful:
        if first.get(_key(rows[i])) == content(rows[i]):
            fates[i] = fates[i]._replace(outcome="duplicate")


def _key(row: Row) -> tuple[str, str]:
    return row["source"], row["message_id"]


def _number(rows: Sequence[Row], fates: Sequence[_Fate], last: int) -> dict[int, Row]:
    """Number the rows that go in, by place in the batch; a duplicate in the batch gets its first copy's number."""
    taken: dict[int, Row] = {}
    seqs: dict[tuple[str, str], int] = {}
    for i, (row, fate) in enumerate(zip(rows, fates, strict=True)):
        key = _key(row)
        if fate.outcome == "accepted":
            row["seq"] = seqs[key] = last + len(taken) + 1
            taken[i] = row
        elif fate.outcome in {"duplicate", "conflict"} and fate.seq == 0:
            row["seq"] = seqs.get(key, 0)
    return taken


def _say_personal(
    conn: Connection, arrivals: Sequence[Arrival], taken: Mapping[int, Row], by: Mapping[int, str]
) -> None:
    said = [
        (by[i], name, value, row["at"])
        for i, row in taken.items()
        for name, value in sorted(arrivals[i].personal.items())
    ]
    if said:
        profile.say_personal(conn, said)


def _quarantine(
    conn: Connection, offered: Sequence[Offered], arrivals: Sequence[Arrival], entries: list[Entry]
) -> list[Entry]:
    """Keep what has to wait, mark what waited and went in, and count."""
    accepted, duplicates, conflicts = Counter[str](), Counter[str](), Counter[str]()
    kept: list[Quarantined] = [row for each in offered for row in each.offering.waiting]
    settled: list[tuple[str, str]] = []
    for i, (one, entry) in enumerate(zip(arrivals, entries, strict=True)):
        source = one.event.source
        if entry.outcome in HELD_BACK:
            conflicts[source] += entry.outcome == "conflict"
            if one.wait_as is not None:
                row = one.wait_as(*HELD_BACK[entry.outcome])
                kept.append(row)
                entries[i] = entry._replace(waits_as=row.id)
            continue
        duplicates[source] += entry.outcome == "duplicate"
        accepted[source] += entry.outcome == "accepted"
        if one.settles is not None:
            settled.append((one.settles, source))
    if settled:
        accepted.subtract(_no_longer_waiting(conn, settled, offered[-1].offering.now))
    accepted.update(row.origin for row in _keep(conn, kept))
    refused: Counter[str] = Counter()
    for each in offered:
        refused.update(each.offering.refused)
    accepted.update(refused)
    _count(conn, accepted, refused, duplicates, conflicts)
    return entries


def _no_longer_waiting(conn: Connection, settled: Sequence[tuple[str, str]], now: datetime) -> Counter[str]:
    """Mark what waited as taken, and count it by source: as waiting it was accepted once, in the log it is again.

    A row that somebody else replayed meanwhile is marked already, and waits no more for it to be taken off.
    """
    of = dict(settled)
    return Counter(of[row.id] for row in held.settle(conn, list(of), now))


def _keep(conn: Connection, rows: Sequence[Quarantined]) -> list[Quarantined]:
    """Keep rows; return those that were not there yet."""
    if not rows:
        return []
    by_id = {row.id: row for row in rows}
    known = select(waiting_table.c.id).where(among(conn.dialect.name, waiting_table.c.id))
    there = set(conn.execute(known, listed(conn, list(by_id))).scalars())
    fresh = [row for id_, row in by_id.items() if id_ not in there]
    held.quarantine(conn, fresh)
    return fresh


def _count(
    conn: Connection, accepted: Counter[str], refused: Counter[str], duplicates: Counter[str], conflicts: Counter[str]
) -> None:
    counters = {"accepted": accepted, "refused": refused, "duplicates": duplicates, "conflicts": conflicts}
    sources = sorted({source for counter in counters.values() for source, n in counter.items() if n})
    rows = [{"source": source} | {name: counter[source] for name, counter in counters.items()} for source in sources]
    if rows:
        upsert(conn, table, rows, add=tuple(counters))


def _split(offered: Sequence[Offered], entries: Sequence[Entry]) -> list[list[Entry]]:
    found, start = [], 0
    for each in offered:
        found.append(list(entries[start : start + len(each.rows)]))
        start += len(each.rows)
    return found


def intake_counts(conn: Connection) -> list[IntakeCount]:
    """Return the counts, in order of source."""
    return [IntakeCount(*row) for row in conn.execute(select(table).order_by(table.c.source))]
