"""Every endpoint and every error, through the ASGI application."""

import asyncio
import dataclasses
import json
import logging
import re

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopkeeper.api.server import OPERATIONS, create_api
from shopkeeper.core.errors import StoreError
from shopkeeper.testing.shop import NOW, basket, track, user

CANARY = "canary-77@example.org"


@pytest.fixture
async def client(app, service):
    transport = httpx.ASGITransport(app=create_api(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
        yield opened


def at(path):
    """Fill in a route's parameters."""
    known = {"kind": "user_id", "customer": "cus_01890a5d-ac96-774b-bcce-b302099a8057"}
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: known.get(found[1], "x"), path)


def is_error(answer, status, code):
    body = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert (answer.status_code, body["code"], sorted(body)) == (status, code, ["code", "message"])
    assert body["message"]
    assert "canary" not in answer.text
    return body["message"]


async def test_a_decision_through_http(client):
    asked = {"slot": "recommendations", "customer": {"user_id": user(5)}, "n": 3, "explain": True}
    answer = await client.post("/v1/decide", json=asked)
    found = answer.json()
    assert answer.status_code == 200
    assert [pick["place"] for pick in found["picks"]] == [1, 2, 3]
    assert {"id", "slot", "picks", "personal", "why", "arm", "versions"} <= found.keys()
    assert all(pick["token"] and pick["reasons"] for pick in found["picks"])


async def test_a_ranking_through_http(client):
    answer = await client.post("/v1/rank", json={"items": ["tea-0", "x", "milk-1"], "customer": {"user_id": user(5)}})
    assert sorted(pick["item"] for pick in answer.json()["picks"]) == ["milk-1", "tea-0", "x"]


async def test_an_event_through_http_changes_the_next_answer(client, app):
    page = (await client.get(f"/v1/customers/user_id/{user(5)}")).json()
    wire = basket(user(5), ["pets-0", "pets-1", "pets-2"], key="b1", at=NOW)
    answer = await client.post("/v1/track", json=wire)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "accepted")
    assert (await client.post("/v1/track", json=wire)).json()["outcome"] == "duplicate"
    after = (await client.get(f"/v1/customers/user_id/{user(5)}")).json()
    assert after["orders"] == page["orders"] + 1
    assert after["latest_orders"][0]["items"] == ["Pets no. 0", "Pets no. 1", "Pets no. 2"]
    assert after["latest_orders"][0]["text"] == "€7.50"


async def test_identify_keeps_personal_values_on_the_customers_page_alone(client, app):
    said = {"userId": user(5), "traits": {"email": CANARY}, "messageId": "i1"}
    assert (await client.post("/v1/identify", json=said)).status_code == 200
    page = await client.get(f"/v1/customers/user_id/{user(5)}")
    assert page.json()["personal"] == {"email": CANARY}
    assert page.text.count("canary") == 1
    answer = await client.post("/v1/decide", json={"slot": "coupons", "customer": {"user_id": user(5)}})
    assert "canary" not in answer.text


async def test_segments_and_health(client, app):
    segments = (await client.get("/v1/segments")).json()
    assert {one["name"] for one in segments} == set(app.definitions.segments)
    assert all(one["sentence"] for one in segments)
    health = (await client.get("/v1/health")).json()
    assert health["status"] == "ready"
    assert set(health["versions"]) == {"definitions", "recommend.product", "recommend.category", "coupons"}
    app.service.background._failing[0] = "store_error: no answer"
    assert (await client.get("/v1/health")).json() == {**health, "status": "degraded"}


RUBBISH = (
    b"",
    b"canary",
    b"[1]",
    b"null",
    b'"canary"',
    b'{"slot":',
    b"\xff\xfe",
    b'{"slot": "\\ud800"}',
    b'{"slot": NaN}',
    b'"' + b'\\"' * 200_000,
    b'{"a":' * 40 + b"1" + b"}" * 40,
    b'{"slot": "coupons", "n": 1e400}',
)


@pytest.mark.parametrize("path", ["/v1/decide", "/v1/rank", "/v1/track", "/v1/identify"])
async def test_rubbish_is_refused_in_one_form(client, path):
    for body in RUBBISH:
        is_error(await client.post(path, content=body), 400, "bad_input")


async def test_a_body_that_is_too_large_or_too_deep_is_refused(client):
    large = json.dumps({"event": "x", "properties": {"a": "canary" * 100_000}}).encode()
    assert "more than 524288 bytes" in is_error(await client.post("/v1/decide", content=large), 400, "bad_input")
    deep = b'{"properties":' + b"[" * 40 + b"]" * 40 + b"}"
    assert "deeper than 32" in is_error(await client.post("/v1/track", content=deep), 400, "bad_input")
    shallow = {"slot": "recommendations", "context": {}, "place": "[" * 500}
    assert (await client.post("/v1/decide", json=shallow)).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("decide", {"slot": "coupons", "custmer": {}}, "custmer"),
        ("decide", {"slot": 3}, "$.slot"),
        ("decide", {}, "slot"),
        ("decide", {"slot": "coupons", "n": "canary"}, "$.n"),
        ("decide", {"slot": "coupons", "customer": {"user_id": 1023}}, "$.customer"),
        ("decide", {"slot": "coupons", "customer": {"user_id": ""}}, "blocked value"),
        ("decide", {"slot": "coupons", "customer": {"e_mail": CANARY}}, "no kind of identifier"),
        ("decide", {"slot": "coupons", "n": 0}, "n == 0"),
        ("rank", {"items": []}, "items"),
        ("rank", {"items": ["canary", "canary"]}, "the same id twice"),
        ("rank", {"items": ["a"], "slot": "coupons"}, "slot"),
        ("track", {"userId": CANARY}, "event"),
        ("track", {"event": "x", "properties": {"email": CANARY}}, "userId or anonymousId"),
        ("track", {"userId": CANARY, "event": "Decision Made"}, "written by Shopkeeper alone"),
        ("track", {"userId": CANARY, "event": "x", "timestamp": "canary"}, "timestamp"),
        ("track", {"userId": CANARY, "event": "x", "properties": {"token": "canary"}}, "token"),
        ("track", {"userId": CANARY, "event": "Order Completed", "properties": {"total": CANARY}}, "total"),
        ("identify", {"traits": {"email": CANARY}}, "userId or anonymousId"),
    ],
)
async def test_a_wrong_field_is_named_without_its_value(client, caplog, path, body, said):
    caplog.set_level(logging.DEBUG)
    assert said in is_error(await client.post(f"/v1/{path}", json=body), 400, "bad_input")
    assert "canary" not in caplog.text


async def test_what_does_not_exist_is_not_found(client):
    is_error(await client.get("/v2/decide"), 404, "not_found")
    is_error(await client.post("/v1/decide", json={"slot": "cupons"}), 404, "not_found")
    is_error(await client.get("/v1/customers/user_id/canary"), 404, "not_found")
    is_error(await client.get("/v1/customers/user_id/canary/77"), 404, "not_found")
    is_error(await client.get("/v1/customers/User-Id/canary"), 400, "bad_input")
    is_error(await client.get("/v1/customers/user_id/undefined"), 400, "bad_input")


async def test_an_identifier_may_hold_a_slash(client):
    assert (await client.post("/v1/identify", json={"userId": "a/b", "messageId": "i"})).status_code == 200
    assert (await client.get("/v1/customers/user_id/a%2Fb")).json()["identifiers"] == {"user_id": ["a/b"]}


@pytest.mark.parametrize("path", sorted({one.path for one in OPERATIONS}))
async def test_another_method_is_refused(client, path):
    is_error(await client.request("PURGE", at(path)), 405, "bad_input")


@pytest.mark.parametrize(
    "sent", [None, "", "Bearer wrong", "Bearer sesame-0123456789-x", "sesame-0123456789", "Basic é"]
)
async def test_without_the_key_nothing_is_answered_but_health(client, app, sent):
    app.settings = dataclasses.replace(app.settings, api_key="sesame-0123456789")
    headers = {} if sent is None else {"Authorization": sent.encode()}
    for one in OPERATIONS:
        answer = await client.request(one.method, at(one.path), headers=headers, content=b"{}")
        if one.needs is None:
            assert answer.status_code not in {401, 403}
        else:
            is_error(answer, 401, "not_signed_in")
    right = {"Authorization": "Bearer sesame-0123456789"}
    assert (await client.get("/v1/segments", headers=right)).status_code == 200


async def test_a_store_that_does_not_answer_is_a_503_but_decisions_go_on(client, app, service):
    await service.journal.close()
    await app.store.close()
    answer = await client.post("/v1/track", json=track(user(5), "Product Viewed", {}, key="v", at=NOW))
    is_error(answer, 503, "store_error")
    assert answer.headers["retry-after"] == "1"
    is_error(await client.get("/v1/segments"), 503, "store_error")
    decided = await client.post("/v1/decide", json={"slot": "recommendations", "customer": {"user_id": user(5)}})
    assert (decided.status_code, decided.json()["degraded"]) == (200, "no store")


async def test_what_was_not_foreseen_is_told_by_its_type_alone(client, service, monkeypatch, caplog):
    async def fail(*_args: object, **_more: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(type(service.watch), "overview", fail)
    is_error(await client.get("/v1/segments"), 500, "internal")
    assert "RuntimeError" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize("path", ["/v1/track", "/pixel/v1/track"])
async def test_what_was_not_foreseen_is_answered_and_not_passed_on(app, service, monkeypatch, caplog, path):
    """Whoever runs the application would write its text into the log."""

    async def fail(*_args: object, **_more: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("shopkeeper.api.server.caller_of", fail)
    transport = httpx.ASGITransport(app=create_api(app), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        is_error(await client.request("POST" if path == "/v1/track" else "GET", path), 500, "internal")
    assert ("RuntimeError" in caplog.text, "canary" in caplog.text) == (True, False)


async def test_a_conflict_is_a_409(client):
    for item, status in (("tea-0", 200), ("tea-1", 409)):
        answer = await client.post("/v1/track", json=basket(user(5), [item], key="same", at=NOW))
        assert answer.status_code == status
    is_error(answer, 409, "conflict")


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20))
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
slots = st.sampled_from(["recommendations", "coupons", "explore", "advertising", "spread", "fresh"])
near = st.fixed_dictionaries(
    {"slot": slots | anything},
    optional={
        "customer": st.dictionaries(st.sampled_from(["user_id", "anonymous_id"]) | st.text(), st.text(), max_size=2)
        | st.just({"user_id": user(5)})
        | anything,
        "n": st.integers(-2, 202) | anything,
        "place": st.sampled_from(["s1", "s2"]) | anything,
        "context": st.dictionaries(st.sampled_from(["channel", "basket", "member"]) | st.text(), scalars, max_size=3)
        | anything,
        "explain": st.booleans() | anything,
    },
)


async def test_no_body_breaks_the_decision(client):
    loop = asyncio.get_running_loop()

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(body=st.one_of(near, anything).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
    def ask(body):
        answer = asyncio.run_coroutine_threadsafe(client.post("/v1/decide", content=body), loop).result(30)
        assert answer.status_code in {200, 400, 404}, body
        if answer.status_code != 200:
            assert sorted(answer.json()) == ["code", "message"]

    await asyncio.to_thread(ask)


async def test_no_event_breaks_the_door(client):
    loop = asyncio.get_running_loop()
    properties = st.dictionaries(
        st.sampled_from(["order_id", "products", "total", "offer", "token", "email", "purpose"]) | st.text(max_size=8),
        anything,
        max_size=4,
    )
    names = st.sampled_from(["Order Completed", "Order Refunded", "Offer Shown", "Consent Given"]) | st.text(max_size=9)
    wire = st.fixed_dictionaries(
        {"userId": st.just(user(5)) | anything, "event": names | anything, "properties": properties | anything},
        optional={"messageId": st.text(max_size=5) | anything, "timestamp": st.just(NOW.isoformat()) | anything},
    )

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(event=wire)
    def tell(event):
        sent = client.post("/v1/track", content=json.dumps(event).encode())
        answer = asyncio.run_coroutine_threadsafe(sent, loop).result(30)
        assert answer.status_code in {200, 400, 409}, event
        if answer.status_code != 200:
            assert sorted(answer.json()) == ["code", "message"]

    await asyncio.to_thread(tell)


async def test_a_store_error_in_a_flow_says_no_values(client, service, monkeypatch):
    async def refuse(*_args: object, **_more: object) -> None:
        raise StoreError("store.db: the disk is full; free space, then try again")

    monkeypatch.setattr(type(service.outcomes), "reach", refuse)
    wire = track(user(5), "Product Viewed", {"a": CANARY}, key="v", at=NOW)
    assert "disk is full" in is_error(await client.post("/v1/track", json=wire), 503, "store_error")
