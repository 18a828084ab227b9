"""Simulating, looking back, slots and places, over HTTP."""

import httpx
import pytest

from shopkeeper.api.server import create_api
from shopkeeper.testing.shop import user


@pytest.fixture
async def client(app, service):
    transport = httpx.ASGITransport(app=create_api(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
        yield opened


async def test_a_simulation_and_the_request_that_it_stands_for_say_the_same(client):
    asked = {"slot": "coupons", "customer": {"user_id": user(5)}, "top": 6, "without": {"traits": ["orders_90d"]}}
    found = (await client.post("/v1/simulate", json={**asked, "without": {}})).json()
    decision = (await client.post("/v1/decide", json=found["request"])).json()
    shown = [one["item"] for one in found["ranked"] if one["place"]]
    assert shown == [pick["item"] for pick in decision["picks"]]
    assert (await client.post("/v1/simulate", json=asked)).json()["notes"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"at": "2026-03-02T10:00:00"}, "$.at"),
        ({"at": "yesterday"}, "$.at"),
        ({"without": {"everything": True}}, "unknown field"),
        ({"explain": True}, "unknown field"),
        ({"context": {"chanel": "web"}}, "declares no 'chanel', did you mean 'channel'"),
        ({"context": {"channel": "w" * 501}}, "501 characters"),
    ],
)
async def test_what_cannot_be_simulated_is_refused(client, wrong, named):
    answer = await client.post("/v1/simulate", json={"slot": "spread", **wrong})
    assert answer.status_code == 400
    assert named in answer.json()["message"]


async def test_a_decision_is_looked_up_after_it_was_made(client, service):
    made = (await client.post("/v1/decide", json={"slot": "recommendations", "customer": {"user_id": user(5)}})).json()
    await service.journal.close()
    listed = (await client.get("/v1/decisions", params={"slot": "recommendations"})).json()
    assert [one["id"] for one in listed["decisions"]] == [made["id"]]
    found = (await client.get(f"/v1/decisions/{made['id']}")).json()
    assert [pick["item"] for pick in found["picks"]] == [pick["item"] for pick in made["picks"]]
    assert (await client.get("/v1/decisions/dec_x")).status_code == 404


async def test_slots_and_places_say_what_a_question_needs(client):
    slots = {one["name"]: one for one in (await client.get("/v1/slots")).json()}
    assert slots["spread"]["sentence"] == "context channel is 'web' or orders ever is at least 1000"
    assert slots["spread"]["context"][0] == {"name": "channel", "type": "text"}
    assert "At most 1 of one category." in slots["spread"]["rules"]
    assert slots["advertising"]["basis"] == "consent"
    places = (await client.get("/v1/places")).json()
    assert places == [{"id": "s2", "title": "Harbour"}, {"id": "s1", "title": "High Street"}]
