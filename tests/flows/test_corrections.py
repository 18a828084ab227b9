"""Corrections of orders: whom they join, whose order they find, and when they wait."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shopkeeper.core.event import CORRECTIONS
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import CollectResult, collect
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door import canonical
from shopkeeper.flows.door.admission import NEW, foresee
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.importing import replay

NOW = datetime(2026, 5, 1, tzinfo=UTC)
TILL = Origin("till")
USER, COOKIE = Identifier("user_id", "U"), Identifier("anonymous_id", "A")
DEFINITIONS = load_definitions(
    {
        "shop.yaml": """
name: Shop
currency: EUR
time_zone: UTC
identifiers: {user_id: {}, email: {}, anonymous_id: {limit: 1}}
purposes: {personalization: {basis: contract}, ads: {basis: consent, category: ads}}
""",
        "traits.yaml": "spend: {sum: total, of: Order Completed}\n",
    }
)


def order(key: str = "1", **who: str) -> dict[str, Any]:
    return said("Order Completed", f"o{key}", key, who)


def refund(key: str = "1", *, name: str = "Order Refunded", **who: str) -> dict[str, Any]:
    return said(name, f"r{key}", key, who)


def said(name: str, message_id: str, key: str, who: dict[str, str]) -> dict[str, Any]:
    properties = {"order_id": key, "total": 10}
    return {"type": "track", "event": name, "messageId": message_id, "properties": properties} | who


def known_as(user: str, **more: str) -> dict[str, Any]:
    return {"type": "identify", "messageId": f"i-{user}-{sorted(more.values())}", "userId": user, **more}


async def send(store: Store, *wires: dict[str, Any], origin: Origin = TILL) -> CollectResult:
    return await collect(store, DEFINITIONS, list(wires), origin=origin, now=NOW)


async def customers(store: Store, *names: Identifier) -> list[str]:
    whose = await store.find_customers(names)
    return [whose[name] for name in names]


@pytest.mark.parametrize("name", sorted(CORRECTIONS))
@pytest.mark.parametrize("known", [True, False])
async def test_a_correction_joins_whom_it_proves_to_be_one_and_finds_their_order(
    store: Store, name: str, known: bool
) -> None:
    await send(store, order(anonymousId="A"), *([known_as("U")] if known else []))
    result = await send(store, refund(name=name, userId="U", anonymousId="A"))
    assert (result.accepted, result.quarantined) == (1, 0)
    user, cookie = await customers(store, USER, COOKIE)
    assert user == cookie == result.receipts[0].customer
    (link,) = (await store.views([user]))[user].links
    assert (link.kind, link.seq, link.source) == ("proven", result.receipts[0].seq, "till")


async def test_a_correction_joins_within_the_batch_of_its_order_and_what_it_joined_is_known_to_the_next(
    store: Store,
) -> None:
    both = refund(userId="U", anonymousId="A")
    result = await send(store, order(anonymousId="A"), both, refund(userId="U") | {"messageId": "r2"})
    assert [receipt.outcome for receipt in result.receipts] == ["accepted"] * 3
    assert len(set(await customers(store, USER, COOKIE))) == 1


async def test_an_order_of_the_log_is_found_that_an_event_of_the_batch_has_brought_to_the_customer(
    store: Store,
) -> None:
    await send(store, order(anonymousId="A"), known_as("U"))
    result = await send(store, known_as("U", anonymousId="A"), refund(userId="U"))
    assert result.accepted == 2


async def test_a_correction_without_its_order_waits_and_joins_nobody_until_it_is_replayed(store: Store) -> None:
    await send(store, known_as("U"), {"type": "page", "messageId": "p", "anonymousId": "A"})
    result = await send(store, refund(userId="U", anonymousId="A"), refund("2", userId="V", anonymousId="W"))
    assert [receipt.code for receipt in result.receipts] == ["refund_without_order"] * 2
    user, cookie = await customers(store, USER, COOKIE)
    assert user != cookie
    assert set(await store.find_customers([Identifier("user_id", "V"), Identifier("anonymous_id", "W")])) == set()
    await send(store, order(anonymousId="A"))
    report = await replay(store, DEFINITIONS, now=NOW, code="refund_without_order")
    assert report.taken == 1
    assert len(set(await customers(store, USER, COOKIE))) == 1


async def test_a_no_that_a_waiting_correction_carries_is_heard_of_whichever_of_its_identifiers_is_known(
    store: Store,
) -> None:
    yes, no = ({"context": {"consent": {"categoryPreferences": {"ads": given}}}} for given in (True, False))
    await send(store, {"type": "page", "messageId": "p", "anonymousId": "A"} | yes)
    result = await send(store, refund(userId="U", anonymousId="A") | no)
    assert result.quarantined == 1
    (cookie,) = await customers(store, COOKIE)
    assert [record.state for record in (await store.consent_records([cookie]))[cookie]] == ["given", "withdrawn"]


async def test_where_two_may_not_be_joined_a_correction_stays_with_the_order(store: Store) -> None:
    await send(store, known_as("U", anonymousId="B"), order(anonymousId="A"))
    result = await send(store, refund(userId="U", anonymousId="A"))
    assert result.accepted == 1
    user, cookie = await customers(store, USER, COOKIE)
    assert user != cookie == result.receipts[0].customer
    (event,) = [one for one in await store.history([cookie]) if one.name == "Order Refunded"]
    assert (event.part, event.order_id) == (cookie, "1")
    again = await send(store, refund(userId="U", anonymousId="A"))
    assert (again.duplicates, again.conflicts) == (1, 0)


async def test_what_a_browser_only_claims_finds_no_order(store: Store) -> None:
    await send(store, order(userId="U"))
    browser = Origin("web", trusted=False, history=False)
    result = await send(store, refund(userId="U", anonymousId="A"), origin=browser)
    assert result.receipts[0].code == "refund_without_order"


async def test_a_trial_foresees_that_a_correction_finds_the_order_of_any_of_its_identifiers(store: Store) -> None:
    await send(store, order(anonymousId="A"), known_as("V"))
    wires = [
        refund(userId="U", anonymousId="A"),
        order("2", anonymousId="C"),
        refund("2", userId="V", anonymousId="C"),
        refund("3", userId="V", anonymousId="A"),
        refund("4", userId="X"),
    ]
    drafts = [canonical.canonical(wire, DEFINITIONS, {}, origin=TILL, now=NOW) for wire in wires]
    found = await foresee(store, drafts)
    assert [one.outcome for one in found] == ["accepted"] * 3 + ["refused"] * 2
    cookie, other = await customers(store, COOKIE, Identifier("user_id", "V"))
    assert [None if one.event is None else one.event.customer for one in found] == [
        cookie,
        f"{NEW}1",
        f"{NEW}1",
        other,
        None,
    ]


async def test_who_may_not_be_joined_says_what_a_correction_carries_for_themselves(store: Store) -> None:
    """Planted bug: the second one's yes is the first one's, whose order is taken back, and lifts their no."""
    no, yes = ({"consent": {"categoryPreferences": {"ads": given}}} for given in (False, True))
    await send(store, order(userId="U", anonymousId="A") | {"context": no}, known_as("V") | {"context": no})
    await send(store, refund(name="Order Cancelled", userId="V", anonymousId="A") | {"context": yes})
    first, second = await customers(store, USER, Identifier("user_id", "V"))
    assert [event.name for event in await store.history([first])][-1] == "Order Cancelled"
    states = {who: words[-1].state for who, words in (await store.consent_records([first, second])).items()}
    assert states == {first: "withdrawn", second: "given"}
