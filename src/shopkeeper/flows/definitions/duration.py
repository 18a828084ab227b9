"""Lengths of time as people write them: `90 days`, `36 hours`, `2 years`."""

import re
from typing import Literal, NamedTuple

from shopkeeper.core.errors import BadInput, nearest
from shopkeeper.core.trait import Window

_FORM = re.compile(r"\s*([+-]?[0-9]{1,9})\s*([A-Za-z]+?)s?\s*")
_UNITS: dict[str, tuple[int, Literal["minute", "hour", "day"]]] = {
    "minute": (1, "minute"),
    "hour": (1, "hour"),
    "day": (1, "day"),
    "week": (7, "day"),
    "year": (365, "day"),
}
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_TEN_YEARS = 10 * 366 * 1440


class _Length(NamedTuple):
    n: int
    unit: Literal["minute", "hour", "day"]


def _parse(text: str, example: str) -> _Length:
    found = _FORM.fullmatch(text)
    if found is None:
        raise BadInput(f"{text[:60]!r}, must be a number and a unit such as {example!r}")
    word = found[2].lower()
    if word == "month":
        raise BadInput(f"{text[:60]!r}, must be in days, since months differ in length: '30 days'")
    if word not in _UNITS:
        hint = nearest(word, _UNITS) or ", must be minutes, hours, days, weeks or years"
        raise BadInput(f"unknown unit {found[2][:60]!r}{hint}")
    factor, unit = _UNITS[word]
    return _Length(int(found[1]) * factor, unit)


def parse_window(text: str) -> Window:
    """Read a trait's window; a week is 7 days, a year 365. Raises: BadInput: not from 1 minute to 10 years."""
    length = _parse(text, "90 days")
    if not 1 <= length.n * _MINUTES[length.unit] <= _TEN_YEARS:
        raise BadInput(f"{text.strip()[:60]!r}, must be from '1 minute' to '10 years'")
    return Window(n=length.n, unit=length.unit)


def parse_days(text: str, *, least: int, most: int) -> int:
    """Read a length in whole days. Raises: BadInput: hours or minutes, or not from `least` to `most` days."""
    length = _parse(text, "28 days")
    if length.unit != "day" or not least <= length.n <= most:
        raise BadInput(f"{text.strip()[:60]!r}, must be whole days, from '{least} days' to '{most} days'")
    return length.n
