"""Instants: aware datetimes at the edges, int64 microseconds since 1970 UTC inside folds and predicates."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shopkeeper.core.errors import BadInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Return an aware datetime as whole microseconds since 1970-01-01T00:00Z."""
    return (at - _EPOCH) // _MICRO


def from_micros(value: int) -> datetime:
    """Return microseconds since 1970-01-01T00:00Z as an aware UTC datetime."""
    return _EPOCH + value * _MICRO


def zone(name: str) -> ZoneInfo:
    """Look up an IANA time zone. Raises: BadInput: there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(f"time_zone == {name!r}, must be an IANA zone such as 'Europe/Vienna'") from None


def parse_instant(text: str, *, naive: ZoneInfo | None = None) -> datetime:
    """Read an ISO 8601 instant and return it in UTC.

    Args:
        naive: The zone of a text that names none; without it such a text is refused.

    Raises: BadInput: no ISO 8601 instant, or naive without a zone.
    """
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput("not an ISO 8601 instant such as '2017-12-04T09:30:00Z'") from None
    if at.tzinfo is None:
        if naive is None:
            raise BadInput("an instant without a zone: name the zone of naive times")
        at = at.replace(tzinfo=naive)
    return at.astimezone(UTC)


def local_day(at: datetime, where: ZoneInfo) -> date:
    """Return the calendar day of an instant in a zone."""
    return at.astimezone(where).date()


def start_of_day(day: date, where: ZoneInfo) -> datetime:
    """Return the first instant of a calendar day in a zone, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=where).astimezone(UTC)
