"""Profiles: what is believed about one customer, and how far in the log that belief reaches."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from shopkeeper.core.event import Event
from shopkeeper.core.identity import Link
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


RECORDINGS: Final = "recordings"
"""The cursor that counts how often who is in a segment was recorded for many at once, past those who follow the log."""


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


def version_of(definitions: str, shape: int) -> str:
    """Name what a state is a fold of: a version of the definitions, and the parts that the customer had."""
    return f"{definitions}@{shape}" if shape else definitions


class News(NamedTuple):
    """What the log says of some customers.

    after, upto: From which number to which, the log's last. shapes: Of whom has one, see `IdentityIndex.shapes`.
    tail: The events in between, in order; None unless one customer was asked for, and of that one there are few.
    """

    after: int
    upto: int
    shapes: Mapping[str, int]
    tail: list[Event] | None


class Ground(NamedTuple):
    """What live states of some customers are made of, all of the same shapes; on SQLite all of one moment.

    Where `news.tail` is None, the log's share has to be read, and after it whether the shapes are still the same.

    news: After the stored state of the only customer, or after 0 where none fits. stored: States that exist, whatever
    they are folds of. memberships: Of those for whom they were asked. links: Of whose parts ever changed: the links of
    their views, and nothing else of them.
    """

    news: News
    stored: Mapping[str, StoredProfile]
    predicted: Mapping[str, Mapping[str, Value]]
    memberships: Mapping[str, Sequence[Membership]]
    links: Mapping[str, Sequence[Link]]


class ProfileStore(Protocol):
    """Keeps folded states, segment memberships, predicted traits and personal values."""

    async def ground(self, customers: Sequence[str], *, version: str = "", watched: Sequence[str] = ()) -> Ground:
        """Return what is stored of some customers.

        Args:
            version: Of the definitions; a state that was folded by another does not fit.
            watched: Whose memberships are wanted.
        """
        ...

    async def news(self, customers: Sequence[str], *, after: int) -> News:
        """Return what the log says of some customers beyond a number."""
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

    async def record_memberships(
        self, *, entered: Sequence[Membership], left: Sequence[tuple[str, str]], upto: int
    ) -> set[str]:
        """Write and forget as `change_memberships` does, for those only of whom the log has nothing after `upto`.

        For whoever counted in the events up to there: of the others more is known to those who follow the log.

        Returns:
            The customers who are left as they stand.
        """
        ...

    async def due_memberships(self, before: int, *, limit: int) -> list[Membership]:
        """Return, earliest first, where customers stand whose recheck is due before an instant in microseconds."""
        ...
