"""A source of one's own: added, wired by its lines, heard of by itself, shut out; what it sends is held to a shape."""

import re
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from shopkeeper.testing.shop import NOW, track, user
from tests.console.browser import PAYLOADS, allow, looks
from tests.senders import basic

CONTRACTS = "Contracts"


@pytest.fixture
def deliver(own_site):
    """Send an event by a write key; return the status."""

    def send(key: str, name: str, properties: dict | None = None) -> int:
        wire = track(user(5), name, properties or {}, key=uuid4().hex, at=NOW) | {"anonymousId": "visitor-1"}
        return httpx.post(f"{own_site.url}/v1/track", json=wire, headers=basic(key), timeout=60).status_code

    return send


def add(page: Page, name: str, *, kind: str = "A site", environment: str = "") -> str:
    """Add a source in the dialog; return the key that is shown this once."""
    page.goto("/sources")
    page.get_by_role("button", name="Add a source").click()
    page.get_by_role("textbox", name="Name", exact=True).fill(name)
    page.get_by_role("textbox", name="Environment").fill(environment)
    page.get_by_role("radio", name=re.compile(kind)).check()
    page.get_by_role("button", name="Add", exact=True).click()
    shown = page.get_by_role("textbox", name="Write key")
    expect(shown).to_be_visible()
    return shown.input_value()


def test_a_site_is_added_wired_and_heard_of_by_itself(own_page: Page, deliver) -> None:
    page = own_page
    page.goto("/sources?add=yes")
    expect(page.get_by_role("dialog", name="Add a source")).to_be_visible()
    looks(page, "source-add")
    key = add(page, "web")
    expect(page.get_by_role("textbox", name="Identity secret")).to_be_visible()
    expect(page.get_by_text("Listening for the first event…")).to_be_visible()
    expect(page.get_by_text(f"writeKey: '{key}'")).to_be_visible()
    looks(page, "source-wire")
    assert deliver(key, "Product Viewed", {"product_id": "tea-0"}) == 200
    expect(page.get_by_text("First event received")).to_be_visible()
    page.get_by_role("button", name="I have it").click()
    expect(page.get_by_text(key)).to_have_count(0)
    expect(page.get_by_text("writeKey: 'WRITE_KEY'")).to_be_visible()
    page.get_by_role("link", name="Sources").last.click()
    expect(page.get_by_role("row", name=re.compile("web Site, production Legitimate interest"))).to_be_visible()
    page.goto("/sources/of/web")
    expect(page.get_by_text("WRITE_KEY stands for the key")).to_be_visible()
    assert key not in page.content()


def test_what_came_without_consent_is_told_and_the_lines_to_paste_carry_it(own_page: Page, deliver) -> None:
    page = own_page
    page.goto("/sources?add=yes")
    page.get_by_role("textbox", name="Name", exact=True).fill("shop-site")
    page.get_by_role("combobox", name="On which basis its events are kept").click()
    page.get_by_role("option", name="Consent", exact=True).click()
    page.get_by_role("textbox", name="Consent to which purpose").fill("analytics")
    page.get_by_role("button", name="Add", exact=True).click()
    key = page.get_by_role("textbox", name="Write key").input_value()
    expect(page.get_by_text("categoryPreferences: { analytics: true }")).to_be_visible()
    expect(page.get_by_text("Nothing that was kept came yet.")).to_be_visible()
    assert deliver(key, "Product Viewed") == 200
    expect(page.get_by_text("1 event came without consent to 'analytics' and was not kept.")).to_be_visible()
    looks(page, "source-refused")


def test_the_page_of_a_source_says_one_thing_when_its_first_event_comes(own_page: Page, deliver) -> None:
    page = own_page
    key = add(page, "web-2")
    assert deliver(key, "Product Viewed", {"product_id": "tea-0"}) == 200
    expect(page.get_by_text("First event received")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Product Viewed")).first).to_be_visible(timeout=1_000)
    expect(page.get_by_text("nothing taken yet")).to_have_count(0)


def test_of_a_source_of_which_all_waits_the_way_leads_to_that_alone(own_page: Page, deliver) -> None:
    page = own_page
    key = add(page, "till-9", kind="A server")
    assert deliver(key, "Order Refunded", {"order_id": "none"}) == 400
    expect(page.get_by_text("All that came of it waits in quarantine.")).to_be_visible()
    page.get_by_role("link", name="What came waits in quarantine: see why").click()
    expect(page).to_have_url(re.compile("tab=quarantine&origin=till-9$"))
    expect(page.get_by_role("button", name="Open till-9")).to_have_count(1)


def test_of_a_site_of_another_environment_it_is_said_that_nothing_is_taken_and_it_can_be_let_in(
    own_page: Page, deliver
) -> None:
    page = own_page
    key = add(page, "web-staging", environment="staging")
    expect(page.get_by_text("It is registered for 'staging', while this shop is 'production'.")).to_be_visible()
    expect(page.get_by_text("Listening for the first event…")).to_have_count(0)
    assert deliver(key, "Product Viewed") == 403
    page.get_by_role("button", name="I have it").click()
    looks(page, "source-elsewhere")
    page.get_by_role("link", name="Sources").last.click()
    expect(page.get_by_role("row", name=re.compile("web-staging Site, staging not taken"))).to_be_visible()
    page.goto("/sources/of/web-staging")
    page.get_by_role("button", name="Register it for production").click()
    expect(page.get_by_text("Nothing is taken from web-staging")).to_have_count(0)
    assert deliver(key, "Product Viewed") == 200


def test_a_key_is_rotated_and_a_source_shut_out(own_page: Page, deliver) -> None:
    page = own_page
    first = add(page, "till-7", kind="A server")
    expect(page.get_by_role("tab", name="segment-analytics-python")).to_be_visible()
    expect(page.get_by_role("textbox", name="Identity secret")).to_have_count(0)
    page.get_by_role("button", name="Rotate the key…").click()
    page.get_by_role("combobox", name="For how long the key before works on").click()
    page.get_by_role("option", name="Not at all: it leaked").click()
    page.get_by_role("button", name="Make it anew").click()
    shown = page.get_by_role("textbox", name="Write key")
    expect(shown).not_to_have_value(first)
    second = shown.input_value()
    assert (deliver(first, "Product Viewed"), deliver(second, "Product Viewed")) == (401, 200)
    page.get_by_role("button", name="Shut it out").click()
    expect(page.get_by_text("shut out", exact=True)).to_be_visible()
    assert deliver(second, "Product Viewed") == 401
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Shut it out")).to_be_visible()
    assert deliver(second, "Product Viewed") == 200


def test_a_name_that_is_none_is_said_where_it_was_typed(own_page: Page) -> None:
    page = own_page
    allow(page, "status of 400")
    page.goto("/sources?add=yes")
    page.get_by_role("textbox", name="Name", exact=True).fill(PAYLOADS[0])
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("must be 1 to 64 lower-case letters")


def test_what_looks_personal_is_flagged_and_a_shape_is_held_strictly(own_page: Page, deliver) -> None:
    page = own_page
    key = add(page, "app", kind="A server")
    page.get_by_role("button", name="I have it").click()
    for bad in PAYLOADS:
        assert deliver(key, bad, {bad: bad, "product_id": bad}) == 200
    assert deliver(key, "Signed Up", {"street_address": "Lindenweg 7", "phone": "+43 660 1234567"}) == 200
    contracts = page.get_by_role("region", name=CONTRACTS)
    expect(contracts.get_by_text(re.compile("“phone” looks like"))).to_be_visible()
    for bad in PAYLOADS:
        expect(contracts.get_by_text(bad, exact=True).first).to_be_visible()
    looks(page, "source-contracts", full=True)
    page.get_by_role("button", name="Make strict: Signed Up").click()
    expect(page.get_by_role("dialog", name="Hold it strictly?")).to_contain_text("waits in quarantine")
    looks(page, "source-strict")
    page.get_by_role("dialog").get_by_role("button", name="Make strict").click()
    expect(contracts.get_by_text("Strict: an event of another shape waits in quarantine.")).to_be_visible()
    assert deliver(key, "Signed Up", {"phone": 7}) == 400
    page.get_by_role("button", name=f"Freeze: {PAYLOADS[1]}").click()
    page.get_by_role("dialog").get_by_role("button", name="Freeze").click()
    expect(contracts.get_by_text(re.compile("^Frozen:"))).to_be_visible()
