"""How far imports are, in figures and in words."""

from datetime import datetime
from typing import Literal

import msgspec

from shopkeeper.core.quarantine import ImportProgress
from shopkeeper.flows.sources.spans import SECOND, in_words

State = Literal["waiting", "running", "finishing", "done", "stopped", "interrupted"]


class ImportLine(msgspec.Struct, frozen=True, kw_only=True):
    """One import.

    state: `interrupted`: it was broken off, by a stop of the server or of a command. rows: Read so far, of about
    `total`. share: Of the file, 0 to 1, None where its length is not known. rate: Rows a second, 0 while nothing runs.
    customers: Of how many the log learned something, once it is done. words: The state in a sentence. resumable:
    Whether `POST /v1/imports/{job}/resume` goes on with it: its file is here, as one of the command line is not.
    """

    job: str
    file: str
    kind: str | None
    source: str | None
    state: State
    rows: int
    total: int | None
    share: float | None
    accepted: int
    duplicates: int
    quarantined: int
    customers: int | None
    rate: int
    words: str
    begun_at: datetime | None
    ended_at: datetime | None
    resumable: bool


class Pace:
    """The pace of a running import: rows since it was last begun, over the seconds since then."""

    def __init__(self, *, rows: int, at: float) -> None:
        self._rows = rows
        self._at = at
        self.rate = 0.0

    def note(self, rows: int, at: float) -> None:
        """Note how far it is at a moment, in seconds of a clock that never goes back."""
        if at > self._at:
            self.rate = (rows - self._rows) / (at - self._at)


def line_of(progress: ImportProgress, state: State, *, rate: float = 0.0, resumable: bool = False) -> ImportLine:
    """Put an import's progress into a line."""
    total = max(progress.total, progress.rows) if progress.total else None
    share = 1.0 if progress.done else None if total is None else min(progress.rows / total, 0.999)
    return ImportLine(
        job=progress.job,
        file=progress.file,
        kind=progress.kind,
        source=progress.source,
        state=state,
        rows=progress.rows,
        total=progress.rows if progress.done else total,
        share=share,
        accepted=progress.accepted,
        duplicates=progress.duplicates,
        quarantined=progress.quarantined,
        customers=progress.customers,
        rate=round(rate),
        words=_words(progress, state, total=total, rate=rate, resumable=resumable),
        begun_at=progress.begun_at,
        ended_at=progress.ended_at,
        resumable=resumable,
    )


def _words(progress: ImportProgress, state: State, *, total: int | None, rate: float, resumable: bool) -> str:
    match state:
        case "waiting":
            return "Waits for its turn."
        case "running" if rate and total:
            left = in_words(round(max(total - progress.rows, 0) / rate * SECOND))
            return f"{progress.rows:,} of about {total:,} rows, {rate:,.0f} a second; about {left} left."
        case "running":
            return f"{progress.rows:,} rows so far." if progress.rows else "Reads the file."
        case "finishing":
            return f"All {progress.rows:,} rows are in; segments are being brought up to date."
        case "stopped":
            return f"Stopped: {progress.stopped}"
        case "interrupted":
            mend = "It can go on there." if resumable else "Bring the same file again; it goes on there."
            return f"Broken off after {progress.rows:,} rows. {mend}"
    return _result(progress)


def _result(progress: ImportProgress) -> str:
    parts = [f"{progress.accepted:,} of {progress.rows:,} rows taken"]
    if progress.duplicates:
        parts.append(f"{progress.duplicates:,} were in already")
    if progress.quarantined:
        parts.append(f"{progress.quarantined:,} wait in quarantine")
    return ", ".join(parts) + "."
