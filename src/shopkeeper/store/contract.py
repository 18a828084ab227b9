"""Contracts in SQL: counts that several processes add to."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, select, update

from shopkeeper.core.contract import MAX_NAMES, SETTLED, Contract, Fact, Learned, Mode, counted
from shopkeeper.core.errors import NotFound
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.store.dialect import insert_absent, paired, pairs, upsert
from shopkeeper.store.schema import contract_facts as facts
from shopkeeper.store.schema import contracts as table

Key = tuple[str, str]


def learn_contracts(conn: Connection, learned: Sequence[Learned]) -> None:
    """Add counts; the contracts' rows are locked in one order, so that processes wait for each other at most."""
    taken = sorted(_with_room(conn, learned), key=lambda one: (one.source, one.name))
    insert_absent(conn, table, [_blank(one) for one in taken])
    keys = [(one.source, one.name) for one in taken]
    before = {(source, name): n for source, name, n in conn.execute(_lock(conn.dialect.name), paired(conn, keys))}
    known: dict[Key, set[str]] = defaultdict(set)
    for source, name, path in conn.execute(_select_paths(conn.dialect.name), paired(conn, keys)):
        known[source, name].add(path)
    rows = []
    for one in taken:
        first, last, nth = micros(one.first_at), micros(one.last_at), before[one.source, one.name]
        for (path, fact), n in sorted(counted(one, known[one.source, one.name]).items()):
            of = {"source": one.source, "name": one.name, "path": path, "fact": fact}
            rows.append(of | {"events": n, "nth": nth, "first_at": first, "last_at": last})
    upsert(conn, facts, rows, add=("events",), keep=("nth", "first_at"))
    for one in taken:
        same = (table.c.source == one.source) & (table.c.name == one.name)
        grown = {"events": table.c.events + one.events, "last_at": micros(one.last_at)}
        conn.execute(update(table).where(same).values(grown))


def _with_room(conn: Connection, learned: Sequence[Learned]) -> list[Learned]:
    """Leave out what would be one contract too many of its source."""
    held = {(source, name) for source, name in conn.execute(select(table.c.source, table.c.name))}
    of = Counter(source for source, _ in held)
    found = []
    for one in learned:
        if (one.source, one.name) not in held:
            if of[one.source] >= MAX_NAMES:
                continue
            of[one.source] += 1
        found.append(one)
    return found


def _blank(one: Learned) -> dict[str, Any]:
    return {
        "source": one.source,
        "name": one.name,
        "mode": "learn",
        "events": 0,
        "accepted": SETTLED,
        "first_at": micros(one.first_at),
        "last_at": micros(one.last_at),
        "changed_at": None,
        "changed_by": None,
    }


@cache
def _lock(dialect: str) -> Executable:
    asked = pairs(dialect)
    same = (table.c.source == asked.c.a) & (table.c.name == asked.c.b)
    wanted = select(table.c.source, table.c.name, table.c.events).join_from(asked, table, same)
    return wanted.order_by(table.c.source, table.c.name).with_for_update(of=table)


@cache
def _select_paths(dialect: str) -> Executable:
    asked = pairs(dialect)
    same = (facts.c.source == asked.c.a) & (facts.c.name == asked.c.b)
    return select(facts.c.source, facts.c.name, facts.c.path).distinct().join_from(asked, facts, same)


def contracts(conn: Connection) -> list[Contract]:
    """Return every contract."""
    return _read(conn)


def strict_contracts(conn: Connection) -> list[Contract]:
    """Return those that are strict."""
    return _read(conn, table.c.mode == "strict")


def find_contract(conn: Connection, source: str, name: str) -> Contract | None:
    """Return one contract."""
    return next(iter(_read(conn, table.c.source == source, table.c.name == name)), None)


def _read(conn: Connection, *where: ColumnElement[bool]) -> list[Contract]:
    found = conn.execute(select(table).where(*where).order_by(table.c.source, table.c.name)).mappings().all()
    of: dict[Key, list[Fact]] = defaultdict(list)
    same = (facts.c.source == table.c.source) & (facts.c.name == table.c.name)
    wanted = select(facts).join_from(facts, table, same).where(*where) if found else None
    for row in conn.execute(wanted.order_by(facts.c.path, facts.c.fact)).mappings() if wanted is not None else ():
        times = {"first_at": from_micros(row["first_at"]), "last_at": from_micros(row["last_at"])}
        held = Fact(path=row["path"], fact=row["fact"], events=row["events"], nth=row["nth"], **times)
        of[row["source"], row["name"]].append(held)
    return [_contract(row, of[row["source"], row["name"]]) for row in found]


def _contract(row: Any, held: list[Fact]) -> Contract:
    changed = row["changed_at"]
    times = {
        "first_at": from_micros(row["first_at"]),
        "last_at": from_micros(row["last_at"]),
        "changed_at": None if changed is None else from_micros(changed),
    }
    return Contract(**{**row, **times, "facts": tuple(held)})


def change_contract(conn: Connection, source: str, name: str, mode: Mode, *, by: str, now: datetime) -> None:
    """Put another mode in force.

    What is known by now is accepted; a contract that learns accepts what the next events bring as well.
    """
    accepted = table.c.events + SETTLED if mode == "learn" else table.c.events
    changed = {"mode": mode, "accepted": accepted, "changed_at": micros(now), "changed_by": by}
    same = (table.c.source == source) & (table.c.name == name)
    if conn.execute(update(table).where(same).values(changed)).rowcount != 1:
        raise NotFound(f"contract: nothing was learned of {name!r} from {source!r}; 'shopkeeper contract list'")
