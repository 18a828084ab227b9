"""A closed-loop HTTP/1.1 client on raw connections, so that the client costs little beside the server that it measures.

The server has the same cores as its client: what a client of Python's own streams takes, the server would lack.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

import numpy as np
import uvloop

Numbered = Iterator[tuple[int, bytes]]


class Load(NamedTuple):
    """What a run of requests took: answers per second, latencies in milliseconds, seconds in all."""

    per_second: float
    p50: float
    p99: float
    statuses: dict[int, int]
    lasted: float


def post(path: str, body: bytes, *, header: str = "") -> bytes:
    """Write one keep-alive POST request as bytes, with one more line of headers if need be."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    if header:
        head += f"\r\n{header}"
    return head.encode() + b"\r\n\r\n" + body


def drive(
    port: int,
    requests: Sequence[bytes],
    *,
    connections: int,
    per_second: float | None = None,
    seconds: float = float("inf"),
) -> Load:
    """Send requests to 127.0.0.1 and wait for each answer before the next on its connection.

    Args:
        per_second: Pace over all connections; None sends as fast as answers come. Under a pace a latency counts from
            when its request was due, so that a stalled server does not hide its queue (coordinated omission).
        seconds: After which no more are sent.
    """
    return uvloop.run(_drive(port, requests, connections, per_second, seconds))


def drive_together(port: int, runs: Sequence[tuple[Sequence[bytes], int, float]]) -> list[Load]:
    """Send several kinds of requests at once, each (requests, connections, per_second)."""

    async def together() -> list[Load]:
        return await asyncio.gather(*(_drive(port, *run) for run in runs))

    return uvloop.run(together())


async def _drive(
    port: int,
    requests: Sequence[bytes],
    connections: int,
    per_second: float | None,
    seconds: float = float("inf"),
) -> Load:
    run = _Run(iter(enumerate(requests)), per_second, seconds)
    opening = (
        asyncio.get_running_loop().create_connection(lambda: _Connection(run), "127.0.0.1", port)
        for _ in range(connections)
    )
    opened = [connection for _, connection in await asyncio.gather(*opening)]
    run.begin = time.perf_counter()
    for connection in opened:
        connection.go_on()
    await asyncio.gather(*(connection.ended for connection in opened))
    lasted = time.perf_counter() - run.begin
    p50, p99 = np.percentile(run.taken, [50, 99])
    return Load(len(run.taken) / lasted, float(p50), float(p99), run.statuses, lasted)


class _Run:
    """What the connections of one run share: what is left to send, and what became of what was sent."""

    def __init__(self, waiting: Numbered, per_second: float | None, seconds: float) -> None:
        self.waiting = waiting
        self.per_second = per_second
        self.seconds = seconds
        self.begin = 0.0
        self.taken: list[float] = []
        self.statuses: dict[int, int] = {}


class _Connection(asyncio.Protocol):
    """Sends the next request when the one before is answered, and not before it is due."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._loop = asyncio.get_running_loop()
        self._read = b""
        self._since = 0.0
        self.ended: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own kind

    def connection_lost(self, exc: Exception | None) -> None:
        """End; an answer that never came ends the run."""
        if not self.ended.done():
            self.ended.set_exception(exc or ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        """Note an answer that is whole, and go on."""
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]):
            return
        self._read = b""
        self._run.taken.append((time.perf_counter() - self._since) * 1000)
        status = int(head.split(b" ", 2)[1])
        self._run.statuses[status] = self._run.statuses.get(status, 0) + 1
        self.go_on()

    def go_on(self) -> None:
        """Send the next request, or end where there is none or no time left."""
        now, run = time.perf_counter(), self._run
        number, request = next(run.waiting, (0, b"")) if now - run.begin <= run.seconds else (0, b"")
        if not request:
            self.ended.set_result(None)
            self._transport.close()
            return
        due = now if run.per_second is None else run.begin + number / run.per_second
        if due > now:
            self._loop.call_later(due - now, self._send, request, due)
        else:
            self._send(request, due)

    def _send(self, request: bytes, due: float) -> None:
        self._since = min(due, time.perf_counter())  # timers count whole milliseconds, and may be early by half of one
        self._transport.write(request)
