"""The console's shell: doors, navigation, palette, keys, and what it says when something is amiss."""

import re
from collections.abc import Mapping

import httpx
import pytest
from playwright.sync_api import Page, expect

from shopkeeper.api.caller import COOKIE
from tests.console.browser import NARROW, PAYLOADS, WIDE, allow, audit, looks, settle
from tests.console.conftest import Site

PASSWORD = "a short sentence does well"
REFUSED = "status of 40[0-9]"
TRIED_AGAIN = """() => addEventListener(
    'click', (event) => { window.triedAgain ||= event.target.innerText === 'Try again' }, true)"""


class Person:
    """Somebody with a session, who asks the server without the console."""

    def __init__(self, url: str, cookie: str) -> None:
        self._client = httpx.Client(base_url=url, headers={"Cookie": f"{COOKIE}={cookie}"}, timeout=60)
        csrf = self._client.get("/v1/session").json()["csrf"]
        self._client.headers["X-CSRF-Token"] = csrf

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> httpx.Response:
        answer = self._client.request(method, path, json=body)
        assert answer.status_code == 200, answer.text
        return answer


@pytest.fixture(scope="module")
def mia(own_site: Site) -> str:
    """The name of a marketer with a password, who is called what a script would be."""
    owner = Person(own_site.url, own_site.cookie("owner"))
    display = f"Mia {PAYLOADS[0]}"
    owner.ask("POST", "/v1/users", {"name": "mia", "role": "marketer", "display": display, "password": PASSWORD})
    return "mia"


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("[data-loading]")).to_have_count(0)  # Passwords are compared slowly on purpose.


def go_nowhere(page: Page) -> None:
    """Open the page that says that there is none: the server says so too, and the browser tells it."""
    allow(page, r"status of 404 .*/nowhere\)")
    page.goto("/nowhere")


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.get_by_placeholder("Find a customer")).to_be_focused()


def test_who_is_not_signed_in_is_asked_to_and_comes_back_to_where_they_were(opened, own_site, mia):
    page = opened(own_site.url)
    allow(page, REFUSED)
    page.goto("/customers?q=u1#notes")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    looks(page, "sign-in")
    sign_in(page, PAYLOADS[1], PAYLOADS[2])
    expect(page.get_by_role("alert")).to_contain_text("password")
    expect(page.get_by_label("Name", exact=True)).to_have_value(PAYLOADS[1])
    audit(page)
    sign_in(page, mia, PASSWORD)
    expect(page).to_have_url(f"{own_site.url}/customers?q=u1#notes")
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")
    page.get_by_role("button", name="your account and settings").click()
    expect(page.get_by_role("menu")).to_contain_text(PAYLOADS[0])
    audit(page)
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page).to_have_url(f"{own_site.url}/sign-in")
    page.goto("/home")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_no_address_leads_from_signing_in_to_another_site(opened, site):
    page = opened(site.url, site.cookie("owner"))
    page.goto("/sign-in?to=//127.0.0.2/")
    page.wait_for_url(re.compile(r"/(home|tour|customers|segments)"))
    assert page.url.startswith(site.url)


def test_a_link_signs_in_once_leaves_the_address_and_lets_one_choose_a_password(opened, own_site, staffed_shop):
    page, token = opened(own_site.url), staffed_shop.tokens["analyst"]
    allow(page, REFUSED)
    page.goto(f"/enter?to=/nowhere#{token}")
    expect(page).to_have_url(f"{own_site.url}/nowhere")
    account = page.get_by_role("button", name="your account and settings")
    account.click()
    page.get_by_role("menuitem", name="Choose a password").click()
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Choose password").click()
    expect(page.get_by_role("alert")).to_contain_text("must have 12")
    audit(page)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Choose password").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    account.click()
    expect(page.get_by_role("menuitem", name="Change password")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"/enter#{token}")
    expect(page.get_by_role("alert")).to_contain_text("used already")
    audit(page)


def end_session(page: Page, url: str) -> None:
    """End the page's session on the server, without the page's knowing."""
    cookie = next(one for one in page.context.cookies() if one.get("name") == COOKIE).get("value", "")
    Person(url, cookie).ask("DELETE", "/v1/session")


def test_a_session_that_ends_keeps_the_page_and_sends_what_was_typed_afterwards(opened, own_site, mia):
    page = opened(own_site.url)
    allow(page, REFUSED)
    go_nowhere(page)
    sign_in(page, mia, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    end_session(page, own_site.url)
    open_palette(page)
    page.keyboard.type("u1")
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    audit(page)
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_placeholder("Find a customer")).to_have_value("u1")
    expect(page.get_by_role("dialog").locator("[data-action]")).not_to_have_count(0)
    end_session(page, own_site.url)
    page.get_by_placeholder("Find a customer").fill("u2")
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Your session has ended. What is on this page is kept")).to_be_visible()
    audit(page)


def stop_until_tried_again(page):
    """Let nothing reach the server until somebody clicks on "Try again", though the page asks by itself meanwhile."""

    def stand_in_the_way(route):
        if page.evaluate("() => window.triedAgain"):
            route.continue_()
        else:
            route.abort()

    page.add_init_script(f"({TRIED_AGAIN})()")
    page.evaluate(TRIED_AGAIN)
    page.route("**/v1/**", stand_in_the_way)


def test_a_server_that_stops_answering_is_said_and_found_again(page):
    allow(page, "Failed to load resource")
    go_nowhere(page)
    settle(page)
    stop_until_tried_again(page)
    open_palette(page)
    page.keyboard.type("u1")
    expect(page.get_by_text("Customers cannot be searched now")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("The server does not answer. What is on this page is kept")).to_be_visible()
    audit(page)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("The server does not answer.")).to_be_hidden()


def test_a_server_that_does_not_answer_at_first_is_waited_for(page):
    allow(page, "Failed to load resource")
    stop_until_tried_again(page)
    go_nowhere(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("The server does not answer")
    audit(page)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")


def test_pages_that_there_are_not_and_that_one_may_not_see_say_so(page_of):
    page = page_of("read_only")
    go_nowhere(page)
    expect(page).to_have_title("There is no such page")
    looks(page, "not-found")
    page.goto("/customers")
    expect(page.get_by_role("heading", level=1)).to_have_text("You may not see this")
    expect(page.get_by_role("main")).to_contain_text("Read only")
    expect(page.get_by_role("navigation").get_by_role("link", name="Customers")).to_have_count(0)
    looks(page, "not-allowed")


def test_the_palette_goes_to_pages_and_takes_text_for_text(page):
    go_nowhere(page)
    settle(page)
    open_palette(page)
    audit(page)
    for payload in PAYLOADS:
        page.get_by_placeholder("Find a customer").fill(payload)
        expect(page.get_by_text("Nothing fits.")).to_be_visible()
    page.get_by_placeholder("Find a customer").fill("customers")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/customers$"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_the_palette_finds_a_customer_by_an_identifier_with_the_keyboard_alone(page):
    go_nowhere(page)
    settle(page)
    page.keyboard.press("/")
    expect(page.get_by_placeholder("Find a customer")).to_be_focused()
    page.keyboard.type("u1")
    expect(page.locator("[data-action]").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/customers/cus_"))


def test_keys_lead_everywhere_and_are_listed(page):
    go_nowhere(page)
    settle(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    audit(page)
    page.keyboard.press("Escape")
    page.reload()
    settle(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_light_and_dark_are_kept_and_follow_the_system_where_wanted(page):
    go_nowhere(page)
    html = page.locator("html")
    for name, scheme in (("Dark", "dark"), ("Light", "light")):
        page.get_by_role("button", name="your account and settings").click()
        page.get_by_role("menuitemradio", name=name).click()
        expect(html).to_have_attribute("data-mantine-color-scheme", scheme)
        page.reload()
        expect(html).to_have_attribute("data-mantine-color-scheme", scheme)
    page.get_by_role("button", name="your account and settings").click()
    page.get_by_role("menuitemradio", name="As my system").click()
    page.emulate_media(color_scheme="dark")
    expect(html).to_have_attribute("data-mantine-color-scheme", "dark")


def test_on_a_phone_the_navigation_opens_leads_on_and_closes(page):
    page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
    go_nowhere(page)
    link = page.get_by_role("navigation").get_by_role("link", name="Customers")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Open the navigation").click()
    expect(link).to_be_visible()
    audit(page)
    link.click()
    expect(page).to_have_url(re.compile("/customers$"))
    expect(link).to_be_hidden()
    page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})
    expect(link).to_have_attribute("aria-current", "page")
