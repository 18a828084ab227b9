"""Live events: they come, wait while paused, are filtered by the address, open, and lead to the customer."""

import re
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from shopkeeper.testing.shop import NOW, track, user
from tests.console.browser import PAYLOADS, looks

ROWS = "Events, the latest first"


@pytest.fixture
def send(own_site):
    """Track an event through the API: `send("Product Viewed", {"product_id": "tea-0"})`."""

    def tell(name: str, properties: dict | None = None) -> None:
        wire = track(user(5), name, properties or {}, key=uuid4().hex, at=NOW)
        assert httpx.post(f"{own_site.url}/v1/track", json=wire, timeout=60).status_code == 200

    return tell


def test_events_come_wait_while_paused_and_go_on(own_page: Page, send):
    own_page.goto("/live")
    rows = own_page.get_by_role("list", name=ROWS).get_by_role("listitem")
    expect(own_page.get_by_text("Live", exact=True)).to_be_visible()
    send("Product Added", {"product_id": "tea-1"})
    expect(rows.first).to_contain_text("Put into the basket Tea no. 1.")
    own_page.get_by_role("button", name="Pause").click()
    for _ in range(3):
        send("Product Added", {"product_id": "milk-1"})
    expect(own_page.get_by_role("button", name="Go on: 3 wait")).to_be_visible()
    expect(rows.first).to_contain_text("Put into the basket Tea no. 1.")
    own_page.get_by_role("button", name="Go on: 3 wait").click()
    expect(rows.filter(has_text="Put into the basket Milk no. 1.")).to_have_count(3)


def test_the_address_filters_and_a_row_opens_to_its_properties(own_page: Page, send):
    send("Product Viewed", {"product_id": "tea-0", "note": "by the window"})
    own_page.goto("/live?name=Product%20Viewed&source=api")
    rows = own_page.get_by_role("list", name=ROWS).get_by_role("listitem")
    expect(rows).to_have_count(1)
    rows.get_by_role("button", name="Looked at Tea no. 0.").click()
    expect(rows).to_contain_text("by the window")
    expect(rows.get_by_role("button", name="Copy as curl")).to_be_visible()
    looks(own_page, "live")
    send("Product Added", {"product_id": "milk-2"})
    send("Product Viewed", {"product_id": "milk-1"})
    expect(rows.first).to_contain_text("Looked at Milk no. 1.")
    expect(rows).to_have_count(2)
    own_page.get_by_role("button", name="Show all").click()
    expect(own_page).to_have_url(re.compile("/live$"))
    expect(rows.filter(has_text="Put into the basket Milk no. 2.")).to_have_count(1)
    rows.first.get_by_role("link", name=re.compile("Customer …")).click()
    expect(own_page).to_have_url(re.compile("/customers/cus_"))


def test_what_others_wrote_stands_there_as_text(own_page: Page, send):
    own_page.goto("/live")
    rows = own_page.get_by_role("list", name=ROWS).get_by_role("listitem")
    expect(rows.first).to_be_visible()
    for bad in PAYLOADS:
        send(bad, {bad: bad, "product_id": bad, "deep": {bad: [bad]}})
    for bad in PAYLOADS:
        row = rows.filter(has_text=f"{bad}: {bad}").first
        row.get_by_role("button").first.click()
        expect(row.get_by_text(bad, exact=True).first).to_be_visible()
        expect(row.get_by_role("button", name="Copy as curl")).to_be_visible()
    own_page.goto(f"/live?name={PAYLOADS[0]}&source={PAYLOADS[1]}&customer={PAYLOADS[2]}")
    expect(own_page.get_by_text("No such event has come in yet")).to_be_visible()
    expect(own_page.get_by_role("combobox", name="Event")).to_have_value(PAYLOADS[0])


def test_who_may_not_see_personal_data_sees_the_words_alone(page_of):
    page = page_of("analyst")
    page.goto("/live?name=Order%20Completed")
    row = page.get_by_role("list", name=ROWS).get_by_role("listitem").first
    row.get_by_role("button").first.click()
    expect(row.get_by_text("your role does not show them")).to_be_visible()


def test_who_may_not_see_customers_does_not_see_the_page(page_of):
    page = page_of("read_only")
    page.goto("/live")
    expect(page.get_by_role("list", name=ROWS)).to_have_count(0)
    expect(page.get_by_role("navigation").get_by_text("Live events")).to_have_count(0)
