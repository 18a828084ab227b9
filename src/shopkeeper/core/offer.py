"""Offers: what may be put in front of a customer besides the goods themselves; first of all coupons."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class Role(StrEnum):
    """What a coupon is for, in one customer's hands."""

    THANK_YOU = "thank you"
    STRETCH = "stretch"
    BRING_BACK = "bring back"
    DISCOVER = "discover"


class Offer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One offer.

    kind: `coupon` for now; slots name the kinds that they show.
    items: Ids of the items that it covers.
    face_value: What redeeming it costs the shop, minor units.
    starts, ends: Valid from `starts` until before `ends`; None is open.
    where: Eligibility, a predicate over traits.
    per_customer: How often one customer may redeem it; None is unlimited.
    pause_days: After it was dismissed, or redeemed up to its cap, it stays away for so many days.
    """

    id: str
    kind: str
    title: str = ""
    items: tuple[str, ...] = ()
    face_value: int = 0
    starts: datetime | None = None
    ends: datetime | None = None
    where: str | None = None
    per_customer: int | None = 1
    pause_days: int = 28
    group: str | None = None


class OfferShelf(Protocol):
    """Keeps imported offers and what was learned about each offer."""

    async def put_offers(self, offers: Sequence[Offer]) -> None:
        """Write imported offers; a later row of one id replaces the earlier."""
        ...

    async def offers(self) -> list[Offer]:
        """Return every imported offer in order of id."""
        ...

    async def learn(self, counts: Sequence[tuple[str, str, int, int]], *, reader: str, expected: int, to: int) -> None:
        """Add (offer, arm, shown, taken) counts and move the reader's cursor over the events they come from, as one.

        `arm` is a kind of customer for an offer, such as a role.

        Raises: Conflict: the cursor does not stand at `expected`; nothing was added.
        """
        ...

    async def learned(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return (shown, taken) for each (offer, arm)."""
        ...
