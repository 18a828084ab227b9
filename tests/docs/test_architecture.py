"""The index of nouns names every public noun of the core, in the file where it stands, and no other."""

import ast
import re

from tests.docs.blocks import ROOT

CORE = ROOT / "src" / "shopkeeper" / "core"
_ROW = re.compile(r"^\| `(\w+)` \| `(core/[\w/]+\.py)` \|", re.MULTILINE)


def nouns() -> set[tuple[str, str]]:
    return {
        (node.name, str(path.relative_to(CORE.parent)))
        for path in CORE.rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }


def index() -> list[tuple[str, str]]:
    return _ROW.findall((ROOT / "ARCHITECTURE.md").read_text())


def test_every_noun_is_in_the_index():
    assert nouns() - set(index()) == set()


def test_the_index_names_nothing_that_is_gone():
    assert set(index()) - nouns() == set()


def test_the_index_names_a_noun_once_and_in_order():
    assert [noun for noun, _ in index()] == sorted({noun for noun, _ in index()}, key=str.lower)


def test_every_layer_is_described():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    packages = {path.parent.name for path in CORE.parent.glob("*/__init__.py")}
    assert {package for package in packages if f"`{package}`" not in text} == set()
