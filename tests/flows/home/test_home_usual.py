from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from shopkeeper.core.instant import from_micros
from shopkeeper.flows.home.usual import DAYS, compare, hours_so_far

NEW_YORK = ZoneInfo("America/New_York")


def days(today: float, yesterday: float, *weeks: float) -> list[float | None]:
    figures: list[float | None] = [0.0] * DAYS
    figures[0], figures[1] = today, yesterday
    for back, figure in zip((7, 14, 21, 28), weeks, strict=False):
        figures[back] = figure
    return figures


def said(figures: list[float | None], known: int = DAYS) -> tuple[str, str, str]:
    return tuple(compare(figures, known=known, weekday="Monday"))


def test_a_figure_stands_beside_the_median_of_four_weekdays() -> None:
    assert said(days(88, 120, 100, 100, 100, 9000)) == (
        "120 by this time yesterday",
        "12 % below the usual Monday",
        "down",
    )
    assert said(days(125, 0, 100, 100, 100, 100))[1:] == ("25 % above the usual Monday", "up")
    assert said(days(104, 0, 100, 100, 100, 100))[1:] == ("as usual on a Monday", "same")
    assert said(days(350, 0, 100, 100, 100, 100))[1:] == ("3.5 times the usual Monday", "up")


def test_few_are_said_as_they_are_and_none_as_none() -> None:
    assert said(days(1, 0, 4, 4, 4, 4))[1] == "usually 4 on a Monday"
    assert said(days(5, 0, 0, 0, 0, 0))[1:] == ("usually none on a Monday", "up")
    assert said(days(0, 0, 0, 0, 0, 0))[1:] == ("as usual on a Monday", "same")


def test_days_before_the_first_event_are_unknown_and_not_empty() -> None:
    assert said(days(50, 60, 100, 100), known=14) == (
        "60 by this time yesterday",
        "too few Mondays to say what is usual",
        "down",
    )
    assert said(days(50, 60), known=1)[0] == "nothing to compare with yesterday"
    assert said([None] * DAYS) == ("nothing to compare with yesterday", "too few Mondays to say what is usual", "same")


def test_each_day_counts_up_to_the_same_time_of_the_shops_day() -> None:
    now = datetime(2017, 12, 4, 0, 30, tzinfo=UTC)
    hours = hours_so_far(now, NEW_YORK)
    assert (len(hours), hours[0].day, from_micros(hours[0].high)) == (DAYS, date(2017, 12, 3), now)
    assert from_micros(hours[0].low) == datetime(2017, 12, 3, 5, tzinfo=UTC)
    assert {one.high - one.low for one in hours} == {hours[0].high - hours[0].low}
    # the clocks were put back on 5 November: that day began at 4:00 UTC
    before = next(one for one in hours if one.day == date(2017, 11, 5))
    assert from_micros(before.low) == datetime(2017, 11, 5, 4, tzinfo=UTC)
    assert hours[0].number - hours[1].number == 1
    assert now - from_micros(hours[0].low) == timedelta(hours=19, minutes=30)
