"""Moving by days without asking the clock gives what the calendar gives."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.predicate.moment import shift

ZONES = ("Europe/Vienna", "America/New_York", "Pacific/Apia", "Africa/Casablanca", "Australia/Lord_Howe", "UTC")
YEARS = st.integers(micros(datetime(1985, 1, 1, tzinfo=UTC)), micros(datetime(2035, 1, 1, tzinfo=UTC)))


def by_the_calendar(at: int, zone: ZoneInfo, days: int) -> int:
    wall = from_micros(at).astimezone(zone).replace(tzinfo=None, fold=0) + timedelta(days=days)
    return micros(wall.replace(tzinfo=zone).astimezone(UTC))


@given(at=YEARS, zone=st.sampled_from(ZONES), days=st.integers(-400, 400))
@example(at=micros(datetime(2011, 12, 30, 9, tzinfo=UTC)), zone="Pacific/Apia", days=1)
@example(at=micros(datetime(2024, 3, 30, 1, 30, tzinfo=UTC)), zone="Europe/Vienna", days=1)
@example(at=micros(datetime(2024, 10, 20, 0, 30, tzinfo=UTC)), zone="Europe/Vienna", days=7)
def test_days_are_those_of_the_calendar(at: int, zone: str, days: int) -> None:
    assert shift(at, ZoneInfo(zone), days, "day") == by_the_calendar(at, ZoneInfo(zone), days)


@given(zone=st.sampled_from(ZONES), hours=st.integers(-120, 120), days=st.integers(-6, 6), year=st.integers(1990, 2030))
def test_days_around_a_change_of_clocks_are_those_of_the_calendar(zone: str, hours: int, days: int, year: int) -> None:
    for month in (3, 4, 9, 10, 11, 12):
        at = micros(datetime(year, month, 28, tzinfo=UTC) + timedelta(hours=hours))
        assert shift(at, ZoneInfo(zone), days, "day") == by_the_calendar(at, ZoneInfo(zone), days)
