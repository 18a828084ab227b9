"""The ward: the customers whom this process follows, and under which leases."""

from collections.abc import Collection, Iterable

from shopkeeper.core.errors import LostLease
from shopkeeper.core.shard import ALL_SHARDS, NO_FENCE, SHARDS, Fence, shard_of


class Ward:
    """The shards that this process follows; all of them, without leases, where no other process may.

    Args:
        leased: Whether shards are held by leases; then there are none at first.
    """

    def __init__(self, *, leased: bool = False) -> None:
        self._epochs: dict[int, int] | None = {} if leased else None

    @property
    def shards(self) -> Collection[int]:
        """The shards that are followed here."""
        return ALL_SHARDS if self._epochs is None else self._epochs.keys()

    @property
    def whole(self) -> bool:
        """Whether everybody is followed here, without asking anybody."""
        return self._epochs is None

    @property
    def everybody(self) -> bool:
        """Whether no other process follows anybody just now."""
        return len(self.shards) == SHARDS

    def holds(self, customer: str) -> bool:
        """Say whether a customer is followed here."""
        return self._epochs is None or shard_of(customer) in self._epochs

    def epoch(self, shard: int) -> int | None:
        """Return the epoch under which a shard is held, None if it is not."""
        return None if self._epochs is None else self._epochs.get(shard)

    def fence(self, customers: Iterable[str]) -> Fence:
        """Return what must still hold when something is written of some customers.

        Raises: LostLease: one of them is not followed here, or not any more.
        """
        return NO_FENCE if self._epochs is None else self.fence_of({shard_of(one) for one in customers})

    def fence_of(self, shards: Iterable[int]) -> Fence:
        """Return the epochs of some shards. Raises: LostLease: one is not held."""
        held = self._epochs or {}
        try:
            return {shard: held[shard] for shard in shards}
        except KeyError:
            raise LostLease("a shard is followed by another process by now; nothing was written") from None

    def take(self, epochs: Fence) -> None:
        """Hold more shards."""
        if self._epochs is not None:
            self._epochs.update(epochs)

    def drop(self, shards: Iterable[int]) -> None:
        """Hold some shards no more."""
        for shard in shards:
            if self._epochs is not None:
                self._epochs.pop(shard, None)
