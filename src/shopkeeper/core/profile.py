"""Profiles: what is believed about one customer, and how far in the log that belief reaches."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from shopkeeper.core.event import Event
from shopkeeper.core.shard import NO_FENCE, Fence
from shopkeeper.core.trait import Value


class StoredProfile(NamedTuple):
    """A folded state as the store keeps it.

    state: msgspec-encoded bytes, opaque to the store. seq: the last event folded in. version: of the definitions
    that folded it; another version means: fold again from the log.
    """

    customer: str
    state: bytes
    seq: int
    version: str


ANYWHERE: Final = ""
"""In the place of a segment's name; see `Membership`."""


class Membership(NamedTuple):
    """Where a customer stands towards a segment.

    since: In it since then, microseconds; None: not in it, kept only to look again. recheck_at: No later than the
    instant at which time alone may change that; None: never. A segment of `ANYWHERE` stands for all that the customer
    is not in: one row says when the first of them is to be looked at again.
    """

    customer: str
    segment: str
    since: int | None
    recheck_at: int | None


class ProfileStore(Protocol):
    """Keeps folded states, segment memberships, predicted traits and personal values."""

    async def load_profiles(self, customers: Sequence[str]) -> dict[str, StoredProfile]:
        """Return the stored states that exist."""
        ...

    async def save_profiles(self, profiles: Sequence[StoredProfile], *, fence: Fence = NO_FENCE) -> None:
        """Write states; one with a lower seq than the stored one of the same version is left out.

        Raises: LostLease: another process follows one of the fence's shards by now.
        """
        ...

    async def put_predicted(self, trait: str, model: str, values: Mapping[str, Value]) -> None:
        """Replace one predicted trait's values, by customer."""
        ...

    async def predicted(self, customers: Sequence[str]) -> dict[str, dict[str, Value]]:
        """Return the predicted traits of some customers."""
        ...

    async def personal(self, customer: str) -> dict[str, str]:
        """Return one customer's personal values (e-mail, name) by trait name."""
        ...

    async def search_personal(self, beginning_with: str, *, limit: int) -> list[tuple[str, str]]:
        """Return (customer, trait) of personal values that begin with a text, capitals or not, at most `limit`."""
        ...

    async def members(self, segment: str, *, after: str = "", limit: int | None = None) -> list[Membership]:
        """Return who is recorded in a segment, in order of customer, from behind `after`."""
        ...

    async def count_members(self) -> dict[str, int]:
        """Count who is recorded in each segment, by name; one without members is absent."""
        ...

    async def memberships(self, customers: Sequence[str]) -> dict[str, list[Membership]]:
        """Return the segments that some customers are recorded in."""
        ...

    async def change_memberships(
        self,
        *,
        entered: Sequence[Membership],
        left: Sequence[tuple[str, str]],
        told: Sequence[Event] = (),
        fence: Fence = NO_FENCE,
    ) -> None:
        """Write where customers stand (replacing it for the same customer and segment); forget (customer, segment).

        Args:
            told: Events that tell of it, appended to the log in the same commit.

        Raises: LostLease: another process follows one of the fence's shards by now.
        """
        ...

    async def due_memberships(self, before: int, *, limit: int) -> list[Membership]:
        """Return, earliest first, where customers stand whose recheck is due before an instant in microseconds."""
        ...
