"""Bodies of events as clients send them: within bounds, packed or not, whoever sends them.

A packed body lies here packed until it is whole: else a few bytes that unpack to many, of somebody who then falls
silent, would take the room of those who send.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from starlette.requests import Request

from shopkeeper.core.errors import BadInput, TooLarge
from shopkeeper.flows.collecting.limits import BATCH, BODY, KEPT
from shopkeeper.flows.collecting.pressure import Hold
from shopkeeper.flows.collecting.strict import Sent, read_json

HOLD: Final = "shopkeeper.hold"
"""Where a request's scope keeps what counts its body in hand."""
_KEPT: Final = "shopkeeper.body"
_PIECE: Final = 64 << 10
_GZIP: Final = 31
"""zlib's window bits for gzip."""


class Body:
    """A body that was read. `size`: its bytes, unpacked; where that is over 500 KB, `data` is only its beginning."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data = data
        self.size = size
        self._sent: Sent | None = None

    def read(self) -> Sent:
        """Decode it, once. Raises: BadInput: larger than a batch may be, or not JSON."""
        if self.size > BATCH:
            raise BadInput(f"body: {self.size} bytes, must be at most {BATCH} (500 KB); send fewer events at once")
        if self._sent is None:
            self._sent = read_json(self.data)
        return self._sent


async def body_of(request: Request) -> Body:
    """Read a request's body, once.

    Raises: TooLarge: more than 4,000 KB. BadInput: packed wrongly, or cut off. Overloaded: too much is in hand.
    """
    found: Body | None = request.scope.get(_KEPT)
    if found is None:
        found = request.scope[_KEPT] = await _read(request)
    return found


async def _read(request: Request) -> Body:
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:18]) > BODY:
        raise _too_large()
    gathered = _Gathered(_unpacker(request.headers.get("content-encoding", "")), request.scope.get(HOLD))
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise BadInput("body: the connection ended before it did")
        more = message.get("more_body", False)
        gathered.add(message.get("body", b""), more=more)
    return gathered.end()


def _too_large() -> TooLarge:
    return TooLarge(f"body: more than {BODY} bytes (4,000 KB); a batch is at most {BATCH} bytes (500 KB)")


class _Gathered:
    """What has come of a body; `hold` counts what it takes."""

    def __init__(self, unpacker: "_Plain | _Gzip", hold: Hold | None) -> None:
        self._unpacker = unpacker
        self._hold = hold
        self._packed = bytearray()
        self._kept = bytearray()
        self._size = 0

    def add(self, chunk: bytes, *, more: bool) -> None:
        """Take what came; unpack it once nothing follows, or so much came that it has to be looked at.

        Raises: TooLarge: more than 4,000 KB. BadInput: it is packed wrongly. Overloaded: too much is in hand.
        """
        if isinstance(self._unpacker, _Gzip):
            self._packed += chunk
            self._take(len(self._packed))
            if more and len(self._packed) <= BATCH:
                return
            chunk, self._packed = bytes(self._packed), bytearray()
        # Slice by slice: zlib copies all that follows a member of a gzip, of which there may be tens of thousands.
        for start in range(0, len(chunk), _PIECE):
            for piece in self._unpacker.pieces(chunk[start : start + _PIECE]):
                self._size += len(piece)
                if self._size > BODY:
                    raise _too_large()
                self._take(self._size)
                self._kept += piece
                if self._size > BATCH:
                    del self._kept[KEPT:]

    def _take(self, size: int) -> None:
        """Have so many bytes in hand; of what is larger than a batch, only the beginning is kept."""
        if self._hold is not None and self._hold.size < size <= BATCH:
            self._hold.add(size - self._hold.size)

    def end(self) -> Body:
        """Return the body. Raises: BadInput: it is cut off."""
        self._unpacker.end()
        return Body(bytes(self._kept), self._size)


class _Plain:
    def pieces(self, chunk: bytes) -> Iterable[bytes]:
        return (chunk,)

    def end(self) -> None:
        """Nothing remains."""


class _Gzip:
    """Unpacks piece by piece, so that a small body that unpacks to a huge one is given up early."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(_GZIP)
        self._begun = False

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._inner.eof:
                self._inner = zlib.decompressobj(_GZIP)
            self._begun = True
            try:
                yield self._inner.decompress(chunk, _PIECE)
            except zlib.error:
                raise BadInput("body: Content-Encoding says gzip, but it is not") from None
            chunk = self._inner.unconsumed_tail or self._inner.unused_data

    def end(self) -> None:
        if self._begun and not self._inner.eof:
            raise BadInput("body: the gzip ends in the middle")


def _unpacker(encoding: str) -> _Plain | _Gzip:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Gzip()
        case _:
            raise BadInput("Content-Encoding: must be gzip, or nothing")
