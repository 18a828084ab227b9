"""A full disk: whoever sends is told to wait, nobody is told yes, and all goes on when there is space again."""

import contextlib
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from faults.client import Client
from faults.report import Finding
from faults.shop import make_shop
from faults.work import Work

MEGABYTES: Final = 24
FULL_FOR: Final = 2.0


class Disk(Protocol):
    """A disk that can be filled."""

    folder: Path
    note: str

    def fill(self, pid: int) -> None:
        """Leave no space for a process."""
        ...

    def free(self, pid: int) -> None:
        """Give the space back."""
        ...


class SmallDisk:
    """A file system in memory, of a few megabytes, filled by a file."""

    note = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, pid: int) -> None:  # noqa: ARG002 - it is full for everybody
        """Write until nothing more goes in."""
        block = b"\0" * 4096
        with contextlib.suppress(OSError), self._filler.open("wb", buffering=0) as file:
            while file.write(block):
                pass

    def free(self, pid: int) -> None:  # noqa: ARG002 - likewise
        """Remove the file."""
        self._filler.unlink()


class SmallFiles:
    """Where nothing may be mounted: the kernel lets no file of the server grow, which its database sees as an error."""

    note = "NOTHING MAY BE MOUNTED HERE, so the server's files were kept from growing instead of filling a disk"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, pid: int) -> None:
        """Let files grow no further than they are."""
        largest = max(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (min(largest, 1 << 20), most))

    def free(self, pid: int) -> None:
        """Let them grow again."""
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Mount a small disk on a folder; where that is not permitted, limit files instead."""
    folder.mkdir()
    mounted = os.geteuid() == 0 and _run("mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder))
    try:
        yield SmallDisk(folder) if mounted else SmallFiles(folder)
    finally:
        if mounted:
            _run("umount", "--lazy", str(folder))


def _run(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own words


def full_disk(papers: Path, *, plant: str = "") -> Finding:
    """Fill the disk under a served shop on SQLite, free it, and compare."""
    with tempfile.TemporaryDirectory(dir=papers) as above, small_disk(Path(above) / "disk") as disk:
        shop = make_shop(disk.folder / "shop", papers=Path(above))
        return Work("full disk", shop, plant=plant).find(lambda work: _fill_and_free(work, disk))


def _fill_and_free(work: Work, disk: Disk) -> None:
    work.note = disk.note
    work.await_answers(10)
    disk.fill(work.server.pid)
    work.expect_refusals(5)
    client, until = Client(work.server.port), time.monotonic() + FULL_FOR
    while time.monotonic() < until:
        answer = client.post("/v1/decide", {"slot": "recommendations", "customer": {"user_id": "p1"}})
        if answer.status != 200:
            work.problems.append(f"a decision was answered {answer.status} while the disk was full")
        time.sleep(0.05)
    client.close()
    disk.free(work.server.pid)
    work.await_health()
