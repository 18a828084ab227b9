"""The inbox of a served shop: who comes alone passes it, who comes with many is put behind those that came before."""

import asyncio
import time

import pytest

import shopkeeper.flows.inbox.inbox as inbox_module
from shopkeeper.core.errors import Overloaded, StoreError
from shopkeeper.flows.accounting import account
from shopkeeper.flows.door.origin import Origin
from shopkeeper.testing.shop import NOW, basket, user

WEB = Origin("web")


def wire(n, who=None):
    return basket(user(n % 20 if who is None else who), ["bread-0"], key=f"i{n}", at=NOW)


async def take(service, n, who=None):
    return await service.collecting.take_one(wire(n, who), WEB, shape=dict, doubtful=False, now=NOW)


async def emptied(service):
    while service.inbox.events or (await account(service.store)).total.pending:
        await asyncio.sleep(0.02)
        await service.follower.keep()


async def test_who_comes_alone_is_told_what_became_of_it(service):
    assert (await take(service, 1)).accepted == 1
    assert (await take(service, 1)).duplicates == 1
    assert service.inbox.events == 0


async def test_of_many_at_once_all_are_durable_and_in_the_log_a_moment_later(service):
    found = await asyncio.gather(*(take(service, n) for n in range(200)))
    assert {one.accepted + one.pending for one in found} == {1}
    assert sum(one.pending for one in found) > 100
    await emptied(service)
    events = await service.store.read(after=0, limit=100_000)
    assert {event.message_id for event in events} >= {f"i{n}" for n in range(200)}
    assert (await account(service.store)).total.difference == 0


async def test_what_comes_later_never_overtakes_what_lies_in_the_inbox(service):
    flood = asyncio.gather(*(take(service, n, 3) for n in range(100)))
    await asyncio.sleep(0)
    await flood
    batch = [wire(n, 3) for n in range(100, 160)]
    await service.collecting.take_all(batch, WEB, shape=dict, doubtful=False, now=NOW)
    told = await service.outcomes.take(wire(160, 3), source="web", now=NOW)
    assert told.outcome == "accepted"
    await emptied(service)
    order = [int(e.message_id[1:]) for e in await service.store.read(after=0, limit=100_000) if e.message_id[0] == "i"]
    assert order.index(160) == len(order) - 1
    assert [n for n in order if n >= 100] == list(range(100, 161))


async def test_what_cannot_lie_in_it_is_taken_past_it_and_waits_by_itself(service, caplog):
    service.inbox._until = time.monotonic() + 60
    half = {**wire(2), "context": {"traits": {"name": "\ud800 canary"}}}
    await service.collecting._taker.leave([wire(1), half, wire(3)], WEB, now=NOW)
    taken = {event.message_id for event in await service.store.read(after=0, limit=100_000)}
    assert taken & {"i1", "i2", "i3"} == {"i1", "i3"}
    assert len(await service.store.quarantined()) == 1
    assert ("UnicodeEncodeError" in caplog.text, "canary" in caplog.text) == (True, False)


async def test_after_a_lull_it_is_passed_again(service, monkeypatch):
    monkeypatch.setattr(inbox_module, "LULL", 60)
    await asyncio.gather(*(take(service, n) for n in range(60)))
    await emptied(service)
    assert (await take(service, 98)).pending == 1
    await emptied(service)
    service.inbox._until = time.monotonic()
    assert (await take(service, 99)).accepted == 1
    assert not service.inbox.wanted


async def test_a_disk_that_is_full_is_said_to_all_who_were_not_put_there(service, monkeypatch):
    async def fails(_parcels):
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(service.store.parcels, "put", fails)
        service.inbox._until = time.monotonic() + 60
        told = await asyncio.gather(*(take(service, n) for n in range(20)), return_exceptions=True)
    assert {type(one) for one in told} == {StoreError}
    assert service.inbox.events == 0
    assert (await take(service, 1)).pending == 1


async def test_who_must_not_overtake_waits_no_longer_than_is_bearable(service, monkeypatch):
    monkeypatch.setattr(inbox_module, "SOON", 0.05)
    service.inbox._lie(10**9, 1)
    with pytest.raises(StoreError, match="not in the log yet"):
        await service.outcomes.take(wire(1), source="web", now=NOW)
    await service.inbox.note(10**9)
    assert (await service.outcomes.take(wire(1), source="web", now=NOW)).outcome == "accepted"


async def test_a_server_goes_on_with_what_the_last_one_left(app):
    async with app.serving() as service:
        monkey = service.inbox
        monkey._until = time.monotonic() + 60
        for task in asyncio.all_tasks():
            if getattr(task.get_coro(), "__qualname__", "") == "Clerk.work":
                task.cancel()
        await asyncio.gather(*(take(service, n) for n in range(30)))
        assert service.inbox.events == 30
        held = (await account(service.store)).total
        assert held.pending >= 30
        assert held.difference == 0
    async with app.serving() as service:
        await emptied(service)
        events = await service.store.read(after=0, limit=100_000)
        assert {event.message_id for event in events} >= {f"i{n}" for n in range(30)}


async def test_the_bound_of_what_may_lie_there_asks_senders_to_wait(service, monkeypatch):
    assert service.pressure() == 0
    service.inbox.events = 10**9
    assert service.pressure() > 0


async def test_a_clerk_that_is_quicker_than_the_news_leaves_nothing_lying(service):
    await service.inbox.note(7)
    service.inbox._lie(7, 3)
    assert service.inbox.events == 0
    assert not service.inbox.wanted


async def test_what_was_let_in_and_not_removed_is_removed_at_the_next_start(app, monkeypatch):
    async with app.serving() as service:
        shelf = service.store.parcels
        with monkeypatch.context() as patch:
            patch.setattr(inbox_module, "SWEPT", 10**9)
            service.inbox._lie(10**9, 1)
            service.inbox._until = time.monotonic() + 60
            await take(service, 1)
            while not any(event.message_id == "i1" for event in await service.store.read(after=0, limit=100_000)):
                await asyncio.sleep(0.01)
        assert await shelf.last() > 0
    async with app.serving():
        assert await app.store.parcels.last() == 0


async def test_a_file_that_cannot_be_cleared_keeps_nobody_waiting(service, monkeypatch):
    async def fails(*, upto):
        raise StoreError("the disk is full")

    service.inbox._lie(10**9, 1)
    waiting = asyncio.create_task(service.inbox.empty())
    await asyncio.sleep(0)
    with monkeypatch.context() as patch:
        patch.setattr(service.store.parcels, "clear", fails)
        with pytest.raises(StoreError):
            await service.inbox.note(10**9)
    await asyncio.wait_for(waiting, 60)
    await service.inbox.note(10**9)
    assert service.inbox._cleared == 10**9


async def test_who_goes_away_while_it_is_emptied_takes_nothing_along(service, monkeypatch):
    service.inbox._until = time.monotonic() + 60
    putting = asyncio.create_task(take(service, 1))
    while not service.inbox._putting:
        await asyncio.sleep(0)
    waiting = asyncio.create_task(service.inbox.empty())
    await asyncio.sleep(0)
    waiting.cancel()
    assert (await asyncio.wait_for(putting, 60)).pending == 1


async def test_where_very_much_lies_who_must_not_overtake_is_asked_to_come_again(service):
    service.inbox._lie(10**9, inbox_module.FAR + 1)
    with pytest.raises(Overloaded):
        await service.outcomes.take(wire(1), source="web", now=NOW)
    await service.inbox.note(10**9)
