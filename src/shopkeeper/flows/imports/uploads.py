"""Uploads: files that came through the browser, each in a folder of its own until it is imported.

A file holds personal data: only the process's user may read it, its own name is never part of a path, and what nobody
imported within a day is removed. It is written as it comes, and never held in memory.
"""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import IO, Final

import msgspec

from shopkeeper.core.errors import BadInput, NotFound, StoreError, TooLarge
from shopkeeper.core.ids import new_id
from shopkeeper.engines.tables.sniffing import sniff

KEPT: Final = timedelta(days=1)
SPARE: Final = 64 << 20
"""Bytes that stay free on the disk: the store and the lake write there too."""
_BUFFER: Final = 1 << 20
_MEGA: Final = 1_000_000
_ID: Final = re.compile(r"upl_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
_NAME: Final = 120
_ABOUT: Final = "about.json"


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An uploaded file.

    name: As its owner calls it; never a path. file: What it lies under in its folder. size: Bytes. rows: About how many
    it has, None where that is not known. job: The import that reads it, once one was started.
    """

    id: str
    name: str
    file: str
    size: int
    rows: int | None
    at: datetime
    by: str
    job: str | None = None


def too_large(limit: int) -> TooLarge:
    """Refuse a file, and name the way for large ones."""
    return TooLarge(
        f"the file is larger than {limit // _MEGA:,} MB, the most that is taken through the browser; on the machine of "
        "the shop, 'shopkeeper import FILE --guess' takes files of any size"
    )


class Uploads:
    """The uploaded files of one shop.

    Args:
        folder: Made by the first file.
        limit: Bytes that one file may have.
    """

    def __init__(self, folder: Path, *, limit: int, rng: Random) -> None:
        self.folder = folder
        self.limit = limit
        self._rng = rng

    async def receive(
        self, chunks: AsyncIterator[bytes], *, name: str, length: int | None, by: str, now: datetime
    ) -> Upload:
        """Write a file as it comes.

        Args:
            name: As its owner calls it.
            length: Bytes that the sender announced, None where it did not.

        Raises: TooLarge. BadInput: empty, or no table. StoreError: the disk is full. Of a file that did not come whole
        nothing is left.
        """
        if length is not None and length > self.limit:
            raise too_large(self.limit)
        self._require_room(length or 0)
        folder = self.folder / new_id("upl", now, self._rng)
        folder.mkdir(parents=True, mode=0o700)
        try:
            size = await self._write(folder / "part", chunks)
            if length is not None and size != length:
                raise BadInput("the file did not come whole; send it again")
            return await asyncio.to_thread(_settle, folder, called(name), size, by, now)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    async def _write(self, path: Path, chunks: AsyncIterator[bytes]) -> int:
        size, held = 0, bytearray()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0) as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > self.limit:
                    raise too_large(self.limit)
                held += chunk
                if len(held) >= _BUFFER:
                    await asyncio.to_thread(_put, file, bytes(held))
                    held.clear()
                    self._require_room(0)
            await asyncio.to_thread(_put, file, bytes(held))
        return size

    def _require_room(self, size: int) -> None:
        at = next(each for each in (self.folder, *self.folder.parents) if each.exists())
        if shutil.disk_usage(at).free < size + SPARE:
            raise StoreError("the disk of the shop is full; free some space, then send the file again")

    def find(self, upload: str) -> Upload:
        """Return an uploaded file. Raises: NotFound: there is none, or it was removed."""
        found = self._read(self.folder / upload) if _ID.fullmatch(upload) else None
        if found is None:
            raise NotFound("upload: there is none of that id; files are removed once imported, and after a day")
        return found

    def all(self) -> list[Upload]:
        """Return every uploaded file, the latest first."""
        folders = self.folder.iterdir() if self.folder.is_dir() else ()
        found = [one for folder in folders if (one := self._read(folder)) is not None]
        return sorted(found, key=lambda one: one.id, reverse=True)

    def path(self, upload: Upload) -> Path:
        """Return where a file lies."""
        return self.folder / upload.id / upload.file

    def assign(self, upload: Upload, job: str) -> Upload:
        """Note which import reads a file."""
        changed = msgspec.structs.replace(upload, job=job)
        _note(self.folder / upload.id, changed)
        return changed

    def remove(self, upload: str) -> None:
        """Remove a file; without effect where it is gone."""
        if _ID.fullmatch(upload):
            shutil.rmtree(self.folder / upload, ignore_errors=True)

    def sweep(self, *, wall: datetime, keep: frozenset[str] = frozenset()) -> int:
        """Remove files that came more than a day ago, and what crashes left; return how many.

        Args:
            wall: The machine's time, by which files age even where the shop's clock is pinned.
            keep: Ids of files that are still being read.
        """
        folders = [] if not self.folder.is_dir() else [one for one in self.folder.iterdir() if one.name not in keep]
        old = [one for one in folders if wall.timestamp() - one.stat().st_mtime > KEPT.total_seconds()]
        for folder in old:
            shutil.rmtree(folder, ignore_errors=True)
        return len(old)

    def _read(self, folder: Path) -> Upload | None:
        try:
            return msgspec.json.decode((folder / _ABOUT).read_bytes(), type=Upload)
        except (OSError, msgspec.DecodeError):
            return None


def called(name: str) -> str:
    """Make a name for people out of whatever was sent: its last part, printable, and not too long."""
    last = _UNPRINTABLE.sub("", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    return (last if len(last) <= _NAME else f"{last[: _NAME - 1]}…") or "file"


def _put(file: IO[bytes], data: bytes) -> None:
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) or 0 :]
    except OSError as error:
        mend = "free some space, then send it again"
        raise StoreError(f"the file cannot be written ({error.strerror}); {mend}") from None


def _settle(folder: Path, name: str, size: int, by: str, now: datetime) -> Upload:
    """Name a file by what it is, and keep what is known of it beside it."""
    packed = ".gz" if _begins(folder / "part", b"\x1f\x8b") else ""
    raw = (folder / "part").rename(folder / f"file{packed}")
    sniffed = sniff(raw, name)
    raw.rename(folder / f"file{sniffed.suffix}{packed}")
    upload = Upload(
        id=folder.name, name=name, file=f"file{sniffed.suffix}{packed}", size=size, rows=sniffed.rows, at=now, by=by
    )
    _note(folder, upload)
    return upload


def _begins(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _note(folder: Path, upload: Upload) -> None:
    part = folder / f"{_ABOUT}.part"
    part.touch(mode=0o600)
    part.write_bytes(msgspec.json.encode(upload))
    part.replace(folder / _ABOUT)
