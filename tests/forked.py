"""Processes of the command line that begin with the libraries imported, and with nothing of ours.

A process spends most of its time until it does anything on importing libraries, and the tests start hundreds. So one
process imports them, once, and is forked for each command. The command imports Shopkeeper itself, in its own order, as
it does in a process begun from nothing: what a module forgot to import is missing there too.

This file is also the program of the process that is forked: it imports nothing but the standard library.
"""

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from select import select
from typing import Final

LIBRARIES: Final = (
    "alembic.migration",
    "argon2",
    "asyncpg",
    "authlib.integrations.httpx_client",
    "babel.dates",
    "babel.numbers",
    "charset_normalizer",
    "click",
    "deltalake",
    "httptools",
    "httpx2",
    "ibis.backends.duckdb",
    "idna",
    "joserfc.jwk",
    "msgspec",
    "phonenumbers",
    "pyarrow.compute",
    "pyarrow.parquet",
    "rich.progress",
    "rich.table",
    "ruamel.yaml",
    "scipy.optimize",
    "scipy.sparse",
    "scipy.special",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "sqlalchemy.ext.asyncio",
    "sqlglot.dialects.duckdb",
    "sqlite3",
    "starlette.applications",
    "starlette.middleware",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
)
NUMBER: Final = 4
"""Bytes of a process's id and of the code with which it ended, on the pipe that tells of both."""


class Forked:
    """`shopkeeper <words>` in this folder; the part of `subprocess.Popen` that the tests ask for."""

    def __init__(self, words: list[str], *, environ: dict[str, str], said: str = "") -> None:
        heard, out = os.pipe()
        self._news, status = os.pipe()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as the process is looked at
        with tempfile.TemporaryFile() as given:
            given.write(said.encode())
            given.seek(0)
            asked = json.dumps({"words": words, "folder": str(Path.cwd()), "environ": environ}).encode()
            socket.send_fds(_origin(), [asked], [given.fileno(), out, self._said.fileno(), status])
        os.close(out)
        os.close(status)
        self.stdout = os.fdopen(heard)
        self.pid = self._read()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Tell how it ended, None if it has not."""
        if self.returncode is None and select([self._news], [], [], 0)[0]:
            self.returncode = self._read()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended."""
        if self.returncode is None:
            if not select([self._news], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("shopkeeper", timeout or 0)
            self.returncode = self._read()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has ended, and that is not told yet
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait until it has ended; return what it said to the end, and all that it said on standard error."""
        self.wait(timeout)
        return self.stdout.read(), self.errors()

    def errors(self) -> str:
        """Return what it said on standard error so far."""
        return os.pread(self._said.fileno(), os.fstat(self._said.fileno()).st_size, 0).decode()

    def close(self) -> None:
        """End it if it has not ended, and close what it was heard by."""
        self.kill()
        self.wait()
        os.close(self._news)
        self._said.close()
        self.stdout.close()

    def _read(self) -> int:
        found = os.read(self._news, NUMBER)
        assert len(found) == NUMBER, "the process that commands are forked from is gone"
        return int.from_bytes(found, "big", signed=True)


@cache
def _origin() -> socket.socket:
    """Start what commands are forked from; it ends when this end of the socket is closed, as the tests end."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SHOPKEEPER_")}
    # A library that computes with threads would start them before the fork, which they do not outlive.
    os.posix_spawn(
        sys.executable,
        [sys.executable, "-P", __file__],
        environ | {"OMP_NUM_THREADS": "1"},
        file_actions=[(os.POSIX_SPAWN_DUP2, its.fileno(), 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
        setsid=True,
    )
    its.close()
    return ours


def fork_on_demand() -> None:
    """Fork a process for each message on standard input, and one that waits for it; returns in the forked one."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how those ended that waited
    with socket.socket(fileno=os.dup(0)) as demands:
        while True:
            asked, fds, _, _ = socket.recv_fds(demands, 1 << 20, 4)
            if not asked:
                os._exit(0)
            if not os.fork():
                break
            for fd in fds:
                os.close(fd)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if child := os.fork():
        _tell_of(child, fds)
    for place, fd in enumerate(fds):
        if place < 3:
            os.dup2(fd, place)
        os.close(fd)
    demand = json.loads(asked)
    os.environ.clear()
    os.environ.update(demand["environ"])
    os.chdir(demand["folder"])
    sys.argv = ["shopkeeper", *demand["words"]]


def _tell_of(child: int, fds: list[int]) -> None:
    for fd in (0, *fds[:3]):
        os.close(fd)
    os.write(fds[3], child.to_bytes(NUMBER, "big", signed=True))
    _, status = os.waitpid(child, 0)
    os.write(fds[3], os.waitstatus_to_exitcode(status).to_bytes(NUMBER, "big", signed=True))
    os._exit(0)


if __name__ == "__main__":
    for name in LIBRARIES:
        import_module(name)
    assert not any(name.startswith("shopkeeper") for name in sys.modules)
    gc.collect()
    gc.freeze()
    fork_on_demand()
    from shopkeeper.cli.main import main

    main()
