"""Who waits until the log is followed up to an event of theirs."""

import asyncio
import heapq
from collections.abc import Mapping, Sequence
from itertools import count
from typing import NamedTuple

from shopkeeper.flows.watch import Transition


class _One(NamedTuple):
    seq: int
    order: int
    done: "asyncio.Future[list[Transition]]"


class Waiting:
    """Those who wait, the earliest event first."""

    def __init__(self) -> None:
        self._heap: list[_One] = []
        self._orders = count()

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, seq: int) -> "asyncio.Future[list[Transition]]":
        """Wait for an event."""
        one = _One(seq, next(self._orders), asyncio.get_running_loop().create_future())
        heapq.heappush(self._heap, one)
        return one.done

    def answer(self, upto: int, whose: Mapping[int, str], moved: Sequence[Transition]) -> None:
        """Answer those whose events are followed.

        Args:
            whose: The customers of events by number. moved: Who entered and left what.
        """
        while self._heap and self._heap[0].seq <= upto:
            one = heapq.heappop(self._heap)
            if not one.done.done():
                customer = whose.get(one.seq)
                one.done.set_result([move for move in moved if move.customer == customer])

    def give_up(self, error: Exception) -> None:
        """Let nobody wait for what is not done soon."""
        for one in self._heap:
            if not one.done.done():
                one.done.set_exception(error)
        self._heap.clear()
