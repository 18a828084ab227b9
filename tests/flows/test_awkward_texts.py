"""Texts that a database would choke on: NUL in any place of an event, and the longest of everything at once."""

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

from shopkeeper.core.store import Store
from shopkeeper.flows.collect import collect
from shopkeeper.flows.contracts.contracts import open_contracts
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.holding import UNFORESEEN
from shopkeeper.testing.shop import DEFINITIONS, NOW

FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
FILES["shop.yaml"] += "groups:\n  company: {traits: [plan]}\n"
FILES["traits.yaml"] += "city: {stated: text}\n"
SHOP = load_definitions(FILES)
WEB = Origin("web")
AT = NOW.isoformat()
CONTEXT = {
    "consent": {"categoryPreferences": {"advertising": True}},
    "traits": {"email": "a@example.org"},
    "externalIds": [{"type": "user_id", "id": "e1"}],
}
OWN = {"messageId": "m", "userId": "u1", "anonymousId": "a1", "timestamp": AT, "context": CONTEXT}
EVENTS: tuple[dict[str, Any], ...] = (
    {
        "type": "identify",
        "traits": {"city": "Graz", "email": "a@example.org", "avatar": "x", "sizes": ["m", {"k": "v"}]},
    },
    {"type": "group", "groupId": "g1", "traits": {"plan": "big", "name": "Acme", "sites": {"k": ["v"]}}},
    {
        "type": "track",
        "event": "Order Completed",
        "properties": {
            "order_id": "o1",
            "place": "p1",
            "email": "a@example.org",
            "note": "x",
            "products": [{"product_id": "tea", "price": "1", "coupon": "c", "category": "t", "note": "n"}],
        },
    },
    {
        "type": "track",
        "event": "Consent Given",
        "properties": {"purpose": "advertising", "channel": "email", "wording": "May we?", "jurisdiction": "AT"},
    },
    {"type": "page", "name": "Home", "category": "Shop", "properties": {"url": "u"}},
    {"type": "alias", "previousId": "a0"},
)


def spoiled(whole: Any, part: Any) -> Iterator[Any]:
    """Give the whole with NUL put into each text and each name of a part of it, one at a time."""
    inner = list(part.items()) if isinstance(part, dict) else list(enumerate(part))
    for key, value in inner:
        if isinstance(value, str):
            part[key] = f"{value[:1]}\0{value[1:]}"
            yield deepcopy(whole)
        elif isinstance(value, dict | list):
            yield from spoiled(whole, value)
        part[key] = value
        if isinstance(part, dict):
            part[f"{key}\0"] = part.pop(key)
            yield deepcopy(whole)
            part[key] = part.pop(f"{key}\0")


def variants(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give an event with NUL in one place each, under ids of their own."""
    whole = deepcopy(OWN | event)
    for n, one in enumerate(spoiled(whole, whole)):
        yield one | ({"messageId": f"{one['messageId']} {event['type']} {n}"} if "messageId" in one else {})


async def test_nul_in_any_place_makes_no_more_than_its_own_event_wait(store: Store) -> None:
    bad = [one for event in EVENTS for one in variants(event)]
    good = [OWN | event | {"messageId": f"good {n}"} for n, event in enumerate(EVENTS)]
    async with open_contracts(store) as contracts:
        done = await collect(store, SHOP, [*bad, *good], origin=WEB, now=NOW, contracts=contracts)
    assert [one.outcome for one in done.receipts[len(bad) :]] == ["accepted"] * len(good)
    codes = {one.code for one in done.receipts}
    assert "bad_text" in codes
    assert UNFORESEEN not in codes
    assert len(await store.quarantined(limit=500)) == done.quarantined


def longest(rng: Random, n: int) -> str:
    """Return a text that no database makes shorter: `n` characters of four bytes each."""
    return "".join(chr(rng.randrange(0x20000, 0x2A000)) for _ in range(n))


async def test_the_longest_names_and_ids_go_in(store: Store) -> None:
    """PostgreSQL has no room for more than 2,704 bytes in an index."""
    rng = Random(1)  # noqa: S311 - no secret
    ids = {"userId": longest(rng, 320), "anonymousId": longest(rng, 320), "timestamp": AT}
    context = {"externalIds": [{"type": "user_id", "id": longest(rng, 320)}]}
    traits = {longest(rng, 200): longest(rng, 5_000)}
    track = {"type": "track", "event": longest(rng, 200), "properties": {longest(rng, 200): longest(rng, 500)}}
    order = {"order_id": longest(rng, 200), "place": longest(rng, 200), "products": [{"sku": longest(rng, 200)}]}
    sent = [
        {"type": "identify", "traits": traits, "context": context},
        {"type": "group", "groupId": longest(rng, 320), "traits": traits},
        track,
        {"type": "track", "event": "Order Completed", "properties": order},
    ]
    async with open_contracts(store) as contracts:
        wires = [ids | {"messageId": longest(rng, 200)} | one for one in sent]
        done = await collect(store, SHOP, wires, origin=WEB, now=NOW, contracts=contracts)
    assert [one.outcome for one in done.receipts] == ["accepted"] * 4
    assert (await store.groups())[0].id == sent[1]["groupId"]
