"""Models: cards in words, versions, the way back and its undoing."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import msgspec
import pytest
from playwright.sync_api import Page, expect

from shopkeeper.app import open_app
from shopkeeper.engines.model_files import read_model, write_model
from tests.console.browser import PAYLOADS, looks

NAME = "coupons"


@pytest.fixture(scope="module")
def older(own_folder):
    """A version of the coupon model from a week before, whose settings are meant to do harm."""

    async def plant() -> None:
        async with open_app(own_folder, environ={}) as app:
            now = (await app.store.models_in_force())[NAME]
            manifest, arrays = read_model(app.models, NAME, now.version)
            week = timedelta(days=7)
            other = msgspec.structs.replace(
                manifest,
                version="older",
                family=PAYLOADS[2],
                trained_at=manifest.trained_at - week,
                data_to=manifest.data_to - week,
                parameters={bad: bad for bad in PAYLOADS},
                digest="",
            )
            await app.store.put_model(write_model(app.models, other, arrays))
            await app.store.put_model(now)

    with ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, plant()).result()


def test_cards_say_what_models_are_for_in_every_look(page: Page):
    page.goto(f"/models?model={NAME}")
    card = page.get_by_role("region", name="Coupon value")
    expect(card.get_by_text("in force", exact=True).first).to_be_visible()
    expect(card.get_by_text(re.compile("better than the plain method")).first).to_be_visible()
    expect(card.get_by_role("img", name=re.compile("Will buy it anyway"))).to_be_visible()
    looks(page, "models", full=True)
    page.get_by_role("region", name="Product recommendations").get_by_role(
        "button", name=re.compile("Model card")
    ).click()
    expect(page).to_have_url(re.compile("model=recommend.product"))


def test_an_earlier_version_goes_in_force_after_a_question_and_back_again(older, own_page: Page):
    own_page.goto(f"/models?model={NAME}")
    table = own_page.get_by_role("region", name="Versions of Coupon value")
    row = table.get_by_role("row").filter(has_text="older")
    row.get_by_role("button", name="Roll back to it").click()
    dialog = own_page.get_by_role("dialog")
    expect(dialog.get_by_text("Decisions use it within a second or two")).to_be_visible()
    dialog.get_by_role("button", name="Put in force").click()
    expect(row.get_by_text("in force", exact=True)).to_be_visible()
    card = own_page.get_by_role("region", name="Coupon value")
    for bad in PAYLOADS:
        expect(card.get_by_text(bad, exact=True).first).to_be_visible()
    own_page.get_by_role("button", name="Undo").click()
    expect(row.get_by_role("button", name="Roll back to it")).to_be_visible()


def test_a_training_runs_beside_the_server_and_says_so(older, own_page: Page):
    own_page.goto("/models")
    own_page.get_by_role("button", name="Train").click()
    own_page.get_by_role("menuitem", name="Category tastes").click()
    expect(own_page.get_by_text("Training, beside the server")).to_be_visible()
    expect(own_page.get_by_role("button", name="Train")).to_be_disabled()
    expect(own_page.get_by_text("1 trained and put in force.")).to_be_visible(timeout=90_000)


def test_who_may_not_change_models_sees_no_way_to(page_of):
    page = page_of("read_only")
    page.goto(f"/models?model={NAME}")
    expect(page.get_by_role("region", name="Versions of Coupon value")).to_be_visible()
    expect(page.get_by_role("button", name="Train")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("Roll back|Put in force"))).to_have_count(0)
