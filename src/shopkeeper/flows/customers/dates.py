"""Days in words, in the shop's time zone."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from shopkeeper.core.instant import local_day

NEAR: Final = 14
"""Days further away than this are told by their date."""


def day_in_words(day: date) -> str:
    """Write a day: `3 March 2017`."""
    from babel.dates import format_date

    return format_date(day, "d MMMM y", locale="en_US")


def since_in_words(at: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """Say when something was: `today`, `5 days ago`, `on 3 March 2017`."""
    day = local_day(at, zone)
    gone = (local_day(now, zone) - day).days
    if gone in {0, 1}:
        return ("today", "yesterday")[gone]
    return f"{gone} days ago" if 0 < gone <= NEAR else f"on {day_in_words(day)}"


def due_in_words(at: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """Say when something is due: `due tomorrow`, `due on 3 March 2017`, `2 days overdue`."""
    day = local_day(at, zone)
    left = (day - local_day(now, zone)).days
    if left < 0:
        return f"{-left} day{'' if left == -1 else 's'} overdue"
    if left in {0, 1}:
        return ("due today", "due tomorrow")[left]
    return f"due in {left} days" if left <= NEAR else f"due on {day_in_words(day)}"
