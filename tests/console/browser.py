"""A browser that lets nothing pass: foreign requests, dialogs, errors on the page and barriers fail the test.

Playwright's sync API, not the async one: an `expect(…)` that nobody awaits would pass without having looked. It keeps
an event loop running in its thread for as long as it is started, which async tests in the same process cannot bear; so
the browser lives for one file of tests, and files of this folder have no async tests and no async fixtures.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, expect, sync_playwright

REPO: Final = Path(__file__).parents[2]
IMAGES: Final = REPO / "docs" / "images"
# Nothing on the page is on its way to another look: what turns for ever (a spinner) is not waited for.
STILL: Final = """() => document.getAnimations().every(
    (each) => each.playState !== 'running' || each.effect.getComputedTiming().endTime === Infinity)"""
# The console wears the colours that are asked for; a page without a scheme of its own has no others to come.
WORN: Final = "scheme => [undefined, scheme].includes(document.documentElement.dataset.mantineColorScheme)"
AXE: Final = REPO / "console" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE: Final = {"width": 1360, "height": 900}
NARROW: Final = {"width": 390, "height": 844}
Scheme = Literal["light", "dark"]
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")
PAYLOADS: Final = ("<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "{{7*7}}")
"""What people may have put into any field: it has to stand on the page as text, see `Watch`."""

PATIENCE: Final = 60_000
"""Milliseconds until something is given up that should show: a slow machine is no fault of a page."""

_LOCAL = ("127.0.0.1",)
_WITHOUT_REQUEST = ("about", "blob", "data")

expect.set_options(timeout=PATIENCE)


class Watch:
    """What went wrong on the pages of a context, gathered as it happens; see `assert_clean`."""

    def __init__(self, context: BrowserContext) -> None:
        self.faults: list[str] = []
        self._allowed: list[re.Pattern[str]] = []
        context.on("request", lambda request: self._on_address("request", request.url))
        context.on("console", self._on_console)
        context.on("dialog", self._on_dialog)
        context.on("weberror", lambda error: self.faults.append(f"error on the page: {error.error}"))
        context.on("page", lambda page: page.on("websocket", lambda one: self._on_address("web socket", one.url)))

    def allow(self, pattern: str) -> None:
        """Take no offence at faults that match."""
        self._allowed.append(re.compile(pattern))

    def assert_clean(self) -> None:
        """Fail if anything went wrong that was not allowed."""
        found = [fault for fault in self.faults if not any(one.search(fault) for one in self._allowed)]
        assert not found, "\n".join(found)

    def _on_address(self, kind: str, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in _WITHOUT_REQUEST and address.hostname not in _LOCAL:
            self.faults.append(f"{kind} to a foreign place: {url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"error in the browser's console: {message.text} ({message.location.get('url')})")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.type}: {dialog.message}")
        dialog.dismiss()


_WATCHES: Final[WeakKeyDictionary[BrowserContext, Watch]] = WeakKeyDictionary()


def installed() -> str | None:
    """Tell where Chromium is: its shell without windows, which takes a fifth less time, or else the whole of it."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


@contextmanager
def started() -> Iterator[Browser]:
    """Start Debian's Chromium with an empty profile; fails where there is none."""
    found = installed()
    assert found, "no chromium on this machine: run 'make system'"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=list(FLAGS), timeout=PATIENCE)
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser, origin: str) -> Iterator[Page]:
    """Open a page with cookies of its own, paths taken from `origin`; what went wrong fails at the end.

    Animations are asked to be off, and the clock's zone is Vienna's, the test shop's.
    """
    context = browser.new_context(
        base_url=origin,
        viewport={"width": WIDE["width"], "height": WIDE["height"]},
        color_scheme="light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/Vienna",
        service_workers="block",
    )
    context.set_default_timeout(PATIENCE)
    watch = _WATCHES[context] = Watch(context)
    yield context.new_page()
    context.close()
    watch.assert_clean()


def allow(page: Page, pattern: str) -> None:
    """Take no offence at faults on a page that match, such as the browser's own line on a 409 that a test provokes."""
    _WATCHES[page.context].allow(pattern)


def faults_of(page: Page) -> list[str]:
    """Tell what went wrong on a page so far."""
    return _WATCHES[page.context].faults


def settle(page: Page) -> None:
    """Wait until a page shows what it has to show: answers are there, no skeleton stands, its fonts are read."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function("() => !document.querySelector('.mantine-Skeleton-root, [aria-busy=true]')")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    page.wait_for_function(STILL)


def audit(page: Page) -> None:
    """Fail on every barrier that axe-core finds on the page as it stands."""
    found = barriers(page)
    assert not found, "\n".join(found)


def barriers(page: Page) -> list[str]:
    """Find what axe-core calls a violation: the rule, and where.

    Axe is evaluated by the browser's debugger, not loaded by the page: the page's policy stays as strict as it is.
    """
    if not page.evaluate("() => 'axe' in window"):
        assert AXE.is_file(), f"{AXE} is missing: run 'make console'"
        page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def looks(page: Page, name: str, *, full: bool = False) -> None:
    """Go through light and dark, wide and narrow; audit each, and take pictures where they are asked for.

    `make screenshots` asks for them: docs/images/<name>-light.png and -dark.png, and <name>-narrow.png of a phone.

    Args:
        name: Of the pictures, such as `customer`.
        full: The whole page on the pictures, not only what fits.
    """
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(WORN, arg=scheme)
        for size in (WIDE, NARROW):
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            settle(page)
            found = [*barriers(page), *_sideways(page)]
            assert not found, "\n".join([f"{name}, {scheme}, {size['width']} px:", *found])
            if size is WIDE or scheme == "light":
                take_picture(page, f"{name}-{scheme if size is WIDE else 'narrow'}", full=full)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})


def _sideways(page: Page) -> list[str]:
    over: int = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"the page is {over} px too wide"] if over > 0 else []


def take_picture(page: Page, name: str, *, full: bool = False, folder: Path = IMAGES) -> None:
    """Write docs/images/<name>.png with 256 colours, if SCREENSHOTS is set."""
    if not os.environ.get("SCREENSHOTS"):
        return
    from io import BytesIO

    from PIL import Image

    shot = Image.open(BytesIO(page.screenshot(full_page=full, animations="disabled", caret="hide")))
    folder.mkdir(parents=True, exist_ok=True)
    shot.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(folder / f"{name}.png", optimize=True)
