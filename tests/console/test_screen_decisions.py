"""Decisions: the simulator, what was decided, and nothing of what people typed runs."""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shopkeeper.app import open_app
from shopkeeper.core.item import Item, Place
from shopkeeper.core.offer import Offer
from shopkeeper.flows.definitions import apply
from shopkeeper.testing.shop import DEFINITIONS, ITEMS, NOW, OFFERS, user
from tests.console.browser import PAYLOADS, allow, looks, settle
from tests.console.conftest import Opened, Site, Staffed, await_decision, serving

IMAGE, SCRIPT, BRACES = PAYLOADS
TREATED = 5
Ask = Callable[..., dict]


async def _poison(folder: Path) -> None:
    """Put what an attacker would into everything that the screen shows."""
    async with open_app(folder, environ={}) as app:
        store = app.store
        await store.put_items([_titled(item, f"{IMAGE} {item.id}") for item in ITEMS])
        await store.put_offers([_offer(offer, f"{SCRIPT} {offer.id}") for offer in OFFERS])
        await store.put_places([Place(id="s1", title=IMAGE), Place(id="s2", title=BRACES)])
        files = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
        quoted = SCRIPT.replace("'", "''")
        files["slots.yaml"] = files["slots.yaml"].replace("context.channel = 'web'", f"context.channel = '{quoted}'")
        files["slots.yaml"] += f"  description: '{BRACES} {IMAGE}'\n"
        files["offers.yaml"] = files["offers.yaml"].replace("orders_90d >= 8", f"favourite_category = '{IMAGE}'")
        applied = await store.in_force()
        await apply(store, files, who="test kit", now=NOW, expected=applied and applied.version)


def _titled(item: Item, title: str) -> Item:
    return Item(id=item.id, title=title, category=item.category, department=item.department, brand=SCRIPT)


def _offer(offer: Offer, title: str) -> Offer:
    known = {"items": offer.items, "face_value": offer.face_value, "starts": offer.starts, "ends": offer.ends}
    return Offer(id=offer.id, kind="coupon", title=title, group=offer.group, **known)


@pytest.fixture(scope="module", autouse=True)
def poisoned_shop(staffed_shop: Staffed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose every text is an attempt; made before the browser, whose loop bears no other."""
    folder = Path(shutil.copytree(staffed_shop.folder, tmp_path_factory.mktemp("poisoned") / "shop"))
    asyncio.run(_poison(folder))
    return folder


@pytest.fixture(scope="module")
def site(staffed_shop: Staffed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of this file's own: what its tests decide is recorded."""
    folder = Path(shutil.copytree(staffed_shop.folder, tmp_path_factory.mktemp("decided") / "shop"))
    with serving(folder) as url:
        yield Site(url, staffed_shop.tokens)


def asker(site: Site) -> Ask:
    """Ask the API as the owner: `ask("/v1/decide", {...})`, `ask("/v1/slots")`."""
    owner = site.client("owner")

    def ask(path: str, body: dict | None = None) -> dict:
        answer = owner.request("GET" if body is None else "POST", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


@pytest.fixture(scope="module")
def ask(site: Site) -> Ask:
    """Ask this file's server."""
    return asker(site)


@pytest.fixture(scope="module")
def customer(ask: Ask) -> str:
    """The id of a treated customer."""
    return ask("/v1/simulate", {"slot": "coupons", "customer": {"user_id": user(TREATED)}})["customer"]


def picks(page: Page, label: str = "Picks") -> list[str]:
    """Return the titles at the places, in order."""
    listed = page.get_by_role("list", name=label, exact=True)
    expect(listed).to_be_visible()
    return [re.sub(r"\s+", " ", text).strip() for text in listed.locator("li button span span").all_inner_texts()]


def test_a_decision_is_taken_apart_on_the_screen(page, ask, customer):
    page.goto("/decisions?slot=coupons")
    settle(page)
    expect(page.get_by_text("Not personal: nothing of this customer was used")).to_be_visible()
    expect(page.get_by_text("The slot stays empty where the answer is not personal")).to_be_visible()
    picker = page.get_by_role("combobox", name="Customer")
    picker.fill(user(TREATED))
    page.get_by_role("option", name=f"user_id {user(TREATED)}").click()
    listed = page.get_by_role("list", name="Picks", exact=True)
    expect(listed).to_be_visible()
    expect(page).to_have_url(re.compile(f"customer={customer}"))
    found = ask("/v1/simulate", {"slot": "coupons", "customer": {"customer": customer}})
    places = [one for one in found["ranked"] if one["place"]]
    for one, row in zip(places, listed.get_by_role("listitem").all(), strict=False):
        expect(row).to_contain_text(one["title"])
        expect(row).to_contain_text(one["score_text"])
    listed.get_by_role("button").first.click()
    for part in places[0]["parts"]:
        expect(listed.get_by_role("list", name=f"Why {places[0]['title']}").first).to_contain_text(part["part_text"])
    expect(listed.get_by_text("Bought anyway").first).to_be_visible()
    funnel = page.get_by_role("list", name="Funnel").get_by_role("listitem")
    expect(funnel).to_have_count(len(found["funnel"]))
    expect(funnel.last).to_contain_text(str(found["funnel"][-1]["passed"]))
    table = page.get_by_role("table", name=re.compile("Candidates"))
    expect(table.get_by_role("row")).to_have_count(1 + len(found["ranked"]) + len(found["refused"]))
    looks(page, "decisions", full=True)


def test_without_what_a_reason_names_the_answer_changes_beside_the_one_now(page, customer):
    page.goto(f"/decisions?slot=recommendations&customer={customer}")
    settle(page)
    first = page.get_by_role("list", name="Picks", exact=True).get_by_role("listitem").first
    first.get_by_role("button").first.click()
    page.get_by_role("button", name="What if not?").first.click()
    expect(page.get_by_role("heading", name="As it is now")).to_be_visible()
    supposed = page.get_by_role("list", name="Picks", exact=True)
    expect(supposed.get_by_text(re.compile("was|new here")).first).to_be_visible()
    expect(page.get_by_text("Purchases of some items are left out")).to_be_visible()
    looks(page, "decisions-supposed")
    page.reload()
    settle(page)
    expect(page.get_by_text(re.compile("purchases of ")).first).to_be_visible()
    page.get_by_role("button", name="Take all back").click()
    expect(page.get_by_role("heading", name="As it is now")).to_have_count(0)


def test_another_time_is_told_with_what_it_means(page, customer):
    page.goto(f"/decisions?slot=coupons&customer={customer}&place=s2")
    settle(page)
    page.get_by_role("button", name="a month ago").click()
    expect(page.get_by_text("The customer is taken as of that instant")).to_be_visible()
    expect(page.get_by_label("Time")).to_have_value(re.compile("2026-01-31T"))
    page.get_by_label("Time").fill("2026-04-01T10:00")
    expect(page.get_by_text("as if nothing happened until then")).to_be_visible()
    expect(page.get_by_text("No candidate passed every rule.")).to_be_visible()
    page.get_by_label("Time").fill("2020-04-01T10:00")
    allow(page, "400")
    page.get_by_label("Time").fill("1999-04-01T10:00")
    expect(page.get_by_role("alert")).to_contain_text("at: must be from")


def test_a_slots_own_facts_are_asked_for_and_its_rule_is_told(page, customer):
    page.goto(f"/decisions?slot=spread&customer={customer}")
    settle(page)
    expect(page.get_by_text("The slot is filled only where this holds")).to_be_visible()
    expect(page.get_by_text("It would take that")).to_be_visible()
    page.get_by_label("channel").fill("web")
    page.get_by_label("basket").fill("12.5")
    expect(page.get_by_role("list", name="Picks", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"c\.channel=web.*c\.basket=12\.5"))


def test_the_copied_command_asks_the_same(page, site, ask, customer):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/decisions?slot=spread&customer={customer}&c.channel=web&n=4&place=s2")
    settle(page)
    shown = page.get_by_role("list", name="Picks", exact=True).get_by_role("listitem")
    expect(shown).to_have_count(4)
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    command = page.evaluate("() => navigator.clipboard.readText()")
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, check=True, timeout=30, env={"PATH": "/usr/bin"}
    )
    for pick, row in zip(json.loads(done.stdout)["picks"], shown.all(), strict=True):
        expect(row).to_contain_text(pick["title"])


def test_what_was_decided_is_shown_with_what_came_of_it_beside_now(page, site, ask, customer):
    made = ask("/v1/decide", {"slot": "coupons", "customer": {"customer": customer}, "place": "s1"})
    for name in ("Offer Shown", "Offer Redeemed"):
        outcome = {"token": made["picks"][0]["token"]}
        ask("/v1/track", {"userId": user(TREATED), "event": name, "properties": outcome, "messageId": name})
    await_decision(site.client("owner"), made["id"])
    page.goto("/decisions?tab=recorded")
    settle(page)
    page.get_by_role("link", name="coupons", exact=True).first.click()
    expect(page.get_by_role("heading", name="Now")).to_be_visible()
    then = page.get_by_role("list", name="Picks then").get_by_role("listitem")
    expect(then.first).to_contain_text("redeemed")
    now = page.get_by_role("list", name="Picks now").get_by_role("listitem")
    expect(now.first).not_to_contain_text(made["picks"][0]["title"])
    expect(page.get_by_role("region", name="What came of it")).to_contain_text("Redeemed")
    looks(page, "decision", full=True)
    page.get_by_role("link", name="Simulate the same").click()
    expect(page.get_by_role("combobox", name="Place")).to_have_value(re.compile("High Street"))
    expect(page).to_have_url(re.compile(f"seed={made['id']}"))


def test_who_may_only_look_is_told_so(page_of):
    page = page_of("read_only")
    allow(page, "403")
    page.goto("/decisions")
    settle(page)
    expect(page.get_by_role("list", name="Picks", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Decisions", exact=True)).to_have_count(0)


def test_what_people_typed_anywhere_is_only_ever_text(
    poisoned_shop: Path, staffed_shop: Staffed, opened: Opened
) -> None:
    with serving(poisoned_shop) as url:
        site = Site(url, staffed_shop.tokens)
        ask, page = asker(site), opened(url, site.cookie("owner"))
        named = {"user_id": user(TREATED)}
        context = {"channel": SCRIPT}
        found = ask("/v1/simulate", {"slot": "spread", "customer": named, "context": context, "place": "s2"})
        made = ask("/v1/decide", found["request"])
        await_decision(site.client("owner"), made["id"])
        ask("/v1/decide", {"slot": "coupons", "customer": named, "place": "s2"})
        page.goto(f"/decisions?slot=spread&customer={found['customer']}&place=s2")
        settle(page)
        expect(page.get_by_text("The slot is filled only where this holds")).to_contain_text(SCRIPT)
        page.get_by_label("channel").fill(SCRIPT)
        picks = page.get_by_role("list", name="Picks", exact=True)
        expect(picks).to_contain_text(IMAGE)
        picks.get_by_role("button").first.click()
        expect(picks).to_contain_text(SCRIPT)
        expect(page.get_by_text(BRACES).first).to_be_visible()
        page.goto(f"/decisions?slot=coupons&customer={found['customer']}&place={IMAGE}")
        settle(page)
        expect(page.get_by_role("list", name="Picks", exact=True)).to_contain_text(SCRIPT)
        expect(page.get_by_role("table", name=re.compile("Candidates"))).to_contain_text(IMAGE)
        page.goto(f"/decisions/{made['id']}")
        settle(page)
        expect(page.get_by_role("list", name="Picks then")).to_contain_text(IMAGE)
        expect(page.get_by_role("main")).to_contain_text(f"channel {SCRIPT}")
        page.goto("/decisions?tab=recorded")
        settle(page)
        expect(page.get_by_role("table")).to_contain_text(IMAGE)
        page.context.close()
