"""What a person waits for in the console, over the demo's whole shop."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, sleep

from benchmarks.harness import Row, bench, missing, row

DEMO = Path("build/demo/shop")
COPY = Path("build/bench/counted")
KEYSTROKES = 200
NAME = "console.count"


@bench("console.count")
def console_count() -> Row:
    """Check and count a rule after each keystroke; the peer counts once in batch, without the table of everybody."""
    import numpy as np

    if not (DEMO / ".shopkeeper").exists():
        return missing(NAME, "no demo shop; run 'make demo SERVE=no' first")
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(DEMO, COPY)
    command = [sys.executable, "-m", "shopkeeper", "--shop", str(COPY), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 (our own interpreter)
        try:
            assert server.stdout is not None
            found = re.search(r":(\d+)", server.stdout.readline())
            assert found is not None
            took = list(_typed(HTTPConnection("127.0.0.1", int(found[1]))))
        finally:
            server.terminate()
    return row(NAME, float(np.percentile(took, 95)), "ms", baseline=asyncio.run(_batch()), at_most=300)


def _typed(connection: HTTPConnection) -> Iterator[float]:
    """Ask for rules that grow and change, and yield how long each answer took, once everybody is counted."""
    while _check(connection, "orders_90d >= 12")["counting"]:
        sleep(1)
    for n in range(KEYSTROKES):
        rule = f"orders_90d >= {n % 40} and average_basket > {n}.5 and last_order < now() - interval {n + 1} day"
        began = perf_counter()
        answer = _check(connection, f"{rule} or favourite_department in ('MEAT', 'DELI')" if n % 2 else rule)
        yield (perf_counter() - began) * 1000
        assert answer["count"]["of"] > 2_000


def _check(connection: HTTPConnection, where: str) -> dict[str, dict[str, int]]:
    connection.request("POST", "/v1/segments/check", json.dumps({"where": where}))
    response = connection.getresponse()
    answer: dict[str, dict[str, int]] = json.loads(response.read())
    assert response.status == 200, answer
    return answer


async def _batch() -> float:
    from shopkeeper.app import open_app
    from shopkeeper.flows.segments import count_where

    async with open_app(COPY, readonly=True, environ={}) as app:
        began = perf_counter()
        await count_where(app.store, app.batch, app.definitions, "orders_90d >= 12", now=app.clock.now())
        return (perf_counter() - began) * 1000
