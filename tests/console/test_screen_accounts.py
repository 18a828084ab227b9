"""The screen People: who may sign in, and what an owner does about it."""

import re

from playwright.sync_api import Page, expect

from tests.console.browser import PAYLOADS, allow, audit, looks, take_picture

PASSWORD = "a lamp in the fog"


def add(page: Page, name: str, display: str, role: str) -> None:
    page.get_by_role("button", name="Add a person").click()
    page.get_by_label("Name to sign in").fill(name)
    page.get_by_label("Name that others read").fill(display)
    page.get_by_role("radio", name=role, exact=True).check()


def act(page: Page, person: str, what: str) -> None:
    page.get_by_role("button", name=f"What to do with {person}", exact=True).click()
    page.get_by_role("menuitem", name=what).click()


def row(page: Page, person: str):
    menu = page.get_by_role("button", name=f"What to do with {person}", exact=True)
    return page.get_by_role("row").filter(has=menu)


def test_an_owner_adds_somebody_who_comes_in_by_the_link(own_page, opened, own_site):
    own_page.goto("/people")
    expect(own_page.get_by_role("heading", level=1)).to_have_text("People")
    looks(own_page, "people")
    add(own_page, "Mia", "Mia Baker", "Marketer")
    looks(own_page, "people-add")
    own_page.get_by_role("button", name="Add", exact=True).click()
    link = own_page.get_by_label("Link", exact=True)
    expect(link).to_have_value(re.compile(r"^http://127\.0\.0\.1:\d+/enter#[\w-]{43}$"))
    audit(own_page)
    take_picture(own_page, "people-link")
    guest = opened(own_site.url)
    guest.goto(link.input_value())
    expect(guest.get_by_role("button", name="your account and settings")).to_be_visible()
    guest.goto("/people")
    expect(guest.get_by_role("heading", level=1)).not_to_have_text("People")
    own_page.get_by_role("button", name="Done").click()
    expect(row(own_page, "Mia Baker")).to_contain_text("Marketer")
    expect(row(own_page, "Mia Baker")).to_contain_text("A link only")


def test_what_people_are_called_is_text_wherever_it_stands(own_page):
    own_page.goto("/people?add=yes")
    for number, payload in enumerate(PAYLOADS):
        if number:
            own_page.get_by_role("button", name="Add a person").click()
        own_page.get_by_label("Name to sign in").fill(f"p{number}")
        own_page.get_by_label("Name that others read").fill(payload)
        own_page.get_by_text("A password", exact=True).click()
        own_page.get_by_label("Password", exact=True).fill(PASSWORD)
        own_page.get_by_role("button", name="Add", exact=True).click()
        expect(row(own_page, payload)).to_contain_text("Password")
    act(own_page, PAYLOADS[1], "Change…")
    expect(own_page.get_by_role("dialog")).to_contain_text(PAYLOADS[1])
    audit(own_page)
    own_page.get_by_label("Name that others read").fill(PAYLOADS[0] * 2)
    own_page.get_by_role("button", name="Change", exact=True).click()
    expect(row(own_page, PAYLOADS[0] * 2)).to_have_count(1)
    act(own_page, PAYLOADS[0] * 2, "Remove…")
    expect(own_page.get_by_role("dialog")).to_contain_text("cannot be undone")
    own_page.get_by_role("button", name="Remove", exact=True).click()
    expect(row(own_page, PAYLOADS[0] * 2)).to_have_count(0)


def test_another_role_and_shutting_out_take_effect_at_once(own_page, opened, own_site):
    staff = opened(own_site.url, own_site.cookie("staff"))
    staff.goto("/people")
    allow(staff, "status of 401")
    own_page.goto("/people")
    act(own_page, "Staff", "Change…")
    own_page.get_by_role("radio", name="Analyst", exact=True).check()
    own_page.get_by_role("button", name="Change", exact=True).click()
    expect(row(own_page, "Staff").get_by_role("cell").nth(1)).to_have_text("Analyst")
    staff.reload()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Sign in")
    act(own_page, "Marketer", "Shut out")
    expect(row(own_page, "Marketer")).to_contain_text("Shut out")
    own_page.get_by_role("button", name="Undo").click()
    expect(row(own_page, "Marketer")).not_to_contain_text("Shut out")


MISTAKES = (
    ("a b", PASSWORD, "letters a to z"),
    ("owner", PASSWORD, "another account"),
    ("new", "short", "must have 12"),
)


def test_a_mistake_is_said_and_nothing_typed_is_lost(own_page):
    allow(own_page, "status of 4")
    own_page.goto("/people?add=yes")
    own_page.get_by_text("A password", exact=True).click()
    for name, password, said in MISTAKES:
        own_page.get_by_label("Name to sign in").fill(name)
        own_page.get_by_label("Password", exact=True).fill(password)
        own_page.get_by_role("button", name="Add", exact=True).click()
        expect(own_page.get_by_role("alert")).to_contain_text(said)
        expect(own_page.get_by_label("Name to sign in")).to_have_value(name)
    audit(own_page)
    own_page.goto("/people?change=owner")
    own_page.get_by_role("radio", name="Staff", exact=True).check()
    own_page.get_by_role("button", name="Change", exact=True).click()
    expect(own_page.get_by_text("without an owner")).to_be_visible()


def test_nobody_but_an_owner_opens_it(page_of):
    page = page_of("marketer")
    page.goto("/people")
    expect(page.get_by_role("main")).to_contain_text(re.compile("may|role|allow", re.IGNORECASE))
    expect(page.get_by_role("link", name="People", exact=True)).to_have_count(0)
