"""Every command, setting, endpoint and event is documented, where a reader looks for it."""

import re
from collections.abc import Iterator
from dataclasses import fields

import click
import pytest

from shopkeeper.core.settings import PREFIX, Settings
from tests.docs.blocks import ROOT, prose

REFERENCE = ROOT / "docs" / "reference"


def command_paths() -> list[tuple[str, click.Command]]:
    from shopkeeper.cli.main import cli

    return list(_walk("shopkeeper", cli))


def _walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _walk(f"{path} {name}", below)
    else:
        yield path, command


def section(document: str, heading: str) -> str:
    """Return what stands under a heading of a reference document, or an empty text."""
    text = (REFERENCE / document).read_text()
    found = re.search(rf"^#+ `?{re.escape(heading)}`?$\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def test_every_command_has_a_section():
    assert [path for path, _ in command_paths() if not section("cli.md", path).strip()] == []


def test_every_option_is_in_its_command_s_section():
    missing = [
        f"{path} {option.opts[-1]}"
        for path, command in command_paths()
        for option in command.params
        if isinstance(option, click.Option)
        and not option.hidden
        and f"`{option.opts[-1]}" not in section("cli.md", path)
    ]
    assert missing == []


def test_no_section_tells_of_a_command_that_is_gone():
    told = re.findall(r"^## `(shopkeeper [\w -]+)`$", (REFERENCE / "cli.md").read_text(), re.MULTILINE)
    assert set(told) - {path for path, _ in command_paths()} == set()


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_every_setting_is_documented(name: str):
    text = (REFERENCE / "settings.md").read_text()
    assert f"| `{name}` |" in text
    assert f"`{PREFIX}{name.upper()}`" in text


def test_every_endpoint_has_a_section():
    from shopkeeper.api.server import ROUTES

    assert [f"{method} {path}" for method, path, _ in ROUTES if not section("api.md", f"{method} {path}").strip()] == []


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
