"""The ledger: what the server said it has, written down by the sender, on the disk before anything goes on.

It shares nothing with the store: no code, no file, no clock.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import msgspec


class Sold(NamedTuple):
    """What one event says: whose it is, how much was paid if it is an order, in cents, and 1 where they looked."""

    person: str
    cents: int = 0
    looks: int = 0


class _Line(msgspec.Struct):
    life: int
    taken: Mapping[str, Sold]
    waiting: Sequence[str]


_decode = msgspec.json.Decoder(_Line).decode


class Acked(NamedTuple):
    """What the server answered for.

    taken: Events that it said are in, by serial. waiting: Serials that it said wait in quarantine. life: In which of
    the server's lives each was answered for.
    """

    taken: dict[str, Sold]
    waiting: set[str]
    life: dict[str, int]


class Ledger:
    """One file of lines; a line is one answer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = Lock()
        self.life = 0
        self.answers = 0
        self.events = 0

    def write(self, taken: Mapping[str, Sold], waiting: Sequence[str] = ()) -> None:
        """Write down one answer, and wait until it is on the disk."""
        line = msgspec.json.encode(_Line(self.life, taken, waiting)) + b"\n"
        with self._lock:
            os.write(self._file, line)
            os.fdatasync(self._file)
            self.answers += 1
            self.events += len(taken)

    def read(self) -> Acked:
        """Read everything that was answered for."""
        found = Acked({}, set(), {})
        for line in map(_decode, self._path.read_bytes().splitlines()):
            found.taken.update(line.taken)
            found.waiting.update(line.waiting)
            for serial in (*line.taken, *line.waiting):
                found.life.setdefault(serial, line.life)
        return found

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
