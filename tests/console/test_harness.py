"""The browser tests' own checks can fail: each fault, planted once, is caught."""

import json
from collections.abc import Callable
from typing import get_args

import pytest
from playwright.sync_api import Browser, Error, Page, Route, expect

from shopkeeper.api.console import GUARDS
from shopkeeper.protect.rights import Role
from tests.console import browser as harness
from tests.console.browser import allow, audit, barriers, faults_of, looks, settle, watched

SOUND = """<!doctype html><html lang="en"><title>Shop</title><meta name="viewport" content="width=device-width">
<main><h1>Shop</h1><p>Two households.</p></main></html>"""


def await_faults(page: Page, said: str, least: int = 1) -> None:
    """Wait until so many were found that say something: the browser tells of them when it comes to it."""
    while sum(said in fault for fault in faults_of(page)) < least:
        page.wait_for_timeout(10)


@pytest.fixture
def faults(browser: Browser) -> Callable[..., list[str]]:
    """What a watched page that answers at 127.0.0.1 with this content is blamed for, `said` among it."""

    def blamed(content: str, said: str, policy: str = "", *, least: int = 1) -> list[str]:
        def answer(route: Route) -> None:
            headers = {"Content-Security-Policy": policy} if policy else {}
            route.fulfill(body=content, content_type="text/html", headers=headers)

        with pytest.raises(AssertionError), watched(browser, "http://127.0.0.1:1") as page:
            page.route("http://127.0.0.1:1/", answer)
            page.goto("/")
            await_faults(page, said, least)
        return faults_of(page)

    return blamed


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("<img src='http://127.0.0.2:1/pixel.png'>", "request to a foreign place: http://127.0.0.2:1/pixel.png"),
        (
            "<script>fetch('https://shop.invalid/v1').catch(() => 0)</script>",
            "request to a foreign place: https://shop",
        ),
        (
            "<script>new WebSocket('ws://shop.invalid/live')</script>",
            "web socket to a foreign place: ws://shop.invalid",
        ),
        ("<script>alert('canary')</script>", "dialog: alert: canary"),
        ("<img src=x onerror=alert(1)>", "dialog: alert: 1"),
        ("<script>console.error('it broke')</script>", "error in the browser's console: it broke"),
        ("<script>throw new Error('it broke')</script>", "error on the page: it broke"),
        ("<script>Promise.reject(new Error('it broke'))</script>", "error on the page: it broke"),
    ],
)
def test_a_fault_on_a_page_fails_its_test(faults, planted, said):
    assert any(fault.startswith(said) for fault in faults(SOUND + planted, said))


def test_under_the_consoles_policy_no_planted_script_runs_and_the_try_is_told(faults):
    planted = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    told = "Content Security Policy"
    found = faults(SOUND + planted, told, GUARDS["Content-Security-Policy"], least=2)
    assert not any(fault.startswith("dialog") for fault in found)
    assert sum(told in fault for fault in found) == 2


def test_what_a_test_provokes_on_purpose_can_be_allowed(browser):
    with watched(browser, "http://127.0.0.1:1") as page:
        allow(page, "409")
        page.evaluate("() => console.error('status of 409')")
        await_faults(page, "409")


@pytest.mark.parametrize(
    ("planted", "rule"),
    [
        ("<img src='data:,'>", "image-alt"),
        ("<button></button>", "button-name"),
        ("<p style='color:#999;background:#fff'>faint</p>", "color-contrast"),
    ],
)
def test_a_barrier_is_found(opened, planted, rule):
    page = opened("http://127.0.0.1:1")
    page.set_content(SOUND.replace("</main>", f"{planted}</main>"))
    assert [found.split(":")[0] for found in barriers(page)] == [rule]
    with pytest.raises(AssertionError, match=rule):
        audit(page)


def test_a_barrier_that_only_the_dark_has_is_found(opened):
    page = opened("http://127.0.0.1:1")
    page.set_content(SOUND + "<style>@media (prefers-color-scheme: dark) { body { background: #333 } }</style>")
    with pytest.raises(AssertionError, match="dark, 1360 px"):
        looks(page, "planted")


def test_a_page_that_is_too_wide_for_a_phone_is_found(opened):
    page = opened("http://127.0.0.1:1")
    page.set_content(SOUND.replace("<p>", "<p style='width: 500px'>"))
    with pytest.raises(AssertionError, match="light, 390 px"):
        looks(page, "planted")


def test_pictures_are_taken_only_where_asked_for(opened, monkeypatch, tmp_path):
    page = opened("http://127.0.0.1:1")
    page.set_content(SOUND)
    monkeypatch.delenv("SCREENSHOTS", raising=False)
    harness.take_picture(page, "shop", folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("SCREENSHOTS", "1")
    harness.take_picture(page, "shop", folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["shop.png"]


def test_the_served_page_runs_under_its_policy(page: Page):
    allow(page, "inline script violates")
    answer = page.goto("/people")
    assert answer is not None
    assert answer.headers["content-security-policy"] == GUARDS["Content-Security-Policy"]
    settle(page)
    with pytest.raises(Error):
        page.add_script_tag(content="window.planted = true")
    assert page.evaluate("() => 'planted' in window") is False


def test_the_served_page_passes_the_audit_in_every_look(page: Page, monkeypatch):
    monkeypatch.delenv("SCREENSHOTS", raising=False)
    page.goto("/people")
    expect(page.get_by_role("heading", level=1)).to_have_text("People")
    looks(page, "start")


@pytest.mark.parametrize("role", get_args(Role))
def test_a_page_is_signed_in_as_the_role_that_was_asked_for(page_of, role):
    page = page_of(role)
    page.goto("/licenses.md")
    assert page.evaluate("() => fetch('/v1/session').then(one => one.json())")["user"]["role"] == role


def test_a_server_of_its_own_may_be_written_to(own_page: Page):
    own_page.goto("/licenses.md")
    sent = {"event": "Product Viewed", "userId": "u1", "messageId": "m1", "properties": {"product_id": "tea-1"}}
    done = own_page.evaluate(
        """async body => {
          const csrf = (await (await fetch('/v1/session')).json()).csrf;
          return (await fetch('/v1/track', {method: 'POST', body, headers: {'X-CSRF-Token': csrf}})).status;
        }""",
        json.dumps({"type": "track", **sent}),
    )
    assert done == 200


def test_no_chromium_is_a_failure_not_a_skip(monkeypatch):
    monkeypatch.setattr(harness.shutil, "which", lambda _name: None)
    with pytest.raises(AssertionError, match="make system"), harness.started():
        pass
