"""The taker: events that come one by one share commits, and each gets its own receipt."""

import asyncio

import pytest

from shopkeeper.core.errors import StoreError
from shopkeeper.flows import collect as collect_module
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.taker import GATHER, Taker
from shopkeeper.testing.shop import NOW, basket, user

WEB, TILL = Origin("web"), Origin("till")


@pytest.fixture
def taker(service):
    parts = {"contracts": service.contracts, "follower": service.follower, "inbox": service.inbox}
    return Taker(service.store, service.definitions, {}, **parts)


@pytest.fixture
def commits(service, monkeypatch):
    """How many events each commit held that was asked for."""
    sizes, admit = [], service.store.admit

    async def counted(offering):
        sizes.append(len(offering.arrivals))
        return await admit(offering)

    monkeypatch.setattr(service.store, "admit", counted)
    return sizes


def wire(n):
    return basket(user(n), ["bread-0"], key=f"t{n}", at=NOW)


async def test_events_that_come_at_once_share_a_commit_and_each_has_its_own_receipt(taker, commits):
    taken = await asyncio.gather(*(taker.take(wire(n), WEB, now=NOW) for n in [*range(20), 3]))
    assert commits == [21]
    assert [one.outcome for one in taken] == ["accepted"] * 20 + ["duplicate"]
    assert len({one.customer for one in taken}) == 20
    assert taken[20].seq == taken[3].seq


async def test_what_comes_during_a_commit_goes_into_the_next(taker, commits):
    first = asyncio.create_task(taker.take(wire(0), WEB, now=NOW))
    while not commits:
        await asyncio.sleep(0)
    await asyncio.gather(first, *(taker.take(wire(n), WEB, now=NOW) for n in range(1, 10)))
    assert commits == [1, 9]


async def test_where_several_come_the_next_commit_waits_for_more_and_who_is_alone_does_not(taker, commits, monkeypatch):
    sleep, waited = asyncio.sleep, asyncio.Event()

    async def gather(seconds):
        await (waited.wait() if seconds == GATHER else sleep(seconds))

    monkeypatch.setattr(asyncio, "sleep", gather)
    await asyncio.gather(*(taker.take(wire(n), WEB, now=NOW) for n in range(3)))
    later = [asyncio.create_task(taker.take(wire(3), WEB, now=NOW))]
    await sleep(0.2)
    later.append(asyncio.create_task(taker.take(wire(4), WEB, now=NOW)))
    await sleep(0)
    waited.set()
    await asyncio.gather(*later)
    assert commits == [3, 2]
    waited.clear()
    for n in (5, 6, 7):
        await asyncio.wait_for(taker.take(wire(n), WEB, now=NOW), 30)
    assert commits == [3, 2, 1, 1, 1]


async def test_each_source_keeps_its_own(taker, service):
    mine, theirs = await asyncio.gather(taker.take(wire(1), WEB, now=NOW), taker.take(wire(1), TILL, now=NOW))
    assert (mine.outcome, theirs.outcome) == ("accepted", "accepted")
    assert {event.source for event in await service.store.history([mine.customer or ""], after=mine.seq - 2)} >= {
        "web",
        "till",
    }


async def test_one_that_waits_holds_up_no_other(taker):
    refund = {"type": "track", "userId": "nobody-1", "event": "Order Refunded", "messageId": "r"}
    refund |= {"properties": {"order_id": "x", "total": 1}, "timestamp": NOW.isoformat()}
    good, waits, broken = await asyncio.gather(
        taker.take(wire(1), WEB, now=NOW), taker.take(refund, WEB, now=NOW), taker.take({"type": "x"}, WEB, now=NOW)
    )
    assert (good.outcome, waits.outcome, broken.outcome) == ("accepted", "refused", "refused")
    assert (waits.code, broken.code) == ("refund_without_order", "bad_event")
    assert waits.waits_as
    assert broken.waits_as


async def test_a_caller_that_goes_away_stops_nobody(taker):
    callers = [asyncio.create_task(taker.take(wire(n), WEB, now=NOW)) for n in range(3)]
    await asyncio.sleep(0)
    callers[1].cancel()
    left = [await callers[0], await callers[2]]
    assert [one.outcome for one in left] == ["accepted", "accepted"]
    assert (await taker.take(wire(1), WEB, now=NOW)).outcome == "duplicate"


async def test_a_store_that_fails_is_said_to_all_and_taken_up_again(taker, service, monkeypatch):
    async def fails(_offering):
        raise StoreError("away")

    with monkeypatch.context() as patch:
        patch.setattr(service.store, "admit", fails)
        told = await asyncio.gather(*(taker.take(wire(n), WEB, now=NOW) for n in range(3)), return_exceptions=True)
    assert [type(one) for one in told] == [StoreError] * 3
    assert (await taker.take(wire(1), WEB, now=NOW)).outcome == "accepted"


async def test_an_event_that_nobody_foresaw_waits_alone(taker, service, monkeypatch, caplog):
    real = collect_module.canonical

    def trips(event, *args, **more):
        if event["messageId"] == "t1":
            raise RuntimeError("a customer's name")
        return real(event, *args, **more)

    monkeypatch.setattr(collect_module, "canonical", trips)
    told = await asyncio.gather(*(taker.take(wire(n), WEB, now=NOW) for n in range(3)))
    assert [(one.outcome, one.code) for one in told] == [
        ("accepted", None),
        ("refused", "unforeseen"),
        ("accepted", None),
    ]
    assert await service.store.find_quarantined(told[1].waits_as) is not None
    assert "RuntimeError" in caplog.text
    assert "a customer's name" not in caplog.text
