"""The lines by which a source's page wires each client, pasted as they stand there, bring an event."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser, Page

from shopkeeper.core.identifier import Identifier
from shopkeeper.flows.sources.registry import SourceKeys
from shopkeeper.flows.sources.wiring import KEY, wires
from tests.clients.clients import NODE
from tests.clients.conftest import OWNER, Served
from tests.clients.pages import build, site
from tests.clients.relay import Relay
from tests.clients.stored import events_of, whole
from tests.clients.troubles import stopped_store
from tests.console.browser import allow, started, watched

FOR_BROWSERS, FOR_SERVERS = ([wire.client for wire in wires(kind, base="")] for kind in ("browser", "server"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for this file."""
    with started() as running:
        yield running


@pytest.fixture
def lines(shop: Served, relay: Relay) -> Callable[[SourceKeys, str], str]:
    """The lines for a client, as the page of a source shows them, with its key in place."""

    def ask(source: SourceKeys, client: str) -> str:
        answer = httpx.get(f"{relay.url}/v1/sources/{source.name}", headers=OWNER, timeout=60)
        [found] = [wire["lines"] for wire in answer.json()["wires"] if wire["client"] == client]
        assert KEY in found
        return found.replace(KEY, source.write_key or "")

    return ask


@pytest.fixture
def folder(tmp_path: Path, modules: Path) -> Path:
    """A folder in which npm has put the clients."""
    (tmp_path / "node_modules").symlink_to(modules)
    return tmp_path


def run(client: str, text: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the lines for a client."""
    (folder / "lines.mjs").write_text(text)
    commands = {"python": [sys.executable, "-c", text], "curl": ["sh", "-ec", text], "@": [NODE, "lines.mjs"]}
    command = next(words for name, words in commands.items() if name in client)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def visiting(lines, shop: Served, folder: Path, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page with the lines for a client."""
    with ExitStack() as opened:

        def visit(client: str, source: SourceKeys | None = None) -> Page:
            text = lines(source or shop.web, client)
            url = opened.enter_context(site(build(folder / "page", text, folder / "node_modules")))
            page = opened.enter_context(watched(browser, url))
            page.goto("/")
            page.wait_for_function("() => window.analytics")
            return page

        yield visit


@pytest.fixture(scope="module")
def consenting(shop: Served) -> Callable[[str], SourceKeys]:
    """Register a source whose events are kept with consent alone."""

    def add(kind: str) -> SourceKeys:
        wish = {"name": f"{kind}-{uuid4()}", "kind": kind, "basis": "consent", "category": "analytics"}
        answer = httpx.post(f"{shop.url}/v1/sources", json=wish, headers=OWNER)
        return msgspec.convert(answer.json(), SourceKeys)

    return add


@pytest.mark.parametrize("client", FOR_SERVERS)
def test_the_lines_of_a_server_on_consent_bring_an_event_that_is_kept(
    client: str, lines, consenting, relay: Relay, folder: Path
):
    ended = run(client, lines(consenting("server"), client), folder)
    assert ended.returncode == 0, ended.stderr
    [sent] = relay.posts()
    assert (sent.status, sent.told["accepted"]) == (200, 1)


@pytest.mark.parametrize("client", FOR_BROWSERS)
def test_the_lines_of_a_page_on_consent_bring_events_that_are_kept(client: str, visiting, consenting, relay: Relay):
    visiting(client, consenting("browser"))
    for call in ("page", "track"):
        sent = relay.wait(lambda one, call=call: one.method == "POST" and one.said["type"] == call)
        assert (sent.status, sent.told["accepted"]) == (200, 1)


@pytest.mark.parametrize("client", FOR_SERVERS)
def test_the_lines_for_a_server_bring_an_event(client: str, lines, shop: Served, relay: Relay, folder: Path):
    ended = run(client, lines(shop.backend, client), folder)
    assert ended.returncode == 0, ended.stderr
    [sent] = relay.posts()
    assert (sent.status, sent.told["accepted"]) == (200, 1)
    latest = events_of(shop.folder, Identifier("user_id", "1023"))[-1]
    assert (latest.name, latest.texts["product_id"], latest.numbers["price"]) == ("Product Viewed", "tea-1", 4_500_000)


@pytest.mark.parametrize("client", FOR_BROWSERS)
def test_the_lines_for_a_page_bring_its_view_and_ask_nobody_else(client: str, visiting, shop: Served, relay: Relay):
    visiting(client)
    for call in ("page", "track"):
        sent = relay.wait(lambda one, call=call: one.method == "POST" and one.said["type"] == call)
        assert (sent.status, sent.told["accepted"]) == (200, 1)
    found = events_of(shop.folder, Identifier("anonymous_id", sent.said["anonymousId"]))
    view, look = sorted(found, key=lambda event: event.name)  # two requests overtake each other
    assert (view.name, look.name) == ("Page Viewed", "Product Viewed")
    assert view.texts["title"] == "Tea"
    assert (look.texts["product_id"], look.numbers["price"]) == ("tea-1", 4_500_000)


def test_rudderstacks_page_sends_again_and_what_it_says_of_somebody_is_a_claim(
    visiting, shop: Served, relay: Relay, somebody: str
):
    page = visiting(FOR_BROWSERS[1])
    allow(page, "ERR_|status of 503")
    with stopped_store(shop.process):
        page.evaluate("who => window.analytics.identify(who, {plan: 'gold', email: 'x@example.org'})", somebody)
        relay.wait(lambda one: one.status == 503 and one.said["type"] == "identify")
    sent = relay.wait(lambda one: one.status == 200 and one.path == "/v1/identify")
    visitor = Identifier("anonymous_id", sent.said["anonymousId"])
    assert sent.headers["rsa-retry-attempt"]
    found = whole(shop.folder, visitor)
    assert (found.names, set(found.kinds)) == ({visitor}, {"claimed"})
    [identify] = [event for event in events_of(shop.folder, visitor) if event.name == "Identify"]
    assert identify.texts == {"plan": "gold"}
