"""Files are short, their names say something, and none points at somebody's machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 500
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "misc", "common", "manager", "base", "v2"}
HOME = re.compile(r"(?<![\w.$}{])/(?:home|Users|root|work)/\w")


def kept() -> list[Path]:
    """List the files that are under version control, or would be."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]


def sources() -> list[Path]:
    return [path for path in kept() if path.suffix == ".py"]


def length(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_source_file_is_too_long():
    assert {str(path.relative_to(ROOT)): n for path in sources() if (n := length(path)) > LONGEST} == {}


def test_a_file_that_is_too_long_would_be_seen(tmp_path: Path):
    long = tmp_path / "long.py"
    long.write_text("x = 1\n" * (LONGEST + 1))
    assert length(long) > LONGEST


def test_names_say_something():
    names = {part.removesuffix(".py") for path in sources() for part in path.relative_to(ROOT).parts}
    assert names & SAYS_NOTHING == set()


@pytest.mark.parametrize(("text", "found"), [("see /home/ann/x", True), ("GET /v1/home/x", False), ("a/work/x", False)])
def test_a_path_of_a_machine_is_told_from_others(text: str, found: bool):
    assert bool(HOME.search(text)) is found


def test_no_file_points_at_somebodys_machine():
    here = Path(__file__)
    texts = {path: path.read_text(errors="ignore") for path in kept() if path != here and path.suffix != ".parquet"}
    assert [str(path.relative_to(ROOT)) for path, text in texts.items() if HOME.search(text)] == []
