"""Traffic: how many events each source brings, counted by the hour as the log grows.

The log itself is too long to be counted at each question, and the lake holds only what was flushed to it. So events
are counted once, in runs of sequence numbers; a cursor moves with each run, in one commit with it.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

CURSOR = "traffic"
"""The cursor of the counting; what lies beyond it in the log is not counted yet."""
HOUR = 3_600_000_000
"""Microseconds."""


class TrafficCount(NamedTuple):
    """How many events of one name one source brought in one hour.

    hour: In which they happened, in whole hours since 1970 UTC. last_at, last_received_at: Microseconds, the latest.
    """

    source: str
    name: str
    hour: int
    events: int
    last_at: int
    last_received_at: int


class TrafficTotal(NamedTuple):
    """How many events of one name one source ever brought; the times are microseconds, the latest."""

    source: str
    name: str
    events: int
    last_at: int
    last_received_at: int


class TrafficLedger(Protocol):
    """Keeps the counts."""

    async def count_events(self, *, after: int, upto: int) -> list[TrafficCount]:
        """Count the events with after < seq <= upto in the log itself."""
        ...

    async def put_traffic(self, counts: Sequence[TrafficCount], *, expected: int, to: int) -> None:
        """Add counts and move `CURSOR`, both or neither. Raises: Conflict: it does not stand at `expected`."""
        ...

    async def traffic_since(self, hour: int) -> list[TrafficCount]:
        """Return what was counted from an hour on."""
        ...

    async def traffic_totals(self) -> list[TrafficTotal]:
        """Return all that was counted, over all hours, in order of source and name."""
        ...
