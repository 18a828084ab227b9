"""Fixtures of the browser tests: a real server over the test kit's shop, a real browser, a page for each role."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from shopkeeper.api.console import PAGE, STATIC
from tests.console.browser import Watch, started, watched
from tests.process import served


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    assert (STATIC / PAGE).is_file(), "the console is not built: run 'make console'"


@contextmanager
def serving(shop: Path) -> Iterator[str]:
    """Serve a shop; a failure that was not foreseen in the server fails at the end."""
    with served(shop) as (process, url):
        yield url
        process.terminate()
        _, said = process.communicate(timeout=20)
        assert "Traceback" not in said
        assert "unforeseen" not in said


@pytest.fixture(scope="session")
def origin(built_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that many tests read from: none may write to its shop."""
    shop = shutil.copytree(built_shop, tmp_path_factory.mktemp("read") / "shop")
    with serving(Path(shop)) as url:
        yield url


@pytest.fixture
def own_origin(shop: Path) -> Iterator[str]:
    """The URL of a server of this test's own, over the folder `shop`: it may write."""
    with serving(shop) as url:
        yield url


@pytest.fixture(scope="module")
def browser(built_shop: Path) -> Iterator[Browser]:
    """Chromium, for one file of tests; after the shop, which is built by an event loop of its own."""
    with started() as running:
        yield running


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., tuple[Page, Watch]]]:
    """Open watched pages: `page, watch = opened(url)`; each has cookies of its own."""
    with ExitStack() as pages:
        yield lambda url, **more: pages.enter_context(watched(browser, url, **more))


@pytest.fixture
def page(opened: Callable[..., tuple[Page, Watch]], origin: str) -> Page:
    """A watched page of the server that is only read from: `page.goto("/segments")`."""
    return opened(origin)[0]


@pytest.fixture
def own_page(opened: Callable[..., tuple[Page, Watch]], own_origin: str) -> Page:
    """A watched page of a server of this test's own."""
    return opened(own_origin)[0]
