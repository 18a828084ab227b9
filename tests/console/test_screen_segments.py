"""Segments in the browser: counted while typed, builder and text in step, applied once, never over somebody else's."""

import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.console.browser import PAYLOADS, allow, looks, settle
from tests.console.conftest import PageOf, Site

SEGMENT = "/segments/regulars"
WHERE = "orders_90d >= 8"


@pytest.fixture
def own_page_of(own_page_of: PageOf, own_site: Site) -> Iterator[PageOf]:
    """Leave the file's own shop with the segment as it was, for the tests that follow."""
    yield own_page_of
    owner = own_site.client("owner")
    expected = owner.get("/v1/definitions").json()["version"]
    edits = [{"noun": "segment", "name": "regulars", "value": {"where": WHERE}}]
    assert owner.post("/v1/definitions/apply", json={"edits": edits, "expected": expected}).is_success


def text_of(page: Page):
    return page.get_by_label("As text")


def value_of(page: Page):
    return page.get_by_role("combobox", name="Value", exact=True)


def count_of(page: Page):
    return page.get_by_test_id("rule-count")


def opened_segment(page: Page, path: str = SEGMENT) -> Page:
    page.goto(path)
    expect(count_of(page)).to_be_visible()
    settle(page)
    return page


def segment(page: Page, name: str = "regulars") -> dict:
    return page.evaluate("name => fetch(`/v1/segments/${name}`).then(one => one.json())", name)


def versions(page: Page) -> list[int]:
    told = page.evaluate("() => fetch('/v1/definitions/versions').then(one => one.json())")
    return [version["number"] for version in told]


def review(page: Page):
    page.get_by_role("button", name="Review and apply").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Put in force")).to_be_enabled()
    return dialog


def test_the_list_says_each_rule_and_opens_its_people(page: Page):
    page.goto("/segments")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="lapsing", exact=True))
    expect(row).to_contain_text("last order was more than 21 days ago")
    expect(row.get_by_role("link", name="open the list")).to_have_attribute("href", "/customers?segment=lapsing")
    expect(page.get_by_label("lapsing: 10 % of all customers")).to_be_visible()
    looks(page, "segments")
    page.get_by_label("Search segments").fill("bread")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page).to_have_url("/segments?q=bread")


def test_a_rule_is_counted_while_it_is_typed_and_the_builder_follows(page: Page):
    opened_segment(page)
    looks(page, "segment", full=True)
    text_of(page).fill("orders_90d >= 8 and bread_90d >= 10")
    expect(page.get_by_test_id("rule-sentence")).to_have_text(
        "orders in 90 days is at least 8 and bread in 90 days is at least 10."
    )
    before = count_of(page).inner_text()
    expect(value_of(page)).to_have_count(2)
    value_of(page).last.fill("1")
    expect(text_of(page)).to_have_value("orders_90d >= 8 and bread_90d >= 1")
    expect(count_of(page)).not_to_have_text(before)
    page.get_by_role("combobox", name="How the conditions go together").click()
    page.get_by_role("option", name="None of these holds").click()
    expect(text_of(page)).to_have_value("not (orders_90d >= 8 or bread_90d >= 1)")
    page.get_by_role("tab", name="Against everyone else").click()
    expect(page.get_by_role("img", name="Differences from everyone else")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Show as table").click()
    expect(page.get_by_role("columnheader", name="Everyone else")).to_be_visible()
    page.get_by_role("tab", name="Where it is used").click()
    expect(page.get_by_text("club")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    expect(text_of(page)).to_have_value("orders_90d >= 8")


def test_mistakes_are_underlined_in_their_place_and_mended_with_a_click(page: Page):
    page.goto("/segments/new?where=order_90d > 3 and spnd_90d > 1")
    expect(page.locator("mark")).to_have_text(["order_90d", "spnd_90d"])
    looks(page, "segment-mistakes")
    page.get_by_role("button", name="Write orders_90d").click()
    page.get_by_role("button", name="Write spend_90d").click()
    expect(text_of(page)).to_have_value("orders_90d > 3 and spend_90d > 1")
    expect(count_of(page)).to_be_visible()
    text_of(page).fill("email = 'x'")
    expect(page.get_by_text("names a person")).to_be_visible()
    expect(page.get_by_role("button", name="Review and apply")).to_be_disabled()


def test_what_is_typed_survives_a_reload_and_is_applied_and_taken_back(own_page: Page):
    page = opened_segment(own_page)
    text_of(page).fill("orders_90d >= 12")
    page.reload()
    expect(page.get_by_text("Your unsaved edit is still here")).to_be_visible()
    expect(text_of(page)).to_have_value("orders_90d >= 12")
    dialog = review(page)
    expect(dialog.locator("del")).to_have_text("orders_90d >= 8")
    expect(dialog.locator("ins")).to_have_text("orders_90d >= 12")
    expect(dialog).to_contain_text("fewer")
    looks(page, "segment-review")
    dialog.get_by_role("button", name="Put in force").click()
    expect(dialog).to_be_hidden()
    assert segment(page)["where"] == "orders_90d >= 12"
    page.get_by_role("button", name="Undo").click()
    expect(text_of(page)).to_have_value("orders_90d >= 8")
    assert segment(page)["where"] == "orders_90d >= 8"


@pytest.mark.parametrize("arrives", [True, False], ids=["after it arrived", "before it arrived"])
def test_a_connection_lost_during_an_apply_loses_nothing_and_applies_once(own_page: Page, arrives: bool):
    page = opened_segment(own_page)
    before = versions(page)
    allow(page, "ERR_FAILED|Failed to load resource")
    text_of(page).fill("orders_90d >= 11")
    dialog = review(page)

    def lose(route: Route) -> None:
        if arrives:
            route.fetch()
        route.abort()

    page.route("**/v1/definitions/apply", lose, times=1)
    dialog.get_by_role("button", name="Put in force").click()
    expect(dialog.get_by_role("alert")).to_contain_text("We do not know whether it was applied")
    dialog.get_by_role("button", name="Check again").click()
    if not arrives:
        expect(dialog.get_by_role("alert")).to_contain_text("It was not applied")
        dialog.get_by_role("button", name="Put in force").click()
    expect(dialog).to_be_hidden()
    expect(text_of(page)).to_have_value("orders_90d >= 11")
    assert versions(page) == [before[0] + 1, *before]


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        ("Take theirs", "orders_90d >= 20"),
        ("Keep mine", "orders_90d >= 11"),
        ("Edit on top of theirs", "orders_90d >= 20"),
    ],
)
def test_two_editors_of_one_segment_see_both_versions_and_choose(own_page_of, choice: str, left: str):
    mine, other = own_page_of("owner"), own_page_of("marketer")
    opened_segment(mine)
    allow(mine, "409")
    text_of(mine).fill("orders_90d >= 11")
    expect(mine.get_by_test_id("rule-sentence")).to_contain_text("11")
    other.goto("/licenses.md")
    assert apply_elsewhere(other, "orders_90d >= 20") == 200
    mine.get_by_role("button", name="Review and apply").click()
    alert = mine.get_by_role("alert").filter(has_text="Somebody else changed this segment")
    expect(alert).to_contain_text("orders_90d >= 20")
    expect(alert).to_contain_text("orders_90d >= 11")
    alert.get_by_role("button", name=choice).click()
    expect(alert).to_be_hidden()
    expect(text_of(mine)).to_have_value(left)
    assert segment(mine)["where"] == "orders_90d >= 20"
    if choice == "Keep mine":
        review(mine).get_by_role("button", name="Put in force").click()
        expect(mine.get_by_role("dialog")).to_be_hidden()
        assert segment(mine)["where"] == "orders_90d >= 11"


def apply_elsewhere(page: Page, where: str, name: str = "regulars") -> int:
    return page.evaluate(
        """async ([name, where]) => {
          const csrf = (await (await fetch('/v1/session')).json()).csrf;
          const expected = (await (await fetch('/v1/definitions')).json()).version;
          const body = JSON.stringify({edits: [{noun: 'segment', name, value: {where}}], expected});
          const headers = {'X-CSRF-Token': csrf, 'Content-Type': 'application/json'};
          return (await fetch('/v1/definitions/apply', {method: 'POST', body, headers})).status;
        }""",
        [name, where],
    )


def test_what_others_wrote_stands_as_text_and_a_new_segment_is_made(own_page: Page):
    page = opened_segment(own_page, "/segments/new?where=orders_90d >= 8")
    page.get_by_label("Name").fill(PAYLOADS[0])
    expect(page.get_by_text("Lower-case letters")).to_be_visible()
    for payload in PAYLOADS:
        text_of(page).fill(f"favourite_category = '{payload}'")
        expect(page.get_by_test_id("rule-sentence")).to_contain_text(payload)
        page.get_by_label("Description").fill(payload)
    page.get_by_label("Name").fill("strange")
    dialog = review(page)
    expect(dialog).to_contain_text(PAYLOADS[2])
    dialog.get_by_role("button", name="Put in force").click()
    expect(page).to_have_url("/segments/strange")
    expect(page.get_by_role("heading", name="strange")).to_be_visible()
    expect(value_of(page)).to_have_value(PAYLOADS[2])
    page.goto("/segments")
    expect(page.get_by_text(PAYLOADS[2]).first).to_be_visible()


def test_who_may_not_edit_may_try_a_rule_and_cannot_apply_it(page_of):
    page = opened_segment(page_of("analyst"))
    text_of(page).fill("orders_90d >= 3")
    expect(page.get_by_test_id("rule-sentence")).to_contain_text("at least 3")
    expect(page.get_by_role("button", name="Review and apply")).to_have_count(0)
    answer = httpx.post(f"{page.url.split('/segments')[0]}/v1/definitions/apply", content=json.dumps({}), timeout=60)
    assert answer.status_code in {401, 403}
