"""Quarantine: what could not be taken, kept whole with its reason, to be looked at, mended and replayed."""

from collections.abc import Sequence
from datetime import datetime
from math import isfinite
from typing import Any, NamedTuple, Protocol

import msgspec


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """One row or event that was not taken.

    origin: Where it came from: a file's name, or a source. position: its row in the file, counted from 1, or None.
    code: A stable word (`bad_amount`, `refund_without_order`). reason: a sentence without personal data.
    body: The row or event as it came, JSON; it may hold personal data, and stays as it is when somebody mends it.
    mended, mended_by: The body that went in instead, which may hold personal data too, and the name of who wrote it.
    terms: What its source was believed when it came, JSON; None: as it is now, as with the rows of files.
    """

    id: str
    origin: str
    position: int | None
    code: str
    reason: str
    body: str
    at: datetime
    mapping: str = ""
    replayed_at: datetime | None = None
    mended: str | None = None
    mended_by: str | None = None
    terms: str | None = None


class QuarantinePlace(NamedTuple):
    """Where a row stands among those that wait, the latest first: rows of one instant by position, then by id."""

    at: datetime
    position: int
    id: str


def place_of(row: Quarantined) -> QuarantinePlace:
    """Return where a row stands."""
    return QuarantinePlace(row.at, row.position or 0, row.id)


MAX_DEPTH = 64
"""How deep a body that waits is kept; what lies deeper is an attack on the reader, not data."""


def write_body(body: Any) -> str:
    """Write a row or an event as JSON; what JSON cannot hold, such as an infinity, becomes its text."""
    plain = _plain(body, MAX_DEPTH)
    try:
        return msgspec.json.encode(plain, enc_hook=str).decode()
    except (ValueError, OverflowError, TypeError):
        return msgspec.json.encode(repr(plain).encode(errors="backslashreplace").decode()).decode()


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, dict | list | tuple) and depth == 0:
        return "nested too deep to be kept"
    if isinstance(value, dict):
        return {key: _plain(part, depth - 1) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part, depth - 1) for part in value]
    return value


class Quarantine(Protocol):
    """Keeps what was not taken."""

    async def quarantine(self, rows: Sequence[Quarantined]) -> None:
        """Keep rows; one with an id that is there already is left as it is."""
        ...

    async def quarantined(
        self, *, origin: str | None = None, code: str | None = None, after: str = "", limit: int = 100
    ) -> list[Quarantined]:
        """Return rows that wait, in order of id."""
        ...

    async def latest_quarantined(
        self,
        *,
        origin: str | None = None,
        code: str | None = None,
        after: QuarantinePlace | None = None,
        limit: int = 100,
    ) -> list[Quarantined]:
        """Return rows that wait, the latest first, from the one beyond a place on."""
        ...

    async def count_quarantined(self) -> dict[tuple[str, str], int]:
        """Count the rows that wait, by (origin, code)."""
        ...

    async def mark_replayed(self, ids: Sequence[str], now: datetime) -> None:
        """Note that rows were taken after all."""
        ...

    async def find_quarantined(self, row: str) -> Quarantined | None:
        """Return the row of an id, whether it waits or was taken after all."""
        ...

    async def mark_mended(self, row: str, body: str, *, by: str, now: datetime) -> None:
        """Note that a row was taken with another body, and who wrote that; what came first is kept beside it."""
        ...


class ImportProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import has come; `job` is a digest of file and mapping, so that a second run resumes the first.

    total: How many rows the file has, about, where that is known. source, kind: What the mapping says.
    begun_at, ended_at: When the job first began, and when it was done or given up. stopped: Why it was given up.
    after_seq, upto_seq: The log's last number when it began, and when it was done: its events lie between them.
    customers: Of how many customers the log learned something by it, once it is done.
    """

    job: str
    file: str
    rows: int
    accepted: int
    duplicates: int
    quarantined: int
    done: bool
    total: int | None = None
    source: str | None = None
    kind: str | None = None
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    stopped: str | None = None
    after_seq: int | None = None
    upto_seq: int | None = None
    customers: int | None = None


class ImportJournal(Protocol):
    """Keeps how far each import has come."""

    async def import_progress(self, job: str) -> ImportProgress | None:
        """Return a job's progress, or None."""
        ...

    async def put_import_progress(self, progress: ImportProgress) -> None:
        """Write a job's progress."""
        ...

    async def imports(self) -> list[ImportProgress]:
        """Return every job."""
        ...

    async def told_of(self, source: str, *, after: int, upto: int, beyond: str = "", limit: int = 100) -> list[str]:
        """Return the customers beyond one in order of id whom a source's events with after < seq <= upto are of."""
        ...

    async def count_told_of(self, source: str, *, after: int, upto: int) -> int:
        """Count the customers whom a source's events with after < seq <= upto are of."""
        ...

    async def note_history(self, source: str, received_at: datetime) -> None:
        """Note that what a source's events tell that are received at an instant is history: see `histories`."""
        ...

    async def histories(self) -> set[tuple[str, datetime]]:
        """Return by (source, received_at) which events tell of what was over when they came in.

        Nobody enters a segment by them and no coupon is redeemed: what follows from them is worked out in batch.
        """
        ...
