"""The alarm about a value that many give: it goes off again once it was seen to."""

from datetime import timedelta

import msgspec

from shopkeeper.core.definitions import IdentifierKind, Shop
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.intake import Offering
from shopkeeper.core.store import Store
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.home.crowds import CROWD, LATELY, Crowd, crowds
from shopkeeper.testing.arrivals import arrival
from shopkeeper.testing.shop import DEFINITIONS, NOW

SHOP = load_definitions({"shop.yaml": DEFINITIONS["shop.yaml"]}).shop
GUEST, HOUSE = Identifier("user_id", "Guest"), Identifier("user_id", "house")
LIMITS = {"anonymous_id": 1}


async def give(store: Store, name: Identifier, *, visitors: int = CROWD, now=NOW) -> str:
    """Let a name come beside one cookie of its own, and so many that it may not join; return its part."""
    cookies = [Identifier("anonymous_id", f"{name.value}-{n}") for n in range(1 + visitors)]
    entries = await store.admit(Offering([arrival(name, cookie, at=now) for cookie in cookies], LIMITS, now))
    return entries[0].part


def blocking(*values: str) -> Shop:
    return msgspec.structs.replace(SHOP, identifiers={**SHOP.identifiers, "user_id": IdentifierKind(blocked=values)})


async def test_a_value_that_is_blocked_is_no_longer_told_of_and_hides_no_other(store):
    guest, house = await give(store, GUEST, visitors=CROWD + 2), await give(store, HOUSE)
    both = Crowd(guest, "user_id", CROWD + 2), Crowd(house, "user_id", CROWD)
    assert await crowds(store, SHOP, now=NOW) == both
    assert await crowds(store, blocking("guest"), now=NOW) == both[1:]
    assert await crowds(store, blocking("guest", "house"), now=NOW) == ()


async def test_what_stopped_is_told_of_for_two_weeks_and_again_when_it_comes_back(store):
    guest = await give(store, GUEST)
    await give(store, HOUSE, visitors=CROWD - 1)
    told = (Crowd(guest, "user_id", CROWD),)
    assert await crowds(store, SHOP, now=NOW + LATELY) == told
    later = NOW + LATELY + timedelta(seconds=1)
    assert await crowds(store, SHOP, now=later) == ()
    await give(store, GUEST, visitors=1, now=later)  # a pair that was refused before counts no second time
    assert await crowds(store, SHOP, now=later) == told
