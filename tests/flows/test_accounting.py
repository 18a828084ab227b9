"""What becomes of every event adds up, whatever goes wrong; and a bug that loses one is seen."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shopkeeper.core.errors import StoreError
from shopkeeper.core.event import Event
from shopkeeper.core.store import Store
from shopkeeper.flows.accounting import account
from shopkeeper.flows.collect import collect
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.following import READER
from shopkeeper.flows.importing.replay import replay, replay_mended
from shopkeeper.flows.sources.counting import count_traffic
from shopkeeper.store import admit as intake
from shopkeeper.testing.shop import DEFINITIONS, NOW, basket, track, user

SHOP = load_definitions({name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")})


async def send(store: Store, *wires: Any, source: str = "web") -> None:
    await collect(store, SHOP, wires, origin=Origin(source), now=NOW)


def refund(key: str) -> dict[str, Any]:
    return track(user(1), "Order Refunded", {"order_id": "o1"}, key=key, at=NOW)


async def test_every_event_is_in_the_log_or_waits(store: Store) -> None:
    order = basket(user(1), ["tea-0"], key="o2", at=NOW)
    await send(store, order, order, basket(user(1), ["tea-1"], key="o2", at=NOW), refund("r1"))
    await send(store, order, source="till")
    found = await account(store)
    (till, web) = found.sources
    assert (web.accepted, web.pending, web.quarantined, web.duplicates, web.conflicts) == (3, 1, 2, 1, 1)
    assert (till.accepted, till.applied, till.pending) == (1, 0, 1)
    assert (found.total.accepted, found.total.difference, found.steady) == (4, 0, True)
    assert found.words.startswith("Of 4 accepted events")


async def test_what_is_followed_is_applied_counted_before_or_not(store: Store) -> None:
    await send(store, *(basket(user(n), ["tea-0"], key=f"o{n}", at=NOW) for n in range(5)))
    await count_traffic(store)
    await store.advance(READER, expected=0, to=3)
    await send(store, basket(user(9), ["tea-0"], key="o9", at=NOW))
    total = (await account(store)).total
    assert (total.accepted, total.applied, total.pending, total.difference) == (6, 3, 3, 0)


async def test_what_waited_and_went_in_is_counted_once(store: Store) -> None:
    await send(store, refund("r1"))
    await send(store, basket(user(1), ["tea-0"], key="o1", at=NOW))
    assert (await replay(store, SHOP, now=NOW + timedelta(minutes=1))).taken == 1
    total = (await account(store)).total
    assert (total.accepted, total.pending, total.quarantined, total.difference) == (2, 2, 0, 0)


async def test_what_shopkeeper_writes_itself_is_not_in_it(store: Store) -> None:
    own = Event(source="shopkeeper", message_id="d", name="Decision Made", customer="", at=NOW, received_at=NOW)
    await store.append([own])
    assert (await account(store)).sources == ()


async def test_a_store_that_fails_leaves_the_accounts_as_they_were(store: Store, monkeypatch: Any) -> None:
    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(intake, "_count", fail)
        with pytest.raises(StoreError):
            await send(store, refund("r1"), basket(user(1), ["tea-0"], key="o2", at=NOW))
    total = (await account(store)).total
    assert (total.accepted, total.pending, total.quarantined, total.difference) == (0, 0, 0, 0)


async def test_a_quarantine_written_outside_of_the_commit_is_seen_when_it_is_cut_off(
    store: Store, monkeypatch: Any
) -> None:
    monkeypatch.setattr(intake.held, "quarantine", lambda _conn, _rows: None)  # killed before it was written
    await send(store, refund("r1"), basket(user(1), ["tea-0"], key="o2", at=NOW))
    found = await account(store)
    assert found.total.difference == 1
    assert found.words.startswith("1 events are nowhere")


async def test_what_is_replayed_twice_at_once_is_counted_once(store: Store) -> None:
    await send(store, refund("r1"), source="web")
    await send(store, basket(user(1), ["tea-0"], key="o1", at=NOW))
    later = NOW + timedelta(minutes=1)
    for done in await asyncio.gather(*(replay(store, SHOP, now=later) for _ in range(3))):
        assert done.taken == 1
    (web,) = (await account(store)).sources
    assert (web.accepted, web.pending, web.quarantined, web.duplicates, web.difference) == (2, 2, 0, 2, 0)


async def test_of_two_who_mend_a_row_at_once_both_events_are_counted(store: Store) -> None:
    """Each is another event: the second is no row that waited, since the first was."""
    await send(store, refund("r1"))
    await send(store, basket(user(1), ["tea-0"], key="o1", at=NOW))
    (row,) = await store.quarantined()
    for key in ("r2", "r3"):
        body = refund(key) | {"timestamp": NOW.isoformat()}
        assert (await replay_mended(store, SHOP, row, body, by="ann", now=NOW)).why is None
    total = (await account(store)).total
    assert (total.accepted, total.pending, total.quarantined, total.difference) == (3, 3, 0, 0)
