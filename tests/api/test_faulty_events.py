"""Events that have a fault: their no is heard whatever it is, and what may not be kept is not kept because of it."""

import json
import time

import pytest

import shopkeeper.flows.collect as collecting
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.intake import IntakeCount
from shopkeeper.flows.accounting import account
from shopkeeper.flows.definitions.versions import apply
from shopkeeper.flows.sending import EventsBody, send_events
from shopkeeper.flows.sources.registry import NewSource
from shopkeeper.testing.shop import DEFINITIONS, NOW
from tests.senders import BROWSER, basic, reach, registered

FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
PURPOSE = "advertising: {basis: consent, category: [ads, social], gpc: true}"
CONSENT = NewSource(name="asks", kind="browser", basis="consent", category="analytics")
CANARY = "canary"
FAULTS = {
    "a token that is none": f'"properties": {{"token": "{CANARY}"}}',
    "more than 32 KB": f'"properties": {{"a": "{CANARY * 6_000}"}}',
    "NaN": f'"properties": {{"a": NaN, "b": "{CANARY}"}}',
    "a double key": f'"properties": {{"a": 1, "a": "{CANARY}"}}',
    "a double key outside": f'"a": 1, "a": "{CANARY}"',
    "half a character": f'"properties": {{"{CANARY}": "\\ud800"}}',
    "too deep": f'"properties": {{"{CANARY}": {"[" * 40}{"]" * 40}}}',
    "an id that cannot be read": f'"messageId": "{CANARY}\\ud800"',
}
CARRIED = '"context": {"consent": {"categoryPreferences": {"ads": false}}}'
DOUBLED = [
    '"context": {"consent": {"categoryPreferences": {"ads": false, "ads": true, "social": true}}}',
    CARRIED + ', "context": {"consent": {"categoryPreferences": {"ads": true, "social": true}}}',
    '"context": {"consent": {"categoryPreferences": {"ads": false}}, "consent": null, "consent": {}}',
    '"event": "Consent Withdrawn", "properties": {"purpose": "advertising"}',
]


@pytest.fixture
async def keys(app, service):
    """Of a browser whose events are always kept, and of one that collects on consent."""
    files = FILES | {"shop.yaml": FILES["shop.yaml"].replace("advertising: {basis: consent}", PURPOSE)}
    await apply(app.store, files, who="ann", now=NOW, expected=(await app.store.in_force()).version)
    await service.renew()
    return await registered(app, BROWSER, CONSENT)


@pytest.fixture
async def client(app, keys):
    async with reach(app) as opened:
        yield opened


def wire(*parts, who="v1", event="Looked"):
    return "{" + ", ".join([f'"type": "track", "anonymousId": "{who}", "event": "{event}"', *parts]) + "}"


async def agrees(client, key, who="v1"):
    yes = {"consent": {"categoryPreferences": {"ads": True, "social": True}}}
    wire = {"anonymousId": who, "event": "Looked", "context": yes}
    assert (await client.post("/v1/track", json=wire, headers=basic(key))).status_code == 200


async def words(shop, who="v1"):
    found = (await shop.store.find_customers([Identifier("anonymous_id", who)])).values()
    told = await shop.store.consent_records(list(found))
    return [(one.state, one.via) for records in told.values() for one in records]


async def counted(app, source) -> IntakeCount:
    return next(one for one in await app.store.intake_counts() if one.source == source)


GIVEN = ("given", "carried")


@pytest.mark.parametrize("crowded", [False, True])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_no_is_heard_whatever_fault_its_event_has(client, keys, service, fault, crowded):
    """Planted bug: what waits for a fault is not asked what it says."""
    for who in ("v1", "v2", "v3", "v4"):
        await agrees(client, keys[0], who)
    if crowded:
        service.inbox._until = time.monotonic() + 60
    no = '"properties": {"purpose": "advertising"}'
    whole = no[:-1] + ", " + fault.removeprefix('"properties": {') if fault.startswith('"prop') else f"{no}, {fault}"
    said = [wire(whole, event="Consent Withdrawn"), wire(CARRIED, fault, who="v2")]
    answer = await client.post("/v1/batch", content=f'{{"batch": [{", ".join(said)}]}}', headers=basic(keys[0]))
    assert (answer.status_code, answer.json()["quarantined"]) == (200, 2)
    answer = await client.post("/v1/track", content=wire(CARRIED, fault, who="v3"), headers=basic(keys[0]))
    assert (answer.status_code, "it waits in quarantine" in answer.json()["message"]) == (400, True)
    signal = basic(keys[0]) | {"Sec-GPC": "1"}
    assert (await client.post("/v1/track", content=wire(fault, who="v4"), headers=signal)).status_code == 400
    vias = {"v1": "event", "v2": "carried", "v3": "carried", "v4": "gpc"}
    for who, via in vias.items():
        assert await words(service, who) == [GIVEN, ("withdrawn", via)], who


@pytest.mark.parametrize("said", DOUBLED)
async def test_of_what_came_twice_that_counts_which_restricts_most(client, keys, app, said):
    await agrees(client, keys[0])
    answer = await client.post("/v1/track", content=wire(said, '"event": "Looked"'), headers=basic(keys[0]))
    assert answer.status_code == 400
    assert [state for state, _ in await words(app)] == ["given", "withdrawn"]


async def test_a_no_that_has_a_fault_overtakes_no_yes_that_lies_in_the_inbox(client, keys, app, service):
    """Planted bug: it is heard at once, of somebody whom nobody knows yet, and is lost."""
    service.inbox._until = time.monotonic() + 60
    yes = wire('"context": {"consent": {"categoryPreferences": {"ads": true, "social": true}}}', who="n1")
    no = wire(CARRIED, FAULTS["NaN"], who="n1")
    answer = await client.post("/v1/track", content=yes, headers=basic(keys[0]))
    assert answer.json()["pending"] == 1
    assert (await client.post("/v1/track", content=no, headers=basic(keys[0]))).status_code == 400
    assert [state for state, _ in await words(app, "n1")] == ["given", "withdrawn"]
    both = f'{{"batch": [{yes.replace("n1", "n2")}, {no.replace("n1", "n2")}]}}'
    assert (await client.post("/v1/batch", content=both, headers=basic(keys[0]))).json()["quarantined"] == 1
    assert [state for state, _ in await words(app, "n2")] == ["given", "withdrawn"]


async def test_noes_whose_ids_cannot_be_read_are_not_taken_for_one(client, keys, app):
    for who in ("v1", "v2"):
        await agrees(client, keys[0], who)
    said = [wire(CARRIED, FAULTS["half a character"], who=who) for who in ("v1", "v2")]
    await client.post("/v1/batch", content=f'{{"batch": [{", ".join(said)}]}}', headers=basic(keys[0]))
    assert [await words(app, who) for who in ("v1", "v2")] == [[GIVEN, ("withdrawn", "carried")]] * 2


REFUSED = {"no word": "", "a no": '"context": {"consent": {"categoryPreferences": {"analytics": false, "ads": false}}}'}
TWICE = '"context": {"consent": {"categoryPreferences": {"analytics": false, "ads": false, "analytics": true}}}'


@pytest.mark.parametrize("said", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_what_may_not_be_kept_is_not_kept_for_a_fault(client, keys, app, fault, said):
    """Planted bug: quarantine keeps it whole. Its no is heard, it is counted, and the accounts add up."""
    await agrees(client, keys[0])
    parts = [part for part in (said, fault) if part]
    answer = await client.post("/v1/track", content=wire(*parts), headers=basic(keys[1]))
    told = answer.json()["message"]
    assert (answer.status_code, "it is not kept" in told, CANARY in told) == (400, True, False)
    batch = f'{{"batch": [{wire(*parts)}, {wire(said or fault)}]}}'
    answer = await client.post("/v1/batch", content=batch, headers=basic(keys[1]))
    assert (answer.status_code, answer.json()["refused"], answer.json()["quarantined"]) == (200, 2, 0)
    assert await app.store.quarantined(limit=9) == []
    count = await counted(app, "asks")
    assert (count.accepted, count.refused) == (3, 3)
    assert (await account(app.store)).total.difference == 0
    assert await words(app) == [GIVEN, ("withdrawn", "carried")] if said else [GIVEN]


async def test_what_says_yes_and_no_to_being_kept_is_not_kept(client, keys, app):
    await agrees(client, keys[0])
    assert (await client.post("/v1/track", content=wire(TWICE), headers=basic(keys[1]))).status_code == 400
    assert await app.store.quarantined(limit=9) == []
    assert await words(app) == [GIVEN, ("withdrawn", "carried")]


async def test_what_may_be_kept_waits_whole(client, keys, app):
    yes = '"context": {"consent": {"categoryPreferences": {"analytics": true}}}'
    for n, fault in enumerate(FAULTS.values(), start=1):
        answer = await client.post("/v1/track", content=wire(yes, fault), headers=basic(keys[1]))
        assert "it waits in quarantine" in answer.json()["message"]
        assert len(await app.store.quarantined(limit=99)) == n
    assert all(CANARY in row.body for row in await app.store.quarantined(limit=99))


@pytest.mark.parametrize("body", [CANARY, f'{{"a": "{CANARY}', f'{{"batch": "{CANARY}"}}', f'["{CANARY}"]'])
async def test_a_body_in_which_nobody_can_read_a_consent_is_not_kept(client, keys, app, body):
    answer = await client.post("/v1/batch", content=body, headers=basic(keys[1]))
    assert (answer.status_code, "it is not kept" in answer.json()["message"]) == (400, True)
    count = await counted(app, "asks")
    assert (count.accepted, count.refused, await app.store.quarantined(limit=9)) == (1, 1, [])
    assert (await client.post("/v1/batch", content=body, headers=basic(keys[0]))).status_code == 400
    assert len(await app.store.quarantined(limit=9)) == 1


async def test_what_is_sent_by_hand_in_the_name_of_a_source_goes_the_same_way(client, keys, app, service):
    await agrees(client, keys[0])
    events = [wire(CARRIED, fault).encode() for fault in FAULTS.values()] + [CANARY.encode()]
    body = EventsBody(events=events, source="asks")
    sent = await send_events(app.store, service.definitions, body, contracts=service.contracts, now=NOW)
    assert (sent.told.discarded, sent.told.waiting) == (len(events), 0)
    assert await words(app) == [GIVEN, ("withdrawn", "carried")]
    assert (await account(app.store)).total.difference == 0
    kept = EventsBody(events=events, source="web")
    sent = await send_events(app.store, service.definitions, kept, contracts=service.contracts, now=NOW)
    assert (sent.told.discarded, sent.told.waiting) == (0, len(events))
    assert {json.loads(row.body) == CANARY for row in await app.store.quarantined(limit=99)} == {True, False}


async def test_what_a_batch_says_twice_of_all_is_heard_of_events_with_a_context_of_their_own(client, keys, app):
    """Planted bug: an event's own context, which every client sends, hides that a key came twice beside it."""
    await agrees(client, keys[0])
    no = '"consent": {"categoryPreferences": {"analytics": false, "ads": false}}'
    shared = f'"context": {{{no}, "consent": {{"categoryPreferences": {{"analytics": true}}}}}}'
    own = wire('"context": {"locale": "de"}')
    answer = await client.post("/v1/batch", content=f'{{"batch": [{own}], {shared}}}', headers=basic(keys[1]))
    assert (answer.status_code, answer.json()["refused"]) == (200, 1)
    assert await words(app) == [GIVEN, ("withdrawn", "carried")]
    assert await app.store.quarantined(limit=9) == []


@pytest.mark.parametrize("crowded", [False, True])
async def test_a_no_is_heard_of_an_event_that_stops_as_nobody_foresaw(
    client, keys, app, service, *, monkeypatch, crowded
):
    await agrees(client, keys[0])
    right = collecting.canonical

    def stops(one, *rest, **named):
        if one.get("event") == "Odd":
            raise RuntimeError(CANARY)
        return right(one, *rest, **named)

    monkeypatch.setattr(collecting, "canonical", stops)
    if crowded:
        service.inbox._until = time.monotonic() + 60
    said = [wire(CARRIED, event="Odd"), wire(event="Fine")]
    answer = await client.post("/v1/batch", content=f'{{"batch": [{", ".join(said)}]}}', headers=basic(keys[0]))
    assert answer.status_code == 200
    await service.inbox.empty()
    assert [row.code for row in await app.store.quarantined(limit=9)] == ["unforeseen"]
    assert await words(app) == [GIVEN, ("withdrawn", "carried")]


async def test_a_no_that_cannot_be_read_as_nobody_foresaw_holds_up_nothing(client, keys, app, monkeypatch):
    right = collecting.refusals_of

    def stops(one, *rest, **named):
        if isinstance(one, dict) and one.get("event") == "Odd":
            raise RuntimeError(CANARY)
        return right(one, *rest, **named)

    monkeypatch.setattr(collecting, "refusals_of", stops)
    said = [wire(CARRIED, FAULTS["NaN"], event="Odd"), wire(event="Fine")]
    answer = await client.post("/v1/batch", content=f'{{"batch": [{", ".join(said)}]}}', headers=basic(keys[0]))
    assert (answer.status_code, answer.json()["accepted"], answer.json()["quarantined"]) == (200, 1, 1)
