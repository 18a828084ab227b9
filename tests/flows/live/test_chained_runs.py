"""Runs of the log that overlap: one is looked at while the one before is recorded, and nothing is told twice."""

import asyncio

import pytest

import shopkeeper.flows.following.follower as follower_module
from shopkeeper.core.errors import StoreError
from shopkeeper.core.identifier import Identifier
from shopkeeper.flows.collect import collect
from shopkeeper.flows.door.origin import Origin
from shopkeeper.testing.shop import NOW, basket

PETS = ["pets-0", "pets-1", "pets-2"]


class Gate:
    """Holds up what is recorded, and notes what happens in which order."""

    def __init__(self, service, monkeypatch):
        self.permits, self.fails, self.seen = asyncio.Semaphore(0), [], []
        self._change = service.store.change_memberships
        look = follower_module.look_at_run

        async def looked(store, led, run, **more):
            step = await look(store, led, run, **more)
            self.seen.append(f"looked at {run.upto}")
            await self.after_look()
            return step

        monkeypatch.setattr(follower_module, "RUN", (1, 1))
        monkeypatch.setattr(follower_module, "TURN", 1_000)
        monkeypatch.setattr(follower_module, "look_at_run", looked)
        monkeypatch.setattr(service.store, "change_memberships", self._record)

    async def after_look(self):
        """Do what a test has to do after each look."""

    async def _record(self, **what):
        await self.permits.acquire()
        if self.fails:
            raise self.fails.pop(0)
        await self._change(**what)
        self.seen.append("recorded")

    def open(self):
        for _ in range(1_000):
            self.permits.release()

    async def until(self, seen):
        async with asyncio.timeout(30):
            while seen not in self.seen:
                await asyncio.sleep(0.005)


@pytest.fixture
async def gate(service, monkeypatch):
    await service.follower.reach(await service.store.head())
    return Gate(service, monkeypatch)


def bought(who):
    return basket(who, PETS, key=f"o-{who}", at=NOW)


async def send(service, *wires):
    async with service.follower.turn:
        taken = await collect(service.store, service.definitions, wires, origin=Origin("web"), now=NOW)
    service.follower.stir()
    return [one.seq for one in taken.receipts]


async def told(service, who):
    names = [Identifier("user_id", who)]
    (customer,) = (await service.store.find_customers(names)).values()
    events = await service.store.history([customer])
    return [event.name for event in events if event.texts.get("segment") == "pet_owners"]


async def followed(service):
    await service.follower.reach(await service.store.head())


async def test_the_next_run_is_looked_at_while_one_is_recorded_and_no_third(service, gate):
    first, second, third = await send(service, bought("r1"), bought("r2"), bought("r3"))
    await gate.until(f"looked at {second}")
    await asyncio.sleep(0.1)
    assert gate.seen == [f"looked at {first}", f"looked at {second}"]
    assert service.follower.position < first
    gate.permits.release()
    await gate.until(f"looked at {third}")
    assert gate.seen[2:] == ["recorded", f"looked at {third}"]
    gate.open()
    await followed(service)
    assert [await told(service, who) for who in ("r1", "r2", "r3")] == [["Segment Entered"]] * 3


@pytest.mark.parametrize("failure", [StoreError("the disk is full"), ZeroDivisionError()])
async def test_where_recording_fails_what_was_looked_at_after_it_is_looked_at_again(service, gate, failure):
    inside = len(await service.store.members("pet_owners"))
    _, second = await send(service, bought("r1"), bought("r2"))
    gate.fails.append(failure)
    await gate.until(f"looked at {second}")
    gate.open()
    async with asyncio.timeout(30):
        while service.follower.position < second:
            await asyncio.sleep(0.01)
    await followed(service)
    assert gate.seen.count(f"looked at {second}") == 2
    assert [await told(service, who) for who in ("r1", "r2")] == [["Segment Entered"]] * 2
    assert len(await service.store.members("pet_owners")) == inside + 2


async def test_where_two_runs_fail_the_first_is_followed_first(service, gate, monkeypatch):
    look, stumbled = follower_module.look_at_run, []

    async def stumbles(store, led, run, **more):
        if gate.seen and not stumbled:
            stumbled.append(run.upto)
            gate.fails.append(StoreError("the disk is full"))
            gate.open()
            raise ZeroDivisionError
        return await look(store, led, run, **more)

    monkeypatch.setattr(follower_module, "look_at_run", stumbles)
    _, second = await send(service, bought("r1"), bought("r2"))
    async with asyncio.timeout(30):
        while service.follower.position < second:
            await asyncio.sleep(0.01)
    await followed(service)
    assert stumbled == [second]
    assert [await told(service, who) for who in ("r1", "r2")] == [["Segment Entered"]] * 2


async def test_who_is_let_go_of_while_they_are_recorded_stands_where_the_look_noted(service, gate):
    profiles = service.follower.led.profiles

    async def let_go():
        profiles.forget(list(profiles._live))

    gate.permits.release()
    await send(service, basket("r1", ["bread-0"], key="o-0", at=NOW))
    await followed(service)
    gate.after_look = let_go
    back = {"type": "track", "event": "Order Cancelled", "userId": "r1", "messageId": "x"}
    _, second = await send(service, bought("r1"), back | {"properties": {"order_id": "o-r1"}})
    await gate.until(f"looked at {second}")
    gate.open()
    await followed(service)
    assert await told(service, "r1") == ["Segment Entered", "Segment Exited"]
    assert not profiles.unrecorded
    names = [Identifier("user_id", "r1")]
    (customer,) = (await service.store.find_customers(names)).values()
    stands = (await service.store.memberships([customer])).get(customer, [])
    assert "pet_owners" not in {stand.segment for stand in stands}


async def test_a_merge_hands_on_only_what_is_recorded(service, gate, monkeypatch):
    inherit = service.watch.inherit

    async def inherits(heirs):
        gate.seen.append("inherited")
        await inherit(heirs)

    monkeypatch.setattr(service.watch, "inherit", inherits)
    _, second = await send(service, bought("r1"), bought("r2"))
    await gate.until(f"looked at {second}")
    names = [Identifier("user_id", "r1"), Identifier("user_id", "r2")]
    one, other = (await service.store.find_customers(names)).values()
    merged = await service.store.merge(one, other, limits={"user_id": 5}, by="ann", now=NOW)
    while service.follower.head < merged:
        await asyncio.sleep(0.01)
    gate.permits.release()
    await gate.until("recorded")
    await asyncio.sleep(0.2)
    assert gate.seen[-1] == "recorded"  # of the first; the second waits, and so does the merge
    gate.open()
    await service.follower.reach(merged)
    assert gate.seen.index("inherited") > 3
    stands = await service.store.memberships([min(one, other)])
    assert "pet_owners" in {stand.segment for stand in stands[min(one, other)]}


async def test_a_server_that_ends_meanwhile_records_what_it_looked_at(service, gate):
    _, second = await send(service, bought("r1"), bought("r2"))
    await gate.until(f"looked at {second}")
    closing = asyncio.create_task(service.follower.close())
    await asyncio.sleep(0.05)
    gate.open()
    await closing
    assert [await told(service, who) for who in ("r1", "r2")] == [["Segment Entered"]] * 2
