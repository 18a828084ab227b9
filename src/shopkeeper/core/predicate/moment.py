"""The pinned instant of one evaluation, and calendar arithmetic on it."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.predicate.tree import Unit

_FIXED = {"minute": 60_000_000, "hour": 3_600_000_000}
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def shift(at: int, zone: ZoneInfo, n: int, unit: Unit) -> int:
    """Move an instant by `n` units; a day or longer keeps the local time of day.

    A local time that does not exist (clocks go forward) is read with the offset before the change; one that exists
    twice is the first; the 31st in a month without one is that month's last day.

    Args:
        at: Microseconds since 1970 UTC.
    """
    if unit in _FIXED:
        return at + n * _FIXED[unit]
    wall = from_micros(at).astimezone(zone).replace(tzinfo=None, fold=0)
    moved = wall + timedelta(days=n * _DAYS[unit]) if unit in _DAYS else _months_on(wall, n * _MONTHS[unit])
    return micros(moved.replace(tzinfo=zone).astimezone(UTC))


def _months_on(wall: datetime, n: int) -> datetime:
    year, month = divmod(wall.year * 12 + wall.month - 1 + n, 12)
    return wall.replace(year=year, month=month + 1, day=min(wall.day, monthrange(year, month + 1)[1]))


class Moment:
    """What `now()` means during one evaluation.

    Args:
        micros: Microseconds since 1970 UTC.
        zone: The shop's zone, in which days, weeks, months and years are counted.
    """

    __slots__ = ("micros", "shifted", "zone")

    def __init__(self, micros: int, zone: ZoneInfo) -> None:
        self.micros = micros
        self.zone = zone
        self.shifted: dict[tuple[int, Unit], int] = {(0, "minute"): micros}
        """What was worked out so far, by (n, unit); a plain dict, since generated code reads it."""

    def shift(self, n: int, unit: Unit) -> int:
        """Return `now()` moved by `n` units in microseconds, worked out once."""
        known = self.shifted.get((n, unit))
        if known is None:
            known = self.shifted[n, unit] = shift(self.micros, self.zone, n, unit)
        return known
