"""Between an instant and the one that flips_at names, time alone changes nothing."""

from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.predicate import Moment, compile_predicate, flips_at, parse_predicate
from shopkeeper.core.predicate.tree import Unit
from shopkeeper.core.trait import TraitType, Value

HOUR = 3_600_000_000
DAY = 24 * HOUR
SCHEMA = {"last_order": TraitType.INSTANT, "born": TraitType.INSTANT, "orders": TraitType.INTEGER}
ZONES = ["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "UTC"]
LENGTHS: dict[Unit, int] = {
    "minute": HOUR // 60,
    "hour": HOUR,
    "day": DAY,
    "week": 7 * DAY,
    "month": 30 * DAY,
    "year": 365 * DAY,
}
anchors = st.sampled_from(
    ["2011-12-29", "2017-03-10", "2017-11-04", "2017-02-26", "2017-03-30", "2016-02-28", "2017-05-27", "2017-07-31"]
).map(lambda day: micros(datetime.fromisoformat(day).replace(tzinfo=UTC)))


def at(text: str) -> int:
    return micros(datetime.fromisoformat(text))


@settings(max_examples=300, deadline=None)
@given(
    op=st.sampled_from(["<", "<=", ">", ">=", "=", "<>"]),
    n=st.sampled_from([-12, -2, -1, 1, 2, 12]),
    unit=st.sampled_from(list(LENGTHS)),
    zone=st.sampled_from(ZONES),
    base=st.tuples(anchors, st.integers(0, 5 * 96)).map(lambda pair: pair[0] + pair[1] * HOUR // 4),
    distance=st.integers(-4 * 96, 4 * 96),
    random=st.randoms(use_true_random=False),
)
def test_value_is_constant_until_it_flips(
    *, op: str, n: int, unit: Unit, zone: str, base: int, distance: int, random: Random
) -> None:
    sign = "-" if n < 0 else "+"
    predicate = parse_predicate(f"last_order {op} now() {sign} interval {abs(n)} {unit}", SCHEMA, place="test")
    values: dict[str, Value] = {
        "last_order": base + n * LENGTHS[unit] + distance * HOUR // 4 + random.choice([0, 1, -1])
    }
    evaluate = compile_predicate(predicate)
    flip = flips_at(predicate, values, Moment(base, ZoneInfo(zone)))
    until = base + 40 * DAY if flip is None else flip
    samples = [*range(base, min(until, base + 6 * DAY), HOUR // 2), until - 1]
    samples += [random.randrange(base, until) for _ in range(10)]
    assert {evaluate(values, Moment(sample, ZoneInfo(zone))) for sample in samples} == {
        evaluate(values, Moment(base, ZoneInfo(zone)))
    }


@pytest.mark.parametrize(
    ("text", "last_order", "now", "flip"),
    [
        (
            "last_order < now() - interval 45 day",
            "2017-12-01T10:00Z",
            "2017-12-04T00:00Z",
            "2018-01-15T10:00:00.000001Z",
        ),
        ("last_order <= now() - interval 45 day", "2017-12-01T10:00Z", "2017-12-04T00:00Z", "2018-01-15T10:00Z"),
        ("last_order < now() - interval 45 day", "2017-12-01T10:00Z", "2018-12-04T00:00Z", None),
        ("last_order > now()", "2017-12-01T10:00Z", "2017-11-04T00:00Z", "2017-12-01T10:00Z"),
        (
            "last_order > now() - interval 1 day",
            "2017-03-11T12:00-05:00",
            "2017-03-11T13:00-05:00",
            "2017-03-12T12:00-04:00",
        ),
        ("orders > 3", "2017-12-01T10:00Z", "2017-12-04T00:00Z", None),
        ("born < now()", "2017-12-01T10:00Z", "2017-12-04T00:00Z", None),
        (
            "now() between last_order and '2018-01-01T00:00Z'",
            "2017-12-01T10:00Z",
            "2017-12-04T00:00Z",
            "2018-01-01T00:00:00.000001Z",
        ),
        (
            "last_order > now() or '2017-12-05T00:00Z' < now()",
            "2017-12-30T10:00Z",
            "2017-12-04T00:00Z",
            "2017-12-05T00:00:00.000001Z",
        ),
    ],
)
def test_flip_is_exact(text: str, last_order: str, now: str, flip: str | None) -> None:
    predicate = parse_predicate(text, SCHEMA, place="test")
    values: dict[str, Value] = {"last_order": at(last_order), "orders": 2}
    found = flips_at(predicate, values, Moment(at(now), ZoneInfo("America/New_York")))
    assert (found and from_micros(found)) == (flip and datetime.fromisoformat(flip))


def test_clamped_month_end_flips_back_and_forth() -> None:
    predicate = parse_predicate("last_order < now() - interval 1 month", SCHEMA, place="test")
    values: dict[str, Value] = {"last_order": at("2017-02-28T12:00Z")}
    flips, now = [], at("2017-03-01T00:00Z")
    while (flip := flips_at(predicate, values, Moment(now, ZoneInfo("UTC")))) is not None:
        flips.append(from_micros(flip).strftime("%d %H"))
        now = flip
    assert flips == ["28 12", "29 00", "29 12", "30 00", "30 12", "31 00", "31 12"]


def test_an_instant_beyond_the_calendar_never_flips() -> None:
    predicate = parse_predicate("last_order > now() - interval 1 month", SCHEMA, place="test")
    assert flips_at(predicate, {"last_order": 2**63 - 1}, Moment(0, ZoneInfo("UTC"))) is None
