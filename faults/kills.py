"""Killing the server, again and again, while it is sent to."""

import time
from collections.abc import Callable
from random import Random
from typing import Final

from faults.report import Finding
from faults.shop import Shop
from faults.work import Work

EARLY: Final = 0.1
"""The share of kills that come while the server still starts."""
LATE: Final = 0.1
"""The share of kills that come after profiles and the follower's place were written at least once."""
WRITTEN_BACK: Final = 2.5
"""Seconds in which a server writes them."""
ANSWERS: Final = 40
"""So many answers at most a server lives to give."""
LONGEST: Final = 5.0


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
    enough, until = work.ledger.answers + rng.randrange(1, ANSWERS), time.monotonic() + LONGEST
    while work.ledger.answers < enough and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(rng.uniform(0, 0.02))
