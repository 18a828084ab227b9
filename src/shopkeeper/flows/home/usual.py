"""Today beside the days before: the same hours of yesterday, and what is usual on this weekday, in words."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shopkeeper.core.instant import local_day, micros, start_of_day

DAYS = 29
"""Today and the 28 days before it, so that each weekday came four times before."""
WEEKS = (7, 14, 21, 28)
FEWEST = 2
"""Weekdays of before that make something usual."""
SAME = 0.05
"""A share of the usual within which a figure counts as usual."""
FEW = 20
"""Below so many, a share says less than the figure itself."""
_EPOCH = date(1970, 1, 1).toordinal()


class Hours(NamedTuple):
    """The part of a local day up to this time of day, microseconds since 1970, from `low` until before `high`."""

    day: date
    low: int
    high: int

    @property
    def number(self) -> int:
        """The day, counted since 1970."""
        return self.day.toordinal() - _EPOCH


class Comparison(NamedTuple):
    """A figure of today in words beside others; `way` is `up`, `down` or `same` against the usual, else yesterday."""

    yesterday: str
    usual: str
    way: str


def hours_so_far(now: datetime, zone: ZoneInfo) -> list[Hours]:
    """Return today until now and, for each of the 28 days before, the hours until the same time, latest first."""
    today = local_day(now, zone)
    passed = now - start_of_day(today, zone)
    days = [today - timedelta(days=back) for back in range(DAYS)]
    starts = [start_of_day(day, zone) for day in days]
    return [Hours(day, micros(start), micros(start + passed)) for day, start in zip(days, starts, strict=True)]


def compare(
    figures: Sequence[float | None],
    *,
    known: int,
    weekday: str,
    write: Callable[[float], str] = "{:,.0f}".format,
) -> Comparison:
    """Compare the first of 29 figures, one a day, today's first, with the others; None where there was none to be had.

    Args:
        known: How many of the days lie in the time that the shop has events of; earlier ones are unknown.
        weekday: Today's name.
        write: Writes a figure.
    """
    now, before = figures[0], figures[1] if known > 1 else None
    yesterday = "nothing to compare with yesterday" if before is None else f"{write(before)} by this time yesterday"
    weeks = [past for back in WEEKS if back < known and (past := figures[back]) is not None]
    if now is None or len(weeks) < FEWEST:
        way = "same" if now is None or before is None else _way(now, before)
        return Comparison(yesterday, f"too few {weekday}s to say what is usual", way)
    usual = median(weeks)
    return Comparison(yesterday, _against(now, usual, weekday, write), _way(now, usual))


def _against(now: float, usual: float, weekday: str, write: Callable[[float], str]) -> str:
    if _way(now, usual) == "same":
        return f"as usual on a {weekday}"
    if not usual:
        return f"usually none on a {weekday}"
    if usual < FEW and now < FEW:
        return f"usually {write(usual)} on a {weekday}"
    if now >= 2 * usual:
        return f"{now / usual:,.1f} times the usual {weekday}"
    off = round(abs(now / usual - 1) * 100)
    return f"{off} % {'above' if now > usual else 'below'} the usual {weekday}"


def _way(now: float, before: float) -> str:
    if abs(now - before) <= SAME * abs(before):
        return "same"
    return "up" if now > before else "down"
