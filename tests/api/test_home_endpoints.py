"""Home, events and models through HTTP: rights, shapes, and the stream of a real process."""

import json
import signal
from collections.abc import Iterator

import httpx
import pytest

from shopkeeper.api.server import create_api
from shopkeeper.flows.event_lines import EventList, EventWhole
from shopkeeper.flows.home.desk import Home
from shopkeeper.flows.model_cards import ModelCard, ModelVersion
from shopkeeper.protect.rights import ROLES
from shopkeeper.testing.shop import NOW, track, user
from tests.process import served

KEY = "sesame-0123456789"
HEADERS = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
async def client(app, service):
    transport = httpx.ASGITransport(app=create_api(app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as opened:
        yield opened


async def test_home_answers_at_once(client):
    answer = await client.get("/v1/home?days=7")
    assert answer.status_code == 200
    assert sorted(answer.json()) == sorted(Home.__struct_fields__)
    assert (answer.json()["lift"]["days"], answer.json()["lift"]["computing"]) == (7, True)
    assert (await client.get("/v1/home?days=8")).status_code == 400


async def test_events_and_one_of_them(client):
    found = (await client.get("/v1/events?name=Order Completed&limit=2")).json()
    assert sorted(found) == sorted(EventList.__struct_fields__)
    assert [one["name"] for one in found["events"]] == ["Order Completed"] * 2
    whole = (await client.get(f"/v1/events/{found['events'][0]['seq']}")).json()
    assert sorted(whole) == sorted(EventWhole.__struct_fields__)
    for wrong in ("limit=0", "limit=501", "before=-1", "after=x", "names=x"):
        assert (await client.get(f"/v1/events?{wrong}")).status_code == 400
    assert (await client.get("/v1/events/99999999")).status_code == 404
    assert (await client.get("/v1/events/stream", headers={"Last-Event-ID": "x"})).status_code == 400


async def test_no_identifier_or_value_is_in_the_list_of_events(client):
    text = (await client.get("/v1/events?limit=500")).text
    assert user(5) not in text
    assert "@" not in text


async def test_models_and_the_way_back(client, app):
    cards = (await client.get("/v1/models")).json()
    assert sorted(cards[0]) == sorted(ModelCard.__struct_fields__)
    first = next(card for card in cards if card["versions"])
    path = f"/v1/models/{first['name']}/versions/{first['versions'][0]['version']}"
    assert sorted((await client.get(path)).json()) == sorted(ModelVersion.__struct_fields__)
    assert (await client.get("/v1/models/training")).json()["state"] == "none"
    body = {"version": first["in_force"]}
    refused = await client.post(f"/v1/models/{first['name']}/in-force", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")


@pytest.mark.parametrize(
    ("right", "path"),
    [("see", "/v1/home"), ("see", "/v1/models"), ("customers", "/v1/events"), ("personal", "/v1/events/1")],
)
def test_who_may_see_what(right, path):
    from shopkeeper.api.server import OPERATIONS

    asked = next(one for one in OPERATIONS if one.method == "GET" and one.path == path.replace("/1", "/{seq}"))
    assert asked.needs == right
    assert right not in ROLES["read_only"] or right == "see"


def messages(stream: httpx.Response) -> Iterator[tuple[str, str, dict]]:
    """Read a stream's messages: kind, id and data."""
    kind = number = ""
    for line in stream.iter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "id":
            number = value
        elif name == "data":
            yield kind, number, json.loads(value)
            kind = number = ""


def sent(url: str, *keys: str) -> list[int]:
    """Track an event for each key; return their numbers."""
    wires = [track(user(5), "Product Viewed", {"product_id": "tea-0"}, key=key, at=NOW) for key in keys]
    return [httpx.post(f"{url}/v1/track", json=wire, headers=HEADERS, timeout=60).json()["seq"] for wire in wires]


def test_a_stream_goes_on_where_it_was_left_and_does_not_hold_up_the_end(shop):
    with served(shop, SHOPKEEPER_API_KEY=KEY) as (process, url):
        with httpx.stream("GET", f"{url}/v1/events/stream?name=Product Viewed", headers=HEADERS, timeout=60) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            told = messages(stream)
            assert next(told)[0] == "beat"
            first, _ = sent(url, "a", "b")
            assert next(message for message in told if message[0] != "beat")[:2] == ("event", str(first))
        (third,) = sent(url, "c")
        known = HEADERS | {"Last-Event-ID": str(first)}
        with httpx.stream("GET", f"{url}/v1/events/stream?name=Product Viewed", headers=known, timeout=60) as stream:
            told = (message for message in messages(stream) if message[0] != "beat")
            numbers = [int(next(told)[1]), int(next(told)[1])]
            assert numbers[1] == third > numbers[0] > first
            process.send_signal(signal.SIGINT)
            assert next(told)[2]["why"] == "closing"
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
        assert "Traceback" not in errors


def test_a_stream_that_nobody_reads_does_not_hold_up_the_end(shop):
    with served(shop, SHOPKEEPER_API_KEY=KEY) as (process, url):
        with httpx.stream("GET", f"{url}/v1/events/stream?after=1", headers=HEADERS, timeout=60):
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
        assert process.returncode == 0


def test_the_seventeenth_stream_is_refused_and_a_closed_one_makes_room(shop):
    with served(shop, SHOPKEEPER_API_KEY=KEY) as (_, url), httpx.Client(headers=HEADERS, timeout=60) as client:
        path = f"{url}/v1/events/stream"
        opened = [client.send(client.build_request("GET", path), stream=True) for _ in range(16)]
        listening = [messages(stream) for stream in opened]  # one that nobody holds closes its stream
        for one in listening:
            next(one)
        with client.stream("GET", path) as refused:
            assert refused.status_code == 409
        opened.pop().close()
        for _ in range(100):
            answer = client.send(client.build_request("GET", path), stream=True)
            answer.close()
            if answer.status_code == 200:
                break
        assert answer.status_code == 200
        for stream in opened:
            stream.close()
