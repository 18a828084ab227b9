"""An answer means that the event is on the disk: shown by the system calls, and by killing the process."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from shopkeeper.store import open_store

APPENDER = """
import asyncio, os, sys
from datetime import UTC, datetime
from shopkeeper.core.event import Event
from shopkeeper.store import open_store, sqlite

url, synchronous, start, n, writers = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
sqlite.PRAGMAS["synchronous"] = synchronous
now = datetime(2017, 12, 4, tzinfo=UTC)
ids = iter(range(start, start + n))

async def write(store):
    for i in ids:
        event = Event(source="s", message_id=str(i), name="X", customer="c", at=now, received_at=now)
        await store.append([event])
        os.write(1, f"ack {i}\\n".encode())

async def main():
    store = await open_store(url)
    os.write(1, b"open\\n")
    await asyncio.gather(*(write(store) for _ in range(writers)))

asyncio.run(main())
os._exit(0)
"""


def unsynced(trace: str) -> int:
    """Count the acks that no finished sync of the disk precedes since the ack before."""
    missing, synced, opened = 0, False, False
    for line in trace.splitlines():
        if '"open' in line:
            opened, synced = True, False
        elif "sync" in line and line.rstrip().endswith("= 0"):
            synced = True
        elif opened and '"ack ' in line:
            missing, synced = missing + (not synced), False
    return missing


def traced(folder: Path, synchronous: str) -> str:
    trace = folder / "trace"
    command = ["strace", "-f", "-e", "trace=fsync,fdatasync,write", "-e", "signal=none", "-o", str(trace)]
    appender = [sys.executable, "-c", APPENDER, f"sqlite:///{folder}/store.db", synchronous, "0", "25", "1"]
    subprocess.run([*command, *appender], check=True, capture_output=True, timeout=60)
    return trace.read_text()


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is missing: `make system` installs it")
def test_every_answer_follows_a_sync_of_the_disk(tmp_path: Path) -> None:
    trace = traced(tmp_path, "FULL")
    assert trace.count('"ack ') == 25
    assert unsynced(trace) == 0


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is missing: `make system` installs it")
def test_the_trace_would_show_answers_without_a_sync(tmp_path: Path) -> None:
    assert unsynced(traced(tmp_path, "NORMAL")) > 20


async def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    url, acked = f"sqlite:///{tmp_path}/store.db", set()
    for kill in range(5):
        appender = [sys.executable, "-c", APPENDER, url, "FULL", str(kill * 100_000), "100000", "8"]
        process = subprocess.Popen(appender, stdout=subprocess.PIPE)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(40 + 70 * kill)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().splitlines()
        process.wait()
        acked |= {line.split()[1].decode() for line in lines if line.startswith(b"ack") and len(line.split()) == 2}
    store = await open_store(url)
    events = await store.read(after=0, limit=1_000_000)
    await store.close()
    assert len(acked) > 500
    assert acked <= {event.message_id for event in events}
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert sqlite3.connect(tmp_path / "store.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_killed_writer_leaves_no_lock_behind(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    process = subprocess.Popen(
        [sys.executable, "-c", APPENDER, url, "FULL", "0", "100000", "1"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    async def reopen() -> None:
        await (await open_store(url)).close()

    asyncio.run(reopen())
