"""Calendar arithmetic on now()."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.predicate import Moment
from shopkeeper.core.predicate.tree import Unit

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("now", "n", "unit", "expected"),
    [
        ("2017-03-13T12:00-04:00", -1, "day", "2017-03-12T12:00-04:00"),
        ("2017-03-12T12:00-04:00", -1, "day", "2017-03-11T12:00-05:00"),
        ("2017-03-12T12:00-04:00", -24, "hour", "2017-03-11T11:00-05:00"),
        ("2017-03-13T02:30-04:00", -1, "day", "2017-03-12T03:30-04:00"),
        ("2017-11-06T01:30-05:00", -1, "day", "2017-11-05T01:30-04:00"),
        ("2017-12-04T09:00-05:00", -2, "week", "2017-11-20T09:00-05:00"),
        ("2017-03-31T09:00-04:00", -1, "month", "2017-02-28T09:00-05:00"),
        ("2016-02-29T09:00-05:00", -1, "year", "2015-02-28T09:00-05:00"),
        ("2017-11-30T09:00-05:00", 3, "month", "2018-02-28T09:00-05:00"),
        ("2017-01-15T09:00-05:00", -13, "month", "2015-12-15T09:00-05:00"),
    ],
)
def test_days_and_longer_keep_the_local_time_of_day(now: str, n: int, unit: Unit, expected: str) -> None:
    moment = Moment(micros(datetime.fromisoformat(now)), NEW_YORK)
    assert from_micros(moment.shift(n, unit)) == datetime.fromisoformat(expected).astimezone(UTC)


def test_moment_works_each_shift_out_once() -> None:
    moment = Moment(0, NEW_YORK)
    assert moment.shift(0, "minute") == 0
    first = moment.shift(-45, "day")
    assert moment.shifted[-45, "day"] == first == moment.shift(-45, "day")
