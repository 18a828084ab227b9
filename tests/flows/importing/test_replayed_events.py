"""Events that waited: offered again as they came, looked through as they were, their senders believed no more."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from joserfc import jwk, jwt

from shopkeeper.core.errors import Conflict, NotFound
from shopkeeper.core.event import Event
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.quarantine import Quarantined
from shopkeeper.core.source import EventSource
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import collect
from shopkeeper.flows.collecting import sent
from shopkeeper.flows.collecting.strict import fault_of, read_json
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door.origin import Origin, origin_of
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.holding import held_back
from shopkeeper.flows.importing import ReplayReport, replay
from shopkeeper.flows.importing.replay import replay_mended
from shopkeeper.testing.shop import DEFINITIONS

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=40)
FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
ASKING = "advertising: {basis: consent, category: ads, gpc: true}"
SHOP = load_definitions(
    FILES | {"shop.yaml": FILES["shop.yaml"].replace("advertising: {basis: consent}", ASKING)},
)
SECRET = "0123456789abcdef0123456789abcdef"
SOURCE = EventSource(
    name="web",
    kind="browser",
    environment="production",
    basis="legitimate_interest",
    category=None,
    created_at=NOW,
    secret=SECRET,
)
WEB = origin_of(SOURCE)
VISITOR, OWNER = Identifier("anonymous_id", "a1"), Identifier("email", "ida@x.org")


def event(**fields: Any) -> dict[str, Any]:
    return {"type": "track", "anonymousId": "a1", "event": "Looked", "messageId": "m1", **fields}


async def wait(store: Store, body: Any, *, code: str = "contract", origin: Origin = WEB) -> Quarantined:
    row = held_back(origin, Refusal(code, "it did not fit"), body, now=NOW)
    await store.quarantine([row])
    return row


async def again(store: Store) -> ReplayReport:
    return await replay(store, SHOP, now=LATER)


async def logged(store: Store) -> list[Event]:
    return await store.read(after=0, limit=99)


@pytest.mark.parametrize("name", ["Offer Redeemed", "Offer Shown"])
async def test_a_credit_that_was_made_up_does_not_go_in_by_replay(store: Store, name: str) -> None:
    forged = {"token": "rubbish", "decision": "dec_1", "offer": "save-bread", "arm": "treated", "slot": "till"}
    await wait(store, event(event=name, properties=forged), code="bad_token")
    assert list((await again(store)).waiting) == [
        ("bad_token", "token: not signed by this shop, or changed on the way")
    ]
    (row,) = await store.quarantined()
    without = event(event=name, properties={field: text for field, text in forged.items() if field != "token"})
    assert (await replay_mended(store, SHOP, row, without, by="ida", now=LATER)).why is None
    (held,) = await logged(store)
    assert held.texts == {"offer": "save-bread"}


async def test_a_replay_that_credits_what_it_is_told_is_seen(shelf: Store, monkeypatch: Any) -> None:
    """Planted bug: tokens are not looked at when what waited is offered again."""
    monkeypatch.setattr(sent, "credited", lambda wire, _key: dict(wire))
    await wait(shelf, event(properties={"token": "rubbish", "arm": "treated"}), code="bad_token")
    await again(shelf)
    assert [one.texts.get("arm") for one in await logged(shelf)] == ["treated"]


BODIES = {
    "too_large": json.dumps(event(properties={"text": "x" * 40_000})),
    "double_key": '{"type":"track","anonymousId":"a1","event":"Looked","properties":{"n":1,"n":2}}',
    "bad_number": '{"type":"track","anonymousId":"a1","event":"Looked","properties":{"n":1e400}}',
    "too_deep": json.dumps(event(properties=json.loads('{"a":' * 40 + "1" + "}" * 40))),
}


@pytest.mark.parametrize("code", BODIES)
async def test_what_no_honest_encoder_writes_goes_in_only_when_it_is_mended(store: Store, code: str) -> None:
    read = read_json(BODIES[code].encode())
    fault = fault_of(read.value, doubtful=read.doubtful)
    assert fault is not None
    assert fault.code == code
    row = await wait(store, read.value, code=code)
    assert [why for why, _ in (await again(store)).waiting] == [code]
    assert (await replay_mended(store, SHOP, row, event(properties={"n": 2}), by="ida", now=LATER)).why is None
    assert [one.name for one in await logged(store)] == ["Looked"]


async def test_an_event_that_says_no_time_happened_when_it_came(store: Store) -> None:
    await wait(store, event())
    await again(store)
    (held,) = await logged(store)
    assert (held.at, held.received_at) == (NOW, NOW)


async def test_what_a_browser_sent_in_time_may_wait_as_long_as_it_takes(store: Store) -> None:
    clock = {"timestamp": "2026-05-31T10:00:00Z", "sentAt": "2026-05-31T10:00:05Z"}
    await wait(store, event(**clock))
    assert (await again(store)).taken == 1
    (held,) = await logged(store)
    assert held.at == NOW - timedelta(seconds=5)


async def test_a_token_that_was_good_when_it_came_proves_what_it_proved(store: Store) -> None:
    await store.add_source(SOURCE)
    said = {"sub": "u1", "exp": int((NOW + timedelta(minutes=1)).timestamp())}
    token = jwt.encode({"alg": "HS256"}, said, jwk.OctKey.import_key(SECRET.encode()))
    await wait(store, event(context={"identityToken": token}))
    await again(store)
    found = await store.find_customers([VISITOR, Identifier("user_id", "u1")])
    assert len(found) == 2
    assert len(set(found.values())) == 1


async def test_a_browser_whose_source_is_gone_proves_no_more_than_it_did(store: Store) -> None:
    """A source that nobody knows any more is not the shop's own for that (S2)."""
    await wait(store, event(type="identify", traits={"email": OWNER.value}))
    await again(store)
    found = await store.find_customers([VISITOR, OWNER])
    assert set(found) == {VISITOR}
    assert [link.kind for link in await store.claims(found[VISITOR])] == []


async def test_a_signal_that_a_request_carried_is_heard_when_it_is_replayed(store: Store) -> None:
    await wait(store, event(), origin=origin_of(SOURCE, gpc=True))
    await again(store)
    (customer,) = (await store.find_customers([VISITOR])).values()
    words = (await store.consent_records([customer]))[customer]
    assert [(one.purpose, one.state, one.via) for one in words] == [("advertising", "withdrawn", "gpc")]


async def test_what_is_not_known_again_waits_each_time_that_it_comes(store: Store) -> None:
    bare = {name: value for name, value in event().items() if name != "messageId"}
    first = await wait(store, bare)
    await again(store)
    second = held_back(WEB, Refusal("contract", "it did not fit"), bare, now=NOW + timedelta(hours=1))
    await store.quarantine([second])
    assert [row.id for row in await store.quarantined()] == [second.id] != [first.id]


async def test_what_is_known_again_waits_once(store: Store) -> None:
    for hours in (0, 1):
        row = held_back(WEB, Refusal("contract", "it did not fit"), event(), now=NOW + timedelta(hours=hours))
        await store.quarantine([row])
    assert len(await store.quarantined()) == 1


async def test_what_was_looked_through_when_it_came_is_not_measured_again(store: Store) -> None:
    """What an `identify` says in its context stands in it twice by then."""
    await wait(store, event(properties={"text": "x" * 20_000}, context={"page": "y" * 20_000}))
    assert (await again(store)).taken == 1


async def test_a_refund_that_is_sent_again_waits_once_whenever_it_is_sent(store: Store) -> None:
    for seconds in (5, 35):
        now = NOW + timedelta(seconds=seconds)
        stamps = {"timestamp": "2026-05-31T10:00:00Z", "sentAt": (NOW + timedelta(seconds=seconds)).isoformat()}
        wire = sent.ready(event(**stamps), doubtful=True, now=now, key=b"key")
        await store.quarantine([held_back(WEB, Refusal("refund_without_order", "early"), wire, now=now)])
    assert len(await store.quarantined()) == 1


async def test_two_of_one_request_that_are_not_known_again_wait_both(store: Store) -> None:
    bare = {"type": "track", "event": "Looked"}
    result = await collect(store, SHOP, [bare, bare], origin=WEB, now=NOW)
    assert (result.quarantined, len(await store.quarantined())) == (2, 2)


async def test_a_credit_that_an_earlier_version_wrote_down_stays(store: Store) -> None:
    """It had replaced the token by what it says, and refused those that were not ours."""
    said = {"decision": "dec_1", "offer": "save-bread", "arm": "treated"}
    for n, code in enumerate(("contract", "bad_token")):
        row = held_back(WEB, Refusal(code, "x"), event(messageId=str(n), properties=said), now=NOW)
        await store.quarantine([msgspec.structs.replace(row, terms=None)])
    assert (await again(store)).taken == 2
    assert [one.texts for one in await logged(store)] in (
        [said, {"offer": "save-bread"}],
        [{"offer": "save-bread"}, said],
    )


async def test_rows_of_an_earlier_version_are_believed_what_their_source_is_by_now(store: Store) -> None:
    await store.add_source(SOURCE)
    row = msgspec.structs.replace(held_back(WEB, Refusal("x", "x"), event(userId="u1"), now=NOW), terms=None)
    await store.quarantine([row])
    assert (await again(store)).taken == 1
    assert set(await store.find_customers([VISITOR, Identifier("user_id", "u1")])) == {VISITOR}


async def test_of_ids_that_are_none_or_were_taken_it_is_said_and_nothing_is_offered(store: Store) -> None:
    first, second = await wait(store, event()), await wait(store, event(messageId="m2"))
    assert (await replay(store, SHOP, now=LATER, ids=frozenset({first.id}))).taken == 1
    with pytest.raises(Conflict, match=f"{first.id}: was taken already, on 2026-07-10 at 12:00 UTC"):
        await replay(store, SHOP, now=LATER, ids=frozenset({first.id, second.id}))
    with pytest.raises(NotFound, match="nothing waits under the id 'qua_nope'"):
        await replay(store, SHOP, now=LATER, ids=frozenset({"qua_nope", second.id}))
    assert [row.id for row in await store.quarantined()] == [second.id]
    assert (await replay(store, SHOP, now=LATER, ids=frozenset({second.id}), code="another")).taken == 0
