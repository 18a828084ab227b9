"""A closed-loop HTTP/1.1 client on raw sockets, so that the client costs little beside the server that it measures."""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Load(NamedTuple):
    """What a run of requests took: answers per second, and latencies in milliseconds."""

    per_second: float
    p50: float
    p99: float
    statuses: dict[int, int]


def post(path: str, body: bytes) -> bytes:
    """Write one keep-alive POST request as bytes."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def drive(port: int, requests: Sequence[bytes], *, connections: int, per_second: float | None = None) -> Load:
    """Send requests to 127.0.0.1 and wait for each answer before the next on its connection.

    Args:
        per_second: Pace over all connections; None sends as fast as answers come. Under a pace a latency counts from
            when its request was due, so that a stalled server does not hide its queue (coordinated omission).
    """
    return asyncio.run(_drive(port, requests, connections, per_second))


async def _drive(port: int, requests: Sequence[bytes], connections: int, per_second: float | None) -> Load:
    taken: list[float] = []
    statuses: dict[int, int] = {}
    waiting = iter(enumerate(requests))
    begin = time.perf_counter()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number, request in waiting:
            start = time.perf_counter()
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
    return Load(len(taken) / lasted, float(p50), float(p99), statuses)


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
