"""Parcels: events that are durable and answered for, and still have to be let into the log."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class Parcel(NamedTuple):
    """What one request brought.

    source: Who sent it. events: How many. body: JSON, as `flows.inbox` writes it; personal data. position: Its place
    among all parcels ever kept, 0 until it has one.
    """

    source: str
    events: int
    body: str
    position: int = 0


class ParcelShelf(Protocol):
    """Keeps parcels, durably and in order, beside the store: who puts one there waits for nobody who writes to the log.

    How far they were let into the log stands in the log's store, so that none is let in twice.
    """

    async def open(self, *, after: int) -> None:
        """Make room for parcels, which are numbered on from `after` or from the last that is kept."""
        ...

    async def put(self, parcels: Sequence[Parcel]) -> int:
        """Keep parcels durably, in order; return the position of the last. Raises: StoreError: none is kept."""
        ...

    async def read(self, *, after: int, events: int) -> list[Parcel]:
        """Return the parcels that follow a position, of so many events together, at least one if there is one."""
        ...

    async def clear(self, *, upto: int) -> None:
        """Forget parcels up to a position."""
        ...

    async def held(self, *, after: int) -> Mapping[str, int]:
        """Return how many events of each source lie behind a position."""
        ...

    async def last(self) -> int:
        """Return the position of the last parcel that is kept, 0 if none is."""
        ...
