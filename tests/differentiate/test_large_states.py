"""States of very many orders: written in steps, and their purchases kept."""

from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.event import Event
from shopkeeper.differentiate import fold as folding
from shopkeeper.differentiate.fold import (
    State,
    TraitPlan,
    decode_state,
    empty_state,
    encode_in_steps,
    encode_state,
    fold,
    plan_traits,
    purchase_history,
)
from shopkeeper.testing.events import random_log
from shopkeeper.testing.traits import random_traits

ZONE = ZoneInfo("Europe/Vienna")


@pytest.fixture(autouse=True, scope="module")
def small():
    """Let three orders be many."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(folding, "LONG", 3)
        patched.setattr(folding, "STEP", 2)
        yield


def shop(seed: int) -> tuple[TraitPlan, list[Event]]:
    rng = Random(seed)  # noqa: S311 - no secret
    return plan_traits(random_traits(rng, 5), zone=ZONE, digits=2), random_log(rng, customers=1, events=30)


def in_steps(state: State) -> tuple[int, bytes]:
    steps, n = encode_in_steps(state), 0
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return n, done.value
        n += 1


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_a_state_written_in_steps_is_the_state(seed: int) -> None:
    plan, events = shop(seed)
    state = empty_state()
    for one in events:
        fold(plan, state, one)
    n, written = in_steps(state)
    assert n == -(-state.size // 2)
    assert encode_state(decode_state(written)) == encode_state(state)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_purchases_that_are_kept_are_those_worked_out_anew(seed: int) -> None:
    """Planted bugs: a correction leaves what is kept; what comes late is put at the end."""
    plan, events = shop(seed)
    state = empty_state()
    for one in events:
        fold(plan, state, one)
        assert purchase_history(state) == purchase_history(decode_state(encode_state(state)))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_an_edition_of_the_orders_lasts_until_they_change(seed: int) -> None:
    plan, events = shop(seed)
    state = empty_state()
    for one in events:
        edition, before = state.edition, purchase_history(state)
        fold(plan, state, one)
        assert state.edition is not edition or purchase_history(state) == before
        assert state.edition is edition or one.name.startswith("Order ")


def test_what_is_folded_in_between_two_steps_is_not_in_what_is_written() -> None:
    plan, events = shop(1)
    orders = [one for one in events if one.name == "Order Completed"]
    state = empty_state()
    for one in orders[:-1]:
        fold(plan, state, one)
    before, steps = encode_state(state), encode_in_steps(state)
    next(steps)
    fold(plan, state, orders[-1])
    with pytest.raises(StopIteration) as done:
        while True:
            next(steps)
    assert encode_state(decode_state(done.value.value)) == before != encode_state(state)
