"""More than can be taken: senders are asked to wait before memory fills, and are welcome again afterwards."""

import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from faults.report import Finding
from faults.shop import Shop
from faults.work import Work

SLOW: Final = 180
"""Senders that each hold a large body back."""
SIZE: Final = 490_000
PATIENCE: Final = 10.0
"""Seconds in which the first of them must be told to wait."""
MOST_MEGABYTES: Final = 250
"""How much the server's memory may grow by them."""


def overload(shop: Shop, *, plant: str = "") -> Finding:
    """Let many senders begin large bodies and not end them; whoever comes then is told to wait."""
    work = Work("overload", shop, plant=plant)
    return work.find(lambda work: work.await_health(), before=_fill_memory)


def _fill_memory(work: Work) -> None:
    before, answers = _megabytes(work.server.pid), list[bytes]()
    with ExitStack() as stack:
        senders = [stack.enter_context(_held_back(work.server.port, work.shop.key)) for _ in range(SLOW)]
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not answers:
            time.sleep(0.2)
            answers = [answer for answer in map(_answer, senders) if answer]
        grown = _megabytes(work.server.pid) - before
    work.figures |= {"told to wait": len(answers), "grown MB": round(grown)}
    if not answers:
        work.problems.append("nobody was told to wait while large bodies filled the memory")
    if any(b" 429 " not in answer or b"retry-after:" not in answer.lower() for answer in answers):
        work.problems.append("somebody who began a large body was not told to wait with 429 and Retry-After")
    if grown > MOST_MEGABYTES:
        work.problems.append(f"the server grew by {grown:.0f} MB, must be at most {MOST_MEGABYTES}")


def backlog(shop: Shop, *, plant: str = "follow_slowly") -> Finding:
    """Send to a shop whose follower cannot keep up; senders are told to wait until it has."""

    def fault(work: Work) -> None:
        work.expect_refusals(3, within=60)
        work.await_health()

    return Work("backlog", shop, plant=plant, largest=400).find(fault)


def _held_back(port: int, key: str) -> socket.socket:
    """Send a request but for the end of its body."""
    sender = socket.create_connection(("127.0.0.1", port), timeout=5)
    head = f"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nX-Write-Key: {key}\r\nContent-Length: {SIZE}"
    head += "\r\nContent-Type: application/json"
    sender.sendall(head.encode() + b"\r\n\r\n" + b'{"batch": [' + b" " * (SIZE - 1_000))
    return sender


def _answer(sender: socket.socket) -> bytes:
    """Return what has come back by now."""
    sender.setblocking(False)
    try:
        return sender.recv(4_000, socket.MSG_PEEK)
    except BlockingIOError:
        return b""


def _megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1_000
    return 0.0
