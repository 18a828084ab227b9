"""A closed-loop HTTP/1.1 client on raw sockets, so that the client costs little beside the server that it measures."""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


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
    return asyncio.run(_drive(port, requests, connections, per_second, seconds))


def drive_together(port: int, runs: Sequence[tuple[Sequence[bytes], int, float]]) -> list[Load]:
    """Send several kinds of requests at once, each (requests, connections, per_second)."""

    async def together() -> list[Load]:
        return await asyncio.gather(*(_drive(port, *run) for run in runs))

    return asyncio.run(together())


async def _drive(
    port: int,
    requests: Sequence[bytes],
    connections: int,
    per_second: float | None,
    seconds: float = float("inf"),
) -> Load:
    taken: list[float] = []
    statuses: dict[int, int] = {}
    waiting = iter(enumerate(requests))
    begin = time.perf_counter()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number, request in waiting:
            start = time.perf_counter()
            if start - begin > seconds:
                break
            if per_second is not None:
                due = begin + number / per_second
                if due > start:
                    await asyncio.sleep(due - start)
                start = due
            writer.write(request)
            status = await _answer(reader)
            taken.append((time.perf_counter() - start) * 1000)
            statuses[status] = statuses.get(status, 0) + 1
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    lasted = time.perf_counter() - begin
    p50, p99 = np.percentile(taken, [50, 99])
    return Load(len(taken) / lasted, float(p50), float(p99), statuses, lasted)


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
