"""Time as an argument: the shell asks a clock once per piece of work and hands `now` down."""

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Protocol


class Clock(Protocol):
    """Tells what time it is."""

    def now(self) -> datetime:
        """Return the present as an aware UTC datetime."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time."""
        return datetime.now(UTC)


class PinnedClock:
    """A clock that starts at `start` when it is made and then runs at the pace of real time.

    A shop over recorded data needs it: with today's date every window would be empty and every coupon expired.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC)
        self._since = monotonic()

    def now(self) -> datetime:
        """Return the pinned start plus the time since this clock was made."""
        return self._start + timedelta(seconds=monotonic() - self._since)


class StoppedClock:
    """A clock that stands still until it is moved: for tests, simulations and batch work at one instant."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self._now

    def move(self, step: timedelta) -> None:
        """Move the clock by `step`."""
        self._now += step
