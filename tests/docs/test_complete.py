"""Every command, setting, endpoint and event is documented, where a reader looks for it."""

import re
from dataclasses import fields

import pytest

from shopkeeper.core.settings import PREFIX, Settings
from tests.docs.blocks import ROOT, prose
from tests.docs.help_pages import PAGE, render, walk

REFERENCE = ROOT / "docs" / "reference"


def section(document: str, heading: str) -> str:
    """Return what stands under a heading of a reference document, or an empty text."""
    text = (REFERENCE / document).read_text()
    found = re.search(rf"^#+ `?{re.escape(heading)}`?$\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def test_every_command_is_documented_as_it_is():
    assert PAGE.read_text() == render(), "the help changed: run `make docs` and commit docs/reference/cli.md"


def test_every_command_says_what_it_does():
    from shopkeeper.cli.main import cli

    assert [path for path, command in walk("shopkeeper", cli) if not command.help] == []


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_every_setting_is_documented(name: str):
    text = (REFERENCE / "settings.md").read_text()
    assert f"| `{name}` |" in text
    assert f"`{PREFIX}{name.upper()}`" in text


def test_every_endpoint_has_a_section():
    from shopkeeper.api.server import OPERATIONS

    headings = [f"{one.method} {one.shown_path}" for one in OPERATIONS]
    assert [heading for heading in headings if not section("api.md", heading).strip()] == []


def test_every_endpoint_has_a_command_that_does_the_same():
    from shopkeeper.api.server import OPERATIONS
    from shopkeeper.cli.main import cli

    commands = {path for path, _ in walk("shopkeeper", cli)}
    # Only a server tells whether it answers, only a browser holds a session, and what a client measures is dropped.
    missing = [one.path for one in OPERATIONS if f"shopkeeper {one.twin}" not in commands and one.path != "/v1/m"]
    assert [path for path in missing if not path.startswith(("/v1/health", "/v1/session"))] == []


def test_every_event_name_is_documented():
    text = (REFERENCE / "events.md").read_text()
    assert {name for name in event_names() if f"`{name}`" not in text} == set()


def event_names() -> set[str]:
    """Find the names of events that the sources hold: title-cased texts that begin with a noun of events."""
    nouns = "Order|Offer|Product|Promotion|Coupon|Consent|Segment|Decision|Definitions|Model"
    named = re.compile(rf'"((?:{nouns})(?: [A-Z][a-z]+)+)"')
    sources = [path for path in (ROOT / "src").rglob("*.py") if "testing" not in path.parts]
    return {name for path in sources for name in named.findall(path.read_text())} | {"Identify"}


def test_all_documents_are_more_than_a_heading():
    assert len(prose()) > 10_000
