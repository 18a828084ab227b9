"""Write keys: how they are shown, and what they open (S1: every kind of key at every operation of the document)."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from msgspec.structs import replace as replaced

from shopkeeper.api import server
from shopkeeper.api.keys import BOTH, ForKeys
from shopkeeper.api.openapi import document
from shopkeeper.flows.sources.registry import Rotation, SourceChange, change_source, rotate
from shopkeeper.testing.shop import NOW, user
from tests.senders import BROWSER, SERVER, basic, reach, registered

EVENT = {"anonymousId": "visitor-1", "event": "Product Viewed", "messageId": "m1"}
_PLACES = {"kind": "user_id", "customer": "cus_01890a5d-ac96-774b-bcce-b302099a8057", "call_name": "track"}
OPEN = {
    *(("POST", f"/v1/{name}") for name in ("track", "identify", "page", "screen", "group", "alias", "merge", "batch")),
    ("POST", "/v1/cloudevents"),
    ("GET", "/pixel/v1/{call_name}"),
    ("POST", "/v1/decide"),
    ("POST", "/v1/rank"),
}
"""What both kinds of key open; a browser's also opens what browser clients ask before they send."""
ASKED = {("GET", "/v1/projects/{write_key}/settings"), ("GET", "/sourceConfig/")}


async def _nothing(_call, **_given):
    return {}


@pytest.fixture
def hollow(monkeypatch):
    emptied = {"handler": _nothing, "body": None, "query": (), "path_fields": (), "strict": False}
    monkeypatch.setattr(server, "OPERATIONS", tuple(replace(one, **emptied) for one in server.OPERATIONS))


def operations() -> list[tuple[str, str, str | None]]:
    paths = document(server.OPERATIONS)["paths"]
    return [(method.upper(), path, said["x-right"]) for path, one in paths.items() for method, said in one.items()]


def filled(path: str) -> str:
    return "/".join(_PLACES.get(part[1:-1], "x") if part.startswith("{") else part for part in path.split("/"))


async def opened(app, key: str, operations=operations) -> set[tuple[str, str]]:
    """Try a key at every operation; return those that it opens and that are not open to all."""
    async with reach(app) as client:
        found = set()
        for method, path, needs in operations():
            status = (await client.request(method, filled(path), headers=basic(key))).status_code
            assert status in {200, 403}, (method, path, status)
            if status == 200 and needs is not None:
                found.add((method, path))
    return found


async def test_a_key_opens_what_its_kind_is_for_and_nothing_else(app, service, hollow):
    browser, backend = await registered(app, BROWSER, SERVER)
    assert await opened(app, browser) == OPEN | ASKED
    assert await opened(app, backend) == OPEN


async def test_keys_of_a_source_of_another_environment_open_nothing(app, service, hollow):
    staged = [replaced(one, environment="staging") for one in (BROWSER, SERVER)]
    keys = await registered(app, *staged)
    assert [await opened(app, key) for key in keys] == [set(), set()]
    app.settings = replace(app.settings, environment="Staging")
    assert [await opened(app, key) for key in keys] == [OPEN | ASKED, OPEN]


async def test_an_operation_that_is_open_to_keys_by_mistake_would_be_seen(app, service, hollow, monkeypatch):
    [browser] = await registered(app, BROWSER)
    right = server.OPERATIONS
    wrong = tuple(
        replace(one, needs="collect", keys=ForKeys(BOTH)) if one.path == "/v1/users" else one for one in right
    )
    monkeypatch.setattr(server, "OPERATIONS", wrong)
    assert ("GET", "/v1/users") in await opened(app, browser)


async def test_the_right_to_decide_does_not_open_a_simulation(app, service):
    [backend] = await registered(app, SERVER)
    async with reach(app) as client:
        answer = await client.post("/v1/simulate", json={"slot": "coupons"}, headers=basic(backend))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


def ways(key: str) -> list[dict]:
    coded = b64encode(key.encode()).decode()
    return [
        {"headers": basic(key)},
        {"headers": {"authorization": f"Basic {coded}"}},
        {"headers": {"authorization": f"basic {coded.rstrip('=')}"}},
        {"headers": {"authorization": f"Bearer {key}"}},
        {"headers": {"x-write-key": key}},
        {"body": {"writeKey": key}},
        {"params": {"writeKey": key}},
    ]


async def send(client, *, headers=None, body=None, params=None):
    sent = json.dumps({**EVENT, **(body or {})})
    return await client.post("/v1/track", content=sent, headers=headers or {}, params=params)


@pytest.mark.parametrize("address", ["127.0.0.1", "203.0.113.7"])
async def test_a_key_is_understood_in_each_of_the_ways_of_the_clients(app, service, address):
    key, _ = await registered(app, BROWSER, SERVER)
    async with reach(app, client=address) as client:
        for right, wrong in zip(ways(key), ways(key + "x"), strict=True):
            answer = await send(client, **right)
            assert (answer.status_code, answer.json()["success"]) == (200, True)
            assert (await send(client, **wrong)).status_code == 401
    assert await app.store.find_event("web", "m1") is not None


async def test_a_header_that_shows_no_key_is_answered_401(app, service):
    await registered(app, BROWSER)
    shown = ["Basic", "Basic ", "Basic =", "Basic \u00e9", "Basic !!!", "Digest x", "Bearer", ""]
    async with reach(app) as client:
        answers = [await client.post("/v1/track", json=EVENT, headers={"authorization": one.encode()}) for one in shown]
    assert {(answer.status_code, *sorted(answer.json())) for answer in answers} == {(401, "code", "message")}


async def test_a_wrong_key_in_the_header_is_refused_before_the_body_is_read(app, service):
    await registered(app, BROWSER)
    read = []

    async def body():
        read.append(1)
        yield b"{}"

    async with reach(app) as client:
        answer = await client.post("/v1/batch", content=body(), headers=basic("sk_browser_wrong"))
    assert (answer.status_code, read) == (401, [])
    assert await app.store.count_quarantined() == {}


async def test_a_key_that_was_replaced_or_disabled_ends(app, service):
    [first] = await registered(app, BROWSER)
    now = app.wall_clock.now()
    second = await rotate(app.store, "web", Rotation(grace_hours=0), now=now, rng=app.rng)
    await service.registry.look()
    async with reach(app) as client:
        assert (await send(client, headers=basic(first))).status_code == 401
        assert (await send(client, headers=basic(second.write_key))).status_code == 200
        await change_source(app.store, "web", SourceChange(disabled=True), now=now)
        await service.registry.look()
        assert (await send(client, headers=basic(second.write_key))).status_code == 401


async def test_a_browser_asks_about_its_own_visitor_alone(app, service):
    browser, backend = await registered(app, BROWSER, SERVER)
    named = [{}, {"anonymous_id": "visitor-1"}, {"user_id": user(5)}, {"anonymous_id": "a", "user_id": user(5)}]
    async with reach(app) as client:
        for path, rest in (("/v1/decide", {"slot": "recommendations"}), ("/v1/rank", {"items": ["tea-0", "milk-1"]})):
            found = [
                (await client.post(path, json={"customer": who, **rest}, headers=basic(browser))).status_code
                for who in named
            ]
            assert found == [200, 200, 403, 403]
        asked = {"slot": "recommendations", "customer": {"user_id": user(5)}}
        assert (await client.post("/v1/decide", json=asked, headers=basic(backend))).status_code == 200


async def test_a_browser_asks_about_whom_a_token_proves(app, service):
    [browser] = await registered(app, BROWSER)
    secret = (await app.store.find_source(BROWSER.name)).secret.encode()

    def token(who, key=secret, minutes=10):
        claims = {"sub": who, "exp": int((NOW + timedelta(minutes=minutes)).timestamp())}
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key))

    wanted = {"user_id": user(5)}
    asked = [
        (wanted, token(user(5)), 200),
        (wanted, token(user(6)), 403),
        (wanted, token(user(5), b"x" * 32), 403),
        (wanted, token(user(5), minutes=-10), 403),
        (wanted, "no token", 403),
        ({"email": "a@example.org"}, token(user(5)), 403),
        ({"customer": _PLACES["customer"]}, token(user(5)), 403),
    ]
    async with reach(app) as client:
        for customer, signed, status in asked:
            body = {"slot": "recommendations", "customer": customer, "identity_token": signed}
            answer = await client.post("/v1/decide", json=body, headers=basic(browser))
            assert answer.status_code == status, (customer, answer.json())
            body = {"items": ["tea-0"], "customer": customer, "identity_token": signed}
            assert (await client.post("/v1/rank", json=body, headers=basic(browser))).status_code == status
        own = {"slot": "recommendations", "customer": wanted, "identity_token": token(user(5)), "explain": True}
        told = (await client.post("/v1/decide", json=own, headers=basic(browser))).json()
    assert told["personal"] == (told["arm"] == "treated")


async def test_without_sources_and_without_a_key_this_machine_sends_as_before(app, service):
    async with reach(app, client="127.0.0.1") as client:
        client.base_url = "http://127.0.0.1"
        answer = await client.post("/v1/track", json={**EVENT, "userId": user(5)})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "accepted")
    assert await app.store.find_event("api", "m1") is not None


async def test_the_shops_own_key_still_hears_what_followed(app, service):
    app.settings = replace(app.settings, api_key="sesame-0123456789")
    await registered(app, BROWSER)
    async with reach(app) as client:
        answer = await client.post("/v1/track", json=EVENT, headers={"authorization": "Bearer sesame-0123456789"})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "accepted")


async def test_a_cookie_without_its_token_neither_helps_nor_hinders_a_client(app, service):
    [key] = await registered(app, BROWSER)
    cookie = {"cookie": "__Host-shopkeeper=stolen"}
    async with reach(app) as client:
        answer = await client.post("/v1/track", json={**EVENT, "writeKey": key}, headers=cookie)
        assert answer.status_code == 200
        assert (await client.post("/v1/track", json=EVENT, headers=cookie)).status_code == 401


async def test_from_the_first_source_on_this_machine_sends_with_a_key_as_well(app, service):
    async with reach(app, client="127.0.0.1") as client:
        client.base_url = "http://localhost"
        assert (await client.post("/v1/track", json=EVENT)).status_code == 200
        [backend] = await registered(app, SERVER)
        without = await client.post("/v1/track", json=EVENT)
        assert (without.status_code, without.json()["code"]) == (403, "not_permitted")
        assert "send a source's write key" in without.json()["message"]
        assert (await client.post("/v1/track", json=EVENT, headers=basic(backend))).status_code == 200
        assert (await client.post("/v1/decide", json={"slot": "coupons"})).status_code == 200
