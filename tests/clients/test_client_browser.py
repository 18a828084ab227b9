"""Segment's client for browsers, unmodified, in a real Chromium on a page of another site."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from joserfc import jwk, jwt
from playwright.sync_api import Browser, Page

from shopkeeper.core.clock import SystemClock
from shopkeeper.core.identifier import Identifier
from tests.clients.conftest import BEHIND, OWNER, Served
from tests.clients.pages import build, site
from tests.clients.relay import Relay
from tests.clients.stored import counted, events_of, waiting, whole
from tests.clients.troubles import full_hands, stopped_store
from tests.console.browser import allow, started, watched

LINES = """
import { AnalyticsBrowser } from '@segment/analytics-next'
const asked = new URLSearchParams(location.search)
const { settings, options } = JSON.parse(asked.get('more') ?? '{}')
const named = { writeKey: asked.get('key'), cdnURL: asked.get('base') }
export const analytics = AnalyticsBrowser.load({ ...named, ...settings }, options)
"""
Visit = Callable[[str], Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for this file."""
    with started() as running:
        yield running


@pytest.fixture(scope="module")
def elsewhere(modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another site, whose page asks its address which key it has, and where it sends."""
    with site(build(tmp_path_factory.mktemp("site") / "page", LINES, modules)) as url:
        yield url


@pytest.fixture
def visit(browser: Browser, elsewhere: str, relay: Relay, shop: Served) -> Iterator[Page]:
    """The page, as one visitor sees it whom nobody knows."""
    with watched(browser, elsewhere) as page:
        opened(page, shop.web.write_key, relay)
        yield page


def opened(page: Page, key: str | None, relay: Relay, **more: object) -> None:
    """Open the page; `more` is what else its client is loaded with, `settings` and `options`."""
    page.goto(f"/?{urlencode({'key': key or '', 'base': relay.url, 'more': json.dumps(more)})}")
    page.evaluate("() => window.analytics.ready()")


def say(page: Page, call: str, *words: object) -> None:
    """Make a call, and wait until it was sent for the first time."""
    page.evaluate("([call, words]) => window.analytics[call](...words)", [call, list(words)])


def visitor(page: Page) -> Identifier:
    cookie = page.evaluate("async () => (await window.analytics.user()).anonymousId()")
    return Identifier("anonymous_id", cookie)


def names(shop: Served, name: Identifier) -> list[str]:
    return [event.name for event in events_of(shop.folder, name)]


def test_every_call_arrives_as_what_it_means_and_what_it_claims_joins_nobody(
    visit: Page, shop: Served, relay: Relay, somebody: str
):
    say(visit, "page", "Shop", "Tea", {"aisle": 4})
    say(visit, "track", "Product Viewed", {"product_id": "t", "price": 4.5})
    say(visit, "identify", somebody, {"plan": "gold", "email": f"{somebody}@example.org"})
    say(visit, "screen", "Shop", "Basket", {})
    say(visit, "group", "g1", {"seats": 3})
    say(visit, "alias", f"new-{somebody}")

    found = events_of(shop.folder, visitor(visit))
    assert [event.name for event in found] == [
        "Page Viewed",
        "Product Viewed",
        "Identify",
        "Screen Viewed",
        "Group Joined",
        "Alias",
    ]
    page, track, identify, screen, group, _alias = found
    assert (page.texts["name"], page.texts["category"], page.numbers["aisle"]) == ("Tea", "Shop", 4_000_000)
    assert page.texts["url"].startswith(visit.url)
    assert (track.texts["product_id"], track.numbers["price"]) == ("t", 4_500_000)
    assert (identify.texts, screen.texts["name"]) == ({"plan": "gold"}, "Basket")
    assert (group.texts["group"], group.numbers) == ("g1", {"seats": 3_000_000})
    assert {event.source for event in found} == {"web"}
    assert all(abs((event.received_at - event.at).total_seconds()) < 30 for event in found)
    theirs = whole(shop.folder, visitor(visit))
    assert theirs.names == {visitor(visit)}
    assert set(theirs.kinds) == {"claimed"}
    assert names(shop, Identifier("user_id", somebody)) == []

    asked = [one.path for one in relay.all() if one.method == "GET"]
    assert asked == [f"/v1/projects/{shop.web.write_key}/settings"]
    assert {one.path for one in relay.posts()} == {f"/v1/{call}" for call in "ptisga"}
    assert {one.status for one in relay.all() if one.method == "OPTIONS"} == {204}
    assert {one.headers["content-type"] for one in relay.posts()} == {"text/plain"}


def test_what_the_shops_server_signed_is_proven(visit: Page, shop: Served, somebody: str):
    assert shop.web.identity_secret is not None
    expires = int((SystemClock().now() - BEHIND).timestamp()) + 600
    key = jwk.OctKey.import_key(shop.web.identity_secret)
    token = jwt.encode({"alg": "HS256"}, {"sub": somebody, "exp": expires}, key)
    say(visit, "track", "Product Viewed", {})
    say(visit, "identify", somebody, {}, {"context": {"identityToken": token}})
    theirs = whole(shop.folder, visitor(visit))
    assert theirs.names == {visitor(visit), Identifier("user_id", somebody)}
    assert theirs.kinds == ["proven"]
    assert names(shop, Identifier("user_id", somebody)) == ["Product Viewed", "Identify"]


def test_an_answer_that_is_lost_makes_no_second_event(visit: Page, shop: Served, relay: Relay):
    allow(visit, "ERR_EMPTY_RESPONSE")
    before = counted(shop.folder, "web")
    relay.lose()
    say(visit, "track", "Product Viewed", {"product_id": "t"})
    again = relay.wait(lambda one: one.method == "POST" and not one.lost)
    assert (again.status, again.told["duplicates"]) == (200, 1)
    assert names(shop, visitor(visit)) == ["Product Viewed"]
    accepted, duplicates, conflicts = counted(shop.folder, "web")
    assert (accepted - before[0], duplicates - before[1], conflicts - before[2]) == (1, 1, 0)


def test_a_store_that_stops_is_waited_for_and_nothing_is_lost_or_doubled(visit: Page, shop: Served, relay: Relay):
    allow(visit, "status of 503")
    with stopped_store(shop.process):
        say(visit, "track", "Product Viewed", {})
        relay.wait(lambda one: one.status == 503)
    relay.wait(lambda one: one.method == "POST" and one.status == 200)
    assert names(shop, visitor(visit)) == ["Product Viewed"]


def test_full_hands_are_waited_for_as_long_as_was_asked(visit: Page, shop: Served, relay: Relay):
    allow(visit, "status of 429")
    with full_hands(shop.url, shop.web.write_key or ""):
        say(visit, "track", "Product Viewed", {})
        told = relay.wait(lambda one: one.status == 429)
    again = relay.wait(lambda one: one.method == "POST" and one.status == 200)
    assert "retry-after" in told.answered["access-control-expose-headers"]
    assert again.begun - told.ended > 0.9
    assert names(shop, visitor(visit)) == ["Product Viewed"]


def test_a_key_that_ends_while_a_page_is_open_is_given_up(
    browser: Browser, elsewhere: str, shop: Served, relay: Relay, somebody: str
):
    asked = {"name": somebody, "kind": "browser", "basis": "legitimate_interest"}
    added = httpx.post(f"{shop.url}/v1/sources", json=asked, headers=OWNER, timeout=60)
    key = added.raise_for_status().json()["write_key"]
    with watched(browser, elsewhere) as page:
        allow(page, "status of 401")
        opened(page, key, relay)
        ended = httpx.patch(f"{shop.url}/v1/sources/{somebody}", json={"disabled": True}, headers=OWNER, timeout=60)
        assert ended.status_code == 200
        say(page, "track", "Product Viewed", {})
        say(page, "track", "Product Viewed", {})
        assert [one.status for one in relay.posts()] == [401, 401]
        assert set(relay.posts()[0].told) >= {"code", "message"}


@pytest.mark.parametrize(("size", "status"), [(33_000, 400), (4_100_000, 413)])
def test_what_is_too_large_is_given_up_and_the_next_is_taken(
    visit: Page, shop: Served, relay: Relay, size: int, status: int
):
    allow(visit, f"status of {status}")
    before = sum(waiting(shop.folder, "web").values())
    say(visit, "track", "Product Viewed", {"text": "x" * size})
    say(visit, "track", "Product Added", {})
    assert [one.status for one in relay.posts()] == [status, 200]
    assert names(shop, visitor(visit)) == ["Product Added"]
    assert sum(waiting(shop.folder, "web").values()) - before == (1 if status == 400 else 0)


def test_a_client_that_measures_itself_is_let_send_it(browser: Browser, elsewhere: str, shop: Served, relay: Relay):
    asked = httpx.get(f"{relay.url}/v1/projects/{shop.web.write_key}/settings", timeout=60).raise_for_status().json()
    sampled = {**asked, "metrics": {"sampleRate": 1, "flushTimer": 50}}
    with watched(browser, elsewhere) as page:
        opened(page, shop.web.write_key, relay, settings={"cdnSettings": sampled}, options=asked)
        with page.expect_response("**/v1/m") as first:
            say(page, "track", "Product Viewed", {})
        assert first.value.all_headers()["access-control-allow-origin"] == "*"
        with page.expect_response("**/v1/m"):  # It measures no more once an answer was kept from it.
            say(page, "track", "Product Added", {})
        told = relay.wait(lambda one: one.path == "/v1/m")
        assert (told.status, told.told["dropped"]) == (200, len(told.said["series"]))
        assert "authorization" not in told.headers
        assert names(shop, visitor(page)) == ["Product Viewed", "Product Added"]
