"""Contracts and sent events through HTTP: learned from what comes, held, and told in words."""

from urllib.parse import quote

import httpx
import pytest

from shopkeeper.api.caller import COOKIE
from shopkeeper.api.server import create_api
from shopkeeper.core.clock import StoppedClock
from shopkeeper.flows.accounts import NewPerson, add_person
from shopkeeper.testing.shop import NOW

NAME = "Cart/Viewed 50%?"


@pytest.fixture
async def client(app, service):
    """An owner who is signed in."""
    app.wall_clock = StoppedClock(NOW)
    await add_person(app.store, app.entrance, NewPerson(name="ann", role="owner"), now=NOW, rng=app.rng)
    opened = await app.entrance.begin(await app.store.find_account("ann"), replacing=None, now=NOW)
    headers = {"cookie": f"{COOKIE}={opened.secret}", "x-csrf-token": opened.signed_in.session.csrf}
    transport = httpx.ASGITransport(app=create_api(app), client=("127.0.0.1", 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as found:
        yield found


def view(key, **properties):
    return {"type": "track", "messageId": key, "userId": "5", "event": NAME, "properties": properties}


async def send(client, *wires, source="site"):
    answer = await client.post("/v1/events", json={"source": source, "events": list(wires)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def path(name=NAME):
    return f"/v1/contracts/site/{quote(name, safe='')}"


async def test_what_is_sent_is_told_event_by_event(client):
    told = await send(client, view("a", total=1), view("a", total=1), view("b") | {"userId": None}, 7)
    assert (told["accepted"], told["duplicates"], told["waiting"], told["discarded"]) == (1, 1, 2, 0)
    assert [one["outcome"] for one in told["events"]] == ["accepted", "duplicate", "waits", "waits"]
    assert told["words"] == "1 taken, 1 was there already, 2 wait in quarantine."


@pytest.mark.parametrize(
    "body", [{"events": []}, {"events": [{}] * 501}, {"events": [{}], "source": "staff"}, {"events": [{}], "x": 1}]
)
async def test_what_cannot_be_sent_like_this_is_refused_whole(client, app, body):
    before = await app.store.count_quarantined()
    assert (await client.post("/v1/events", json=body)).status_code == 400
    assert await app.store.count_quarantined() == before


async def test_a_contract_is_learned_shown_and_made_strict(client, service):
    await send(client, view("a", total=1.5, phone="canary-77"))
    await service.contracts.write_back()
    (line,) = (await client.get("/v1/contracts", params={"source": "site"})).json()
    assert (line["name"], line["mode"], line["events"]) == (NAME, "learn", 1)
    assert "phone number, by its name" in line["flags"][0]
    changed = await client.put(f"{path()}/mode", json={"mode": "strict"})
    assert (changed.status_code, changed.json()["contract"]["changed_by"]) == (200, "ann")
    whole = (await client.get(path())).json()
    assert {one["path"]: one["always"] for one in whole["properties"]} == {"phone": True, "total": True}
    assert "canary" not in str(whole)


async def test_what_breaks_a_strict_contract_waits_and_single_calls_are_held_to_it_too(client, app, service):
    await send(client, view("a", total=1.5), source="api")
    await service.contracts.change("api", NAME, "strict", by="ann", now=NOW)
    told = await send(client, view("b", total="canary-77"), source="api")
    assert (told["events"][0]["code"], told["waiting"]) == ("contract", 1)
    single = await client.post("/v1/track", json=view("c", total="canary-77"))
    assert (single.status_code, "canary" in single.text) == (400, False)
    assert (await app.store.count_quarantined())["api", "contract"] == 2
    replayed = await client.post("/v1/quarantine/replay", json={"code": "contract"})
    assert (replayed.json()["taken"], replayed.json()["waiting"][0]["waiting"]) == (0, 2)


async def test_an_unknown_contract_is_not_found_and_an_unknown_mode_refused(client):
    assert (await client.get("/v1/contracts/site/Nothing")).status_code == 404
    assert (await client.put("/v1/contracts/site/Nothing/mode", json={"mode": "warn"})).status_code == 404
    assert (await client.put("/v1/contracts/site/Nothing/mode", json={"mode": "loose"})).status_code == 400


async def test_home_tells_of_what_looks_personal(client, service):
    await send(client, view("a", phone="x"))
    await service.contracts.write_back()
    alerts = {one["code"]: one for one in (await client.get("/v1/home")).json()["alerts"]}
    assert alerts["looks_personal"]["link"] == "/sources/of/site"
    assert "“phone” looks like a phone number" in alerts["looks_personal"]["words"]
