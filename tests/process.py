"""The command line as a process of its own, and the server that it starts."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = [sys.executable, "-m", "shopkeeper"]


def environment(**more: str) -> dict[str, str]:
    """The environment without settings of whoever runs the tests, and with `more`."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SHOPKEEPER_")}
    return {**plain, "OMP_NUM_THREADS": "1", **more}


@contextmanager
def served(shop: Path, *words: str, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve a shop on a free port while the block runs; gives the process and its URL."""
    process = subprocess.Popen(
        [*COMMAND, "--shop", str(shop), "serve", "--port", "0", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**more),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+?(?=;|\s|$)", line)
        assert found, line + (process.stderr.read() if process.stderr else "")
        yield process, found.group()
    finally:
        process.kill()
        process.wait()


def finished(*words: str, shop: Path, said: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    """Type a command for a shop, with `said` on its standard input, and wait until it has ended, however it ended."""
    return subprocess.run(
        [*COMMAND, "--shop", str(shop), *words],
        check=False,
        capture_output=True,
        text=True,
        env=environment(**more),
        timeout=60,
        input=said,
    )
