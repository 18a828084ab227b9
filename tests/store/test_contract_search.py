"""Finding customers by the beginning of a name, and one customer's events, on both databases."""

from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import Connection, text

from shopkeeper.core.event import Event, EventCount
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.store import Store
from shopkeeper.store.dialect import beginning
from shopkeeper.store.sql import SqlStore
from shopkeeper.testing.arrivals import arrive

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


async def found(store: Store, *beginnings: str, limit: int = 9) -> set[str]:
    return {name.value for name, _ in await store.search_identifiers(beginnings, limit=limit)}


async def test_identifiers_are_found_by_their_beginning_whatever_their_kind(store: Store) -> None:
    values = ("u1", "u12", "U1", "v1", "u", "ü1", "u1%", "u1_\U0010ffff")
    made = await arrive(store, [Identifier(f"k{n}", value) for n, value in enumerate(values)], now=NOW)
    assert await found(store, "u1") == {"u1", "u12", "u1%", "u1_\U0010ffff"}
    assert await found(store, "u1", "U1") == {"u1", "u12", "u1%", "u1_\U0010ffff", "U1"}
    assert await found(store, "ü") == {"ü1"}
    assert await found(store, "%") == set()
    assert len(await found(store, "u", limit=2)) == 2
    assert (Identifier("k0", "u1"), made[Identifier("k0", "u1")]) in await store.search_identifiers(["u1"], limit=9)


async def test_personal_values_are_found_by_their_beginning_capitals_or_not(store: Store) -> None:
    one, two = Identifier("card", "1"), Identifier("card", "2")
    made = await arrive(store, [one], now=NOW, personal={"name": "Straße", "email": "Ann@example.org"})
    made |= await arrive(store, [two], now=NOW, personal={"name": "anna"})
    assert set(await store.search_personal("ANN", limit=9)) == {(made[one], "email"), (made[two], "name")}
    assert await store.search_personal("STRASSE", limit=9) == [(made[one], "name")]
    await arrive(store, [two], now=NOW + timedelta(days=1), personal={"name": "Eve"})
    assert await store.search_personal("anna", limit=9) == []


async def test_a_value_of_any_length_is_kept_and_found_by_its_beginning(store: Store) -> None:
    name = Identifier("card", "1")
    value = "".join(Random(1).choices("abcdefghijklmnopqrstuvwxyzÄÖÜ0123456789+/", k=30_000))  # noqa: S311 - no secret
    made = await arrive(store, [name], now=NOW, personal={"avatar": value})
    for beginning_with in (value[:9].upper(), value[:199], value[:500], value):
        assert await store.search_personal(beginning_with, limit=9) == [(made[name], "avatar")]
    assert await store.search_personal(value[:199] + "?", limit=9) == []
    assert await store.personal(made[name]) == {"avatar": value}


async def test_the_search_reads_an_index(store: Store) -> None:
    assert isinstance(store, SqlStore)

    def plan(conn: Connection) -> str:
        if conn.dialect.name == "sqlite":
            sql = "EXPLAIN QUERY PLAN SELECT part FROM identifiers WHERE value >= :low AND value < :high"
        else:
            conn.execute(text("SET enable_seqscan = off"))  # not LOCAL: reading begins no transaction
            sql = "EXPLAIN SELECT part FROM identifiers WHERE value ~>=~ :low AND value ~<~ :high"
        return str(conn.execute(text(sql), beginning("u1")).all())

    assert "ix_identifiers_value" in await store.door.scan(plan)


async def test_some_customers_and_their_identifiers(store: Store) -> None:
    names = [Identifier("card", "1"), Identifier("card", "2")]
    made = await arrive(store, names, now=NOW)
    ids = [made[name] for name in names]
    assert await store.known_customers([ids[0], "cus_none"]) == {ids[0]}
    assert await store.identifiers_of_many([*ids, "cus_none"]) == {made[name]: [name] for name in names}


def event(number: int, *, name: str = "A", source: str = "s", days: int = 0, customer: str = "cus_1") -> Event:
    at = NOW - timedelta(days=days)
    key = f"{source}{number}"
    return Event(source=source, message_id=key, name=name, customer=customer, at=at, received_at=NOW)


EVENTS = (
    event(1, days=1),
    event(2, name="B", days=3),
    event(3, source="t", days=2),
    event(4, days=2),
    event(5, customer="cus_2"),
)


async def seqs(
    store: Store, before: int | None = None, name: str | None = None, source: str | None = None
) -> list[int]:
    shown = await store.timeline("cus_1", limit=2, before=before, name=name, source=source)
    return [one.seq for one in shown]


async def test_a_timeline_runs_from_the_latest_event_backwards_in_pages(store: Store) -> None:
    await store.append(EVENTS)
    assert await seqs(store) == [1, 4]
    assert await seqs(store, before=4) == [3, 2]
    assert await seqs(store, before=2) == []
    assert await seqs(store, before=5) == []
    assert (await store.timeline("cus_1", limit=1))[0].name == "A"


async def test_a_timeline_shows_one_name_or_one_source(store: Store) -> None:
    await store.append(EVENTS)
    assert await seqs(store, name="B") == [2]
    assert await seqs(store, source="t") == [3]
    assert await seqs(store, name="B", source="t") == []


async def test_one_customers_events_are_counted(store: Store) -> None:
    await store.append(EVENTS)
    day = timedelta(days=1)
    assert await store.count_events_of("cus_1") == [
        EventCount("A", "s", 2, NOW - day),
        EventCount("A", "t", 1, NOW - 2 * day),
        EventCount("B", "s", 1, NOW - 3 * day),
    ]
