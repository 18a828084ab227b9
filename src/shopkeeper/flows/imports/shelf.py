"""The uploaded files as people see them: names and sizes, and how large a file may be."""

from datetime import datetime

import msgspec

from shopkeeper.flows.imports.uploads import Upload, Uploads, too_large


class UploadedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was sent.

    size: Bytes, and in words. rows: About how many it has, in words; empty where that is not known. job: The import
    that reads it, None before one was begun.
    """

    id: str
    name: str
    size: int
    size_words: str
    rows: int | None
    rows_words: str
    at: datetime
    job: str | None


class UploadShelf(msgspec.Struct, frozen=True, kw_only=True):
    """Files that were sent and wait to be imported.

    limit: Bytes that a file may have. limit_words: The same, such as `100 MB`. too_large: What to say of a larger one.
    """

    limit: int
    limit_words: str
    too_large: str
    uploads: tuple[UploadedFile, ...]


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """That something was removed, by its id."""

    removed: str


def shelf(uploads: Uploads) -> UploadShelf:
    """List what was sent."""
    return UploadShelf(
        limit=uploads.limit,
        limit_words=_size(uploads.limit),
        too_large=str(too_large(uploads.limit)),
        uploads=tuple(uploaded(one) for one in uploads.all()),
    )


def uploaded(upload: Upload) -> UploadedFile:
    """Show one file."""
    rows = "" if upload.rows is None else f"about {upload.rows:,} row{'' if upload.rows == 1 else 's'}"
    return UploadedFile(
        id=upload.id,
        name=upload.name,
        size=upload.size,
        size_words=_size(upload.size),
        rows=upload.rows,
        rows_words=rows,
        at=upload.at,
        job=upload.job,
    )


def _size(n: int) -> str:
    """Say bytes as people do: `3.4 MB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 1000)):
        if n >= size:
            return f"{n / size:.1f} {unit}".replace(".0 ", " ")
    return f"{n} bytes"
