"""The stream: everything once and in order, what is too much is said, and it ends when it must."""

import asyncio

import pytest

from shopkeeper.core.errors import Conflict
from shopkeeper.flows.collect import collect
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.event_lines import EventLine, Wanted
from shopkeeper.flows.event_stream import BATCH, BEHIND, Beat, End, Gap, Streams, follow
from shopkeeper.testing.shop import NOW, track, user


@pytest.fixture
def streams():
    return Streams(most=2)


@pytest.fixture
def tell(app):
    async def add(n, *, name="Product Viewed", start=0):
        wires = [track(user(5), name, {"product_id": "tea-0"}, key=f"{name}{start + i}", at=NOW) for i in range(n)]
        await collect(app.store, app.definitions, wires, origin=Origin("web"), now=NOW)

    return add


def following(app, streams, wanted=None, *, after=None, allowed=True, beat=1e9):
    async def may():
        return allowed

    return follow(
        app.store,
        lambda: app.definitions,
        wanted or Wanted(),
        after=after,
        streams=streams,
        allowed=may,
        pause=0.01,
        beat=beat,
    )


async def gather(messages, n, kind=EventLine):
    found = []
    async for message in messages:
        if isinstance(message, kind):
            found.append(message)
        if len(found) == n:
            return found
    return found


async def test_events_are_told_once_and_in_order_from_the_number_that_is_known(app, streams, tell):
    known = await app.store.head()
    await tell(30)
    found = await gather(following(app, streams, after=known), 30)
    assert [one.seq for one in found] == list(range(known + 1, known + 31))
    assert found[0].words == "Looked at Tea no. 0."


async def test_without_a_number_it_begins_with_what_comes_next(app, streams, tell):
    messages = following(app, streams)
    assert isinstance(await anext(messages), Beat)
    await tell(1)
    assert [one.seq for one in await gather(messages, 1)] == [await app.store.head()]


async def test_only_what_is_wanted_is_told(app, streams, tell):
    known = await app.store.head()
    await tell(3, name="Product Added")
    await tell(3)
    found = await gather(following(app, streams, Wanted(name="Product Viewed", source="web"), after=known), 3)
    assert {one.name for one in found} == {"Product Viewed"}


async def test_who_is_far_behind_is_told_how_much_was_passed_over(app, streams, tell):
    known = await app.store.head()
    await tell(BEHIND + 300)
    messages = following(app, streams, after=known)
    (gap,) = await gather(messages, 1, Gap)
    assert gap.passed == BEHIND + 300 - BATCH
    assert "came too fast" in gap.words
    rest = await gather(messages, BATCH)
    assert [rest[0].seq, rest[-1].seq] == [gap.upto + 1, await app.store.head()]


async def test_a_slow_reader_holds_one_batch_and_is_told_of_the_gap(app, streams, tell):
    messages = following(app, streams, after=await app.store.head())
    await tell(5)
    first = await gather(messages, 1)
    await tell(BEHIND + BATCH, start=5)
    gap = (await gather(messages, 1, Gap))[0]
    assert first[0].seq < gap.upto < await app.store.head()


async def test_it_ends_with_the_server(app, streams):
    task = asyncio.create_task(gather(following(app, streams), 1, End))
    await asyncio.sleep(0.05)
    streams.close()
    assert [one.why for one in await asyncio.wait_for(task, 60)] == ["closing"]


async def test_it_ends_with_the_readers_session_even_while_events_flow(app, streams, tell):
    await tell(500)
    known = await app.store.head() - 500
    messages = following(app, streams, after=known, allowed=False, beat=0)
    found = [message async for message in messages]
    assert isinstance(found[-1], End)
    assert found[-1].why == "signed out"
    assert sum(isinstance(one, EventLine) for one in found) == BATCH


async def test_there_are_only_so_many_places(streams):
    with streams.place(), streams.place(), pytest.raises(Conflict, match="2 streams are open"):
        streams.require_place()
    streams.require_place()
