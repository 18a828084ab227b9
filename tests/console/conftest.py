"""Fixtures of the browser tests: a real server over the test kit's shop, a real browser, a signed-in page per role.

`page` is an owner's over a server that many tests share and none writes to; `own_page` an owner's over a server of the
file's own: a server takes seconds to start, so the tests of a file write about different things, or put them back.
`page_of(role)` and `own_page_of(role)` open others, `opened(url)` one of nobody's.
"""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, get_args

import httpx
import pytest
from playwright.sync_api import Browser, Page

from shopkeeper.api.caller import COOKIE
from shopkeeper.api.console import PAGE, STATIC
from shopkeeper.app import open_app
from shopkeeper.flows.accounts import NewPerson, add_person, make_link
from shopkeeper.protect.rights import Role
from tests.console.browser import started, watched
from tests.process import served

ROLES: tuple[Role, ...] = get_args(Role)
UNHURRIED = """(() => {
    const wait = window.setTimeout.bind(window);
    window.setTimeout = (work, after, ...rest) => wait(work, after === 8_000 ? 60_000 : after, ...rest);
})()"""
"""What can be undone for 8 seconds can be for a minute, however slow the machine is on which a test does it."""
Opened = Callable[..., Page]
PageOf = Callable[[Role], Page]


class Staffed(NamedTuple):
    """A shop's folder, with an account for each role, named like it, and the token of a link that was not used yet."""

    folder: Path
    tokens: Mapping[Role, str]


class Site:
    """A server's URL, and the cookie of each role's session: signed in by a link when first asked for."""

    def __init__(self, url: str, tokens: Mapping[Role, str]) -> None:
        self.url = url
        self._tokens = tokens
        self._cookies: dict[Role, str] = {}

    def cookie(self, role: Role) -> str:
        """Return the secret of the role's session."""
        if role not in self._cookies:
            answer = httpx.post(f"{self.url}/v1/session/link", json={"token": self._tokens[role]}, timeout=60)
            assert answer.status_code == 200, answer.text
            self._cookies[role] = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
        return self._cookies[role]

    def client(self, role: Role) -> httpx.Client:
        """Return somebody with that role who asks the server without the console."""
        client = httpx.Client(base_url=self.url, cookies={COOKIE: self.cookie(role)}, timeout=60)
        client.headers.update({"X-CSRF-Token": client.get("/v1/session").json()["csrf"], "Origin": self.url})
        return client


async def _invite(folder: Path) -> dict[Role, str]:
    async with open_app(folder, environ={}) as app:
        now, tokens = app.wall_clock.now(), {}
        for role in ROLES:
            asked = NewPerson(name=role, role=role, display=role.replace("_", " ").capitalize())
            await add_person(app.store, app.entrance, asked, now=now, rng=app.rng)
            link = await make_link(app.store, app.entrance, role, minutes=600, base="http://127.0.0.1", now=now)
            tokens[role] = link.url.partition("#")[2]
    return tokens


def await_decision(client: httpx.Client, decision: str) -> None:
    """Wait until a decision is in the log: its answer does not wait for the disk."""
    while client.get(f"/v1/decisions/{decision}").status_code != 200:
        time.sleep(0.02)


@pytest.fixture(scope="session")
def staffed_shop(built_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Staffed:
    """The test kit's shop with an account for each role; not to be written to."""
    assert (STATIC / PAGE).is_file(), "the console is not built: run 'make console'"
    folder = Path(shutil.copytree(built_shop, tmp_path_factory.mktemp("staffed") / "shop"))
    return Staffed(folder, asyncio.run(_invite(folder)))


@contextmanager
def serving(shop: Path) -> Iterator[str]:
    """Serve a shop; a failure in the server that nobody foresaw fails at the end."""
    with served(shop) as (process, url):
        yield url
        process.terminate()
        _, said = process.communicate(timeout=60)
        assert "Traceback" not in said, said
        assert "unforeseen" not in said, said


@pytest.fixture(scope="session")
def site(staffed_shop: Staffed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that many tests read from: none may write to its shop, or sign out."""
    folder = Path(shutil.copytree(staffed_shop.folder, tmp_path_factory.mktemp("read") / "shop"))
    with serving(folder) as url:
        yield Site(url, staffed_shop.tokens)


@pytest.fixture(scope="module")
def own_folder(staffed_shop: Staffed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the staffed shop for one file of tests, which may put into it what its own server is to find."""
    return Path(shutil.copytree(staffed_shop.folder, tmp_path_factory.mktemp("own") / "shop"))


@pytest.fixture(scope="module")
def own_site(staffed_shop: Staffed, own_folder: Path) -> Iterator[Site]:
    """A server over that folder: the tests of the file may write."""
    with serving(own_folder) as url:
        yield Site(url, staffed_shop.tokens)


@pytest.fixture(scope="module")
def browser(staffed_shop: Staffed) -> Iterator[Browser]:
    """Chromium, for one file of tests; after the shop, which is built by an event loop of its own."""
    with started() as running:
        yield running


def _kept(url: str, cookie: str) -> Any:
    # Named https, because Playwright takes no cookie with this prefix for http. Chromium sends it to 127.0.0.1.
    address = url.replace("http:", "https:", 1)
    return {"name": COOKIE, "value": cookie, "url": address, "secure": True, "httpOnly": True, "sameSite": "Strict"}


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Open a watched page with cookies of its own: `opened(url)`, `opened(url, cookie)`."""
    with ExitStack() as pages:

        def open_page(url: str, cookie: str | None = None) -> Page:
            page = pages.enter_context(watched(browser, url))
            page.add_init_script(UNHURRIED)
            if cookie is not None:
                page.context.add_cookies([_kept(url, cookie)])
            return page

        yield open_page


@pytest.fixture
def page_of(opened: Opened, site: Site) -> PageOf:
    """Open a page of the server that is only read from, signed in: `page_of("analyst").goto("/segments")`."""
    return lambda role: opened(site.url, site.cookie(role))


@pytest.fixture
def own_page_of(own_site: Site, opened: Opened) -> PageOf:
    """Open a page of the file's own server, signed in."""
    return lambda role: opened(own_site.url, own_site.cookie(role))


@pytest.fixture
def page(page_of: PageOf) -> Page:
    """An owner's page of the server that is only read from."""
    return page_of("owner")


@pytest.fixture
def own_page(own_page_of: PageOf) -> Page:
    """An owner's page of the file's own server."""
    return own_page_of("owner")
