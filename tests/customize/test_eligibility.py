from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shopkeeper.core.instant import micros
from shopkeeper.core.offer import Offer
from shopkeeper.core.predicate import Moment
from shopkeeper.customize.eligibility import eligible_offers, offer_book
from shopkeeper.differentiate.facts import OfferFacts

NOW = datetime(2017, 12, 4, tzinfo=UTC)
MOMENT = Moment(micros(NOW), ZoneInfo("America/New_York"))
RULES = {"orders > 3": lambda values, moment: None if values.get("orders") is None else values["orders"] > 3}


def blocked(offer: Offer, *, values=None, history=None, exclude=()) -> str | None:
    book = offer_book([offer, Offer(id="other", kind="coupon")], RULES)
    found = eligible_offers(book, values=values or {}, history=history or {}, exclude=exclude, moment=MOMENT)
    assert found.mask[1]
    assert found.mask[0] == (offer.id not in found.blocked and _valid(offer))
    return found.blocked[offer.id].words if offer.id in found.blocked else None


def _valid(offer: Offer) -> bool:
    return (offer.starts or NOW) <= NOW < (offer.ends or NOW + timedelta(1))


def days_ago(n: float) -> int:
    return micros(NOW - timedelta(days=n))


@pytest.mark.parametrize(
    ("starts", "ends", "valid"),
    [(None, None, True), (NOW, None, True), (NOW + timedelta(1), None, False), (None, NOW, False)],
)
def test_an_offer_is_valid_from_its_start_until_before_its_end(starts, ends, valid) -> None:
    book = offer_book([Offer(id="a", kind="coupon", starts=starts, ends=ends)], {})
    found = eligible_offers(book, values={}, history={}, exclude=(), moment=MOMENT)
    assert found.mask.tolist() == [valid]
    assert found.blocked == {}


@pytest.mark.parametrize(("orders", "allowed"), [(4, True), (3, False), (None, False)])
def test_a_rule_that_is_not_known_to_hold_blocks(orders, allowed) -> None:
    why = blocked(Offer(id="a", kind="coupon", where="orders > 3"), values={"orders": orders})
    assert why == (None if allowed else "is for: orders > 3")


def test_a_redeemed_offer_stays_away_up_to_its_cap() -> None:
    offer = Offer(id="a", kind="coupon", per_customer=2)
    assert blocked(offer, history={"a": OfferFacts(redeemed=1)}) is None
    assert blocked(offer, history={"a": OfferFacts(redeemed=2)}) == "redeemed 2 of at most 2 times"
    unlimited = Offer(id="a", kind="coupon", per_customer=None)
    assert blocked(unlimited, history={"a": OfferFacts(redeemed=9)}) is None


def test_a_dismissed_offer_rests_for_its_pause() -> None:
    offer = Offer(id="a", kind="coupon", pause_days=28)
    assert blocked(offer, history={"a": OfferFacts(dismissed=1, last_dismissed=days_ago(27.9))}) is not None
    assert blocked(offer, history={"a": OfferFacts(dismissed=1, last_dismissed=days_ago(28))}) is None


def test_the_slot_can_leave_an_offer_out() -> None:
    assert blocked(Offer(id="a", kind="coupon"), exclude=["a", "unknown"]) == "the slot leaves it out"
