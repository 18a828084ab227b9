"""What a column's values are: numbers and how their decimals are marked, instants and how they are written, texts."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import pairwise, product
from typing import Any, Final, NamedTuple

from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.importing.reading import as_word, with_point

FEW: Final = 0.05
"""Share of a column's values that may be of another type, or one of them; they wait at the import, with a reason."""
TYPED: Final = 2_000
"""Values by which a column's type is told."""
_DAYS: Final = ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d")
_HOURS: Final = ("", " %H:%M", " %H:%M:%S", ", %H:%M", " %I:%M %p", "T%H:%M:%S")
FORMS: Final = tuple(day + hour for day, hour in product(_DAYS, _HOURS))
_CODES: Final = {
    "%d": "day",
    "%m": "month",
    "%Y": "year",
    "%y": "year",
    "%H": "hour",
    "%I": "hour",
    "%M": "minute",
    "%S": "second",
    " %p": " am/pm",
}
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_YES_NO = frozenset({"yes", "no", "ja", "nein", "true", "false", "wahr", "falsch", "y", "n", "j", "0", "1"})
_ZONED = re.compile(r".*(?:Z|[+-]\d{2}:?\d{2})")


class Values(NamedTuple):
    """What one column holds.

    kind: `empty`, `whole`, `number`, `instant`, `flag`, `email` or `text`. marks: How decimals may be marked for all
    to be numbers, of `plain` (12.50), `,` and `.` (with thousands or a currency). forms: How instants are written,
    empty for ISO 8601. ambiguous: Whether day and month could be the other way round. zoned: Whether instants name a
    zone. repeats: Whether equal values stand together, as those of the lines of one order do.
    """

    kind: str
    n: int
    empty: int
    distinct: int
    marks: frozenset[str] = frozenset()
    forms: tuple[str, ...] = ()
    ambiguous: bool = False
    zoned: bool = False
    repeats: bool = False

    @property
    def filled(self) -> int:
        """How many rows have a value."""
        return self.n - self.empty

    @property
    def unique(self) -> float:
        """The share of values that are distinct."""
        return self.distinct / self.filled if self.filled else 0.0


def look(column: Sequence[Any], *, month_first: bool) -> Values:
    """Look at a column's values.

    Args:
        month_first: How to read 03/04/2017 where no value decides.
    """
    texts = [text for value in column if value is not None and (text := str(as_word(value)).strip())]
    counts = Counter(texts)
    n, empty = len(column), len(column) - len(texts)
    bare = Values("text", n, empty, len(counts), repeats=_repeats(texts))
    if not texts:
        return bare._replace(kind="empty")
    if all(isinstance(value, datetime) for value in column if value is not None):
        return bare._replace(kind="instant", zoned=all(v.tzinfo is not None for v in column if v is not None))
    return _typed(bare, counts, texts[:TYPED], month_first=month_first)


def _typed(bare: Values, counts: Counter[str], some: list[str], *, month_first: bool) -> Values:
    if _most(some, _EMAIL.fullmatch):
        return bare._replace(kind="email")
    if len(counts) <= 2 and all(text.casefold() in _YES_NO for text in some):
        return bare._replace(kind="flag")
    if _most(some, _WHOLE.fullmatch) and not _is_day_number(some):
        padded = sum(len(text) > 1 and text.startswith("0") for text in some) > len(some) // 10
        return bare._replace(kind="text" if padded else "whole", marks=frozenset({"plain", ",", "."}))
    if not _is_day_number(some) and (marks := _marks(some)):
        return bare._replace(kind="number", marks=marks)
    return _instants(bare, some, month_first=month_first)


def _repeats(texts: list[str]) -> bool:
    """Say whether equal values mostly stand together, as those of the lines of one order do."""
    runs = sum(1 for a, b in pairwise(texts) if a != b) + 1
    return len(texts) > runs


def _most(texts: Sequence[str], fits: Callable[[str], object]) -> bool:
    """Say whether nearly all values fit."""
    misfits = sum(1 for text in texts if not fits(text))
    return misfits <= max(FEW * len(texts), len(texts) >= 4)


def _is_day_number(some: list[str]) -> bool:
    """Say whether whole numbers are days such as 20171103."""
    return all(len(text) == 8 and "1990" < text[:4] < "2100" and _reads(text, "%Y%m%d") for text in some[:50])


def _marks(some: list[str]) -> frozenset[str]:
    found = {"plain"} if _most(some, _PLAIN.fullmatch) else set()
    return frozenset(found | {mark for mark in (",", ".") if _most(some, lambda text: _is_number(text, mark))})  # noqa: B023 (used at once)


def _is_number(text: str, mark: str) -> bool:
    try:
        with_point(text, "", mark)
    except Refusal:
        return False
    return True


def _instants(bare: Values, some: list[str], *, month_first: bool) -> Values:
    if _most(some, _is_iso):
        return bare._replace(kind="instant", zoned=all(_ZONED.fullmatch(text) for text in some if _is_iso(text)))
    if not any(char.isdigit() for char in some[0]):
        return bare
    fits = {form: {text for text in some if _reads(text, form)} for form in FORMS if _reads_any(some, form)}
    chosen = _cover(some, fits, month_first=month_first)
    if not chosen:
        return bare
    swapped = {other_way(form) for form in chosen}
    ambiguous = all(
        form in fits and form not in chosen and fits[form] >= fits.get(other_way(form), set()) for form in swapped
    )
    return bare._replace(kind="instant", forms=tuple(chosen), ambiguous=ambiguous and swapped != set(chosen))


def _reads_any(some: list[str], form: str) -> bool:
    return any(_reads(text, form) for text in some[:20])


def _cover(some: list[str], fits: dict[str, set[str]], *, month_first: bool) -> list[str]:
    """Choose the fewest forms that read nearly all of the values."""
    left = set(some)
    chosen: list[str] = []
    while fits and len(left) > max(FEW * len(some), len(some) >= 4):
        best = max(fits, key=lambda form: (len(fits[form] & left), form.startswith("%m") == month_first))
        if not fits[best] & left or len(chosen) == 3:
            return []
        chosen.append(best)
        left -= fits[best]
    return chosen


def form_in_words(form: str) -> str:
    """Say how an instant is written: `day.month.year hour:minute`."""
    for code, word in _CODES.items():
        form = form.replace(code, word)
    return form


def other_way(form: str) -> str:
    """Return the form with day and month the other way round, where that can be."""
    if form.startswith("%d") and "." not in form:
        return form.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
    return form.replace("%m", "%_").replace("%d", "%m").replace("%_", "%d") if form.startswith("%m") else form


def _reads(text: str, form: str) -> bool:
    try:
        return datetime.strptime(text, form).year > 1900  # noqa: DTZ007 (only whether it can be read)
    except ValueError:
        return False


def _is_iso(text: str) -> bool:
    try:
        return len(text) >= 8 and datetime.fromisoformat(text).year > 1900
    except ValueError:
        return False


def decimal_of(columns: Iterable[Values]) -> str | None:
    """Tell how a file marks decimals: None as numbers are written plainly, else the mark for the mapping."""
    numbers = [one for one in columns if one.kind == "number"]
    if all("plain" in one.marks for one in numbers):
        return None
    comma = sum("," in one.marks for one in numbers)
    point = sum("." in one.marks for one in numbers)
    return "," if comma >= point else "."
