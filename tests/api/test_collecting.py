"""What clients send: every call, under each vendor's path, singly and in batches, from servers and from other pages."""

import gzip
import json
from datetime import timedelta

import pytest

from shopkeeper.core.errors import StoreError
from shopkeeper.flows.collecting.pressure import MOST, Hands
from shopkeeper.testing.shop import NOW
from tests.senders import BROWSER, SERVER, basic, reach, registered

VISITOR = {"anonymousId": "visitor-1"}
CALLS = {
    "track": {"event": "Product Viewed"},
    "identify": {"traits": {}},
    "page": {"name": "Tea"},
    "screen": {"name": "Tea"},
    "group": {"groupId": "g1"},
    "alias": {"previousId": "visitor-1", "userId": "u-77"},
}
SUCCESS = {
    "success": True,
    "accepted": 1,
    "pending": 0,
    "duplicates": 0,
    "conflicts": 0,
    "quarantined": 0,
    "refused": 0,
}


@pytest.fixture
async def keys(app, service):
    return await registered(app, BROWSER, SERVER)


@pytest.fixture
async def client(app, service, keys):
    async with reach(app) as opened:
        yield opened


def batch(*events, **more):
    return {"batch": [{"type": "track", **VISITOR, "event": "Product Viewed", **event} for event in events], **more}


def paths(call: str) -> list[str]:
    dittofeed, jitsu = f"/api/public/apps/{call}", (f"/api/s/{call}", f"/api/s/s2s/{call}")
    return [f"/v1/{call}", f"/v1/{call[0]}", dittofeed, *jitsu]


async def test_every_call_is_taken_under_each_of_its_paths(client, keys, app):
    before = await app.store.head()
    for call, said in CALLS.items():
        for n, path in enumerate(paths(call)):
            sent = {**VISITOR, **said, "messageId": f"{call}-{n}"}
            answer = await client.post(path, json=sent, headers=basic(keys[1]))
            assert (answer.status_code, answer.json()) == (200, SUCCESS), path
    events = await app.store.read(after=before, limit=100)
    assert {event.source for event in events} == {"backend"}
    assert {event.message_id for event in events} >= {f"{call}-{n}" for call in CALLS for n in range(5)}


async def test_a_batch_is_taken_under_each_of_its_paths_packed_and_as_text(client, keys):
    every = ["/v1/batch", "/v1/b", "/v1/import", "/api/public/apps/batch", f"/beacon/v1/batch?writeKey={keys[0]}"]
    for n, path in enumerate(every):
        packed = gzip.compress(json.dumps(batch({"messageId": f"p{n}"}, {"messageId": f"q{n}"})).encode())
        head = {"content-encoding": "gzip", "content-type": "text/plain"}
        shown = {} if "writeKey" in path else basic(keys[1])
        answer = await client.post(path, content=packed, headers={**head, **shown})
        assert (answer.status_code, answer.json()) == (200, {**SUCCESS, "accepted": 2}), path


async def test_what_a_batch_says_of_all_is_said_of_each_and_its_own_word_comes_first(client, keys, app):
    from shopkeeper.flows.collecting.wire import batch_of

    shared = {"context": {"locale": "de", "ip": "1.2.3.4"}, "integrations": {"All": True}, "sentAt": "s"}
    found = batch_of(batch({"context": {"ip": "9.9.9.9"}}, {"sentAt": "own"}, **shared))
    joined = [found.joined(event) for event in found.events]
    assert joined[0]["context"] == {"locale": "de", "ip": "9.9.9.9"}
    assert [event["sentAt"] for event in joined] == ["s", "own"]
    assert joined[1]["integrations"] == {"All": True}


async def test_a_clock_that_is_wrong_is_put_right(client, keys, app):
    happened, sent = NOW + timedelta(days=9), NOW + timedelta(days=9, minutes=5)
    for field in ("timestamp", "originalTimestamp"):
        event = {field: happened.isoformat(), "messageId": field}
        body = batch(event, sentAt=sent.isoformat())
        assert (await client.post("/v1/batch", json=body, headers=basic(keys[0]))).json()["accepted"] == 1
        held = await app.store.find_event("web", field)
        assert held.at == NOW - timedelta(minutes=5)


async def test_an_event_that_comes_again_or_changed_has_no_effect_and_is_counted(client, keys, app):
    first, later = {"messageId": "m", "sentAt": "2026-01-01T00:00:00Z"}, {"messageId": "m", "_metadata": {"failed": 1}}
    found = [
        (await client.post("/v1/batch", json=batch(one), headers=basic(keys[0]))).json()
        for one in (first, later, {"messageId": "m", "event": "Another"})
    ]
    assert [one["accepted"] for one in found] == [1, 0, 0]
    assert (found[1]["duplicates"], found[2]["conflicts"], found[2]["quarantined"]) == (1, 1, 1)
    assert (await app.store.count_quarantined()) == {("web", "conflict"): 1}
    other = await client.post("/v1/batch", json=batch({"messageId": "m"}), headers=basic(keys[1]))
    assert other.json()["accepted"] == 1


async def test_an_event_that_cannot_be_taken_waits_and_holds_up_no_other(client, keys, app):
    body = batch({}, {"timestamp": "2099-01-01T00:00:00Z"}, {"event": None}, {"properties": {"a": "x" * 33_000}})
    body["batch"] += [7, {"type": "nonsense", **VISITOR}]
    answer = await client.post("/v1/batch", json=body, headers=basic(keys[0]))
    assert (answer.status_code, answer.json()) == (200, {**SUCCESS, "quarantined": 5})
    assert sum((await app.store.count_quarantined()).values()) == 5


async def test_the_purpose_that_a_source_needs_consent_to_is_looked_for(app, client):
    from msgspec.structs import replace

    [key] = await registered(app, replace(BROWSER, name="asked", basis="consent", category="analytics"))
    said = [{}, *({"consent": {"categoryPreferences": {"analytics": given}}} for given in (False, True))]
    body = batch(*({"context": context} for context in said))
    answer = await client.post("/v1/batch", json=body, headers=basic(key))
    assert (answer.json()["accepted"], answer.json()["refused"]) == (1, 2)
    assert await app.store.count_quarantined() == {}


async def test_a_token_of_a_decision_is_read_and_one_that_is_made_up_waits(client, keys, app):
    asked = {"slot": "recommendations", "customer": {"anonymous_id": "visitor-1"}}
    token = (await client.post("/v1/decide", json=asked, headers=basic(keys[0]))).json()["picks"][0]["token"]
    events = [
        {"event": "Offer Clicked", "properties": {"token": one}, "messageId": one[:5]} for one in (token, "made up")
    ]
    answer = await client.post("/v1/batch", json=batch(*events), headers=basic(keys[0]))
    assert (answer.json()["accepted"], answer.json()["quarantined"]) == (1, 1)
    held = await app.store.find_event("web", token[:5])
    assert "offer" in held.texts
    assert "decision" in held.texts


async def test_rudderstacks_merge_says_what_it_joins(client, keys, app):
    pairs = [{"type": "user_id", "value": "u-9"}, {"type": "email", "value": "nine@example.org"}]
    answer = await client.post("/v1/merge", json={"mergeProperties": pairs}, headers=basic(keys[1]))
    assert (answer.status_code, answer.json()) == (200, SUCCESS)
    for wrong in (None, [], pairs[:1], [{"type": "email"}, {"value": "x"}]):
        answer = await client.post("/v1/merge", json={"mergeProperties": wrong}, headers=basic(keys[1]))
        assert (answer.status_code, "mergeProperties" in answer.json()["message"]) == (400, True)


async def test_the_pixel_takes_an_event_and_shows_one_dot(client, keys, app):
    query = {"anonymousId": "'visitor-1'", "event": "Mail Opened", "properties.campaign": "tea", "messageId": "px"}
    answer = await client.get("/pixel/v1/track", params={**query, "writeKey": keys[0]})
    assert (answer.status_code, answer.headers["content-type"], answer.content[:6]) == (200, "image/gif", b"GIF89a")
    assert (await app.store.find_event("web", "px")).texts["campaign"] == "tea"
    more = {
        "anonymousId": "v",
        "name": "Tea",
        "properties": '{"url": "https://shop.example.org/"}',
        "writeKey": keys[0],
    }
    assert (await client.get("/pixel/v1/page", params=more)).status_code == 200
    assert (await client.get("/pixel/v1/track", params=query)).status_code == 401
    assert (await client.get("/pixel/v1/alias", params=more)).status_code == 400


async def test_browser_clients_are_told_where_to_send(client, keys):
    settings = (await client.get(f"/v1/projects/{keys[0]}/settings")).json()
    sent_to = settings["integrations"]["Segment.io"]
    told = (sent_to["apiKey"], sent_to["apiHost"], sent_to["protocol"], settings["metrics"])
    assert told == (keys[0], "shop.example.org/v1", "http", {"sampleRate": 0})
    source = (await client.get("/sourceConfig/", params={"writeKey": keys[0], "p": "npm", "v": "3"})).json()["source"]
    assert (source["enabled"], source["destinations"]) == (True, [])
    assert (await client.get("/sourceConfig", headers=basic(keys[0]))).status_code == 200
    for wrong in ("/v1/projects/x/settings", f"/v1/projects/{keys[0]}x/settings", "/sourceConfig/?writeKey=x"):
        assert (await client.get(wrong)).status_code == 401
    assert (await client.get(f"/v1/projects/{keys[1]}/settings")).status_code == 403


async def test_what_a_page_measures_of_itself_comes_without_a_key_and_nothing_of_it_is_kept(client, keys, app):
    before = await app.store.head()
    elsewhere = {"origin": "https://shop.example.com", "content-type": "text/plain"}
    answer = await client.post("/v1/m", content=b'{"series": [{}, {}]}', headers=elsewhere)
    assert (answer.status_code, answer.json()) == (200, {"success": True, "dropped": 2})
    assert answer.headers["access-control-allow-origin"] == "*"
    asked = {"origin": elsewhere["origin"], "access-control-request-method": "POST"}
    preflight = await client.options("/v1/m", headers=asked)
    assert (preflight.status_code, preflight.headers["access-control-allow-methods"]) == (204, "POST")
    assert "access-control-allow-credentials" not in preflight.headers
    assert (await client.get("/v1/m", headers=basic(keys[0]))).status_code == 405
    assert (await app.store.head(), await app.store.count_quarantined()) == (before, {})


async def test_a_page_of_another_site_may_send_and_read_the_answer_and_nothing_else(client, keys):
    asked = {"origin": "https://shop.example.com", "access-control-request-method": "POST"}
    for path in ("/v1/t", "/v1/batch", "/v1/decide", "/v1/projects/x/settings", "/sourceConfig/"):
        answer = await client.options(path, headers=asked)
        allowed = answer.headers["access-control-allow-headers"]
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
        assert {"authorization", "content-type", "x-retry-count"} <= set(allowed.split(", "))
        assert "access-control-allow-credentials" not in answer.headers
    for path in ("/v1/users", "/v1/customers", "/v1/simulate", "/v1/session"):
        assert "access-control-allow-origin" not in (await client.options(path, headers=asked)).headers
    for shown, status in ((basic(keys[0]), 200), (basic("x"), 401)):
        answer = await client.post("/v1/t", json={**VISITOR, "event": "x"}, headers={**shown, "origin": "https://a.b"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, "*")


CLOUD = {
    "specversion": "1.0",
    "id": "1",
    "source": "//shop/till",
    "type": "Product Viewed",
    "subject": "u-5",
    "data": {"product_id": "tea-0"},
}


async def cloud(client, key, sent, media="application/cloudevents+json", **headers):
    head = {**basic(key), "content-type": media, **headers}
    return await client.post("/v1/cloudevents", content=json.dumps(sent), headers=head)


async def test_cloudevents_come_in_three_modes_and_are_one_by_source_and_id(client, keys, app):
    attributes = {f"ce-{name}": value for name, value in CLOUD.items() if name != "data"}
    binary = await cloud(
        client, keys[1], CLOUD["data"], "application/json", **{**attributes, "ce-type": "Product%20Viewed"}
    )
    assert (binary.status_code, binary.json()) == (200, SUCCESS)
    assert (await cloud(client, keys[1], CLOUD)).json()["duplicates"] == 1
    several = [
        CLOUD,
        {**CLOUD, "source": "//shop/web"},
        {**CLOUD, "id": "2", "type": "io.example.identify"},
        {"id": "3"},
    ]
    answer = await cloud(client, keys[1], several, "application/cloudevents-batch+json; charset=utf-8")
    assert answer.json() == {**SUCCESS, "accepted": 2, "duplicates": 1, "quarantined": 1}
    held = await app.store.find_event("backend", "//shop/till 1")
    assert (held.name, held.texts["product_id"]) == ("Product Viewed", "tea-0")


async def test_a_batch_of_cloudevents_that_is_no_list_waits_and_is_told(client, keys, app):
    answer = await cloud(client, keys[1], CLOUD, "application/cloudevents-batch+json")
    assert (answer.status_code, "must be a list" in answer.json()["message"]) == (400, True)
    (row,) = await app.store.quarantined(limit=9)
    assert (row.code, "//shop/till" in row.body) == ("bad_body", True)


async def test_a_cloudevent_in_binary_mode_needs_no_data(client, keys, app):
    head = {f"ce-{name}": value for name, value in CLOUD.items() if name not in {"data", "type"}}
    head |= {**basic(keys[1]), "ce-type": "Shop%20Left"}
    answer = await client.post("/v1/cloudevents", headers=head)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    assert (await app.store.find_event("backend", "//shop/till 1")).name == "Shop Left"


async def test_who_sends_cloudevents_may_show_a_key_in_the_address_and_not_in_the_event(client, keys, app):
    head = {"content-type": "application/cloudevents+json"}
    answers = [
        await client.post("/v1/cloudevents", content=json.dumps(sent), headers=head, params=query)
        for sent, query in (
            (CLOUD, {"writeKey": keys[1]}),
            (CLOUD, {"writeKey": "x"}),
            (CLOUD | {"writeKey": keys[1]}, {}),
        )
    ]
    assert [answer.status_code for answer in answers] == [200, 401, 401]


@pytest.mark.parametrize(
    "wrong", [{"id": ""}, {"source": None}, {"specversion": "0.3"}, {"type": 3}, {"data": [1]}, {"data_base64": "eA=="}]
)
async def test_what_is_no_cloudevent_is_said_by_its_attribute(wrong):
    from shopkeeper.flows.collecting.cloudevents import event_of
    from shopkeeper.flows.door.reading import Refusal

    with pytest.raises(Refusal, match=next(iter(wrong)).removesuffix("_base64")):
        event_of({**CLOUD, **wrong})


async def test_who_cannot_be_served_just_now_is_told_when_to_come_again(client, keys, service, app, monkeypatch):
    monkeypatch.setattr(service, "pressure", lambda: 2.4, raising=False)
    answer = await client.post("/v1/batch", json=batch({}), headers=basic(keys[0]))
    told = [answer.headers[name] for name in ("retry-after", "x-ratelimit-reset")]
    assert (answer.status_code, answer.json()["code"], told) == (429, "overloaded", ["3", "3"])
    monkeypatch.setattr(service, "pressure", lambda: 0.0)

    async def fail(_offering):
        raise StoreError("store.db: the disk is full; free space, then try again")

    monkeypatch.setattr(app.store, "admit", fail)
    answer = await client.post("/v1/batch", json=batch({}), headers=basic(keys[0]))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_bodies_in_hand_have_a_bound_and_one_alone_always_finds_room():
    from shopkeeper.core.errors import Overloaded

    hands = Hands(most=10)
    with hands.hold() as first:
        first.add(8)
        with hands.hold() as second, pytest.raises(Overloaded):
            second.add(3)
        first.add(2)
    with hands.hold() as again:
        again.add(50)
    assert MOST >= 50 << 20


async def test_a_write_key_does_not_wait_for_what_follows_the_log(client, keys, service, monkeypatch):
    async def never(_seq):
        raise AssertionError("waited")

    monkeypatch.setattr(type(service.follower), "reach", lambda self, seq: never(seq))
    answer = await client.post("/v1/track", json={**VISITOR, "event": "x"}, headers=basic(keys[0]))
    assert answer.status_code == 200
    monkeypatch.undo()
