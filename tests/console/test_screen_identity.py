"""The tab Identity of a customer: parts and links with their reasons, taking apart and joining, by hand."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from shopkeeper.testing.shop import user
from tests.console.browser import PAYLOADS, allow, barriers, looks, settle
from tests.console.conftest import PageOf

SEND = """async ([path, body]) => {
  const csrf = (await (await fetch('/v1/session')).json()).csrf;
  const headers = {'X-CSRF-Token': csrf};
  const answer = await fetch(path, body === null ? {} : {method: 'POST', body, headers});
  return {status: answer.status, body: await answer.json()};
}"""


def ask(page: Page, path: str, body: dict[str, Any] | None = None) -> Any:
    """Talk to the API with the page's session."""
    if page.url == "about:blank":
        page.goto("/licenses.md")
    told = page.evaluate(SEND, [path, None if body is None else json.dumps(body)])
    assert told["status"] == 200, told
    return told["body"]


def view(page: Page, key: str, **who: str) -> None:
    """Let somebody look at a product: a trusted event, under all the names that it carries."""
    seen = {"messageId": key, "event": "Product Viewed", "properties": {"product_id": "tea-0"}}
    ask(page, "/v1/track", {**seen, **who})


def customer_of(page: Page, kind: str, value: str) -> str:
    found: str = ask(page, f"/v1/customers/{kind}/{quote(value, safe='')}")["customer"]
    return found


def rows(page: Page, name: str):
    return page.get_by_role("list", name=name, exact=True).get_by_role("listitem")


def opened(page: Page, customer: str) -> None:
    page.goto(f"/customers/{customer}?tab=identity")
    settle(page)


def test_parts_and_links_are_shown_with_their_reasons_and_a_part_is_cut_off_and_joined_again(own_page: Page) -> None:
    page = own_page
    for n, cookie in enumerate(("cookie-1", "cookie-2")):
        view(page, f"alone{n}", anonymousId=cookie)
        view(page, f"both{n}", userId=user(5), anonymousId=cookie)
    customer = customer_of(page, "user_id", user(5))
    opened(page, customer)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"user_id {user(5)}")
    expect(rows(page, "Parts")).to_have_count(3)
    expect(rows(page, "Links")).to_have_count(2)
    expect(rows(page, "Links").first).to_contain_text("An event of api carried both anonymous_id and user_id.")
    expect(page.get_by_role("img", name=re.compile("Parts and links. Known by 3 identifiers"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^Show in the picture")).first.click()
    expect(page.get_by_text("An event of api carried both anonymous_id and user_id.")).to_have_count(3)
    page.evaluate("scrollTo(0, 0)")
    looks(page, "customer-identity", full=True)

    page.get_by_role("checkbox", name="Cut off anonymous_id cookie-2").check()
    page.get_by_role("button", name="Take apart…").click()
    dialog = page.get_by_role("dialog", name="Take this customer apart")
    expect(dialog).to_contain_text("One customer becomes 2")
    expect(dialog).to_contain_text("anonymous_id cookie-2: 0 orders")
    looks(page, "customer-unmerge")
    dialog.get_by_role("button", name="Take apart").click()
    expect(dialog).to_be_hidden()
    opened(page, customer_of(page, "user_id", user(5)))
    expect(rows(page, "Parts")).to_have_count(2)
    expect(page.get_by_role("list", name="Links")).to_contain_text("Cut apart since by owner of the shop")

    page.get_by_role("button", name="Join with another…").click()
    page.get_by_label("Who is the same person?").fill("cookie-2")
    page.get_by_role("radio", name=re.compile("cookie-2")).check()
    page.get_by_role("button", name="See what it comes to").click()
    joining = page.get_by_role("dialog", name="Join two customers")
    expect(joining).to_contain_text("2 customers become one")
    looks(page, "customer-merge")
    joining.get_by_role("button", name="Join them").click()
    expect(joining).to_be_hidden()
    expect(rows(page, "Parts")).to_have_count(3)
    expect(page.get_by_role("list", name="Links")).to_contain_text("owner of the shop joined them.")
    expect(page.get_by_role("list", name="Links")).to_contain_text("Cut apart since by owner of the shop")


def test_an_address_of_before_leads_to_the_customer_of_now(own_page: Page) -> None:
    page = own_page
    view(page, "alone", anonymousId="cookie-6")
    before = {customer_of(page, "anonymous_id", "cookie-6"), customer_of(page, "user_id", user(6))}
    view(page, "both", userId=user(6), anonymousId="cookie-6")
    current = customer_of(page, "user_id", user(6))
    (old,) = before - {current}
    opened(page, old)
    expect(page).to_have_url(re.compile(f"/customers/{current}\\?tab=identity$"))
    expect(rows(page, "Parts")).to_have_count(2)


def test_two_cards_are_not_joined_and_it_is_said_why(own_page: Page) -> None:
    page = own_page
    customer = customer_of(page, "user_id", user(7))
    opened(page, customer)
    page.get_by_role("button", name="Join with another…").click()
    page.get_by_label("Who is the same person?").fill(user(8))
    page.get_by_role("radio", name=re.compile(user(8))).check()
    allow(page, "409")
    page.get_by_role("button", name="See what it comes to").click()
    dialog = page.get_by_role("dialog", name="Join two customers")
    expect(dialog).to_contain_text("more than shop.yaml allows of: user_id")
    expect(dialog.get_by_role("button", name="Join them")).to_be_disabled()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_an_identifier_says_stays_text(own_page: Page, payload: str) -> None:
    page = own_page
    view(page, f"inert {payload}", userId=user(9), anonymousId=payload)
    opened(page, customer_of(page, "user_id", user(9)))
    expect(rows(page, "Parts").filter(has_text=payload)).to_have_count(1)
    expect(rows(page, "Links").filter(has_text=payload)).to_have_count(1)
    page.get_by_role("button", name="Show as table").click()
    expect(page.get_by_role("table")).to_contain_text(payload)
    assert not barriers(page)


def test_who_may_not_see_names_or_change_anything_sees_neither(own_page: Page, own_page_of: PageOf) -> None:
    view(own_page, "seen", userId=user(10), anonymousId="cookie-10")
    customer = customer_of(own_page, "user_id", user(10))
    analyst = own_page_of("analyst")
    opened(analyst, customer)
    expect(rows(analyst, "Parts").first).to_contain_text("•••")
    expect(analyst.get_by_text("cookie-10")).to_have_count(0)
    expect(analyst.get_by_role("button", name="Join with another…")).to_have_count(0)
    expect(analyst.get_by_role("checkbox")).to_have_count(0)
