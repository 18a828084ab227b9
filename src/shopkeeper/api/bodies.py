"""Bodies of events as clients send them: within bounds, packed or not, whoever sends them."""

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
    unpacked = _unpacker(request.headers.get("content-encoding", ""))
    hold: Hold | None = request.scope.get(HOLD)
    kept, size, more = bytearray(), 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise BadInput("body: the connection ended before it did")
        more = message.get("more_body", False)
        for piece in unpacked.pieces(message.get("body", b"")):
            size += len(piece)
            if size > BODY:
                raise _too_large()
            if hold is not None and size <= BATCH:
                hold.add(len(piece))
            kept += piece
            if size > BATCH:
                del kept[KEPT:]
    unpacked.end()
    return Body(bytes(kept), size)


def _too_large() -> TooLarge:
    return TooLarge(f"body: more than {BODY} bytes (4,000 KB); a batch is at most {BATCH} bytes (500 KB)")


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
