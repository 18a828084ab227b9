"""Parcels on SQLite: durable, in order, numbered on whatever was removed; counted by whoever looks."""

import asyncio

import pytest

from shopkeeper.core.errors import StoreError
from shopkeeper.core.parcel import Parcel
from shopkeeper.store import open_store


def parcels(*events, source="web"):
    return [Parcel(source, n, f'{{"n":{n}}}') for n in events]


async def test_parcels_come_back_in_order_and_as_many_as_hold_so_many_events(shelf):
    await shelf.parcels.open(after=0)
    assert await shelf.parcels.put(parcels(3, 40)) == 2
    assert await shelf.parcels.put(parcels(5, source="till")) == 3
    found = await shelf.parcels.read(after=0, events=10)
    assert [(one.position, one.source, one.events, one.body) for one in found] == [
        (1, "web", 3, '{"n":3}'),
        (2, "web", 40, '{"n":40}'),
    ]
    assert [one.position for one in await shelf.parcels.read(after=1, events=1)] == [2]
    assert await shelf.parcels.read(after=3, events=1) == []
    assert await shelf.parcels.held(after=1) == {"web": 40, "till": 5}


async def test_those_put_at_once_keep_their_order(shelf):
    await shelf.parcels.open(after=0)
    last = await asyncio.gather(*(shelf.parcels.put(parcels(n)) for n in range(1, 30)))
    assert last == list(range(1, 30))
    assert [one.events for one in await shelf.parcels.read(after=0, events=10_000)] == list(range(1, 30))


async def test_a_position_is_never_given_twice(sqlite_url):
    for after, began in ((0, 1), (0, 3), (7, 8)):
        store = await open_store(sqlite_url)
        await store.parcels.open(after=after)
        assert await store.parcels.put(parcels(1, 1)) == began + 1
        if after == 0:
            await store.parcels.clear(upto=began)
        await store.close()
    store = await open_store(sqlite_url)
    await store.parcels.clear(upto=9)
    await store.parcels.open(after=9)
    assert await store.parcels.put(parcels(1)) == 10
    await store.close()


async def test_who_only_reads_counts_what_lies_there_and_puts_nothing(sqlite_url, shelf):
    reader = await open_store(sqlite_url, readonly=True)
    assert await reader.parcels.held(after=0) == {}
    assert await reader.parcels.last() == 0
    await shelf.parcels.open(after=0)
    await shelf.parcels.put(parcels(2))
    assert await reader.parcels.held(after=0) == {"web": 2}
    with pytest.raises(StoreError, match="reading only"):
        await reader.parcels.put(parcels(1))
    await reader.close()


async def test_postgres_needs_no_such_place(postgres_database):
    store = await open_store(postgres_database)
    assert store.parcels is None
    await store.close()
