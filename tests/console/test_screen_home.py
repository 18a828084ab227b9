"""Home: the comparison first, what is different today, alerts that lead to the mend."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect

from shopkeeper.core.quarantine import Quarantined
from shopkeeper.store import open_store
from shopkeeper.testing.shop import NOW
from tests.console.browser import PAYLOADS, looks

MADE = 90_000
"""Milliseconds for a comparison that is made apart, on a machine that does other things too."""


def test_the_comparison_stands_first_and_today_below_it_in_every_look(page: Page):
    page.goto("/")
    expect(page).to_have_url(re.compile("/home$"))
    lift = page.get_by_role("region", name="What treatment changes")
    expect(lift.get_by_role("img", name=re.compile("Revenue, less returns: .*95 % interval"))).to_be_visible(
        timeout=MADE
    )
    expect(lift.get_by_text("held out (20% declared)")).to_be_visible()
    today = page.get_by_role("region", name="What is different today")
    expect(today.get_by_role("listitem").filter(has_text="Orders")).to_be_visible()
    looks(page, "home", full=True)
    lift.get_by_text("7 days").click()
    expect(page).to_have_url(re.compile("days=7"))
    expect(lift.get_by_text("over the last 7 days")).to_be_visible(timeout=MADE)


def test_figures_open_what_they_count(page: Page):
    page.goto("/home")
    page.get_by_role("link", name=re.compile("Orders: show them")).click()
    expect(page).to_have_url(re.compile("/live\\?name=Order"))
    expect(page.get_by_role("combobox", name="Event")).to_have_value("Order Completed")


def test_an_alert_leads_to_the_mend(page: Page):
    page.goto("/home")
    alerts = page.get_by_role("region", name="To look after")
    expect(alerts.get_by_text("Nobody has an account with a password")).to_be_visible()
    expect(alerts.get_by_text("shopkeeper user add")).to_be_visible()
    expect(alerts.get_by_role("link", name="See who may sign in")).to_have_attribute("href", "/people")


def test_a_role_without_customers_sees_the_figures(page_of):
    page = page_of("read_only")
    page.goto("/home")
    expect(page.get_by_role("heading", name="Today so far")).to_be_visible()


@pytest.fixture(scope="module")
def planted(own_folder):
    """Rows wait in quarantine from origins whose names are meant to do harm."""

    async def plant() -> None:
        store = await open_store(f"sqlite:///{own_folder}/.shopkeeper/store.db")
        rows = [
            Quarantined(id=f"q{i}", origin=bad, position=1, code="bad_row", reason=bad, body="{}", at=NOW)
            for i, bad in enumerate(PAYLOADS)
        ]
        await store.quarantine(rows)
        await store.close()

    with ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, plant()).result()


def test_what_others_wrote_stands_there_as_text(planted, own_page: Page):
    own_page.goto("/home")
    alert = own_page.get_by_role("region", name="To look after")
    expect(alert.get_by_text("3 rows wait in quarantine")).to_be_visible()
    expect(alert).to_contain_text(re.compile('Most are from “(<img|"><script|{{7)'))
