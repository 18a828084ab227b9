"""Contracts in the store, on both databases: counts of several processes add up, and nothing but names is kept."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shopkeeper.core.contract import ABSENT, EACH, MAX_PATHS, SETTLED, Fact, Learned, Shape
from shopkeeper.core.errors import NotFound
from shopkeeper.core.store import Store
from shopkeeper.store import open_store

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLAIN: Shape = frozenset({("total", "number"), ("currency", "text")})


def learned(shapes: dict[Shape, int], *, name: str = "Order Completed", at: datetime = NOON, **looks: int) -> Learned:
    return Learned("web", name, shapes, {(path, "looked"): n for path, n in looks.items()}, at, at)


async def facts(store: Store, name: str = "Order Completed") -> dict[tuple[str, str], Fact]:
    found = await store.find_contract("web", name)
    assert found is not None
    return {(fact.path, fact.fact): fact for fact in found.facts}


async def test_what_is_learned_adds_up_and_keeps_when_it_was_first_seen(store: Store) -> None:
    later = NOON + timedelta(hours=1)
    await store.learn_contracts([learned({PLAIN: 3}, total=2)])
    await store.learn_contracts([learned({PLAIN: 4, frozenset({("total", "text")}): 1}, at=later, total=1)])
    found = await facts(store)
    total = found["total", "number"]
    assert (total.events, total.nth, total.first_at, total.last_at) == (7, 0, NOON, later)
    assert (found["total", "text"].events, found["total", "text"].nth) == (1, 3)
    assert found["currency", ABSENT].events == 1
    assert found["total", "looked"].events == 3
    assert [one.events for one in await store.contracts()] == [8]


async def test_two_processes_lose_no_count(ready_url: str) -> None:
    processes = [await open_store(ready_url) for _ in range(2 if ready_url.startswith("postgres") else 1)]
    work = [
        one.learn_contracts([learned({PLAIN: 1}), learned({PLAIN: 1}, name=f"N{n % 3}")])
        for n in range(20)
        for one in processes
    ]
    await asyncio.gather(*work)
    assert (await facts(processes[0]))["total", "number"].events == len(work)
    for one in processes:
        await one.close()


async def test_a_line_lacks_only_what_lines_have(store: Store) -> None:
    lines = frozenset({("products", "list"), (EACH, "object"), (f"{EACH}.sku", "text")})
    await store.learn_contracts([learned({lines: 2})])
    await store.learn_contracts([learned({frozenset({("products", "list")}): 5, lines - {(f"{EACH}.sku", "text")}: 1})])
    found = await facts(store)
    assert found[f"{EACH}.sku", ABSENT].events == 1
    assert (EACH, ABSENT) not in found


async def test_names_made_up_for_each_event_do_not_fill_the_store(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.learn_contracts([learned({frozenset({(f"n{n}", "text")}): 1 for n in range(2 * MAX_PATHS)})])
    await store.learn_contracts([learned({frozenset({("one more", "text")}): 1})])
    assert len({path for path, _ in await facts(store)}) == MAX_PATHS
    monkeypatch.setattr("shopkeeper.store.contract.MAX_NAMES", 5)
    await store.learn_contracts([learned({PLAIN: 1}, name=f"made up {n}") for n in range(20)])
    assert len(await store.contracts()) == 5


async def test_a_mode_is_put_in_force_with_what_is_known(store: Store) -> None:
    await store.learn_contracts([learned({PLAIN: 3}), learned({PLAIN: 1}, name="Other")])
    assert [(one.mode, one.accepted) for one in await store.contracts()] == [("learn", SETTLED)] * 2
    await store.change_contract("web", "Order Completed", "strict", by="jo", now=NOON)
    (found,) = await store.strict_contracts()
    assert (found.name, found.accepted, found.changed_at, found.changed_by) == ("Order Completed", 3, NOON, "jo")
    assert len(found.facts) == 2
    await store.change_contract("web", "Order Completed", "learn", by="jo", now=NOON)
    assert await store.strict_contracts() == []
    with pytest.raises(NotFound):
        await store.change_contract("web", "Nothing", "warn", by="jo", now=NOON)
