"""Killing the server, or one process of several that serve, again and again, while it is sent to."""

import os
import signal
import time
from collections.abc import Callable, Collection
from random import Random
from typing import Final

from faults.report import Finding
from faults.shop import Shop
from faults.work import Work
from faults.workers import standing

EARLY: Final = 0.1
"""The share of kills that come while the server still starts."""
LATE: Final = 0.1
"""The share of kills that come after profiles and the follower's place were written at least once."""
WRITTEN_BACK: Final = 2.5
"""Seconds in which a server writes them."""
ANSWERS: Final = 24
"""So many answers at most a server lives to give."""
LONGEST: Final = 5.0
WORKERS: Final = {"sqlite": 2, "postgresql": 3}
"""How many processes serve a shop, by its store."""
BACK_WITHIN: Final = 60.0


def kills(shop: Shop, n: int, *, plant: str = "", told: Callable[[int], None] = lambda _: None) -> Finding:
    """Kill the server `n` times, let everything be answered for, and compare ledger and shop.

    Args:
        plant: A bug to plant, see `faults.plants`.
        told: Called with how many kills there were. Ctrl-C ends the killing, not the comparison.
    """
    rng = Random(n)  # noqa: S311 - when to kill

    def fault(work: Work) -> None:
        try:
            for done in range(1, n + 1):
                _live(work, rng)
                work.server.kill()
                work.ledger.life += 1
                work.figures["kills"] = done
                told(done)
                work.server.begin()
        except KeyboardInterrupt:
            work.note = f"stopped after {work.figures.get('kills', 0):g} of {n} kills"
            work.server.kill()
            work.server.begin()
        work.server.await_ready()

    return Work("kills", shop, plant=plant).find(fault)


def worker_kills(shop: Shop, n: int, *, plant: str = "", told: Callable[[int], None] = lambda _: None) -> Finding:
    """Kill one of several processes that serve a shop, `n` times, with the next often before the last is back.

    Args:
        plant, told: As of `kills`.
    """
    rng, killed = Random(n), set[int]()  # noqa: S311 - when to kill, and whom

    def fault(work: Work) -> None:
        _await_all(work, killed)  # One that ends before it ever answered ends them all, which is as it should be.
        try:
            for done in range(1, n + 1):
                killed.add(_kill_one(work, rng, killed))
                work.figures["kills"] = done
                told(done)
        except KeyboardInterrupt:
            work.note = f"stopped after {work.figures.get('kills', 0):g} of {n} kills"
        _await_all(work, killed)

    return Work("worker kills", shop, plant=plant, words=("--workers", str(WORKERS[shop.store]))).find(fault)


def _kill_one(work: Work, rng: Random, killed: Collection[int]) -> int:
    """Let the processes answer a few times, then kill one; one in ten times one that starts, if any does."""
    kind = rng.random()
    if kind > 1 - LATE:
        time.sleep(WRITTEN_BACK)
    _answer(work, rng)
    while not (here := [one for one in standing(work.server.log) if one.pid not in killed]):
        time.sleep(0.01)
    starting = [one for one in here if kind < EARLY and not one.answers]
    one = rng.choice(starting or here)
    os.kill(one.pid, signal.SIGKILL)
    work.ledger.life += 1
    return one.pid


def _await_all(work: Work, killed: Collection[int]) -> None:
    """Wait until every process answers. Raises: TimeoutError: one does not come back."""
    until = time.monotonic() + BACK_WITHIN
    while sum(one.answers and one.pid not in killed for one in standing(work.server.log)) < WORKERS[work.shop.store]:
        if time.monotonic() > until:
            raise TimeoutError(f"not every process was back within {BACK_WITHIN:g} s")
        time.sleep(0.05)


def _live(work: Work, rng: Random) -> None:
    """Let the server live until it has answered a few times.

    Sometimes not even until it is ready; sometimes until it has written profiles and the follower's place.
    """
    kind = rng.random()
    if kind < EARLY:
        time.sleep(rng.random())
        return
    work.server.await_ready()
    if kind > 1 - LATE:
        time.sleep(WRITTEN_BACK)
    _answer(work, rng)


def _answer(work: Work, rng: Random) -> None:
    enough, until = work.ledger.answers + rng.randrange(1, ANSWERS), time.monotonic() + LONGEST
    while work.ledger.answers < enough and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(rng.uniform(0, 0.02))
