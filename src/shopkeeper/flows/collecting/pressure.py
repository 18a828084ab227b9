"""Pressure: senders are asked to wait before memory fills or the log runs away from what follows it."""

from math import ceil
from typing import Final, Protocol, Self

from shopkeeper.core.errors import Overloaded

MOST: Final = 64 << 20
"""Bytes of bodies that may be in hand at once."""


class Pressed(Protocol):
    """What knows how far behind the work after the log is."""

    def pressure(self) -> float:
        """Return for how many seconds senders should wait; 0: all are welcome."""
        ...


class Hands:
    """The bodies that are in hand: read in part or whole, and not answered yet."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._held = 0

    def hold(self) -> "Hold":
        """Return the hold of one body, which ends with a `with` block."""
        return Hold(self)

    def take(self, size: int) -> None:
        """Take more bytes in hand. Raises: Overloaded: it would be too much."""
        if self._held and self._held + size > self._most:
            raise Overloaded(seconds=1)
        self._held += size

    def let_go(self, size: int) -> None:
        """Have bytes in hand no more."""
        self._held -= size


class Hold:
    """One body in hand; `size` is what it takes so far."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self.size = 0

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_raised: object) -> None:
        """End."""
        self._hands.let_go(self.size)

    def add(self, size: int) -> None:
        """Take more bytes of it. Raises: Overloaded: there is too much in hand."""
        self._hands.take(size)
        self.size += size


def require_room(service: Pressed) -> None:
    """Make sure that the work after the log keeps up. Raises: Overloaded: it is too far behind."""
    wait = service.pressure()
    if wait > 0:
        raise Overloaded(seconds=max(1, ceil(wait)))
