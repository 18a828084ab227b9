"""Decisions through HTTP, from the demo's whole shop, beside a bare server that only echoes an answer as large."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness import Row, bench, missing, row
from benchmarks.load import Load, drive, post

DEMO = Path("build/demo")
COPY = Path("build/bench/shop")
PACE = 500
CONNECTIONS = 8
WARMING, MEASURED = 5_000, 5_000

BARE = """
import sys, socket, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
import msgspec
ANSWER = msgspec.json.decode(sys.argv[1].encode())
async def answer(request):
    msgspec.json.decode(await request.body())
    return Response(msgspec.json.encode(ANSWER), media_type="application/json")
listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
app = Starlette(routes=[Route("/v1/decide", answer, methods=["POST"])])
config = uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="warning")
uvicorn.Server(config).run(sockets=[listener])
"""


@bench("decide.http")
def decide_http() -> list[Row]:
    """Ask for ten of 9,750 products for households in turn, as fast as answers come and at a pace of 500/s."""
    names = ("decide.http.p99", "decide.http.rate", "decide.http.coupons.p99")
    if not (DEMO / "shop" / ".shopkeeper" / "models").exists():
        return [missing(name, "no demo shop; run 'make demo SERVE=no' first") for name in names]
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(DEMO / "shop", COPY)
    households = _households()
    with _serving([sys.executable, "-m", "shopkeeper", "--shop", str(COPY), "serve", "--port", "0"]) as port:
        paced, fast = _measure(port, _asks("recommendations", households))
        coupons, _ = _measure(port, _asks("coupons", households))
        body = _one(port, households[0])
    with _serving([sys.executable, "-c", BARE, body]) as port:
        bare_paced, bare_fast = _measure(port, _asks("recommendations", households))
    for load in (paced, fast, coupons):
        assert set(load.statuses) == {200}
    return [
        row(names[0], paced.p99, "ms", baseline=bare_paced.p99, at_most=20),
        row(names[1], fast.per_second, "/s", baseline=bare_fast.per_second, at_least=500),
        row(names[2], coupons.p99, "ms", baseline=bare_paced.p99, at_most=20),
    ]


def _measure(port: int, requests: Sequence[bytes]) -> tuple[Load, Load]:
    turns = [requests[index % len(requests)] for index in range(max(WARMING, MEASURED))]
    drive(port, turns[:WARMING], connections=CONNECTIONS)
    paced = drive(port, turns[:MEASURED], connections=CONNECTIONS, per_second=PACE)
    return paced, drive(port, turns[:MEASURED], connections=CONNECTIONS)


def _households() -> list[str]:
    import duckdb

    query = "SELECT DISTINCT household_id FROM read_parquet($1) ORDER BY hash(household_id)"
    return [str(found[0]) for found in duckdb.execute(query, [str(DEMO / "data" / "transactions.parquet")]).fetchall()]


def _asks(slot: str, households: Sequence[str]) -> list[bytes]:
    return [
        post("/v1/decide", json.dumps({"slot": slot, "customer": {"user_id": name}}).encode()) for name in households
    ]


def _one(port: int, household: str) -> str:
    from http.client import HTTPConnection

    connection = HTTPConnection("127.0.0.1", port)
    connection.request(
        "POST", "/v1/decide", json.dumps({"slot": "recommendations", "customer": {"user_id": household}})
    )
    return connection.getresponse().read().decode()


@contextmanager
def _serving(command: Sequence[str]) -> Iterator[int]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own servers
    try:
        assert process.stdout is not None
        for line in process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                yield int(found.group(1))
                return
        raise RuntimeError("the server ended before it listened")
    finally:
        process.terminate()
        process.wait(30)
