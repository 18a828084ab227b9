"""A plain installation carries nothing heavy, and asking for help imports nothing heavy."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXTRAS_ONLY = {"pyspark", "lightgbm", "scikit-learn", "splink", "pandas", "polars", "torch", "implicit", "playwright"}
SLOW_TO_IMPORT = {
    "alembic",
    "argon2",
    "authlib",
    "babel",
    "deltalake",
    "duckdb",
    "httpx2",
    "ibis",
    "joserfc",
    "numpy",
    "pandas",
    "plotly",
    "pyarrow",
    "scipy",
    "sqlalchemy",
    "sqlglot",
    "starlette",
    "uvicorn",
}


def imported(code: str) -> set[str]:
    """Run `code` in a fresh interpreter and return the top-level packages that it imported."""
    listing = "print('|'.join({name.split('.')[0] for name in sys.modules}))"
    script = f"import sys\ntry:\n    {code}\nexcept SystemExit: pass\n{listing}"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.splitlines()[-1].split("|"))


def test_the_plain_dependencies_are_not_heavy():
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[\[<>=!~ ]", dependency)[0].lower() for dependency in wanted}
    assert names & EXTRAS_ONLY == set()


@pytest.mark.parametrize(
    "command", ["--help", "import --help", "serve --help", "decide --help", "user --help", "--version"]
)
def test_asking_for_help_imports_nothing_slow(command: str):
    [script] = entry_points(group="console_scripts", name="shopkeeper")
    module, function = script.value.split(":")
    code = f"from {module} import {function}; sys.argv[1:] = {command.split()!r}; {function}()"
    assert imported(code) & SLOW_TO_IMPORT == set()


def test_a_slow_import_would_be_seen():
    assert imported("import sqlalchemy") & SLOW_TO_IMPORT == {"sqlalchemy"}
