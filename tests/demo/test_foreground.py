"""Ctrl-C in a terminal ends the demo with 0, and the make around it too."""

import os
import pty
import signal
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WAITING = """
import time
from contextlib import nullcontext
from demo.foreground import own_foreground
with {around}():
    try:
        print("press Ctrl-C", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("bye", flush=True)
"""


def press_ctrl_c(folder: Path, around: str) -> tuple[str, int]:
    """Run `make wait` in a terminal of its own, press Ctrl-C once told to; return what it said and its exit code."""
    (folder / "wait.py").write_text(WAITING.format(around=around))
    (folder / "Makefile").write_text(f"wait:\n\t@PYTHONPATH={ROOT} {sys.executable} wait.py\n")
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs ignore it, and hand that down
        os.execvp("make", ["make", "-C", str(folder), "wait"])
    said = read_until(terminal, b"press Ctrl-C")
    os.write(terminal, b"\x03")
    said += read_until(terminal, None)
    return said.decode(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def read_until(terminal: int, word: bytes | None) -> bytes:
    said = b""
    while word is None or word not in said:
        try:
            more = os.read(terminal, 4096)
        except OSError:
            break
        if not more:
            break
        said += more
    return said


@pytest.mark.parametrize(("around", "clean"), [("own_foreground", True), ("nullcontext", False)])
def test_ctrl_c_is_clean_for_make_too(tmp_path: Path, around: str, clean: bool):
    said, code = press_ctrl_c(tmp_path, around)
    assert "bye" in said
    assert (code == 0) is clean
