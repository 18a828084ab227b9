"""Sources through HTTP: registered, seen to arrive, shut off."""

from dataclasses import replace

import pytest

from shopkeeper.flows.sources.registry import NewSource, add_source
from tests.senders import basic, reach

OWN = {"authorization": "Bearer sesame-0123456789"}
WEB = {"name": "web", "kind": "browser", "basis": "legitimate_interest"}
SAID = "source 'web' is registered for 'staging', while this shop is 'production': nothing is taken from it here"
EVENT = {"anonymousId": "visitor-1", "event": "Product Viewed"}


@pytest.fixture
async def client(app, service):
    app.settings = replace(app.settings, api_key="sesame-0123456789")
    async with reach(app) as opened:
        yield opened


async def test_a_source_is_registered_its_first_event_is_seen_and_it_is_shut_off(client, service):
    made = (await client.post("/v1/sources", json=WEB, headers=OWN)).json()
    page = (await client.get("/v1/sources/web", headers=OWN)).json()
    assert (page["registered"]["first_event_at"], page["events"]) == (None, 0)
    assert page["base"] == "http://shop.example.org"
    assert all("http://shop.example.org" in wire["lines"] for wire in page["wires"])
    assert (await client.post("/v1/track", json=EVENT, headers=basic(made["write_key"]))).status_code == 200
    await service.registry.look()
    page = (await client.get("/v1/sources/web", headers=OWN)).json()
    assert (page["registered"]["first_event_at"] is not None, page["events"]) == (True, 1)
    assert (await client.patch("/v1/sources/web", json={"disabled": True}, headers=OWN)).json()["disabled"]
    assert (await client.post("/v1/track", json=EVENT, headers=basic(made["write_key"]))).status_code == 401


async def test_of_a_source_of_another_environment_nothing_is_taken_or_kept_until_it_is_registered_for_this(client, app):
    made = (await client.post("/v1/sources", json={**WEB, "environment": "staging"}, headers=OWN)).json()
    before = await app.store.head()
    for sent in (EVENT, {**EVENT, "anonymousId": ""}):
        answer = await client.post("/v1/track", json={**sent, "writeKey": made["write_key"]})
        assert (answer.status_code, answer.json()) == (403, {"code": "not_permitted", "message": SAID})
    batch = await client.post(
        "/v1/batch", json={"batch": [{"type": "track", **EVENT}]}, headers=basic(made["write_key"])
    )
    assert (batch.status_code, batch.headers["access-control-allow-origin"]) == (403, "*")
    assert (await app.store.head(), await app.store.count_quarantined()) == (before, {})
    page = (await client.get("/v1/sources/web", headers=OWN)).json()
    why = "registered for 'staging', while this shop is 'production'"
    assert (page["environment"], page["line"]["elsewhere"]) == ("production", why)
    await client.patch("/v1/sources/web", json={"environment": "production"}, headers=OWN)
    assert (await client.post("/v1/track", json=EVENT, headers=basic(made["write_key"]))).status_code == 200
    [line] = [one for one in (await client.get("/v1/sources", headers=OWN)).json()["sources"] if one["name"] == "web"]
    assert line["elsewhere"] == ""


async def test_a_source_that_names_no_environment_is_of_the_shop_s_own(client, app):
    app.settings = replace(app.settings, environment="staging")
    made = (await client.post("/v1/sources", json=WEB, headers=OWN)).json()
    assert made["source"]["environment"] == "staging"
    assert (await client.post("/v1/track", json=EVENT, headers=basic(made["write_key"]))).status_code == 200


async def test_keys_are_shown_once_and_replaced_at_once(client):
    first = (await client.post("/v1/sources", json=WEB, headers=OWN)).json()
    second = (await client.post("/v1/sources/web/rotate", json={"grace_hours": 0}, headers=OWN)).json()
    found = [
        (await client.post("/v1/track", json=EVENT, headers=basic(made["write_key"]))).status_code
        for made in (first, second)
    ]
    assert found == [401, 200]
    for path in ("/v1/sources", "/v1/sources/web"):
        shown = (await client.get(path, headers=OWN)).text
        assert [made["write_key"] in shown for made in (first, second)] == [False, False]
        assert first["identity_secret"] not in shown


async def test_a_removed_source_is_unknown_and_its_events_stay(client, app):
    made = (await client.post("/v1/sources", json=WEB, headers=OWN)).json()
    await client.post("/v1/track", json={**EVENT, "messageId": "m"}, headers=basic(made["write_key"]))
    assert (await client.delete("/v1/sources/web", headers=OWN)).json() == {"name": "web"}
    assert (await client.get("/v1/sources/web", headers=OWN)).status_code == 404
    listed = {one["name"]: one for one in (await client.get("/v1/sources", headers=OWN)).json()["sources"]}
    assert (listed["web"]["events"], listed["web"]["registered"]) == (1, None)


async def test_what_another_process_registers_is_known_after_the_next_look(client, app, service):
    made = await add_source(app.store, NewSource(**WEB), now=app.wall_clock.now(), rng=app.rng)
    assert (await client.post("/v1/track", json=EVENT, headers=basic(made.write_key))).status_code == 401
    await service.registry.look()
    assert (await client.post("/v1/track", json=EVENT, headers=basic(made.write_key))).status_code == 200


async def test_wrong_terms_and_names_twice_are_refused(client):
    assert (await client.post("/v1/sources", json={**WEB, "basis": "consent"}, headers=OWN)).status_code == 400
    assert (await client.post("/v1/sources", json={**WEB, "kind": "mail"}, headers=OWN)).status_code == 400
    assert (await client.post("/v1/sources", json=WEB, headers=OWN)).status_code == 200
    assert (await client.post("/v1/sources", json=WEB, headers=OWN)).status_code == 409
