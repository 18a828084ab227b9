"""Facts beside the traits that decisions need of a customer: consents, offers, purchases."""

from typing import NamedTuple

import msgspec

from shopkeeper.core.consent import Said, record_of
from shopkeeper.core.event import Event, Line
from shopkeeper.core.instant import micros
from shopkeeper.protect.consent import take

OFFER = {
    "Offer Shown": "shown",
    "Offer Clicked": "clicked",
    "Offer Redeemed": "redeemed",
    "Offer Dismissed": "dismissed",
}
"""Events about the offer in their text property `offer`."""


class OfferFacts(msgspec.Struct, array_like=True, gc=False):
    """What became of one offer with one customer; `last_…` in microseconds, None where it never happened."""

    shown: int = 0
    clicked: int = 0
    redeemed: int = 0
    dismissed: int = 0
    last_shown: int | None = None
    last_clicked: int | None = None
    last_redeemed: int | None = None
    last_dismissed: int | None = None


class Purchase(NamedTuple):
    """One order, net of corrections; `at` in microseconds of the original, `total` in minor units with shipping."""

    at: int
    products: tuple[str, ...]
    seq: int
    place: str | None
    order_id: str | None
    lines: tuple[Line, ...]
    total: int


def note_consent(words: dict[str, list[Said]], event: Event) -> None:
    """Take a consent given or withdrawn into the words that may still count, by purpose."""
    record = record_of(event)
    if record is not None:
        take(words.setdefault(record.purpose, []), record.said)


def note_offer(offers: dict[str, OfferFacts], event: Event) -> None:
    """Count what became of an offer."""
    offer = event.texts.get("offer")
    if offer is not None:
        facts, what, at = offers.setdefault(offer, OfferFacts()), OFFER[event.name], micros(event.at)
        setattr(facts, what, getattr(facts, what) + 1)
        last = getattr(facts, f"last_{what}")
        setattr(facts, f"last_{what}", at if last is None else max(at, last))
