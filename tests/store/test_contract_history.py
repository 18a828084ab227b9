"""Histories are read page by page, on both databases: whole, in order, and never all of a long one at once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shopkeeper.core.event import Event
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.store import Store
from shopkeeper.store import history
from shopkeeper.testing.arrivals import arrive

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def event(n: int, part: str, *, name: str = "Viewed", size: int = 10) -> Event:
    texts = {"note": "x" * size}
    return Event(source="web", message_id=f"{part}-{n}", name=name, customer=part, at=NOW, received_at=NOW, texts=texts)


async def pages(store: Store, customers: list[str], **which: Any) -> list[list[int]]:
    return [[one.seq for one in page] async for page in store.history_pages(customers, **which)]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE", 4)


@pytest.mark.usefixtures("short")
async def test_pages_make_up_the_history_whatever_part_its_events_are_under(store: Store) -> None:
    a, b, c = (await arrive(store, [Identifier("anonymous_id", f"c{n}") for n in range(3)], now=NOW)).values()
    await store.merge(a, b, limits={}, by="Ann", now=NOW)
    whole = min(a, b)
    await store.append([event(n, [a, b, b, c, a, a, b, c][n % 8]) for n in range(30)])
    end = await store.head() - 2
    theirs = [one.seq for one in await store.read(after=3, limit=99) if one.customer == whole and one.seq <= end]
    found = await pages(store, [whole], after=3, upto=end)
    assert [seq for page in found for seq in page] == theirs
    assert [len(page) for page in found[:-1]] == [4] * (len(found) - 1)
    both = await store.history([whole, c])
    assert {one.seq for one in both} == {one.seq for one in await store.read(after=0, limit=99)}
    assert {one.customer for one in both} == {whole, c}
    assert await pages(store, []) == []


@pytest.mark.usefixtures("short")
async def test_pages_of_some_names_hold_no_other_event(store: Store) -> None:
    await store.append([event(n, f"cus_{n % 2}", name="ABC"[n % 3]) for n in range(40)])
    found = await pages(store, ["cus_0", "cus_1"], names=["A", "C"])
    assert found[0] == [1, 3, 4, 6]
    assert [seq for page in found for seq in page] == [n + 1 for n in range(40) if n % 3 != 1]
    assert await pages(store, ["cus_0"], names=["D"]) == []


async def test_a_page_of_large_events_holds_few_and_one_at_least(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE_BYTES", 2_500)
    await store.append([event(n, "cus_0", size=1_000) for n in range(5)] + [event(9, "cus_0", size=9_000)])
    await store.append([event(n, "cus_0") for n in range(10, 14)])
    assert await pages(store, ["cus_0"]) == [[1, 2, 3], [4, 5, 6], [7, 8, 9, 10]]


async def test_a_few_short_histories_are_one_page(store: Store) -> None:
    await store.append([event(n, f"cus_{n % 64}") for n in range(1_000)])
    assert [len(page) for page in await pages(store, [f"cus_{n}" for n in range(64)])] == [1_000]
