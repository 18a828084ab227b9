"""The audit: what the ledger says against what the shop holds, after everything was answered for."""

import asyncio
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

from faults.client import Client
from faults.ledger import Acked
from faults.sender import WAIT
from faults.shop import SOURCE, Shop
from shopkeeper.core.event import Event
from shopkeeper.core.quarantine import Quarantined
from shopkeeper.core.store import Store
from shopkeeper.store import open_store

PAGE = 5_000
LONGEST = 120.0
"""Seconds in which what was answered for must be in the log and followed."""
PATIENCE = 30.0
"""Seconds for which a server may ask to wait before it says what it holds."""


class Held(NamedTuple):
    """What the store holds of the senders' events.

    copies: How many events there are of each serial. customers: Whose each is. waiting: The serials that wait.
    accounted: What the counters say was answered with success, less what is there. gaps: Numbers that the log lacks.
    retold: How often somebody entered a segment where they were, or left one where they were not.
    """

    copies: Counter[str]
    customers: dict[str, str]
    waiting: Counter[str]
    accounted: int
    gaps: int
    retold: int


class Folded(NamedTuple):
    """What is counted of one person; an order that comes twice counts once by its id, a look would count twice."""

    orders: int = 0
    cents: int = 0
    looks: int = 0


class Loss(NamedTuple):
    """What does not agree, each 0 in a shop that keeps its word; `examples` are serials, with the life of their ack."""

    lost: int
    twice: int
    strangers: int
    quarantine_lost: int
    accounting: int
    apart: int
    folded_wrongly: int
    gaps: int
    retold: int
    damaged: int
    examples: tuple[str, ...]

    def problems(self) -> list[str]:
        """Say what does not agree."""
        words = {
            "lost": "events that were answered for are not in the log",
            "twice": "events are in the log more than once",
            "strangers": "events are in the log that nobody was answered for",
            "quarantine_lost": "events that were answered for as waiting are not in quarantine",
            "accounting": "is the difference between what was accepted and what is there",
            "apart": "people are not one customer",
            "folded_wrongly": "people's traits are not the sums of their events",
            "gaps": "numbers are missing in the log",
            "retold": "entries into a segment, or exits, were told twice",
            "damaged": "complaints of the database's own check",
        }
        found = [f"{getattr(self, name)} {sentence}" for name, sentence in words.items() if getattr(self, name)]
        return [*found, *([f"such as {', '.join(self.examples)}"] if self.examples else [])]


def audit(shop: Shop, acked: Acked, port: int) -> Loss:
    """Compare; the server at `port` is asked for the traits, and then the store itself is read.

    The store is read beside the server, which has nothing to do once it has followed what it answered for.
    """
    _await_followed(port)
    traits = traits_of(port, {sold.person for sold in acked.taken.values()})
    held = asyncio.run(_held(shop))
    told = _told_difference(port)
    return compare(acked, held._replace(accounted=held.accounted or told), traits, damaged=_damage(shop))


def compare(acked: Acked, held: Held, traits: dict[str, Folded], *, damaged: int) -> Loss:
    """Say what does not agree.

    Args:
        traits: Of each person, as the server has folded them.
    """
    lost = sorted(acked.taken.keys() - held.copies.keys())
    twice = sorted(serial for serial, n in held.copies.items() if n > 1)
    strangers = held.copies.keys() - acked.taken.keys()
    quarantine_lost = sorted(acked.waiting - held.waiting.keys())
    whose: dict[str, set[str]] = {}
    sums: dict[str, Folded] = {}
    for serial, sold in acked.taken.items():
        whose.setdefault(sold.person, set()).add(held.customers.get(serial, "nobody"))
        orders, cents, looks = sums.get(sold.person, Folded())
        sums[sold.person] = Folded(orders + (sold.cents > 0), cents + sold.cents, looks + sold.looks)
    wrong = [person for person, folded in sums.items() if traits.get(person) != folded]
    wanting = [*lost, *twice, *quarantine_lost][:5]
    return Loss(
        lost=len(lost),
        twice=len(twice) + sum(n > 1 for n in held.waiting.values()),
        strangers=len(strangers),
        quarantine_lost=len(quarantine_lost),
        accounting=held.accounted,
        apart=sum(len(customers) > 1 for customers in whose.values()),
        folded_wrongly=len(wrong),
        gaps=held.gaps,
        retold=held.retold,
        damaged=damaged,
        examples=tuple(f"{serial} (life {acked.life.get(serial, 0)})" for serial in wanting) + tuple(wrong[:3]),
    )


def traits_of(port: int, people: Iterable[str]) -> dict[str, Folded]:
    """Ask the server what it has counted of people. Raises: RuntimeError: it does not say."""
    client, found = Client(port), dict[str, Folded]()
    for person in sorted(people):
        page = _asked(client, f"/v1/customers/user_id/{person}")
        values = {line["name"]: line["value"] for line in page["traits"]}
        found[person] = Folded(*(int(values.get(name) or 0) for name in ("orders", "spend", "looks")))
    client.close()
    return found


def _await_followed(port: int) -> None:
    """Wait until all that was answered for is in the log and followed. Raises: RuntimeError: that takes too long."""
    client, until = Client(port), time.monotonic() + LONGEST
    while (pending := _asked(client, "/v1/accounting")["total"]["pending"]) and time.monotonic() < until:
        time.sleep(0.1)
    client.close()
    if pending:
        raise RuntimeError(f"{pending} events are pending still, {LONGEST:g} s after they were answered for")


def _told_difference(port: int) -> int:
    """Ask the server what it makes of its own accounts. Raises: RuntimeError: it does not say."""
    client = Client(port)
    told = _asked(client, "/v1/accounting")
    client.close()
    return int(told["total"]["difference"])


def _asked(client: Client, path: str) -> dict[str, Any]:
    """Ask, and once more where the server asks to wait: its database may have been gone a moment ago."""
    until = time.monotonic() + PATIENCE
    while (answer := client.get(path)).status in WAIT and time.monotonic() < until:
        time.sleep(0.1)
    if answer.status != 200:
        raise RuntimeError(f"GET {path} was answered {answer.status}")
    return answer.body


async def _held(shop: Shop) -> Held:
    store = await open_store(shop.database, readonly=True)
    try:
        return await _read(store)
    finally:
        await store.close()


async def _read(store: Store) -> Held:
    head = await store.head()  # What is told of segments while this is read comes after it.
    copies, waiting, customers = Counter[str](), Counter[str](), dict[str, str]()
    last, gaps, mine, retold = 0, 0, 0, 0
    stands: dict[tuple[str, str], str] = {}
    while events := await store.read(after=last, limit=PAGE):
        gaps = events[-1].seq - last - len(events)
        if gaps:
            break
        last = events[-1].seq
        for part, segment, name in _moves(events):
            retold += stands.get((part, segment)) == name
            stands[part, segment] = name
        for serial, customer in _serials(events):
            mine += 1
            copies[serial] += 1
            customers[serial] = customer
    after, rows = "", 0
    while page := await store.quarantined(origin=SOURCE, after=after, limit=PAGE):
        rows += len(page)
        after = page[-1].id
        waiting.update(_serial_of(row) for row in page)
    counted = [count for count in await store.intake_counts() if count.source == SOURCE]
    said = sum(count.accepted for count in counted)
    refused = sum(count.refused for count in counted)
    return Held(copies, customers, waiting, said - mine - rows - refused, max(gaps, head - last), retold)


def _moves(events: Iterable[Event]) -> Iterator[tuple[str, str, str]]:
    """Yield (part, segment, name) of entries and exits; by part, since who was joined to another keeps their own."""
    for event in events:
        if event.source == "shopkeeper" and "segment" in event.texts:
            yield event.part, event.texts["segment"], event.name


def _serials(events: Iterable[Event]) -> Iterator[tuple[str, str]]:
    for event in events:
        if event.source == SOURCE:
            yield event.texts["serial"], event.customer


def _serial_of(row: Quarantined) -> str:
    body: Any = json.loads(row.body)
    return str(body["properties"]["serial"])


def _damage(shop: Shop) -> int:
    """Count what SQLite's own check complains of; PostgreSQL checks its pages as they are read."""
    if shop.store != "sqlite":
        return 0
    with closing(sqlite3.connect(shop.database.removeprefix("sqlite:///"))) as conn:
        rows = conn.execute("PRAGMA integrity_check").fetchall()
    return 0 if rows == [("ok",)] else len(rows)
