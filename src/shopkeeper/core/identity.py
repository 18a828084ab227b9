"""Who is who: a customer is a view over parts, joined by links that can be cut again.

A *part* is what one identifier brought: a cookie's history, a card's history. Its id never changes, and the log
holds each event under the part whose identifier it bore. A *link* joins two parts; the parts that proven links join
are one *customer*, whose id is that of the oldest of them. Nothing is fused: a cut link leaves the parts as they were.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple, Protocol

import msgspec

from shopkeeper.core.identifier import Identifier

CUSTOMERS_MERGED = "Customers Merged"
CUSTOMER_UNMERGED = "Customer Unmerged"
"""Events that staff's merges and cuts write, so that they have a place in the log's order."""

LinkKind = Literal["proven", "claimed", "staff", "apart", "shared"]
"""proven: one event of a trusted source, or a signed token, carried both identifiers. claimed: an unsigned event of a
browser did; it joins nothing. staff: somebody of the shop said so. apart: they were on the two sides of a cut that went
through other links; it never joined anything. shared: one browser brought both, the older part until a second person
proved who they are on it; no event joins the younger to anybody."""
CROWD: Final = 10
"""Customers whom one identifier would have joined, from which on it is taken for no person's: a family is fewer."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link between two parts; they may have several, of which the others were cut, or claimed and never proven.

    a, b: Ids of the parts, a < b. seq: The event that made it; it counts from that event on. source, message_id: Of
    that event. cut_seq: The event that cut it, None while it stands; a pair that was cut is never joined by itself.
    by, cut_by: The name of who of the shop made or cut it, None where an event did.
    """

    a: str
    b: str
    kind: LinkKind
    seq: int
    at: datetime
    source: str
    message_id: str
    by: str | None = None
    cut_seq: int | None = None
    cut_at: datetime | None = None
    cut_by: str | None = None

    @property
    def joins(self) -> bool:
        """Whether the two parts are one customer by it."""
        return self.kind != "claimed" and self.cut_seq is None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part and the identifier that brought it; None where it has lost its identifier."""

    id: str
    identifier: Identifier | None


class PartRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a part brought.

    claimed: It was only ever named without proof, and is nobody yet. events: Those that sources sent under its
    identifier; what Shopkeeper and staff wrote is not counted. first_at, last_at: Of these, None where there are none.
    """

    id: str
    identifier: Identifier | None
    claimed: bool
    events: int
    first_at: datetime | None
    last_at: datetime | None


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One customer as the identity index has it.

    customer: The id of the oldest part. parts: In order of id, the customer's own first. links: Between them, and the
    cut ones that lead away, in order of (a, b, seq); for claims see `IdentityIndex.claims`. shape: See
    `IdentityIndex.shapes`.
    """

    customer: str
    parts: tuple[Part, ...]
    links: tuple[Link, ...]
    shape: int


class Crowded(NamedTuple):
    """An identifier's part that would have joined too many.

    identifier: That brought it, None where it has lost its identifier. refused: With how many other parts it may not be
    one customer, though some event says so. last_at: When that was tried last. An address that many share, or a till's
    `guest`, looks like this.
    """

    part: str
    identifier: Identifier | None
    refused: int
    last_at: datetime


class IdentityIndex(Protocol):
    """Keeps parts, links and the customers that follow from them."""

    async def current(self, customers: Sequence[str]) -> dict[str, str]:
        """Return the customer that each part's id belongs to now; an unknown id is absent."""
        ...

    async def views(self, customers: Sequence[str]) -> dict[str, View]:
        """Return the views of some customers; one that is unknown or part of another is absent."""
        ...

    async def claims(self, customer: str, *, limit: int = 50) -> list[Link]:
        """Return the claims that join nothing between a part of a customer and another, the latest first."""
        ...

    async def part_records(self, parts: Sequence[str]) -> dict[str, PartRecord]:
        """Return what each part brought; an id that is no part's is absent."""
        ...

    async def shapes(self, customers: Sequence[str]) -> dict[str, int]:
        """Return the number of the event that last changed which parts a customer has; absent: none ever did.

        What was derived under another shape is derived again.
        """
        ...

    async def reshaped(self, *, after: int) -> dict[str, tuple[int, int]]:
        """Return whom events with seq > `after` joined, took apart or made, and the first and last that did."""
        ...

    async def merge(self, first: str, second: str, *, limits: Mapping[str, int], by: str, now: datetime) -> int:
        """Join two customers by a link of staff; return the number of the event that says so.

        Args:
            limits: How many identifiers of each kind one customer may have.

        Raises: NotFound: no such customer. BadInput: they are one already. Conflict: they would exceed a limit.
        """
        ...

    async def unmerge(self, customer: str, parts: Collection[str], *, by: str, now: datetime) -> int:
        """Cut every link between some parts of a customer and its others; return the number of the event that says so.

        Raises: NotFound: no such customer, or a part that is not theirs. BadInput: no part, or all of them.
        """
        ...

    async def crowded(self, *, since: datetime, least: int = 1, limit: int = 100) -> list[Crowded]:
        """Return the parts that were refused `least` others or more, and any since then, the most refused first."""
        ...

    async def refusals(self, parts: Sequence[str]) -> dict[str, int]:
        """Return with how many others each part may not be joined, though some event says so; absent: none."""
        ...

    async def decided(self, parts: Sequence[str]) -> dict[str, set[str]]:
        """Return, by part, the parts whose arms the answers of its decisions followed, as far as the log has them."""
        ...

    async def parted_parts(self) -> set[str]:
        """Return the parts that a cut keeps apart from others."""
        ...

    async def merged_parts(self) -> dict[str, str]:
        """Return the customer of each part that is not a customer of its own."""
        ...
