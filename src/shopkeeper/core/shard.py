"""Shards: which process follows whom, where several serve one shop.

Customers fall into shards by a stable hash. A worker follows a shard under a *lease*; a lease that runs out may be
taken by another, under the next epoch. Whatever a worker writes of its customers, it writes under a *fence*: the epochs
by which it holds their shards, looked at in the same transaction. Who has lost a lease without knowing writes nothing.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from shopkeeper.core.event import Event

SHARDS: Final = 64
ALL_SHARDS: Final = frozenset(range(SHARDS))
DIGITS: Final = "123456789abcdef"
"""Of hexadecimal, by value less one; what is none counts as 0."""

Fence = Mapping[int, int]
"""Epochs by shard."""
NO_FENCE: Final[Fence] = MappingProxyType({})
"""Asks for nothing, as where one process serves the shop."""


def shard_of(customer: str) -> int:
    """Return the shard of a customer, or of a part: the same in every process and in the database, for ever.

    It follows from the last two digits of the id, which are random bits (RFC 9562, 5.7).
    """
    return (16 * (DIGITS.find(customer[-2:-1]) + 1) + DIGITS.find(customer[-1:]) + 1) % SHARDS


class Lease(NamedTuple):
    """Who follows a shard, and how far they have come.

    epoch: Grows with each worker that takes it. expires_at: Microseconds; 0: nobody holds it. seq: Up to where the log
    is followed for it, durably noted.
    """

    shard: int
    worker: str
    epoch: int
    expires_at: int
    seq: int


class Roster(NamedTuple):
    """The workers that are alive, and every lease."""

    workers: Collection[str]
    leases: Mapping[int, Lease]


class LeaseBook(Protocol):
    """Keeps who follows which shard."""

    @property
    def shared(self) -> bool:
        """Whether several processes may serve one store, so that leases are needed."""
        ...

    async def read_of_shards(self, shards: Collection[int], *, after: int, limit: int) -> tuple[list[Event], int]:
        """Return which of the next `limit` events have a part or a customer in some shards, and up to where they go.

        That is the number of the last of the next events, whoever's it is; `after` where nothing comes after it.
        """
        ...

    async def beat(self, worker: str, *, holds: Fence, now: int, until: int) -> Roster:
        """Say that a worker is alive, renew what it holds until an instant in microseconds, and return who is there.

        Args:
            holds: The epochs of all that it follows. Whatever else is written as its own is free from now on: it was
                taken without the worker's hearing of it, or given up without the database's.
        """
        ...

    async def take_leases(self, worker: str, shards: Collection[int], *, now: int, until: int) -> dict[int, Lease]:
        """Take those of some shards that nobody holds, or whose lease has run out; return them."""
        ...

    async def release_leases(self, fence: Fence, *, seq: int) -> None:
        """Let others have shards, followed up to a number. Raises: LostLease: another has one already."""
        ...

    async def advance_leases(self, fence: Fence, *, seq: int) -> None:
        """Note up to where shards are followed. Raises: LostLease: another follows one by now."""
        ...

    async def leave(self, worker: str) -> None:
        """Say that a worker is gone; what it held is free."""
        ...

    async def followed_by_all(self) -> int | None:
        """Return up to where every shard is followed; None: no worker ever took one."""
        ...

    async def pass_leases_over(self, seq: int, *, now: int) -> None:
        """Note that every shard is followed up to a number. Raises: Conflict: somebody serves the shop just now."""
        ...
