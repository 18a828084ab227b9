"""The screens Customers and Customer: finding one, their page, their timeline, what comes next, notes and consents."""

import json
import re
from collections.abc import Mapping
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from shopkeeper.testing.shop import NOW, user
from tests.console.browser import PAYLOADS, allow, audit, looks, settle, take_picture
from tests.console.conftest import Site, await_decision

SEND = """async ([path, body]) => {
  const csrf = (await (await fetch('/v1/session')).json()).csrf;
  const headers = {'X-CSRF-Token': csrf};
  const answer = await fetch(path, body === null ? {} : {method: 'POST', body, headers});
  return {status: answer.status, body: await answer.json()};
}"""


def ask(page: Page, path: str, body=None):
    """Talk to the API with the page's session."""
    if page.url == "about:blank":
        page.goto("/licenses.md")
    told = page.evaluate(SEND, [path, None if body is None else json.dumps(body)])
    assert told["status"] == 200, told
    return told["body"]


def customer_of(page: Page, who: str) -> str:
    return ask(page, f"/v1/customers?q={quote(who, safe='')}")["customers"][0]["customer"]


def section(page: Page, name: str):
    return page.get_by_role("region", name=name)


def test_customers_are_found_while_one_types_and_the_address_keeps_it(page: Page):
    page.goto("/customers")
    settle(page)
    people = page.get_by_role("list", name="Customers")
    expect(people.get_by_role("listitem")).to_have_count(30)
    looks(page, "customers")
    page.get_by_role("button", name="Show more").click()
    expect(people.get_by_role("listitem")).to_have_count(60)
    search = page.get_by_label("Find a customer")
    search.fill("u01")
    found = page.get_by_role("list", name="Who was found")
    expect(found.get_by_role("listitem")).to_have_count(10)
    expect(found.get_by_role("listitem").first).to_contain_text("user_id begins so")
    expect(page).to_have_url(re.compile(r"q=u01$"))
    search.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(found.get_by_role("link").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("user_id u010")
    page.go_back()
    expect(search).to_have_value("u01")
    search.fill("nobody at all")
    expect(page.get_by_text("Nobody was found for “nobody at all”.")).to_be_visible()
    audit(page)
    page.get_by_role("button", name="Clear the search").last.click()
    expect(people).to_be_visible()


def test_a_segment_lists_its_people(page: Page):
    page.goto("/customers?segment=lapsing")
    expect(page.get_by_role("list", name="In lapsing").get_by_role("listitem")).to_have_count(15)
    expect(page.get_by_role("combobox", name="Or list a segment")).to_have_value("lapsing")


def test_a_customers_page_shows_who_they_are_what_happened_and_what_comes_next(page: Page):
    customer = customer_of(page, user(5))
    page.goto(f"/customers/{customer}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"user_id {user(5)}")
    expect(page.get_by_role("group", name="Net spend")).to_contain_text("€")
    expect(section(page, "Segments").get_by_role("link", name="Regulars")).to_be_visible()
    traits = section(page, "Traits")
    expect(traits).to_contain_text("computed, for personalization, as of")
    expect(traits).to_contain_text("Number of Order Completed, in the last 90 days")
    looks(page, "customer", full=True)
    page.get_by_label("Find a trait").fill("bread")
    expect(traits.get_by_role("listitem")).to_have_count(1)

    page.get_by_role("tab", name="Timeline").click()
    expect(page).to_have_url(re.compile("tab=timeline"))
    page.get_by_role("button", name=re.compile("^.*Bought")).first.click()
    expect(page.get_by_role("list", name="Items").first).to_contain_text("€")
    looks(page, "customer-timeline")
    page.get_by_role("combobox", name="What happened").click()
    page.get_by_role("option", name=re.compile(r"Offer Shown \(12\)")).click()
    expect(page).to_have_url(re.compile("event=Offer"))
    expect(page.get_by_text("Bought")).to_have_count(0)
    page.get_by_role("button", name="10 more at the same time: Offer Shown").click()
    expect(page.get_by_text("Was shown")).to_have_count(12)

    page.get_by_role("tab", name="Next best actions").click()
    expect(page.get_by_role("list", name="Would be shown: Recommendations").get_by_role("listitem")).to_have_count(6)
    expect(page.get_by_role("region", name="Kept out by a rule").first).to_be_visible()
    looks(page, "customer-next", full=True)
    page.get_by_text("Fresh", exact=True).click()
    expect(page).to_have_url(re.compile("slots=recommendations%2Ccoupons%2Cfresh"))
    expect(section(page, "Fresh").get_by_role("link", name="Take it apart")).to_be_visible()


def test_a_recorded_decision_is_reached_from_the_timeline(own_page: Page, own_site: Site):
    made = ask(own_page, "/v1/decide", {"slot": "recommendations", "customer": {"user_id": user(7)}})
    await_decision(own_site.client("owner"), made["id"])
    customer = customer_of(own_page, user(7))
    own_page.goto(f"/customers/{customer}?tab=timeline&event=Decision+Made")
    own_page.get_by_role("button", name=re.compile("Was answered in")).click()
    expect(own_page.get_by_role("link", name="See the decision")).to_have_attribute(
        "href", re.compile(r"^/decisions/dec_[0-9a-f-]{36}$")
    )


def test_notes_and_tasks_are_written_done_changed_and_brought_back(own_page: Page):
    customer = customer_of(own_page, user(5))
    own_page.goto(f"/customers/{customer}")
    notes = section(own_page, "Notes and tasks")
    notes.get_by_label("Write a note or a task").fill("Ring back about the tea")
    notes.get_by_text("Task", exact=True).click()
    notes.get_by_label("Due on").fill((NOW.replace(day=3)).strftime("%Y-%m-%d"))
    notes.get_by_role("button", name="Add the task").click()
    listed = own_page.get_by_role("list", name="Notes and tasks")
    expect(listed).to_contain_text("due tomorrow")
    expect(notes.get_by_label("Write a note or a task")).to_have_value("")
    take_picture(own_page, "customer-notes")
    done = own_page.get_by_label("Done: Ring back about the tea")
    done.click()
    expect(done).to_be_checked()
    expect(listed).to_contain_text("done by owner")
    own_page.get_by_role("button", name="Undo").click()
    expect(listed).not_to_contain_text("done by")
    own_page.get_by_role("button", name="Change: Ring back about the tea").click()
    own_page.get_by_label("What it says").fill("Ring back about the coffee")
    own_page.get_by_role("button", name="Keep").click()
    expect(listed).to_contain_text("coffee")
    own_page.goto("/customers?view=tasks")
    tasks = own_page.get_by_role("list", name="Open tasks")
    expect(tasks).to_contain_text(f"user_id {user(5)}")
    looks(own_page, "customer-tasks")
    own_page.goto(f"/customers/{customer}")
    own_page.get_by_role("button", name="Remove: Ring back about the coffee").click()
    expect(listed).not_to_contain_text("coffee")
    own_page.get_by_role("button", name="Undo").click()
    expect(listed).to_contain_text("coffee")


def test_an_objection_is_confirmed_takes_effect_and_is_taken_back(own_page: Page):
    customer = customer_of(own_page, user(8))
    own_page.goto(f"/customers/{customer}")
    consents = section(own_page, "Consent and objection")
    switch = consents.get_by_role("switch", name=re.compile("Personalization is allowed"))
    expect(switch).to_be_checked()
    switch.press("Space")
    dialog = own_page.get_by_role("dialog")
    expect(dialog).to_contain_text("personalization uses nothing")
    audit(own_page)
    dialog.get_by_role("button", name="Cancel").click()
    expect(switch).to_be_checked()
    switch.press("Space")
    dialog.get_by_label("How it was said").fill("On the telephone")
    dialog.get_by_label("Jurisdiction").fill("AT")
    dialog.get_by_role("button", name="Record an objection").click()
    expect(consents).to_contain_text("Not allowed: the customer objected.")
    expect(consents).to_contain_text("from staff")
    assert ask(own_page, f"/v1/customers/{customer}/consents/ledger")[0]["jurisdiction"] == "AT"
    take_picture(own_page, "customer-objection")
    own_page.get_by_role("tab", name="Next best actions").click()
    expect(own_page.get_by_text("Not personal: nothing of this customer was used").first).to_be_visible()
    own_page.get_by_role("button", name="Undo").click()
    expect(own_page.get_by_text("Not personal: nothing of this customer was used")).to_have_count(0)
    own_page.get_by_role("tab", name="Overview").click()
    expect(switch).to_be_checked()


def test_unknown_consent_is_asked_for_with_two_answers(own_page: Page):
    own_page.goto(f"/customers/{customer_of(own_page, user(4))}")
    consents = section(own_page, "Consent and objection")
    expect(consents).to_contain_text("silence is no consent")
    consents.get_by_role("button", name="Record consent").click()
    expect(own_page.get_by_role("dialog")).to_contain_text("it can be changed, not unsaid")
    own_page.get_by_role("dialog").get_by_role("button", name="Record consent").click()
    expect(consents).to_contain_text("Allowed: the customer consented.")
    expect(own_page.get_by_role("button", name="Undo")).to_have_count(0)


@pytest.fixture
def sent(own_page: Page) -> Mapping[str, str]:
    """A customer for each payload, with the payload in everything that anybody may send of them, by payload."""
    found = {}
    for payload in PAYLOADS:
        line = {"product_id": payload, "price": 1, "quantity": 1, "category": payload, "coupon": payload}
        order = {"order_id": payload, "place": payload, "products": [line, line]}
        consent = {"purpose": "advertising", "wording": payload}
        events = [("Order Completed", order), (payload, {payload: payload}), ("Consent Given", consent)]
        ask(own_page, "/v1/identify", {"userId": payload, "traits": {"email": payload, payload: payload}})
        for event, properties in events:
            ask(own_page, "/v1/track", {"userId": payload, "event": event, "properties": properties})
        found[payload] = customer_of(own_page, payload)
        ask(own_page, f"/v1/customers/{found[payload]}/notes", {"text": payload, "kind": "task"})
        word = {"purpose": "personalization", "given": True, "wording": payload}
        ask(own_page, f"/v1/customers/{found[payload]}/consents", word)
    return found


def test_whatever_was_sent_stands_as_text(own_page: Page, sent: Mapping[str, str]):
    for payload, customer in sent.items():
        own_page.goto(f"/customers/{customer}")
        expect(own_page.get_by_role("heading", level=1)).to_have_text(f"user_id {payload}")
        expect(own_page.get_by_role("list", name="Notes and tasks")).to_contain_text(payload)
        expect(section(own_page, "Latest orders")).to_contain_text(payload)
        expect(section(own_page, "Traits")).to_contain_text(payload)
        own_page.get_by_role("tab", name="Timeline").click()
        rows = own_page.get_by_role("tabpanel").locator("li > button[aria-expanded]")
        expect(rows).to_have_count(7)
        for number in range(7):
            rows.nth(number).click()
        settle(own_page)
        assert own_page.get_by_role("tabpanel").inner_text().count(payload) > 10
        own_page.get_by_role("tab", name="Next best actions").click()
        settle(own_page)
    audit(own_page)
    own_page.goto("/customers?view=tasks")
    own_page.get_by_role("list", name="Open tasks").wait_for()
    own_page.goto(f"/customers?q={quote(PAYLOADS[1], safe='')}")
    expect(own_page.get_by_role("list", name="Who was found")).to_contain_text(PAYLOADS[1])


def test_who_may_not_see_names_sees_none_and_finds_by_exact_identifier(page_of, page: Page):
    customer = customer_of(page, user(5))
    analyst = page_of("analyst")
    analyst.goto("/customers?q=u00")
    expect(analyst.get_by_text("Your role finds customers by their exact identifier alone.")).to_be_visible()
    analyst.get_by_label("Find a customer").fill(user(5))
    analyst.get_by_role("list", name="Who was found").get_by_role("link").click()
    expect(analyst).to_have_url(re.compile(customer))
    expect(analyst.get_by_role("heading", level=1)).to_have_text(re.compile("^Customer …"))
    expect(analyst.get_by_role("img", name="hidden from your role").first).to_be_visible()
    assert user(5) not in analyst.locator("main").inner_text()
    expect(analyst.get_by_role("heading", name="Notes and tasks")).to_have_count(0)
    expect(section(analyst, "Consent and objection").get_by_role("switch")).to_have_count(0)
    audit(analyst)
    take_picture(analyst, "customer-masked")


def test_roles_see_what_they_may(page_of, page: Page):
    customer = customer_of(page, user(5))
    reader = page_of("read_only")
    reader.goto(f"/customers/{customer}")
    settle(reader)
    expect(reader.get_by_role("group", name="Net spend")).to_have_count(0)
    officer = page_of("privacy_officer")
    officer.goto(f"/customers/{customer}")
    expect(officer.get_by_role("heading", name="Notes and tasks")).to_be_visible()
    expect(officer.get_by_role("tab", name="Next best actions")).to_have_count(0)


def test_a_customer_who_is_not_there_is_said_so(page: Page):
    allow(page, "status of 40[04]")
    for name in ("cus_01601ed2-805e-7ccc-9469-9259925e8a8e", "cus_1"):
        page.goto(f"/customers/{name}")
        expect(page.get_by_role("heading", level=1)).to_have_text("No such customer")
    audit(page)
    page.get_by_role("link", name="Find a customer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")


def test_a_customer_who_is_erased_while_open_is_said_so(page: Page):
    customer = customer_of(page, user(5))
    page.goto(f"/customers/{customer}")
    notes = section(page, "Notes and tasks")
    notes.get_by_label("Write a note or a task").fill("Ring back")
    allow(page, "404")
    page.route(
        re.compile(f"/v1/customers/{customer}"),
        lambda route: route.fulfill(
            status=404, json={"code": "not_found", "message": "customer: there is none; they may have been erased"}
        ),
    )
    notes.get_by_role("button", name="Add the note").click()
    expect(notes.get_by_role("alert")).to_contain_text("may have been erased")
    expect(notes.get_by_label("Write a note or a task")).to_have_value("Ring back")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("No such customer")
