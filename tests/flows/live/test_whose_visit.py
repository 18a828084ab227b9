"""Whose an identifier is that a decision is asked for, where another process may have joined customers meanwhile."""

from datetime import timedelta

import pytest

from shopkeeper.core.shard import ALL_SHARDS
from shopkeeper.flows.collect import collect
from shopkeeper.flows.deciding.visit import Reception
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.profiles import Profiles
from shopkeeper.flows.ward import Ward
from shopkeeper.testing.shop import DEFINITIONS, NOW

SHOP = load_definitions({name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")})
LATER = NOW + timedelta(minutes=1)


async def tell(store, n, **said):
    wire = {"type": "track", "messageId": f"m{n}", "timestamp": NOW.isoformat(), **said}
    result = await collect(store, SHOP, [wire], origin=Origin("till"), now=NOW + timedelta(seconds=n))
    return result.receipts[0].customer


async def visits(store, ward):
    """Ask for a browser, before and after another process lets it in as somebody who has objected."""
    objector = await tell(store, 1, event="Consent Withdrawn", userId="u1", properties={"purpose": "personalization"})
    await tell(store, 2, event="Looked", anonymousId="b1")
    reception = Reception(store, SHOP, Profiles(store, SHOP, ward=ward), ward=ward)

    async def ask():
        return await reception.receive({"anonymous_id": "b1"}, purpose="personalization", context={}, now=LATER)

    before = await ask()
    assert before.customer != objector
    await tell(store, 3, event="Signed In", anonymousId="b1", userId="u1")
    return objector, before, await ask()


async def test_who_was_joined_by_another_process_is_known_at_once_and_their_objection_stands(store):
    ward = Ward(leased=True)
    ward.take({7: 1})
    objector, _, after = await visits(store, ward)
    assert (after.customer, after.personal) == (objector, False)
    assert "personalization" in after.why


async def test_what_was_remembered_while_alone_counts_no_more_once_another_has_been_there(store):
    ward = Ward(leased=True)
    ward.take(dict.fromkeys(ALL_SHARDS, 1))
    reception = Reception(store, SHOP, Profiles(store, SHOP, ward=ward), ward=ward)
    await tell(store, 1, event="Looked", anonymousId="b1")
    asked = {"purpose": "personalization", "context": {}, "now": LATER}
    await reception.receive({"anonymous_id": "b1"}, **asked)
    assert reception._met
    ward.drop([7])
    await reception.receive({"anonymous_id": "b1"}, **asked)
    ward.take({7: 2})
    assert not reception._met
    assert not reception._names


async def test_a_process_that_remembers_though_another_joins_customers_uses_who_they_were(store, monkeypatch):
    """Plant the bug."""
    ward = Ward(leased=True)
    monkeypatch.setattr(Ward, "everybody", True)
    objector, before, after = await visits(store, ward)
    assert after.customer == before.customer != objector


@pytest.mark.parametrize("leased", [True, False])
async def test_what_was_met_is_looked_up_once_only_where_nobody_else_follows(store, monkeypatch, leased):
    asked = []
    whose = type(store).whose

    async def counted(self, names):
        asked.extend(names)
        return await whose(self, names)

    await tell(store, 1, event="Looked", anonymousId="b1")
    monkeypatch.setattr(type(store), "whose", counted)
    ward = Ward(leased=leased)
    reception = Reception(store, SHOP, Profiles(store, SHOP, ward=ward), ward=ward)
    for _ in range(3):
        await reception.receive({"anonymous_id": "b1"}, purpose="personalization", context={}, now=LATER)
    assert len(asked) == (3 if leased else 1)
