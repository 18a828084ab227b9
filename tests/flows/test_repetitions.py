"""What comes again under one id (R3, R4): told by what its sender said, whatever we make of it meanwhile."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from shopkeeper.core.item import Item
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Trait, TraitType
from shopkeeper.flows.collect import CollectResult, collect
from shopkeeper.flows.collecting.sent import ready
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door import canonical
from shopkeeper.flows.door.admission import foresee
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.said import what_was_said
from shopkeeper.testing.shop import DEFINITIONS

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)
AT = "2026-05-31T09:30:00Z"
SHOP = load_definitions({name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")})
WEB = Origin("web")


def call(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "userId": "u1", "messageId": "m1", "timestamp": AT} | fields


def order(**fields: Any) -> dict[str, Any]:
    said = {"order_id": "1", "products": [{"product_id": "tea", "price": 3}]}
    return call("track", event="Order Completed", properties=said | fields)


async def offer(store: Store, *wires: Any, now: datetime = NOW, definitions: Any = SHOP) -> CollectResult:
    return await collect(store, definitions, wires, origin=WEB, now=now)


OTHERS = {
    "an address": [call("identify", traits={"email": f"{name}@x.org"}) for name in "ab"],
    "a trait that is kept apart": [call("identify", traits={"shoe_size": size}) for size in (41, 42)],
    "a personal property": [call("track", event="Signed Up", properties={"email": f"{name}@x.org"}) for name in "ab"],
    "a group's trait": [call("group", groupId="g", traits={"motto": motto}) for motto in "ab"],
    "whom an alias names": [call("alias", previousId=name) for name in "ab"],
    "whom a context names": [
        call("page", context={"externalIds": [{"type": "anonymous_id", "id": name}]}) for name in "ab"
    ],
    "its customer": [call("page", userId=name) for name in "ab"],
    "when it happened": [call("page", timestamp=AT.replace("09", hour)) for hour in ("08", "09")],
}


@pytest.mark.parametrize("what", OTHERS)
async def test_one_id_with_another_body_waits_whatever_differs(store: Store, what: str) -> None:
    first, second = OTHERS[what]
    assert (await offer(store, first)).accepted == 1
    again = await offer(store, first, second)
    assert (again.duplicates, again.conflicts) == (1, 1)
    (row,) = await store.quarantined()
    assert (row.code, msgspec.json.decode(row.body)) == ("conflict", second)


async def test_what_is_compared_by_what_the_log_holds_loses_an_address(shelf: Store, monkeypatch: Any) -> None:
    """Planted bug: an event's digest says nothing of what is kept apart from the log."""
    kept = canonical.what_was_said
    monkeypatch.setattr(canonical, "what_was_said", lambda wire, *more, **at: kept(wire | {"traits": {}}, *more, **at))
    result = await offer(shelf, *OTHERS["an address"])
    assert (result.duplicates, result.conflicts) == (1, 0)


async def test_what_clients_change_when_they_send_again_is_no_difference(store: Store) -> None:
    first = order() | {"sentAt": AT, "_metadata": {"failedDeliveries": 0}, "context": {"ip": "203.0.113.1"}}
    again = order() | {"sentAt": "later", "_metadata": {"failedDeliveries": 2}, "context": {"ip": "203.0.113.2"}}
    assert (await offer(store, first, again)).duplicates == 1


async def test_what_says_in_other_words_what_the_log_holds_is_a_duplicate(store: Store) -> None:
    """As an event of an earlier version does, or one that was imported and then comes by the API."""
    first = order(total="3.00", products=[{"product_id": "tea", "price": "3.00"}])
    await offer(store, first | {"anonymousId": "a1"})
    others = [order(total=3), order(total=3) | {"anonymousId": "a1"}, order(total=4), order(total=3) | {"userId": "u2"}]
    again = await offer(store, *others, order(total=3) | {"anonymousId": "a2"})
    assert [one.outcome for one in again.receipts] == ["duplicate", "duplicate", "conflict", "conflict", "conflict"]


async def test_another_catalogue_and_other_definitions_make_no_conflict_of_a_repetition(store: Store) -> None:
    wires = [order(colour="red"), call("track", messageId="m2", event="Looked", properties={"product_id": "tea"})]
    await offer(store, *wires)
    await store.put_items([Item(id="tea", title="Tea", category="hot", price=300, cost=100)])
    colour = Trait(name="colour", type=TraitType.TEXT, source="stated", purpose="personalization", personal=True)
    changed = SHOP._replace(traits={**SHOP.traits, "colour": colour})
    again = await offer(store, *wires, definitions=changed)
    assert (again.duplicates, again.conflicts) == (2, 0)


def test_a_proof_is_compared_by_that_it_is_there_for_its_text_is_another_each_time() -> None:
    said = [what_was_said(call("page", context={"identityToken": token}), at=0) for token in ("", "abc", "abd")]
    assert said[0] != said[1] == said[2]


async def test_a_trial_foresees_a_repetition_and_a_conflict_as_the_door_tells_them(store: Store) -> None:
    first, second = OTHERS["an address"]
    await offer(store, first)
    drafts = [canonical.canonical(wire, SHOP, {}, origin=WEB, now=NOW) for wire in (first, second)]
    assert [one.outcome for one in await foresee(store, drafts)] == ["duplicate", "conflict"]


async def test_a_retry_that_names_no_id_is_known_by_what_it_says_and_when_its_sender_says(store: Store) -> None:
    """`timestamp` by our clock is another at each retry."""
    wire = {name: value for name, value in order().items() if name != "messageId"}
    for seconds in (0, 30):
        now = NOW + timedelta(seconds=seconds, milliseconds=seconds)
        sent_at = (NOW + timedelta(seconds=seconds)).isoformat()
        shaped = ready(wire | {"sentAt": sent_at}, doubtful=True, now=now, key=b"key")
        result = await offer(store, shaped, now=now)
    assert (result.duplicates, await store.head()) == (1, 1)


async def test_two_events_that_name_neither_id_nor_instant_are_two(store: Store) -> None:
    bare = {"type": "page", "userId": "u1"}
    first = await offer(store, bare)
    second = await offer(store, bare, now=NOW + timedelta(seconds=1))
    assert (first.accepted, second.accepted) == (1, 1)
