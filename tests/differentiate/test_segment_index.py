"""Segments follow what changed, and nothing else is evaluated."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.errors import BadInput
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.core.trait import Segment, TraitType
from shopkeeper.differentiate.segments import SegmentIndex, Shift, changed_segments

ZONE = ZoneInfo("Europe/Vienna")
NOW = Moment(micros(datetime(2024, 3, 20, 12, tzinfo=UTC)), ZONE)
DAY = 86_400_000_000
SCHEMA = {"orders": TraitType.INTEGER, "views": TraitType.INTEGER, "last": TraitType.INSTANT, "city": TraitType.TEXT}


def index_of(**where: str) -> SegmentIndex:
    return SegmentIndex({name: Segment(name=name, where=text) for name, text in where.items()}, SCHEMA, digits=2)


def shift(index: SegmentIndex, changed: set[str] | None, values: dict[str, Any], **how: Any) -> Shift:
    told = {"moment": NOW, "current": (), "changes": {}, **how}
    return changed_segments(index, None if changed is None else frozenset(changed), values, **told)


def test_only_segments_that_read_a_changed_trait_are_looked_at() -> None:
    index = index_of(regulars="orders >= 6", viewers="views > 1 and orders = 0", local="city = 'Wien'")
    found = shift(index, {"orders"}, {"orders": 7, "views": 0})
    assert set(found.rechecks) == {"regulars", "viewers"}
    assert index.needs(frozenset({"orders"})) == {"orders", "views"}


def test_entered_and_left_are_told_against_the_current_segments() -> None:
    index = index_of(a="orders >= 1", b="orders >= 1", c="orders >= 9", d="orders >= 9")
    found = shift(index, {"orders"}, {"orders": 1}, current={"b", "d"})
    assert (found.entered, found.left) == (("a",), ("d",))


def test_what_is_not_known_is_not_inside() -> None:
    found = shift(index_of(local="city = 'Wien'", elsewhere="city <> 'Wien'"), None, {"city": None}, current={"local"})
    assert (found.entered, found.left) == ((), ("local",))


def test_due_segments_are_looked_at_too() -> None:
    found = shift(index_of(a="orders > 1", b="views > 1"), {"orders"}, {"orders": 2, "views": 2}, due=["b", "gone"])
    assert found.entered == ("a", "b")


def test_recheck_is_the_soonest_change_of_what_it_reads() -> None:
    index = index_of(a="orders > 1 and views > 1", b="views > 1", c="city = 'Wien'")
    found = shift(index, None, {}, changes={"orders": 5 * DAY, "views": 9 * DAY})
    assert found.rechecks == {"a": 5 * DAY, "b": 9 * DAY, "c": None}


def test_recheck_near_a_flip_is_exact() -> None:
    last = NOW.micros - 45 * DAY + 60_000_000
    found = shift(index_of(lapsed="last < now() - interval 45 day"), None, {"last": last})
    assert found.rechecks == {"lapsed": NOW.micros + 60_000_000 + 1}


def test_unknown_trait_is_refused_with_its_place() -> None:
    with pytest.raises(BadInput, match=r"segments\.yaml: a\.where.*'order'.*did you mean 'orders'"):
        index_of(a="order > 1")


CLOCKED = (
    "last < now() - interval 45 day",
    "now() - interval 2 month >= last or orders > 3",
    "last between now() - interval 30 hour and now() + interval 1 week",
    "not (last > now() - interval 1 year) and orders > 0",
    "last > now() - interval 90 minute or last < now() - interval 20 day",
)


@settings(deadline=None, max_examples=60)
@given(rng=st.randoms(use_true_random=True), where=st.sampled_from(CLOCKED), days=st.floats(-40, 400))
def test_segment_stays_as_it_is_until_its_recheck(rng: Random, where: str, days: float) -> None:
    index = index_of(s=where)
    values = {"last": NOW.micros - int(days * DAY), "orders": rng.randrange(5)}
    recheck = shift(index, None, values).rechecks["s"]
    passes = index.touched(None)[0].passes
    end = NOW.micros + 800 * DAY if recheck is None else recheck
    assert end > NOW.micros
    for at in [end - 1, *(rng.randrange(NOW.micros, end) for _ in range(20))]:
        assert passes(values, Moment(at, ZONE)) == passes(values, NOW)


def test_rechecks_reach_the_flip_in_few_steps() -> None:
    index = index_of(lapsed="last < now() - interval 2 month")
    values, at, steps = {"last": NOW.micros}, NOW.micros, 0
    while not index.touched(None)[0].passes(values, Moment(at, ZONE)):
        recheck = shift(index, None, values, moment=Moment(at, ZONE)).rechecks["lapsed"]
        assert recheck is not None
        at, steps = recheck, steps + 1
    assert steps <= 3
    assert timedelta(microseconds=at - NOW.micros) > timedelta(days=59)
