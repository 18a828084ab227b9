"""A layer imports only from layers below it, and a module that does otherwise is seen."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package below `folder`/src."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_layers_hold():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("core/money.py", "import shopkeeper.protect"),
        ("core/money.py", "import pathlib"),
        ("customize/__init__.py", "import shopkeeper.differentiate"),
        ("odds_and_ends/__init__.py", ""),
    ],
    ids=["upwards", "file system in the core", "step to step", "a package that no layer names"],
)
def test_a_planted_breach_is_seen(planted: Path, module: str, text: str):
    target = planted / "src" / "shopkeeper" / module
    target.parent.mkdir(exist_ok=True)
    target.write_text((target.read_text() if target.exists() else "") + f"\n{text}\n")
    result = lint(planted)
    assert result.returncode == 1
    assert "BROKEN" in result.stdout, result.stdout
