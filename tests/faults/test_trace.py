"""No answer leaves the server before its events are synced, by its system calls; and a trace that shows one is seen."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.postgres import cluster
from faults.shop import Shop, make_shop
from faults.trace import examine, trace

WAL = "3</shop/store.db-wal>"
ASKED = '1 read(9<socket:[7]>, "POST /v1/track HTTP/1.1 … [t0-1]", 999) = 99'
WROTE = f'2 pwrite64({WAL}, "…[t0-1]…", 4096, 0) = 4096'
SYNCED = f"2 fdatasync({WAL}) = 0"
ANSWERED = '1 write(9<socket:[7]>, "HTTP/1.1 200 OK", 15) = 15'


@pytest.fixture
def on_disk() -> Iterator[Shop]:
    with tempfile.TemporaryDirectory(prefix="faults") as folder:
        yield make_shop(Path(folder) / "shop")


pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is missing: `make system` installs it")


def test_every_answer_follows_a_sync_of_what_it_is_about(on_disk):
    found = trace(on_disk)
    assert found.held, found.problems
    assert found.figures["events traced"] > 100


@pytest.mark.parametrize("plant", ["no_sync", pytest.param("ack_before_commit", marks=pytest.mark.slow)])
def test_answers_before_a_sync_are_seen(on_disk, plant):
    found = trace(on_disk, plant=plant)
    assert any("before they were synced" in problem for problem in found.problems), found


@pytest.mark.slow
def test_every_answer_follows_a_sync_of_postgres(scratch):
    with cluster() as database:
        found = trace(make_shop(scratch / "shop", database.database()), processes=database.processes)
    assert found.held, found.problems


@pytest.mark.parametrize(
    ("lines", "early"),
    [
        ([ASKED, WROTE, SYNCED, ANSWERED], 0),
        ([ASKED, WROTE, ANSWERED, SYNCED], 1),
        ([ASKED, SYNCED, WROTE, ANSWERED], 1),
        ([ASKED, WROTE, f"2 fdatasync({WAL} <unfinished ...>", ANSWERED, "2 <... fdatasync resumed>) = 0"], 1),
        ([ASKED, f"2 fdatasync({WAL} <unfinished ...>", WROTE, "2 <... fdatasync resumed>) = 0", ANSWERED], 1),
        ([ASKED, WROTE, f"2 fdatasync({WAL}) = -1 EIO (Input/output error)", ANSWERED], 1),
        ([ASKED, WROTE, SYNCED.replace("-wal", "-shm"), ANSWERED], 1),
    ],
)
def test_a_sync_counts_if_it_began_after_the_write_and_ended_before_the_answer(lines, early):
    seen = examine(lines)
    assert (seen.answers, len(seen.unsynced)) == (1, early)
