"""The clients that programs use, unmodified: every call arrives as it was meant, and no answer of ours confuses them.

Segment's client for Python and for node, and RudderStack's for Python. What the server answers is what it really
answers: its store is stopped, its hands are full, its answer is lost on the way, or the way makes a batch too large.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from shopkeeper.core.clock import SystemClock
from shopkeeper.core.identifier import Identifier
from tests.clients.clients import CLIENTS, Client
from tests.clients.conftest import BEHIND, Served
from tests.clients.relay import Relay
from tests.clients.stored import counted, events_of, waiting, whole
from tests.clients.troubles import full_hands, stopped_store

TOO_LARGE = {600_000: 400, 4_150_000: 413}
"""What bodies of so many bytes are answered."""
NAMES = ["Identify", "Product Viewed", "Page Viewed", "Screen Viewed", "Group Joined", "Alias"]


@pytest.fixture(params=CLIENTS)
def made(request: pytest.FixtureRequest, modules: Path):
    """A client's maker."""
    return CLIENTS[request.param]


@pytest.fixture
def client(made, shop: Served, relay: Relay) -> Iterator[Client]:
    """A client with the key of the server's source."""
    with made(shop.backend.write_key, relay.url) as opened:
        yield opened


def user(name: str) -> Identifier:
    return Identifier("user_id", name)


def test_every_call_arrives_as_what_it_means(client: Client, shop: Served, somebody: str):
    cookie, card, at = f"c-{somebody}", f"k-{somebody}", SystemClock().now() - timedelta(minutes=5)
    both = {"userId": somebody, "anonymousId": cookie, "timestamp": at}
    client.say("identify", {**both, "traits": {"plan": "gold", "email": f"{somebody}@example.org"}})
    client.say("track", {**both, "event": "Product Viewed", "properties": {"product_id": "t", "price": 4.5, "x": True}})
    client.say("page", {**both, "name": "Tea", "category": "Shop", "properties": {"path": "/tea"}})
    client.say("screen", {**both, "name": "Basket"})
    client.say("group", {**both, "groupId": "g1", "traits": {"seats": 3}})
    client.say("alias", {"userId": somebody, "previousId": card, "timestamp": at})
    assert client.flush() == []
    waited = SystemClock().now() - timedelta(minutes=5) - at

    events = events_of(shop.folder, user(somebody))
    assert [event.name for event in events] == NAMES
    identify, track, page, screen, group, _alias = events
    assert identify.texts == {"plan": "gold"}
    assert (track.texts["product_id"], track.numbers["price"], track.flags) == ("t", 4_500_000, {"x": True})
    assert (page.texts, screen.texts) == ({"name": "Tea", "category": "Shop", "path": "/tea"}, {"name": "Basket"})
    assert (group.texts["group"], group.numbers) == ("g1", {"seats": 3_000_000})
    assert {event.source for event in events} == {"backend"}
    assert len({event.part for event in events}) == 1
    for event in events:
        ago = event.received_at - event.at - timedelta(minutes=5)
        assert -timedelta(seconds=1) < ago < waited + timedelta(seconds=1)
        assert abs(event.received_at - SystemClock().now() + BEHIND) < timedelta(minutes=2)
    found = whole(shop.folder, user(somebody))
    assert {name.value for name in found.names} == {somebody, cookie, card, f"{somebody}@example.org"}
    assert found.kinds == ["proven"] * 3
    assert found.personal["email"] == f"{somebody}@example.org"


def test_an_answer_that_is_lost_makes_no_second_event(client: Client, shop: Served, relay: Relay, somebody: str):
    before = counted(shop.folder, "backend")
    relay.lose()
    client.say("track", {"userId": somebody, "event": "Product Viewed", "properties": {"product_id": "t"}})
    client.say("identify", {"userId": somebody, "traits": {"plan": "gold"}})
    assert client.flush() == []
    first, again, *_later = relay.posts()  # A later one is what the client held back from its first batch.
    lost = len(first.said["batch"])
    assert (first.lost, again.status, again.told["duplicates"]) == (True, 200, lost)
    assert [event.name for event in events_of(shop.folder, user(somebody))] == ["Product Viewed", "Identify"]
    accepted, duplicates, conflicts = counted(shop.folder, "backend")
    assert (accepted - before[0], duplicates - before[1], conflicts - before[2]) == (2, lost, 0)


def test_a_store_that_stops_is_waited_for_and_nothing_is_lost_or_doubled(
    client: Client, shop: Served, relay: Relay, somebody: str
):
    with stopped_store(shop.process):
        client.say("track", {"userId": somebody, "event": "Product Viewed"})
        told = relay.wait(lambda one: one.status == 503)
    assert (told.told["code"], told.answered["retry-after"]) == ("store_error", "1")
    assert client.flush() == []
    assert [event.name for event in events_of(shop.folder, user(somebody))] == ["Product Viewed"]


def test_full_hands_are_waited_for_as_long_as_was_asked(
    made, client: Client, shop: Served, relay: Relay, somebody: str
):
    with full_hands(shop.url, shop.backend.write_key):
        client.say("track", {"userId": somebody, "event": "Product Viewed"})
        told = relay.wait(lambda one: one.status == 429)
    assert (told.answered["retry-after"], told.answered["x-ratelimit-reset"]) == ("1", "1")
    assert client.flush() == []
    if made is not CLIENTS["rudder-sdk-python"]:  # which draws its own delay, whatever it is asked
        assert relay.posts()[relay.posts().index(told) + 1].begun - told.ended > 0.9
    assert [event.name for event in events_of(shop.folder, user(somebody))] == ["Product Viewed"]


def test_a_wrong_key_is_given_up_at_once(made, shop: Served, relay: Relay, somebody: str):
    with made("sk_server_wrong", relay.url) as client:
        client.say("track", {"userId": somebody, "event": "Product Viewed"})
        assert client.flush() == [401]
    [only] = relay.posts()
    assert set(only.told) >= {"code", "message"}
    assert events_of(shop.folder, user(somebody)) == []


def test_one_event_that_cannot_be_taken_waits_and_the_others_of_its_batch_are_taken(
    client: Client, shop: Served, somebody: str
):
    before = waiting(shop.folder, "backend")
    client.say("track", {"userId": somebody, "event": "Product Viewed"})
    client.say("track", {"userId": "undefined", "event": "Product Viewed"})
    client.say("track", {"userId": somebody, "event": "Order Completed", "properties": {"total": 5}})
    assert client.flush() == []
    after = waiting(shop.folder, "backend")
    assert {code: n - before.get(code, 0) for code, n in after.items() if n > before.get(code, 0)} == {
        "no_customer": 1,
        "no_order_id": 1,
    }
    assert [event.name for event in events_of(shop.folder, user(somebody))] == ["Product Viewed"]


def say_two(client: Client, somebody: str, **properties: object) -> tuple[list[int], list[int]]:
    """Say what is refused, then what is not; return what was given up of each."""
    client.say("track", {"userId": somebody, "event": "Product Viewed", "properties": properties})
    refused = client.flush()
    client.say("track", {"userId": somebody, "event": "Product Added"})
    return refused, client.flush()


def assert_went_on(shop: Served, relay: Relay, somebody: str, status: int) -> None:
    """Fail unless a client asked once, was told why not, and had its next event taken."""
    assert [one.status for one in relay.posts()] == [status, 200]
    assert set(relay.posts()[0].told) >= {"code", "message"}
    assert [event.name for event in events_of(shop.folder, user(somebody))] == ["Product Added"]


def test_a_batch_that_cannot_be_read_is_given_up_at_once_and_the_next_is_taken(
    client: Client, shop: Served, relay: Relay, somebody: str
):
    before = sum(waiting(shop.folder, "backend").values())
    deep: dict[str, object] = {"text": "\1"}  # Who reads on past such a sign reads with more care, and not so deep.
    for _ in range(250):
        deep = {"in": deep}
    assert say_two(client, somebody, **deep) == ([400], [])
    assert_went_on(shop, relay, somebody, 400)
    assert sum(waiting(shop.folder, "backend").values()) - before == 1


@pytest.mark.parametrize("made", ["rudder-sdk-python", "@segment/analytics-node"], indirect=True)
@pytest.mark.parametrize("size", TOO_LARGE)
def test_what_a_client_sends_too_large_is_given_up_at_once_and_the_next_is_taken(
    client: Client, shop: Served, relay: Relay, somebody: str, size: int
):
    before = sum(waiting(shop.folder, "backend").values())
    assert say_two(client, somebody, text="x" * size) == ([TOO_LARGE[size]], [])
    assert_went_on(shop, relay, somebody, TOO_LARGE[size])
    assert sum(waiting(shop.folder, "backend").values()) - before == (1 if TOO_LARGE[size] == 400 else 0)


@pytest.mark.parametrize("made", ["segment-analytics-python"], indirect=True)
@pytest.mark.parametrize("size", TOO_LARGE)
def test_what_a_client_keeps_small_and_becomes_too_large_on_its_way_is_given_up_at_once(
    client: Client, shop: Served, relay: Relay, somebody: str, size: int
):
    with pytest.raises(RuntimeError, match="Message exceeds"):  # The client itself says no to who calls it.
        client.say("track", {"userId": somebody, "event": "Product Viewed", "properties": {"text": "x" * size}})
    relay.swell(size)
    assert say_two(client, somebody) == ([TOO_LARGE[size]], [])
    assert_went_on(shop, relay, somebody, TOO_LARGE[size])
    assert len(relay.posts()[0].body) == size


def test_rudders_client_packs_what_it_sends(shop: Served, relay: Relay, somebody: str):
    with CLIENTS["rudder-sdk-python"](shop.backend.write_key, relay.url) as client:
        client.say("track", {"userId": somebody, "event": "Product Viewed", "properties": {"text": "x" * 30_000}})
        assert client.flush() == []
    [only] = relay.posts()
    assert (only.status, only.headers["content-encoding"], len(only.body) < 5_000) == (200, "gzip", True)
    assert [event.name for event in events_of(shop.folder, user(somebody))] == ["Product Viewed"]
