"""user, typed."""

import asyncio
import re

import pytest
from click.testing import CliRunner

from shopkeeper.app import open_app
from shopkeeper.cli import user as module
from shopkeeper.cli.main import cli
from shopkeeper.core.errors import NotSignedIn
from shopkeeper.protect.rights import ROLES
from shopkeeper.testing.commands import told, typed

GOOD = "a lamp in the fog"

pytestmark = pytest.mark.usefixtures("inside")


def with_password(*words: str, password: str = GOOD):
    return CliRunner().invoke(cli, ["user", *words, "--password-stdin"], input=f"{password}\n")


def enters(shop, name: str, password: str) -> bool:
    async def come_in() -> bool:
        async with open_app(shop, environ={}) as app:
            try:
                await app.entrance.by_password(name, password, address="x", replacing=None, now=app.wall_clock.now())
            except NotSignedIn:
                return False
            return True

    return asyncio.run(come_in())


def test_the_roles_of_the_command_are_those_of_the_rules():
    assert tuple(ROLES) == module.ROLES


def test_an_owner_is_added_listed_and_comes_in(shop):
    assert typed("user", "list").stdout == "Nobody yet; begin with: shopkeeper user add NAME --role owner\n"
    done = with_password("add", "Ann", "--role", "owner", "--display", "Ann [Baker]")
    assert (done.exit_code, done.stdout) == (0, "ann may sign in as owner.\n")
    assert typed("user", "add", "bob", "--role", "staff", "--email", "bob@example.org", "--no-password").exit_code == 0
    listed = typed("user", "list").stdout
    assert re.search(r"ann +Ann \[Baker\] +owner +password", listed)
    assert re.search(r"bob +bob +staff +identity", listed)
    [ann, bob] = told("user", "list")
    assert (ann["ways"], bob["ways"], "password" in ann) == (["password"], ["identity"], False)
    assert enters(shop, "ann", GOOD)


def test_a_password_is_asked_for_twice_at_a_terminal(shop, monkeypatch):
    asked = []

    class Terminal:
        def isatty(self) -> bool:
            return True

    def prompt(text: str, **how: object) -> str:
        asked.append((text, how["hide_input"], how["confirmation_prompt"]))
        return GOOD

    monkeypatch.setattr(module.sys, "stdin", Terminal())
    monkeypatch.setattr(module.click, "prompt", prompt)
    assert module._password(False) == GOOD
    assert asked == [("Password", True, True)]


def test_without_a_terminal_a_password_is_not_waited_for():
    done = typed("user", "add", "ann", "--role", "owner")
    assert (done.exit_code, done.stderr) == (
        2,
        "password: nobody is at a terminal to type it; use --password-stdin\n",
    )


def test_role_password_disable_enable_and_remove(shop):
    with_password("add", "ann", "--role", "owner")
    with_password("add", "bob", "--role", "staff")
    assert typed("user", "role", "bob", "analyst").stdout == "bob is now analyst.\n"
    assert with_password("password", "bob", password="another lamp entirely").exit_code == 0
    assert enters(shop, "bob", "another lamp entirely")
    assert told("user", "disable", "bob")["disabled"]
    assert not enters(shop, "bob", "another lamp entirely")
    assert "shut out" in typed("user", "list").stdout
    assert typed("user", "enable", "bob").exit_code == 0
    assert enters(shop, "bob", "another lamp entirely")
    assert typed("user", "remove", "bob").stdout == "bob is removed, was analyst.\n"
    assert [one["name"] for one in told("user", "list")] == ["ann"]


def test_the_last_owner_stays():
    with_password("add", "ann", "--role", "owner")
    for words in (("role", "ann", "staff"), ("disable", "ann"), ("remove", "ann")):
        done = typed("user", *words)
        assert (done.exit_code, "without an owner" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "password", "code", "said"),
    [
        (("add", "ann", "--role", "owner"), "short", 2, "5 characters, must have 12"),
        (("add", "a b", "--role", "owner"), GOOD, 2, "name: must be"),
        (("add", "ann", "--role", "king"), GOOD, 2, "'king' is not one of"),
        (("add", "ann", "--role", "owner", "--email", "ann"), GOOD, 2, "must be an e-mail address"),
        (("add", "ann", "--role", "owner", "--display", "x" * 101), GOOD, 2, "at most 100"),
        (("password", "eve"), GOOD, 1, "nobody of this name"),
    ],
)
def test_a_mistake_is_one_message_without_what_was_typed(words, password, code, said):
    done = with_password(*words, password=password)
    assert done.exit_code == code
    assert said in done.stderr
    assert GOOD not in done.output


def test_a_name_is_one_s_own():
    with_password("add", "ann", "--role", "owner")
    done = with_password("add", "ANN", "--role", "staff")
    assert (done.exit_code, "another account has this name" in done.stderr) == (1, True)


def test_a_link_is_printed_for_this_machine_and_works_once(shop):
    typed("user", "add", "ann", "--role", "owner", "--no-password")
    printed = typed("user", "link", "ann").stdout
    assert re.fullmatch(r"http://127\.0\.0\.1:8765/enter#[\w-]{43}\n", printed)
    assert told("user", "link", "ann", "--port", "9000", "--minutes", "5")["url"].startswith("http://127.0.0.1:9000/")

    async def enter() -> str:
        async with open_app(shop, environ={}) as app:
            secret, now = printed.strip().partition("#")[2], app.wall_clock.now()
            return (await app.entrance.by_link(secret, replacing=None, now=now)).signed_in.account.name

    assert asyncio.run(enter()) == "ann"
    assert typed("user", "link", "eve").exit_code == 1


def test_while_a_server_has_the_store_the_way_through_it_is_named(shop):
    async def beside() -> str:
        async with open_app(shop, environ={}):
            done = await asyncio.to_thread(typed, "user", "link", "ann")
            listed = await asyncio.to_thread(typed, "user", "list")
            assert listed.exit_code == 0
            return done.stderr

    said = asyncio.run(beside())
    assert "has it open for writing" in said
    assert "an owner does this on the console's screen People, or through /v1/users" in said
