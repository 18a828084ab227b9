"""Eligibility: which offers this customer may get now, and the rule that blocked each of the others.

Rules are checked in a fixed order and the first that blocks is named: validity, who it is for, cap, pause.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.instant import micros
from shopkeeper.core.offer import Offer
from shopkeeper.core.predicate import Moment
from shopkeeper.core.trait import Value

DAY = 86_400_000_000
_ALWAYS = np.iinfo(np.int64)

Rule = Callable[[Mapping[str, Value], Moment], bool | None]


class OfferHistory(Protocol):
    """What one customer did with one offer; instants in microseconds, None for never."""

    @property
    def redeemed(self) -> int:
        """How often it was redeemed."""
        ...

    @property
    def last_redeemed(self) -> int | None:
        """When it was last redeemed."""
        ...

    @property
    def last_dismissed(self) -> int | None:
        """When it was last dismissed."""
        ...


class OfferBook(NamedTuple):
    """The offers of one kind, laid out for quick checks; arrays have shape (offers,).

    starts, ends: int64 microseconds. rule_of: index into `rules`, -1 for none.
    """

    offers: tuple[Offer, ...]
    rows: Mapping[str, int]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    rules: tuple[tuple[str, Rule], ...]
    rule_of: NDArray[np.int64]


def offer_book(offers: Sequence[Offer], compiled: Mapping[str, Rule]) -> OfferBook:
    """Lay out offers; `compiled` has the rule of every `where` text among them."""
    texts = sorted({offer.where for offer in offers if offer.where is not None})
    number = {text: index for index, text in enumerate(texts)}
    return OfferBook(
        offers=tuple(offers),
        rows={offer.id: row for row, offer in enumerate(offers)},
        starts=np.array([_bound(offer.starts, _ALWAYS.min) for offer in offers], dtype=np.int64),
        ends=np.array([_bound(offer.ends, _ALWAYS.max) for offer in offers], dtype=np.int64),
        rules=tuple((text, compiled[text]) for text in texts),
        rule_of=np.array([-1 if o.where is None else number[o.where] for o in offers], dtype=np.int64),
    )


def _bound(at: datetime | None, otherwise: int) -> int:
    return otherwise if at is None else micros(at)


class Blocked(NamedTuple):
    """What kept an offer out: whom it is `for`, a `pause`, the `cap` for each customer, or the slot (`excluded`)."""

    rule: Literal["for", "pause", "cap", "excluded"]
    words: str


class Eligibility(NamedTuple):
    """Which offers this customer may get.

    mask: shape (offers,), bool. valid: the same before any rule but validity was asked. blocked: offer id → what kept
    it out, of those valid now.
    """

    mask: NDArray[np.bool_]
    valid: NDArray[np.bool_]
    blocked: dict[str, Blocked]


def eligible_offers(
    book: OfferBook,
    *,
    values: Mapping[str, Value],
    history: Mapping[str, OfferHistory],
    exclude: Sequence[str],
    moment: Moment,
) -> Eligibility:
    """Check every offer of a book for one customer.

    Args:
        values: Traits and `context.…` that rules read.
        history: What the customer did with each offer, by offer id.
        exclude: Ids that the slot leaves out.
    """
    mask = (book.starts <= moment.micros) & (moment.micros < book.ends)
    valid = mask.copy()
    blocked: dict[str, Blocked] = {}
    for number, (text, rule) in enumerate(book.rules):
        if rule(values, moment) is not True:
            for index in np.flatnonzero(mask & (book.rule_of == number)).tolist():
                blocked[book.offers[index].id] = Blocked("for", f"is for: {text}")
                mask[index] = False
    for offer_id, seen in history.items():
        index = book.rows.get(offer_id, -1)
        if index >= 0 and mask[index] and (why := _resting(book.offers[index], seen, moment.micros)):
            blocked[offer_id] = why
            mask[index] = False
    for offer_id in exclude:
        index = book.rows.get(offer_id, -1)
        if index >= 0 and mask[index]:
            blocked[offer_id] = Blocked("excluded", "the slot leaves it out")
            mask[index] = False
    return Eligibility(mask, valid, blocked)


def _resting(offer: Offer, seen: OfferHistory, now: int) -> Blocked | None:
    pause = offer.pause_days * DAY
    if seen.last_dismissed is not None and now - seen.last_dismissed < pause:
        return Blocked("pause", f"dismissed less than {offer.pause_days} days ago")
    if offer.per_customer is not None and seen.redeemed >= offer.per_customer:
        return Blocked("cap", f"redeemed {seen.redeemed} of at most {offer.per_customer} times")
    return None
