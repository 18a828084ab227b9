"""A database that stands still or is gone: senders are told to wait, decisions are still made, all goes on after."""

import time
from typing import Final, Literal

from faults.client import Client
from faults.postgres import Cluster
from faults.report import Finding
from faults.sender import PEOPLE
from faults.shop import Shop
from faults.work import Work

Way = Literal["frozen", "stopped", "crashed"]
GONE_FOR: Final = 4.0
DECIDED_WITHIN: Final = 3.0
"""Seconds in which a decision must be answered, database or not."""


def stopped(cluster: Cluster, shop: Shop, way: Way, *, plant: str = "") -> Finding:
    """Freeze, stop or crash the database under a served shop, bring it back, and compare."""

    def fault(work: Work) -> None:
        work.await_answers(10)
        _take_away(cluster, way)
        try:
            began = time.monotonic()
            _decide(work, until=began + GONE_FOR)
            work.expect_refusals(3, within=30)
        finally:
            _bring_back(cluster, way)
        work.await_health()

    return Work(f"database {way}", shop, plant=plant).find(fault)


def _take_away(cluster: Cluster, way: Way) -> None:
    if way == "frozen":
        cluster.freeze()
    else:
        cluster.stop(at_once=way == "crashed")


def _bring_back(cluster: Cluster, way: Way) -> None:
    if way == "frozen":
        cluster.thaw()
    else:
        cluster.start()


def _decide(work: Work, *, until: float) -> None:
    """Ask for decisions: for people who were asked for before, for others, and for nobody."""
    client, n, slowest = Client(work.server.port), 0, 0.0
    while time.monotonic() < until:
        asked = {} if n % 3 == 0 else {"customer": {"user_id": f"p{n % PEOPLE}"}}
        began = time.monotonic()
        answer = client.post("/v1/decide", {"slot": "recommendations"} | asked)
        slowest = max(slowest, time.monotonic() - began)
        if answer.status != 200:
            work.problems.append(f"a decision was answered {answer.status} while the database was gone")
        n += 1
        time.sleep(0.02)
    client.close()
    work.figures |= {"decisions": n, "slowest decision s": round(slowest, 2)}
    if slowest > DECIDED_WITHIN:
        work.problems.append(f"a decision took more than {DECIDED_WITHIN:g} s while the database was gone")
