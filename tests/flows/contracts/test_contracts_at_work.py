"""Contracts beside the door: learned cheaply, written without values, strict in every process."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shopkeeper.core.errors import StoreError
from shopkeeper.core.store import Store
from shopkeeper.flows.contracts import contracts as at_work
from shopkeeper.flows.contracts.agreement import flags
from shopkeeper.flows.contracts.contracts import MAX_KEYS, Contracts

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CANARIES = {"note": "canary@example.org", "reach_me": "+49 170 1234567", "from": "192.0.2.17", "n": "canary-77"}


def track(**properties: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Viewed", "userId": "1", "properties": properties}


async def taught(store: Store, *wires: dict[str, Any]) -> Contracts:
    contracts = Contracts(store)
    for wire in wires:
        contracts.learn(wire, "web", now=NOON)
    await contracts.write_back()
    return contracts


async def stored(store: Store) -> str:
    """Return everything that the store keeps of contracts, as text."""
    return repr(await store.contracts())


async def test_values_that_look_personal_are_flagged_and_never_kept(store: Store) -> None:
    await taught(store, *[track(**CANARIES)] * 10)
    (found,) = await store.contracts()
    assert {(one.path, one.kind) for one in flags(found)} == {("note", "email"), ("reach_me", "phone"), ("from", "ip")}
    assert [value for value in CANARIES.values() if value in await stored(store)] == []


async def test_a_flag_that_keeps_the_value_would_be_seen(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_work, "value_looks", lambda value: f"like {value}")
    await taught(store, track(**CANARIES))
    assert "canary@example.org" in await stored(store)


async def test_a_strict_contract_refuses_until_it_learns_again(store: Store) -> None:
    contracts = await taught(store, *[track(price=1.5)] * 3)
    assert contracts.check(track(price="1.50"), "web") is None
    await store.change_contract("web", "Product Viewed", "strict", by="jo", now=NOON)
    elsewhere = Contracts(store)
    await elsewhere.start()
    refusal = elsewhere.check(track(price="1.50"), "web")
    assert refusal is not None
    assert (refusal.code, str(refusal).partition(":")[0]) == ("contract", "price")
    assert elsewhere.check(track(price=2), "web") is None
    assert elsewhere.check(track(price="1.50"), "app") is None
    await store.change_contract("web", "Product Viewed", "warn", by="jo", now=NOON)
    await elsewhere.write_back()
    assert elsewhere.check(track(price="1.50"), "web") is None


async def test_what_could_not_be_written_is_written_later(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(_learned: object) -> None:
        raise StoreError("the disk is full")

    contracts = Contracts(store)
    contracts.learn(track(price=1), "web", now=NOON)
    with monkeypatch.context() as broken:
        broken.setattr(store, "learn_contracts", full, raising=False)
        with pytest.raises(StoreError):
            await contracts.write_back()
    contracts.learn(track(price=1), "web", now=NOON)
    await contracts.write_back()
    assert [one.events for one in await store.contracts()] == [2]


async def test_shapes_made_up_for_each_event_are_bounded(store: Store) -> None:
    await taught(store, *(track(**{f"p{n}": 1}) for n in range(2 * MAX_KEYS)))
    (found,) = await store.contracts()
    assert found.events == MAX_KEYS


async def test_what_is_no_event_teaches_nothing(store: Store) -> None:
    junk: list[Any] = [None, [], "x", {}, {"type": "track"}, {"type": "track", "event": "A", "properties": []}]
    contracts = Contracts(store)
    for wire in junk:
        contracts.learn(wire, "web", now=NOON)
        assert contracts.check(wire, "web") is None
    await contracts.write_back()
    assert await store.contracts() == []
