"""Troubles that a running server really has, so that what it answers is its own answer."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from subprocess import Popen
from urllib.parse import urlsplit

import httpx

from shopkeeper.flows.collecting.limits import BATCH
from shopkeeper.flows.collecting.pressure import MOST

_PIECE = BATCH - 1


@contextmanager
def stopped_store(server: Popen[str]) -> Iterator[None]:
    """Let a server's process write to no file while the block runs, as if its disk were full."""
    soft, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def full_hands(url: str, key: str) -> Iterator[None]:
    """Give a server as many unfinished bodies as it takes in hand, while the block runs."""
    where = urlsplit(url)
    head = (
        f"POST /v1/batch HTTP/1.1\r\nHost: {where.netloc}\r\nX-Write-Key: {key}\r\nContent-Length: {BATCH}\r\n\r\n"
    ).encode()
    with ExitStack() as open_lines:
        for begun in range(0, MOST, _PIECE):
            line = open_lines.enter_context(socket.create_connection((where.hostname, where.port), timeout=60))
            line.sendall(head + b" " * min(_PIECE, MOST - begun))
        while httpx.post(f"{url}/v1/m", json={}, timeout=60).status_code != 429:
            pass  # what was sent is not all read yet
        yield
