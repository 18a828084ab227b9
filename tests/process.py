"""The command line as a process of its own, and the server that it starts."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.forked import Forked

COMMAND = [sys.executable, "-m", "shopkeeper"]


def environment(**more: str) -> dict[str, str]:
    """The environment without settings of whoever runs the tests, and with `more`."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SHOPKEEPER_")}
    return {**plain, "OMP_NUM_THREADS": "1", **more}


@contextmanager
def served(shop: Path, *words: str, **more: str) -> Iterator[tuple[Forked, str]]:
    """Serve a shop on a free port while the block runs; gives the process and its URL."""
    process = Forked(["--shop", str(shop), "serve", "--port", "0", *words], environ=environment(**more))
    try:
        yield process, address(process.stdout.readline(), process.errors)
    finally:
        process.close()


@contextmanager
def served_anew(shop: Path, *words: str, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Do the same by a process that begins with nothing, as that of a person does who types the command."""
    process = subprocess.Popen(
        [*COMMAND, "--shop", str(shop), "serve", "--port", "0", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**more),
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        yield process, address(process.stdout.readline(), process.stderr.read)
    finally:
        process.kill()
        process.wait()


def address(line: str, errors: Callable[[], str]) -> str:
    """Read the URL out of the line by which a server says that it is ready."""
    found = re.search(r"http://\S+?(?=;|\s|$)", line)
    assert found, line + errors()
    return found.group()


def finished(*words: str, shop: Path, said: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Type a command for a shop, with `said` on its standard input, and wait until it has ended, however it ended."""
    typed = ["--shop", str(shop), *words]
    with closing(Forked(typed, environ=environment(**more), said=said)) as process:
        out, errors = process.communicate(timeout=60)
        return subprocess.CompletedProcess(typed, process.wait(), out, errors)
