"""Terms: lengths of time by the calendar, as promises to people name them: `13 months`, `90 days`, `2 years`."""

import re
from calendar import monthrange
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from shopkeeper.core.errors import BadInput, nearest

_FORM = re.compile(r"\s*([0-9]{1,4})\s*([A-Za-z]+?)s?\s*")
_UNITS: dict[str, tuple[int, Literal["day", "month"]]] = {
    "day": (1, "day"),
    "week": (7, "day"),
    "month": (1, "month"),
    "year": (12, "month"),
}
_LONGEST = {"day": 36_525, "month": 1_200}


class Term(NamedTuple):
    """So many days, or months of the calendar."""

    n: int
    unit: Literal["day", "month"]


def parse_term(text: str) -> Term:
    """Read a term. Raises: BadInput: no number and unit, or not from a day to a hundred years."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise BadInput(f"{text[:60]!r}, must be a number and a unit such as '13 months'")
    word = found[2].lower()
    if word not in _UNITS:
        raise BadInput(
            f"unknown unit {found[2][:60]!r}{nearest(word, _UNITS) or ', must be days, weeks, months or years'}"
        )
    factor, unit = _UNITS[word]
    n = int(found[1]) * factor
    if not 1 <= n <= _LONGEST[unit]:
        raise BadInput(f"{text.strip()[:60]!r}, must be from '1 day' to '100 years'")
    return Term(n, unit)


def term_before(at: datetime, term: Term) -> datetime:
    """Return the instant that lies a term before another; the 31st of a shorter month is its last day."""
    return at - timedelta(days=term.n) if term.unit == "day" else _months_from(at, -term.n)


def term_after(at: datetime, term: Term) -> datetime:
    """Return the instant that lies a term after another; the 31st of a shorter month is its last day."""
    return at + timedelta(days=term.n) if term.unit == "day" else _months_from(at, term.n)


def _months_from(at: datetime, n: int) -> datetime:
    year, month = divmod(at.year * 12 + at.month - 1 + n, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))
