"""CloudEvents, as the official SDK writes them: in binary and structured mode, and many at once."""

from datetime import UTC, timedelta

import httpx
import pytest
from cloudevents.core.bindings.http import HTTPMessage, to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from shopkeeper.core.clock import SystemClock
from shopkeeper.core.identifier import Identifier
from tests.clients.conftest import BEHIND, Served
from tests.clients.stored import events_of, waiting, whole
from tests.senders import basic


def in_batch(*events: CloudEvent) -> HTTPMessage:
    """A batch, which the SDK has no function for: its own writing of each, in a list."""
    body = b"[" + b",".join(JSONFormat().write(event) for event in events) + b"]"
    return HTTPMessage({"content-type": "application/cloudevents-batch+json"}, body)


MODES = {"binary": to_binary_event, "structured": to_structured_event, "batch": in_batch}


@pytest.fixture(params=MODES)
def send(request: pytest.FixtureRequest, shop: Served):
    """Send an event in one of the modes; return the answer."""

    def post(event: CloudEvent) -> httpx.Response:
        message = MODES[request.param](event)
        headers = {**message.headers, **basic(shop.backend.write_key or "")}
        return httpx.post(f"{shop.url}/v1/cloudevents", content=message.body, headers=headers, timeout=60)

    return post


def event(who: str, kind: str, data: object, *, key: str = "1", **more: object) -> CloudEvent:
    at = SystemClock().now().astimezone(UTC) - BEHIND - timedelta(minutes=5)
    said = {
        "id": f"{who}-{key}",
        "source": "/till/7",
        "subject": who,
        "time": at,
        "datacontenttype": "application/json",
    }
    return CloudEvent({**said, "type": kind, **more}, data)  # type: ignore[arg-type]


def test_an_event_arrives_as_what_it_means_and_once(send, shop: Served, somebody: str):
    looked = event(somebody, "Product Viewed", {"product_id": "t", "price": 4.5, "name": "Grüner Tee"})
    first, second = send(looked).json(), send(looked).json()
    assert [(told["accepted"], told["duplicates"]) for told in (first, second)] == [(1, 0), (0, 1)]
    [stored] = events_of(shop.folder, Identifier("user_id", somebody))
    assert (stored.name, stored.source, stored.message_id) == ("Product Viewed", "backend", f"/till/7 {somebody}-1")
    assert (stored.texts["name"], stored.numbers["price"]) == ("Grüner Tee", 4_500_000)
    assert abs(stored.received_at - stored.at - timedelta(minutes=5)) < timedelta(seconds=30)


def test_what_it_says_of_somebody_is_proven_by_a_servers_key(send, shop: Served, somebody: str):
    asked = event(somebody, "org.example.identify", {"plan": "gold"}, anonymousid=f"c-{somebody}")
    assert send(asked).json()["accepted"] == 1
    found = whole(shop.folder, Identifier("user_id", somebody))
    assert {name.kind for name in found.names} == {"user_id", "anonymous_id"}
    assert found.kinds == ["proven"]


def test_data_that_is_no_object_waits(send, shop: Served, somebody: str):
    before = sum(waiting(shop.folder, "backend").values())
    answer = send(event(somebody, "Product Viewed", ["t"], key=somebody))
    assert answer.status_code == 400 or answer.json()["quarantined"] == 1
    assert sum(waiting(shop.folder, "backend").values()) == before + 1
    assert events_of(shop.folder, Identifier("user_id", somebody)) == []
