"""Sessions through HTTP: cookies, tokens, who is who, and what pages of other web sites cannot do (S12)."""

import dataclasses
import logging
import re

import argon2
import httpx
import pytest

from shopkeeper.api import caller as module
from shopkeeper.api.caller import COOKIE
from shopkeeper.api.server import create_api
from shopkeeper.core.clock import StoppedClock
from shopkeeper.flows.accounts import NewPerson, add_person, make_link
from shopkeeper.flows.entrance import IDLE
from shopkeeper.protect import password as passwords
from shopkeeper.protect.rights import LOCAL, PROGRAM, ROLES
from shopkeeper.testing.shop import NOW, user

GOOD, OTHER = "canary lamp in the fog", "canary lamps in the fog"
KEY = "canary-key-0123456789"
HOST = "http://127.0.0.1:8765"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with parameters that take no time; those in force are tested beside `protect.password`."""
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)


@pytest.fixture
async def shop_app(app, service):
    app.wall_clock = StoppedClock(NOW)
    for name, role in (("ann", "owner"), ("bob", "analyst")):
        asked = NewPerson(name=name, role=role, password=GOOD, display=name.title())
        await add_person(app.store, app.entrance, asked, now=NOW, rng=app.rng)
    return app


def reach(app, *, base: str = HOST, peer: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=create_api(app), raise_app_exceptions=False, client=(peer, 50_000))
    return httpx.AsyncClient(transport=transport, base_url=base)


@pytest.fixture
async def client(shop_app):
    async with reach(shop_app) as opened:
        yield opened


def show(client: httpx.AsyncClient, answer: httpx.Response) -> str:
    """Hold a session as a browser would, and return its token."""
    found = re.match(rf"{COOKIE}=([\w-]+);", answer.headers["set-cookie"])
    assert found, answer.headers["set-cookie"]
    client.headers["cookie"] = f"{COOKIE}={found[1]}"
    csrf = answer.json()["csrf"]
    client.headers["x-csrf-token"] = csrf
    return csrf


async def sign_in(client: httpx.AsyncClient, name: str = "ann", password: str = GOOD) -> httpx.Response:
    answer = await client.post("/v1/session", json={"name": name, "password": password})
    if answer.status_code == 200:
        show(client, answer)
    return answer


async def test_who_is_not_signed_in_is_told_where_they_are_and_how_to_come_in(client):
    found = (await client.get("/v1/session")).json()
    assert (found["user"], found["csrf"], set(found["rights"])) == (None, None, set(LOCAL))
    assert found["shop"] == {
        "name": "Corner shop",
        "currency": "EUR",
        "time_zone": "Europe/Vienna",
        "now": "2026-03-02T10:00:00Z",
        "pinned": True,
    }
    assert found["ways"] == {"password": True, "oidc": []}


async def test_signing_in_gives_a_cookie_that_scripts_and_other_sites_do_not_get(client):
    answer = await sign_in(client)
    said = answer.headers["set-cookie"]
    assert said.startswith("__Host-shopkeeper=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(said.split("; "))
    assert "Domain" not in said
    assert answer.headers["cache-control"] == "no-store"
    found = (await client.get("/v1/session")).json()
    assert found["user"] == {"name": "ann", "display": "Ann", "role": "owner", "password": "set"}
    assert set(found["rights"]) == ROLES["owner"]
    assert found == answer.json()


async def test_a_wrong_password_is_401_and_too_many_are_429(client):
    for _ in range(5):
        answer = await sign_in(client, password=OTHER)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        assert "set-cookie" not in answer.headers
    answer = await sign_in(client)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
    assert answer.json() == {"code": "too_many_attempts", "message": "too many attempts; try again in 30 seconds"}


async def test_signing_out_ends_the_session_and_takes_the_cookie_back(client):
    await sign_in(client)
    answer = await client.delete("/v1/session")
    assert answer.json()["user"] is None
    assert f"{COOKIE}=; " in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await client.get("/v1/users")).status_code == 401


async def test_an_ended_session_is_nobody_s_even_on_this_machine(client, shop_app):
    await sign_in(client)
    shop_app.wall_clock.move(IDLE)
    answer = await client.get("/v1/segments")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert (await client.get("/v1/session")).json()["rights"] == []
    assert (await sign_in(client)).status_code == 200


async def test_a_session_planted_by_somebody_else_is_not_taken_over(client):
    client.headers["cookie"] = f"{COOKIE}=planted"
    await sign_in(client)
    assert "planted" not in client.headers["cookie"]


async def changes(client: httpx.AsyncClient, **headers: str) -> int:
    """Try to change something with a session; return the status."""
    body = {"name": f"p{len(headers)}", "role": "staff"}
    return (await client.post("/v1/users", json=body, headers=headers)).status_code


async def test_a_change_needs_the_session_s_own_token(client):
    first = (await sign_in(client, "bob")).json()["csrf"]
    await sign_in(client)
    for wrong in ("", first, "x"):
        assert await changes(client, **{"x-csrf-token": wrong}) == 403
    del client.headers["x-csrf-token"]
    assert await changes(client) == 403
    assert (await client.delete("/v1/session")).status_code == 403
    assert (await client.get("/v1/users")).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": HOST}, 403),
        ({"origin": HOST}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "null"}, 403),
    ],
)
async def test_a_page_of_another_site_changes_nothing_even_with_the_token(client, headers, status):
    await sign_in(client)
    assert await changes(client, **headers) == status


async def test_a_check_that_was_left_out_would_be_seen(client, monkeypatch):
    await sign_in(client)
    monkeypatch.setattr(module, "is_foreign", lambda *_: False)
    assert await changes(client, origin="https://evil.example") == 200
    monkeypatch.setattr(module.hmac, "compare_digest", lambda *_: True)
    assert await changes(client, **{"x-csrf-token": "x", "y": "z"}) == 200


@pytest.mark.parametrize("path", ["/v1/session", "/v1/session/link"])
async def test_another_site_s_page_signs_nobody_in(client, path):
    body = {"name": "ann", "password": GOOD} if path == "/v1/session" else {"token": "x"}
    answer = await client.post(path, json=body, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


async def test_a_program_on_this_machine_may_use_the_shop_and_change_nothing(client):
    assert (await client.get(f"/v1/customers/user_id/{user(5)}")).status_code == 200
    assert (await client.post("/v1/decide", json={"slot": "recommendations"})).status_code == 200
    refused = await client.get("/v1/users")
    assert (refused.status_code, "'accounts'" in refused.json()["message"]) == (403, True)


@pytest.mark.parametrize(
    ("base", "peer", "headers"),
    [
        ("http://evil.example:8765", "127.0.0.1", {}),
        ("http://127.0.0.1.evil.example", "127.0.0.1", {}),
        (HOST, "127.0.0.1", {"host": "evil.example#@127.0.0.1"}),
        (HOST, "127.0.0.1", {"host": "[::1"}),
        (HOST, "192.0.2.1", {}),
        (HOST, "127.0.0.1", {"x-forwarded-for": "127.0.0.1"}),
        (HOST, "127.0.0.1", {"forwarded": "for=127.0.0.1"}),
        (HOST, "127.0.0.1", {"sec-fetch-site": "cross-site"}),
        (HOST, "127.0.0.1", {"origin": "https://evil.example"}),
        (HOST, "127.0.0.1", {"cookie": f"{COOKIE}=ended"}),
    ],
    ids=[
        "rebound",
        "looks local",
        "no name",
        "no address",
        "remote",
        "proxy",
        "proxy too",
        "foreign page",
        "older browser",
        "ended session",
    ],
)
async def test_what_only_seems_to_be_on_this_machine_may_nothing(shop_app, base, peer, headers):
    async with reach(shop_app, base=base, peer=peer) as client:
        for path in ("/v1/segments", f"/v1/customers/user_id/{user(5)}"):
            assert (await client.get(path, headers=headers)).status_code == 401
        assert (await client.post("/v1/track", json={}, headers=headers)).status_code == 401


async def test_where_there_is_a_key_nobody_comes_without(shop_app):
    shop_app.settings = dataclasses.replace(shop_app.settings, api_key=KEY)
    async with reach(shop_app) as client:
        assert (await client.get("/v1/session")).json()["rights"] == []
        for wrong in ("Bearer x", KEY, f"Basic {KEY}", "Bearer caf\u00e9".encode("latin-1")):
            assert (await client.get("/v1/segments", headers={"authorization": wrong})).status_code == 401
        right = {"authorization": f"Bearer {KEY}"}
        assert set((await client.get("/v1/session", headers=right)).json()["rights"]) == PROGRAM
        assert (await client.get("/v1/segments", headers=right)).status_code == 200
        assert (await client.get("/v1/users", headers=right)).status_code == 403


async def test_everybody_is_counted_for_who_comes_in_and_for_nobody_else(shop_app, client, monkeypatch):
    begun: list[str] = []
    monkeypatch.setattr(shop_app.crowd, "ready", lambda: begun.append("crowd"))
    async with reach(shop_app, peer="203.0.113.9") as stranger:
        assert (await stranger.get("/v1/session")).json()["rights"] == []
    assert begun == []
    await sign_in(client)
    assert begun == ["crowd"]


async def link(app, name: str = "ann") -> str:
    made = await make_link(app.store, app.entrance, name, minutes=60, base=HOST, now=NOW)
    return made.url.partition("#")[2]


async def test_a_link_lets_in_once_on_this_machine(client, shop_app):
    token = await link(shop_app)
    answer = await client.post("/v1/session/link", json={"token": token})
    show(client, answer)
    assert answer.json()["user"]["name"] == "ann"
    assert (await client.get("/v1/users")).status_code == 200
    again = await client.post("/v1/session/link", json={"token": token})
    assert (again.status_code, "used already" in again.json()["message"]) == (401, True)


async def test_a_link_works_nowhere_else_and_is_not_used_up_there(shop_app):
    token = await link(shop_app)
    for base, peer in ((HOST, "192.0.2.1"), ("http://shop.example.org", "127.0.0.1")):
        async with reach(shop_app, base=base, peer=peer) as client:
            assert (await client.post("/v1/session/link", json={"token": token})).status_code == 403
    shop_app.settings = dataclasses.replace(shop_app.settings, public_url="https://shop.example.org")
    async with reach(shop_app, base="https://shop.example.org", peer="192.0.2.1") as client:
        assert (await client.post("/v1/session/link", json={"token": token})).status_code == 200


async def test_a_new_password_begins_the_session_anew(client):
    await sign_in(client)
    before = client.headers["cookie"]
    wrong = await client.post("/v1/session/password", json={"old": OTHER, "new": "another lamp entirely"})
    assert (wrong.status_code, wrong.json()["message"]) == (403, "old: this is not your password")
    answer = await client.post("/v1/session/password", json={"old": GOOD, "new": "another lamp entirely"})
    show(client, answer)
    assert (await client.get("/v1/users")).status_code == 200
    assert (await client.get("/v1/users", headers={"cookie": before})).status_code == 401
    client.headers.pop("cookie")
    assert (await client.post("/v1/session/password", json={"new": "x" * 20})).status_code == 401


async def test_no_secret_is_logged_or_repeated(client, shop_app, caplog):
    caplog.set_level(logging.DEBUG)
    token = await link(shop_app)
    await sign_in(client)
    said = []
    for path, body in (
        ("/v1/session", {"name": "ann", "password": OTHER}),
        ("/v1/session", {"name": "ann", "password": "canary", "more": "canary"}),
        ("/v1/session", {"name": ["canary"], "password": {"a": "canary"}}),
        ("/v1/session/link", {"token": f"{token}canary"}),
        ("/v1/users", {"name": "canary space", "role": "owner", "password": "canary"}),
        ("/v1/users/canary/link", {}),
        ("/v1/users", {"name": "x", "role": "staff", "email": "canary"}),
        ("/v1/users", {"name": "ann", "role": "staff", "password": GOOD}),
    ):
        said.append((await client.post(path, json=body)).text)
    secrets = {client.headers["cookie"].partition("=")[2], client.headers["x-csrf-token"], token}
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    for text in [*said, *lines]:
        assert not any(secret in text for secret in (*secrets, GOOD, OTHER, "argon2id"))
    assert "canary" not in "".join(lines)
    assert "canary" not in "".join(said)
