"""Single values as they come from outside: read exactly, bounded, or refused with a stable code.

A reason names the field and what was expected, never the value: values may be personal data.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import chain
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from shopkeeper.core.errors import BadInput
from shopkeeper.core.instant import parse_instant
from shopkeeper.core.money import to_minor

MAX_NAME = 200
MAX_TEXT = 32_768
MAX_MINOR = 10**15
MAX_QUANTITY = 10**9
MAX_DEPTH = 32
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_BIG = 1 << 63
LEAD = timedelta(days=1)
"""How far ahead of ours a sender's clock may run."""


class Refusal(BadInput):
    """Something that cannot be taken as it is; `code` is stable, the message says what to mend."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def read_text(value: Any, field: str, *, limit: int = MAX_NAME) -> str | None:
    """Read an id or a short text; whole numbers become their digits, empty is None. Raises: Refusal."""
    if value is None:
        return None
    if _is_usual(value, limit) and "\0" not in value:
        return value.strip() or None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Refusal("bad_text", f"{field}: must be a text or a whole number")
    text = value.strip()
    if len(text) > limit:
        raise Refusal("bad_text", f"{field}: {len(text)} characters, must be at most {limit}")
    if "\0" in text or not _encodable(text):
        raise Refusal("bad_text", f"{field}: holds NUL or half a character")
    return text or None


def refuse_nul(text: str, field: str) -> str:
    """Return a text that becomes a column of its own, where PostgreSQL cannot keep a NUL. Raises: Refusal."""
    if "\0" in text:
        raise Refusal("bad_text", f"{field}: holds the character NUL")
    return text


def _is_usual(value: Any, limit: int) -> bool:
    """Say whether a value is a short ASCII text, as most are, which nothing can be wrong with."""
    return value.__class__ is str and value.isascii() and len(value) <= limit


def _encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_money(value: Any, field: str, currency: str) -> int:
    """Read an amount in major units as minor units, half a cent to the even neighbour. Raises: Refusal."""
    try:
        if isinstance(value, bool):
            raise BadInput("not a number")
        return _minor(value, currency)
    except (BadInput, TypeError):
        raise Refusal("bad_amount", f"{field}: must be a finite amount such as 12.50, below 10 trillion") from None


@lru_cache(maxsize=1 << 16)
def _minor(value: str | float | Decimal, currency: str) -> int:
    """Prices repeat: most amounts of an import are found here."""
    minor = to_minor(_bounded(value), currency)
    if abs(minor) > MAX_MINOR:
        raise BadInput("out of bounds")
    return minor


def _bounded(value: Any) -> Decimal:
    """Read a decimal by its text, and refuse one whose digits would fill the memory."""
    if not isinstance(value, str | int | float | Decimal) or (isinstance(value, str) and len(value) > 60):
        raise BadInput("not a number")
    try:
        number = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):
        raise BadInput("not a number") from None
    if not number.is_finite() or number.adjusted() > 15 or number.adjusted() < -60:
        raise BadInput("out of bounds")
    return number


def read_minor(value: Any, field: str) -> int:
    """Read an amount that is in minor units already. Raises: Refusal."""
    minor = read_number(value, field, code="bad_amount")
    if minor != minor.to_integral_value() or abs(minor) > MAX_MINOR:
        raise Refusal("bad_amount", f"{field}: must be a whole number of minor units")
    return int(minor)


def read_number(value: Any, field: str, *, code: str = "bad_number") -> Decimal:
    """Read a finite number exactly. Raises: Refusal."""
    try:
        if isinstance(value, bool):
            raise BadInput("not a number")
        return _bounded(value)
    except BadInput:
        raise Refusal(code, f"{field}: must be a finite number such as 1.5") from None


def read_quantity(value: Any, field: str = "quantity") -> tuple[int, Decimal]:
    """Read a quantity as (pieces, exact). A weighed 0.452 counts as one piece. Raises: Refusal."""
    if type(value) is int and 0 <= value <= MAX_QUANTITY:
        return value, Decimal(value)
    exact = read_number(value, field, code="bad_quantity")
    if not 0 <= exact <= MAX_QUANTITY:
        raise Refusal("bad_quantity", f"{field}: must be from 0 to {MAX_QUANTITY}")
    return (max(1, round(exact)) if exact else 0), exact


def read_instant(value: Any, field: str, *, now: datetime, naive: ZoneInfo | None = None) -> datetime:
    """Read an instant between 1990 and a day from `now`.

    Args:
        naive: The zone of an instant that names none; without it such an instant is refused.

    Raises: Refusal.
    """
    try:
        at = _aware(value, naive)
    except (BadInput, OverflowError) as error:
        reason = str(error) if isinstance(error, BadInput) else "out of bounds"
        raise Refusal("bad_timestamp", f"{field}: {reason}") from None
    if not EARLIEST <= at <= now + LEAD:
        clock = (
            f", and it is {now:%Y-%m-%d} by the shop's clock, which the setting 'now' may have set" if at > now else ""
        )
        raise Refusal("bad_timestamp", f"{field}: must lie between 1990 and one day from now{clock}")
    return at


def _aware(value: Any, naive: ZoneInfo | None) -> datetime:
    if isinstance(value, str):
        return parse_instant(value, naive=naive)
    if not isinstance(value, datetime):
        raise BadInput("not an instant, must be ISO 8601 such as '2017-12-04T09:30:00Z'")
    if value.tzinfo is None:
        if naive is None:
            raise BadInput("an instant without a zone: name the zone of naive times")
        return value.replace(tzinfo=naive).astimezone(UTC)
    return value.astimezone(UTC)


def require_plain(value: Any, field: str, *, depth: int = 0) -> None:
    """Refuse what no store can keep: NaN, infinities, integers beyond 64 bits, half characters, deep nesting."""
    if depth > MAX_DEPTH:
        raise Refusal("too_deep", f"{field}: lists or mappings inside one another more than {MAX_DEPTH} deep")
    if isinstance(value, dict | list | tuple):
        for part in chain(value, value.values()) if isinstance(value, dict) else value:
            kind = part.__class__
            usual = part.isascii() and len(part) <= MAX_TEXT if kind is str else kind is int and -_BIG <= part < _BIG
            if not (usual or part is None or kind is bool):
                require_plain(part, field, depth=depth + 1)
    else:
        _require_plain_scalar(value, field)


def _require_plain_scalar(value: Any, field: str) -> None:
    if isinstance(value, str):
        if len(value) > MAX_TEXT or not _encodable(value):
            raise Refusal("bad_text", f"{field}: over {MAX_TEXT} characters, or holds half a character")
    elif isinstance(value, float):
        if not isfinite(value):
            raise Refusal("bad_number", f"{field}: must be a finite number")
    elif isinstance(value, int):
        if not -_BIG <= value < _BIG:
            raise Refusal("bad_number", f"{field}: a whole number beyond 64 bits")
    elif value is not None:
        raise Refusal("bad_value", f"{field}: must be a value that JSON knows")
