"""The fold by example: kinds, windows, arrival, and the facts beside the traits."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.definitions import Purpose
from shopkeeper.core.event import CORRECTIONS, ORDER_COMPLETED, Event, Line
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.predicate import Moment
from shopkeeper.core.trait import Computed, Trait, TraitType, Value, Window
from shopkeeper.differentiate.fold import (
    TraitPlan,
    consents,
    decode_state,
    empty_state,
    encode_state,
    fold,
    offer_facts,
    plan_traits,
    purchase_history,
    readings,
    values,
)
from shopkeeper.testing.events import random_log
from shopkeeper.testing.traits import random_traits

ZONE = ZoneInfo("Europe/Vienna")
AT = datetime(2024, 5, 10, 12, tzinfo=ZONE)


def trait(name: str, of_type: TraitType, **how: Any) -> Trait:
    computed = Computed(**{"of": ORDER_COMPLETED, **how})
    return Trait(name=name, type=of_type, source="computed", purpose="p", computed=computed)


def plan_of(*traits: Trait) -> TraitPlan:
    return plan_traits({one.name: one for one in traits}, zone=ZONE, digits=2)


def event(seq: int, name: str = ORDER_COMPLETED, at: datetime = AT, **told: Any) -> Event:
    told.setdefault("order_id", f"o{seq}")
    return Event(source="s", message_id=str(seq), name=name, customer="c", at=at, received_at=at, seq=seq, **told)


def read(plan: TraitPlan, *events: Event, at: datetime = AT) -> dict[str, Value]:
    state = empty_state()
    for one in events:
        fold(plan, state, one)
    return values(plan, state, Moment(micros(at), ZONE))


KINDS = {
    "count": (TraitType.INTEGER, None, 0, 3),
    "sum": (TraitType.MONEY, "total", 0, 35),
    "average": (TraitType.MONEY, "total", None, 12),
    "min": (TraitType.MONEY, "total", None, 5),
    "max": (TraitType.MONEY, "total", None, 20),
    "most_frequent": (TraitType.TEXT, "method", None, "card"),
    "first": (TraitType.TEXT, "method", None, "card"),
    "last": (TraitType.TEXT, "method", None, "cash"),
    "unique_list": (TraitType.TEXTS, "method", (), ("card", "cash")),
    "unique_count": (TraitType.INTEGER, "method", 0, 2),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_over_nothing_and_over_three_orders(kind: str) -> None:
    of_type, field, of_nothing, of_three = KINDS[kind]
    plan = plan_of(trait("t", of_type, kind=kind, field=field))
    paid = [(10, "card"), (20, "card"), (5, "cash")]
    orders = [event(i, money={"total": total}, texts={"method": by}) for i, (total, by) in enumerate(paid, start=1)]
    assert read(plan)["t"] == of_nothing
    assert read(plan, *orders)["t"] == of_three


def test_average_of_money_rounds_half_a_unit_to_the_even_neighbour() -> None:
    plan = plan_of(trait("t", TraitType.MONEY, kind="average", field="total"))
    for total, expected in ((5, 2), (7, 4), (-5, -2)):
        assert read(plan, event(1, money={"total": total}), event(2, money={"total": 0}))["t"] == expected


def test_most_frequent_needs_two_and_takes_the_first_in_order_of_equals() -> None:
    plan = plan_of(trait("t", TraitType.TEXT, kind="most_frequent", field="category", each="products"))
    lines = [Line(product_id="p", category=name) for name in ("wine", "bread", "wine", "bread", "tea")]
    assert read(plan, event(1, lines=tuple(lines[1:3])))["t"] is None
    assert read(plan, event(1, lines=tuple(lines)))["t"] == "bread"


def test_day_window_is_today_and_the_whole_days_before_in_the_zone_of_the_shop() -> None:
    plan = plan_of(trait("t", TraitType.INTEGER, kind="count", window=Window(n=2, unit="day")))
    bought = event(1, at=datetime(2024, 3, 31, 0, 0, tzinfo=ZONE))  # clocks go forward that night
    for now, expected in (
        (datetime(2024, 3, 30, 23, 59, tzinfo=ZONE), 0),
        (datetime(2024, 3, 31, 0, 0, tzinfo=ZONE), 1),
        (datetime(2024, 4, 1, 23, 59, tzinfo=ZONE), 1),
        (datetime(2024, 4, 2, 0, 0, tzinfo=ZONE), 0),
    ):
        assert read(plan, bought, at=now)["t"] == expected


def test_hour_window_counts_whole_hours() -> None:
    plan = plan_of(trait("t", TraitType.INTEGER, kind="count", window=Window(n=2, unit="hour")))
    bought = event(1, at=datetime(2024, 5, 10, 9, 59, tzinfo=UTC))
    assert read(plan, bought, at=datetime(2024, 5, 10, 10, 59, tzinfo=UTC))["t"] == 1
    assert read(plan, bought, at=datetime(2024, 5, 10, 11, 0, tzinfo=UTC))["t"] == 0


def test_what_lies_ahead_is_in_no_window_but_counts_without_one() -> None:
    plan = plan_of(
        trait("ever", TraitType.INTEGER, kind="count"),
        trait("week", TraitType.INTEGER, kind="count", window=Window(n=7, unit="day")),
    )
    assert read(plan, event(1, at=AT + timedelta(days=1))) == {"ever": 1, "week": 0}


def test_second_order_of_one_id_is_ignored_and_orders_without_id_each_stand() -> None:
    plan = plan_of(trait("t", TraitType.INTEGER, kind="count"))
    assert read(plan, event(1, order_id="a"), event(2, order_id="a"))["t"] == 1
    assert read(plan, event(1, order_id=None), event(2, order_id=None))["t"] == 2


def test_correction_counts_under_its_own_name_and_takes_back_in_the_bucket_of_the_order() -> None:
    week = Window(n=7, unit="day")
    plan = plan_of(
        trait("refunds", TraitType.INTEGER, kind="count", of="Order Refunded", window=week),
        trait("spend", TraitType.MONEY, kind="sum", field="total", window=week),
    )
    old, back = event(1, at=AT - timedelta(days=30), money={"total": 900}), event(2, "Order Refunded", order_id="o1")
    assert read(plan, old, back, event(3, money={"total": 50})) == {"refunds": 1, "spend": 50}


def test_correction_of_an_unknown_order_changes_no_order() -> None:
    plan = plan_of(trait("t", TraitType.INTEGER, kind="count"))
    assert read(plan, event(1), event(2, "Order Cancelled", order_id="other"))["t"] == 1


def test_stated_trait_is_the_latest_of_its_property_by_the_time_it_was_said() -> None:
    plan = plan_of(Trait(name="size", type=TraitType.TEXT, source="stated", purpose="p"))
    late = event(2, "Identify", at=AT - timedelta(days=1), texts={"size": "S"})
    assert read(plan, event(1, "Identify", texts={"size": "M"}), late, event(3, "Identify"))["size"] == "M"


def test_personal_and_predicted_traits_are_not_folded() -> None:
    email = Trait(name="email", type=TraitType.TEXT, source="stated", purpose="p", personal=True)
    churn = Trait(name="churn", type=TraitType.NUMBER, source="predicted", purpose="p", model="churn")
    assert read(plan_of(email, churn), event(1, "Identify", texts={"email": "a@b.c"})) == {}


def test_fold_names_the_traits_that_an_event_may_have_changed() -> None:
    plan = plan_of(
        trait("orders", TraitType.INTEGER, kind="count"),
        trait("views", TraitType.INTEGER, kind="count", of="Product Viewed"),
    )
    state = empty_state()
    assert fold(plan, state, event(1)) == {"orders"}
    assert fold(plan, state, event(2, "Product Viewed")) == {"views"}
    assert fold(plan, state, event(3, "Order Cancelled", order_id="o1")) == {"orders"}
    assert fold(plan, state, event(4, "Order Cancelled", order_id="unknown")) == set()


@settings(deadline=None, max_examples=20)
@given(rng=st.randoms(use_true_random=True))
def test_order_of_arrival_does_not_matter(rng: Random) -> None:
    log, seen = [], set()
    for i, one in enumerate(random_log(rng, customers=1, events=80)):
        if one.name != ORDER_COMPLETED or one.order_id not in seen:
            seen.add(one.order_id or "")
            log.append(msgspec.structs.replace(one, at=one.at + timedelta(microseconds=2 * i)))
    again = sorted(log, key=lambda one: (one.name in CORRECTIONS, rng.random()))
    known = {one.order_id for one in log if one.name == ORDER_COMPLETED}
    again = [one for one in again if one.name not in CORRECTIONS or one.order_id in known]
    log = [one for one in log if one.name not in CORRECTIONS or one.order_id in known]
    plan = plan_traits(random_traits(rng, 40), zone=ZONE, digits=2)
    renumbered = [msgspec.structs.replace(one, seq=i) for i, one in enumerate(again, start=1)]
    assert read(plan, *log) == read(plan, *renumbered)


@settings(deadline=None, max_examples=20)
@given(rng=st.randoms(use_true_random=True), day=st.integers(0, 35))
def test_traits_stay_as_they_are_until_they_may_change(rng: Random, day: int) -> None:
    plan, state = plan_traits(random_traits(rng, 40), zone=ZONE, digits=2), empty_state()
    for one in random_log(rng, customers=1, events=40):
        fold(plan, state, one)
    moment = Moment(micros(datetime(2024, 3, 20, 13, 7, tzinfo=UTC) + timedelta(days=day)), ZONE)
    read = readings(plan, state, moment, [*plan.readers, "unknown"])
    assert {name: value for name, value, _ in read} == values(plan, state, moment)
    for name, value, ahead in read:
        until = moment.micros + 400 * 86_400_000_000 if ahead is None else ahead
        assert until > moment.micros
        assert values(plan, state, Moment(until - 1, ZONE), [name])[name] == value


def test_change_is_foreseen_for_the_day_on_which_an_order_leaves_the_window() -> None:
    plan, state = plan_of(trait("t", TraitType.INTEGER, kind="count", window=Window(n=3, unit="day"))), empty_state()
    fold(plan, state, event(1))
    ((_, value, ahead),) = readings(plan, state, Moment(micros(AT), ZONE), ["t"])
    assert value == 1
    assert from_micros(ahead or 0) == datetime(2024, 5, 13, tzinfo=ZONE)


def test_purchases_are_net_and_in_order_of_time() -> None:
    soap, tea = Line(product_id="soap", amount=100), Line(product_id="tea", amount=50)
    state, plan = empty_state(), plan_of()
    fold(plan, state, event(1, lines=(soap, tea)))
    fold(plan, state, event(2, at=AT - timedelta(days=1), lines=(tea,), order_id=None))
    fold(plan, state, event(3, lines=(soap,)))
    fold(plan, state, event(4, "Order Refunded", order_id="o1", lines=(soap,)))
    fold(plan, state, event(5, "Order Cancelled", order_id="o3"))
    again = decode_state(encode_state(state))
    assert [(bought.products, bought.order_id) for bought in purchase_history(again)] == [
        (("tea",), None),
        (("tea",), "o1"),
    ]


def test_latest_consent_of_each_purpose_stands() -> None:
    state, plan = empty_state(), plan_of()
    fold(plan, state, event(1, "Consent Withdrawn", texts={"purpose": "ads"}))
    fold(plan, state, event(2, "Consent Given", at=AT - timedelta(days=1), texts={"purpose": "ads"}))
    fold(plan, state, event(3, "Consent Given", texts={"purpose": "mail"}))
    purposes = {name: Purpose(basis="consent") for name in ("ads", "mail", "sms")}
    stands = consents(decode_state(encode_state(state)), purposes, AT)
    assert stands == {"ads": "withdrawn", "mail": "given", "sms": "unknown"}


def test_offers_remember_how_often_and_when_last() -> None:
    state, plan = empty_state(), plan_of()
    for seq, name in enumerate(("Shown", "Shown", "Clicked", "Redeemed", "Dismissed"), start=1):
        fold(plan, state, event(seq, f"Offer {name}", at=AT - timedelta(hours=seq), texts={"offer": "x"}))
    facts = offer_facts(decode_state(encode_state(state)))["x"]
    assert (facts.shown, facts.clicked, facts.redeemed, facts.dismissed) == (2, 1, 1, 1)
    assert facts.last_shown == micros(AT - timedelta(hours=1))


def test_a_state_of_an_earlier_form_is_folded_again() -> None:
    """It may have forgotten a withdrawal. Planted bug: whatever can be decoded is believed."""
    written = msgspec.msgpack.decode(encode_state(empty_state()))
    for earlier in (written[:-1], [*written[:-1], 1]):
        with pytest.raises(msgspec.DecodeError):
            decode_state(msgspec.msgpack.encode(earlier))
