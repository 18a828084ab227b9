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
SCHEMA = {
    "orders": TraitType.INTEGER,
    "views": TraitType.INTEGER,
    "last": TraitType.INSTANT,
    "city": TraitType.TEXT,
    "ratio": TraitType.NUMBER,
    "loyal": TraitType.BOOLEAN,
}


def index_of(**where: str) -> SegmentIndex:
    return SegmentIndex({name: Segment(name=name, where=text) for name, text in where.items()}, SCHEMA, digits=2)


def shift(index: SegmentIndex, changed: set[str] | None, values: dict[str, Any], **how: Any) -> Shift:
    told = {"moment": NOW, "current": (), **how}
    ahead = told.pop("changes", {})
    told["changes"] = lambda names: {name: ahead[name] for name in names if name in ahead}
    return changed_segments(index, index.readers(changed), values, **told)


def soonest(found: Shift) -> int | None:
    """Return when the one segment of an index is to be looked at again."""
    return next(iter(found.rechecks.values())) if found.rechecks else found.outside


def test_only_segments_that_read_a_changed_trait_are_looked_at() -> None:
    index = index_of(regulars="orders >= 6", viewers="views > 1 and orders = 0", local="city = 'Wien'")
    found = shift(index, {"orders"}, {"orders": 7, "views": 0})
    assert found.entered == ("regulars",)
    assert index.readers({"orders"}) == index.bits_of(["regulars", "viewers"])
    assert set(index.reads_of(index.readers({"orders"}))) == {"orders", "views"}


def test_entered_and_left_are_told_against_the_current_segments() -> None:
    index = index_of(a="orders >= 1", b="orders >= 1", c="orders >= 9", d="orders >= 9")
    found = shift(index, {"orders"}, {"orders": 1}, current={"b", "d"})
    assert (found.entered, found.left) == (("a",), ("d",))


def test_what_is_not_known_is_not_inside() -> None:
    found = shift(index_of(local="city = 'Wien'", elsewhere="city <> 'Wien'"), None, {"city": None}, current={"local"})
    assert (found.entered, found.left) == ((), ("local",))


def test_recheck_is_the_soonest_change_of_what_it_reads() -> None:
    index = index_of(a="orders > 1 and views > 1", b="views > 1", c="city = 'Wien'")
    changes = {"orders": 5 * DAY, "views": 9 * DAY}
    inside = shift(index, None, {"orders": 2, "views": 2, "city": "Wien"}, changes=changes)
    assert (inside.rechecks, inside.outside) == ({"a": 5 * DAY, "b": 9 * DAY, "c": None}, None)
    between = shift(index, None, {"orders": 1, "views": 2}, changes=changes)
    assert (between.rechecks, between.outside) == ({"b": 9 * DAY}, 5 * DAY)
    outside = shift(index, {"views"}, {"orders": 2, "views": 0}, changes=changes | {"city": 2 * DAY})
    assert (outside.rechecks, outside.outside) == ({}, 5 * DAY)


def test_recheck_near_a_flip_is_exact() -> None:
    last = NOW.micros - 45 * DAY + 60_000_000
    found = shift(index_of(lapsed="last < now() - interval 45 day"), None, {"last": last})
    assert (found.rechecks, found.outside) == ({}, NOW.micros + 60_000_000 + 1)


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
    recheck = soonest(shift(index, None, values))
    passes = index.segments[0].passes
    end = NOW.micros + 800 * DAY if recheck is None else recheck
    assert end > NOW.micros
    for at in [end - 1, *(rng.randrange(NOW.micros, end) for _ in range(20))]:
        assert passes(values, Moment(at, ZONE)) == passes(values, NOW)


def test_rechecks_reach_the_flip_in_few_steps() -> None:
    index = index_of(lapsed="last < now() - interval 2 month")
    values, at, steps = {"last": NOW.micros}, NOW.micros, 0
    while not index.segments[0].passes(values, Moment(at, ZONE)):
        recheck = soonest(shift(index, None, values, moment=Moment(at, ZONE)))
        assert recheck is not None
        at, steps = recheck, steps + 1
    assert steps <= 3
    assert timedelta(microseconds=at - NOW.micros) > timedelta(days=59)


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> str:
    """Write a predicate over the traits of `SCHEMA`."""
    if depth and draw(st.booleans()):
        parts = draw(st.lists(conditions(depth - 1), min_size=2, max_size=3))
        joined = draw(st.sampled_from((" and ", " or "))).join(f"({part})" for part in parts)
        return draw(st.sampled_from((joined, f"not ({joined})")))
    n, op = draw(st.integers(-1, 4)), draw(st.sampled_from(("=", "<>", "<", "<=", ">", ">=")))
    trait = draw(st.sampled_from(("orders", "views")))
    forms = (f"{trait} {op} {n}", f"{n} {op} {trait}", f"{trait} between {n} and {n + 2}", f"{trait} in ({n}, {n + 1})")
    others = (
        "city = 'Wien'",
        "city > 'Graz'",
        "city is null",
        "city in ('Graz', 'Wien')",
        f"orders {op} views",
        "loyal",
    )
    return draw(st.sampled_from((*forms, f"not {trait} {op} {n}", f"ratio {op} {n}", *others)))


@settings(deadline=None, max_examples=150)
@given(where=st.lists(conditions(), min_size=1, max_size=20), rng=st.randoms(use_true_random=True))
def test_what_is_inside_is_what_holds_one_by_one(where: list[str], rng: Random) -> None:
    index = index_of(**{f"s{place}": text for place, text in enumerate(where)})
    for _ in range(20):
        choices = {
            "orders": (None, -1, 0, 1, 2, 3, 5),
            "views": (None, 0, 1, 2, 4),
            "city": (None, "Graz", "Linz", "Wien"),
            "ratio": (None, 0.0, 1.5, float("nan"), float("inf")),
            "loyal": (None, True, False),
        }
        values = {name: rng.choice(some) for name, some in choices.items()}
        holding = [one.name for one in index.segments if one.passes(values, NOW)]
        assert list(shift(index, None, values).entered) == holding
