"""Randomness of the operating system, drawn a page at a time."""

from random import SystemRandom
from threading import Lock
from typing import Final

PAGE: Final = 4096
"""Bytes that are drawn together: each draw lets other threads run, and may wait for them."""


class PagedRandom(SystemRandom):
    """`SystemRandom` for who draws a few bits thousands of times a second, such as for ids."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._page = b""
        self._at = 0

    def getrandbits(self, k: int, /) -> int:
        """Return an integer of `k` random bits. Raises: ValueError: k < 0."""
        if k < 0:
            raise ValueError("number of bits must be non-negative")
        size = (k + 7) // 8
        return int.from_bytes(self.randbytes(size), "big") >> (8 * size - k)

    def randbytes(self, n: int) -> bytes:
        """Return `n` random bytes, none of them twice."""
        if n > PAGE:
            return super().randbytes(n)
        with self._lock:
            if self._at + n > len(self._page):
                self._page, self._at = super().randbytes(PAGE), 0
            self._at += n
            return self._page[self._at - n : self._at]
