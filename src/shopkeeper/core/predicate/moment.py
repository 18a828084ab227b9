"""The pinned instant of one evaluation, and calendar arithmetic on it."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.predicate.tree import Unit

_FIXED = {"minute": 60_000_000, "hour": 3_600_000_000}
_DAY = 86_400_000_000
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
    steady = _shift_steadily(at, zone, n * _DAYS[unit] * _DAY) if unit in _DAYS else None
    if steady is not None:
        return steady
    wall = from_micros(at).astimezone(zone).replace(tzinfo=None, fold=0)
    moved = wall + timedelta(days=n * _DAYS[unit]) if unit in _DAYS else _months_on(wall, n * _MONTHS[unit])
    return micros(moved.replace(tzinfo=zone).astimezone(UTC))


def _shift_steadily(at: int, zone: ZoneInfo, span: int) -> int | None:
    """Move by whole days where the zone keeps one offset around each end, which spares asking its clock."""
    here, there = _steady_offset(zone, at // _DAY), _steady_offset(zone, (at + span) // _DAY)
    return None if here is None or there is None else at + span + here - there


@lru_cache(maxsize=4096)
def _steady_offset(zone: ZoneInfo, day: int) -> int | None:
    """Return a zone's offset in microseconds if it is the same from three days before a UTC day until three after."""
    try:
        around = {from_micros(near * _DAY).astimezone(zone).utcoffset() for near in range(day - 3, day + 5)}
    except OverflowError:
        return None
    offset = around.pop()
    return None if around or offset is None else offset // timedelta(microseconds=1)


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
