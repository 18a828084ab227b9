"""A transport that writes what comes in one turn of the event loop in one go.

uvicorn writes the head of an answer, then its body; uvloop makes a system call of each, and the client is woken twice.
"""

from asyncio import AbstractEventLoop, Transport
from typing import Any, Final

LARGE: Final = 32 << 10
"""Bytes that are written at once, so that who streams is told in time that the client does not keep up."""


class Coalescing:
    """Stands before a transport; everything but writing is the transport's own."""

    def __init__(self, inner: Transport, loop: AbstractEventLoop) -> None:
        self._inner = inner
        self._loop = loop
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write with whatever else comes before the event loop turns, if it is little."""
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        if len(data) >= LARGE or len(self._held) > 2:
            self._flush()

    def close(self) -> None:
        """Write what is held, then close."""
        self._flush()
        self._inner.close()

    def _flush(self) -> None:
        data = b"".join(self._held)
        self._held = []
        if data and not self._inner.is_closing():  # nobody is there any more: uvloop would call it a mistake
            self._inner.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
