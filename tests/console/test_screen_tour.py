"""The tour: every step really done, in light and dark, wide and narrow; a stranger's text stays text."""

import asyncio
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from shopkeeper.api.caller import COOKIE
from shopkeeper.app import open_app
from shopkeeper.core.item import Item
from shopkeeper.flows.collect import collect
from shopkeeper.flows.door.origin import Origin
from shopkeeper.protect.assignment import arm_of
from shopkeeper.testing.shop import NOW, track
from tests.console.browser import PAYLOADS, allow, looks, settle
from tests.console.conftest import Opened, PageOf, Site, Staffed, serving

RULE = "orders_90d >= 10"


@pytest.fixture(scope="module")
def folder(staffed_shop: Staffed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shop for all steps that write; each leaves it so that the others can still be done."""
    return Path(shutil.copytree(staffed_shop.folder, tmp_path_factory.mktemp("toured") / "shop"))


@pytest.fixture(scope="module")
def hostile(folder: Path) -> tuple[str, str]:
    """Two customers of that shop whose names, goods and categories are out for trouble; too new to be chosen."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, _hostile(folder)).result()


async def _hostile(shop: Path) -> tuple[str, str]:
    async with open_app(shop, environ={}) as app:
        goods = [Item(id=f"x{k}", title=text, category=f"{text} {k}") for k, text in enumerate(PAYLOADS * 2)]
        await app.store.put_items(goods)
        found: list[str] = []
        for number in range(40):
            who = f"{PAYLOADS[0]}{number}"
            mine = goods[:3] if len(found) % 2 else goods[3:]
            lines = [{"product_id": one.id, "price": 1.5, "quantity": 1, "category": one.category} for one in mine]
            wires = [
                track(
                    who,
                    "Order Completed",
                    {"order_id": f"{who}:{day}", "place": PAYLOADS[1], "products": lines},
                    key=f"{who}:{day}",
                    at=NOW - timedelta(days=day),
                )
                for day in range(1, 8)
            ]
            taken = await collect(app.store, app.definitions, wires, origin=Origin("test"), now=NOW)
            customer = taken.receipts[0].customer
            if arm_of(customer, app.definitions.shop.holdout) == "treated":
                found.append(customer)
            if len(found) == 2:
                break
        return found[0], found[1]


@pytest.fixture(scope="module")
def toured(staffed_shop: Staffed, folder: Path, hostile: tuple[str, str]) -> Iterator[Site]:
    """A server over that shop."""
    with serving(folder) as url:
        yield Site(url, staffed_shop.tokens)


@pytest.fixture
def guest(opened: Opened, toured: Site) -> Page:
    """An owner's page of that server."""
    return opened(toured.url, toured.cookie("owner"))


def ask(page: Page, path: str) -> httpx.Response:
    """Ask the page's server as who is signed in."""
    cookie = next(one["value"] for one in page.context.cookies() if one["name"] == COOKIE)
    origin = re.match(r"http://[^/]+", page.url)
    assert origin
    return httpx.get(f"{origin[0]}{path}", cookies={COOKIE: cookie}, timeout=60)


def column(page: Page, letter: str) -> Locator:
    """Find one of the two."""
    return page.locator(f"section[data-letter={letter}]")


def orders_of(page: Page, letter: str) -> int:
    """Count the orders of one of the two, as the server has it."""
    customer = re.search(rf"[?&]{letter.lower()}=(cus_[0-9a-f-]+)", page.url)
    assert customer
    found = ask(page, f"/v1/customers/{customer[1]}").json()
    return int(found["worth"]["orders"])


def open_step(page: Page, step: str) -> None:
    """Open a step of the tour, once the two stand there."""
    page.goto(f"/tour?step={step}")
    expect(column(page, "B").get_by_role("heading").first).to_be_visible()
    settle(page)


def places(page: Page, letter: str, slot: str) -> Locator:
    """Find what stands in a slot of one of the two."""
    return column(page, letter).get_by_role("list", name=slot, exact=True).locator("li button")


def picks(page: Page, letter: str, slot: str) -> list[str]:
    """Read the titles in a slot of one of the two."""
    return places(page, letter, slot).all_inner_texts()


def test_two_customers_stand_side_by_side_and_say_why_they_would_see_something_else(page: Page) -> None:
    open_step(page, "meet")
    assert picks(page, "A", "Recommendations")
    assert picks(page, "A", "Recommendations") != picks(page, "B", "Recommendations")
    for letter in "AB":
        expect(column(page, letter).get_by_role("list", name="Segments")).to_be_visible()
        expect(column(page, letter).get_by_text(re.compile(r"orders for €"))).to_be_visible()
    expect(column(page, "A").get_by_text("only here").first).to_be_attached()
    looks(page, "tour")

    first = column(page, "A").get_by_role("list", name="Recommendations").locator("button").first
    first.focus()
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("list", name=re.compile("^Why ")).first).to_be_visible()
    page.get_by_role("button", name="Next: scan a basket").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("step=scan"))
    expect(page.get_by_role("button", name="Scan a basket", exact=True)).to_have_attribute("aria-current", "step")


def test_a_scanned_basket_changes_what_is_known_and_shown_and_is_scanned_once(guest: Page) -> None:
    page = guest
    open_step(page, "scan")
    basket = column(page, "A").get_by_role("group", name=re.compile("^Basket of"))
    total = basket.get_by_text("€").last.inner_text()
    basket.get_by_role("button", name=re.compile("^Take out")).first.click()
    expect(page.get_by_role("button", name="Put everything back")).to_have_count(1)
    expect(basket.get_by_text("€").last).not_to_have_text(total)
    looks(page, "tour-scan")

    before, shown = orders_of(page, "A"), [picks(page, "A", slot) for slot in ("Recommendations", "Coupons")]
    basket.get_by_role("button", name="Scan it").dblclick()
    expect(page.get_by_text(re.compile("^Scanned for"))).to_be_visible()
    settle(page)
    assert orders_of(page, "A") == before + 1
    expect(column(page, "A").get_by_text(f"{before} → {before + 1}")).to_be_visible()
    assert [picks(page, "A", slot) for slot in ("Recommendations", "Coupons")] != shown
    expect(column(page, "A").locator("[data-new]").first).to_be_visible()
    page.evaluate("() => getSelection()?.removeAllRanges()")
    looks(page, "tour-scanned")

    page.get_by_role("button", name="Scan a basket for B too").click()
    column(page, "B").get_by_role("button", name="Scan it").click()
    expect(page.get_by_text(re.compile("^Scanned for"))).to_have_count(2)


def test_a_basket_whose_answer_was_lost_is_not_scanned_twice(guest: Page) -> None:
    page = guest
    allow(page, "ERR_FAILED|Failed to load resource")
    open_step(page, "scan")
    before = orders_of(page, "A")
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.post_data or "")
        route.fetch()
        route.abort()

    page.route("**/v1/track", lose)
    basket = column(page, "A").get_by_role("group", name=re.compile("^Basket of"))
    basket.get_by_role("button", name="Scan it").click()
    expect(page.get_by_text("does not answer").first).to_be_visible()
    expect(basket.get_by_role("button", name=re.compile("^Take out")).first).to_be_disabled()
    basket.get_by_role("button", name="Scan it").click()
    expect(page.get_by_text(re.compile("^Scanned for"))).to_be_visible()
    assert len(lost) == 1
    assert orders_of(page, "A") == before + 1


def test_an_edited_rule_shows_sentence_count_and_cost_before_it_is_applied_and_can_be_undone(guest: Page) -> None:
    page = guest
    open_step(page, "rule")
    editor = page.get_by_role("textbox", name=re.compile("^Who may have the coupons of"))
    old = editor.input_value()
    editor.fill("orders_90 >= 10")
    expect(page.get_by_role("button", name="Review and apply")).to_be_disabled()
    editor.fill(RULE)
    expect(page.get_by_test_id("rule-sentence")).to_have_text("orders in 90 days is at least 10.", ignore_case=True)
    expect(page.get_by_test_id("rule-count")).to_contain_text("People it matches")
    cost = page.get_by_role("group", name="What it costs")
    expect(cost.get_by_text(re.compile("round costs|nothing changes"))).to_be_visible()
    expect(cost.get_by_text("As edited")).to_be_visible()
    looks(page, "tour-rule")

    page.get_by_role("button", name="Review and apply").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(RULE).first).to_be_visible()
    expect(dialog.get_by_text("customers", exact=False).first).to_be_visible()
    dialog.get_by_role("button", name="Put in force").click()
    expect(page.get_by_text(re.compile(r"^Version \d+ is in force"))).to_be_visible()
    assert f"where: {RULE}" in ask(page, "/v1/definitions").json()["files"]["offers.yaml"]
    looks(page, "tour-applied")

    page.get_by_role("button", name="Undo").click()
    expect(editor).to_have_value(old)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert f"where: {old}" in ask(page, "/v1/definitions").json()["files"]["offers.yaml"]


def test_who_objects_gets_what_everybody_gets_and_can_take_it_back(guest: Page) -> None:
    page = guest
    open_step(page, "object")
    shown = picks(page, "A", "Recommendations")
    column(page, "A").get_by_role("button", name="Record an objection").click()
    expect(column(page, "A").get_by_text("Not personal").first).to_be_visible()
    expect(column(page, "A").get_by_text("the customer objected").first).to_be_visible()
    expect(column(page, "B").get_by_text("Not personal")).to_have_count(0)
    expect(places(page, "A", "Recommendations")).not_to_have_text(shown, use_inner_text=True)
    looks(page, "tour-object")
    page.reload()
    expect(column(page, "A").get_by_text("Not personal").first).to_be_visible()

    column(page, "A").get_by_role("button", name="Take back the objection").click()
    expect(page.get_by_text("Not personal")).to_have_count(0)
    expect(places(page, "A", "Recommendations")).to_have_text(shown, use_inner_text=True)


def test_the_sample_is_sent_mapped_and_imported(guest: Page) -> None:
    page = guest
    page.goto("/tour?step=file")
    expect(page.get_by_role("link", name="Download it")).to_have_attribute("download", "sample-orders.csv")
    looks(page, "tour-file")
    page.get_by_role("button", name="Use the sample").click()
    expect(page.get_by_role("combobox", name="What “Kundennummer” is")).to_have_value("Customer (user_id)")
    expect(page.get_by_text("All 30 rows would be taken", exact=False)).to_be_visible()
    page.get_by_role("button", name=re.compile("^Import")).click()
    expect(page.get_by_role("heading", name="sample-orders.csv is in")).to_be_visible()
    page.get_by_role("button", name="Back to the two").click()
    expect(page).to_have_url(re.compile(r"/tour\?a="))


def test_a_link_shows_the_same_two_and_one_that_cannot_says_so(page: Page) -> None:
    open_step(page, "meet")
    names = page.get_by_role("heading", level=3).all_inner_texts()
    link = page.url
    page.goto(re.sub(r"a=(cus_[^&]+)&b=(cus_[^&]+)", r"a=\2&b=\1", link))
    expect(column(page, "A").get_by_role("heading", level=3)).to_have_text(names[1])
    page.goto("/tour?a=cus_00000000-0000-7000-8000-000000000000&b=nobody")
    expect(page.get_by_text("is not known, or was erased")).to_be_visible()
    expect(column(page, "A").get_by_role("heading", level=3)).to_have_text(names[0])


def test_who_may_not_try_a_step_is_told_who_may(page_of: PageOf) -> None:
    page = page_of("analyst")
    for step, who in (("scan", "somebody of the staff"), ("rule", "a marketer"), ("object", "the privacy officer")):
        open_step(page, step)
        expect(page.get_by_text("Your role may look at this step")).to_contain_text(who)
    expect(page.get_by_role("button", name="Record an objection").first).to_be_disabled()
    page.goto("/tour?step=file")
    expect(page.get_by_text("Your role may look at this step")).to_be_visible()
    expect(page.get_by_role("button", name="Choose a file")).to_have_count(0)
    officer = page_of("privacy_officer")
    open_step(officer, "meet")
    expect(officer.get_by_text("needs the right to ask for decisions").first).to_be_visible()


@pytest.fixture(scope="module")
def years_later(own_folder: Path) -> None:
    """The shop, when what was bought is long ago."""
    settings = own_folder / "shopkeeper.toml"
    settings.write_text(settings.read_text().replace(str(NOW.year), str(NOW.year + 3), 1))


@pytest.mark.usefixtures("years_later")
def test_a_shop_without_customers_to_show_leads_to_the_import(own_page: Page) -> None:
    own_page.goto("/tour")
    expect(own_page.get_by_text("import your orders first")).to_be_visible()
    looks(own_page, "tour-empty")
    own_page.get_by_role("button", name="Import a file").click()
    expect(own_page.get_by_role("button", name="Use the sample")).to_be_visible()


def test_what_strangers_wrote_into_any_field_stays_text(hostile: tuple[str, str], guest: Page) -> None:
    page = guest
    for step in ("rule", "scan"):
        page.goto(f"/tour?step={step}&a={hostile[0]}&b={hostile[1]}")
        expect(column(page, "A").get_by_role("heading", level=3)).to_contain_text(PAYLOADS[0])
        settle(page)
    basket = column(page, "A").get_by_role("group", name=re.compile("Basket of"))
    for payload in PAYLOADS:
        expect(basket.get_by_text(payload).first).to_be_visible()
        expect(column(page, "A").get_by_text(re.compile(re.escape(payload) + r" \d")).first).to_be_visible()
    basket.get_by_role("button", name="Scan it").click()
    expect(page.get_by_text(re.compile("^Scanned for"))).to_be_visible()
