"""A link from one document to another leads somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.blocks import DOCUMENTS, name

_LINK = re.compile(r"\]\(([^)#\s]+)")


def broken(path: Path) -> list[str]:
    targets = [target for target in _LINK.findall(path.read_text()) if "://" not in target]
    return [target for target in targets if not (path.parent / target).exists()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_links_lead_somewhere(path: Path):
    assert broken(path) == []


def test_a_broken_link_is_seen(tmp_path: Path):
    document = tmp_path / "one.md"
    document.write_text("[here](one.md), [there](two.md), [elsewhere](https://example.org)")
    assert broken(document) == ["two.md"]
