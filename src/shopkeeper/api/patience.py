"""Patience with connections: who dribbles is cut off, and a header that has no end is refused.

uvicorn waits without end for the rest of a request, and gathers headers without bound. Here a request's headers must
be there within `HEADERS_WITHIN` seconds and `HEADERS_MOST` bytes, and its body must keep coming: `BODY_WITHIN`
seconds, and one more for each `BODY_RATE` bytes. Time in which we ourselves do not read does not count. What is refused
here, and what is no HTTP, is answered as every error is.
"""

from asyncio import TimerHandle, Transport
from typing import Final, cast

from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shopkeeper.api.coalescing import Coalescing

HEADERS_WITHIN: Final = 10.0
HEADERS_MOST: Final = 64 << 10
ADDRESS_MOST: Final = HEADERS_MOST - 1
"""Bytes of the address alone; the parser reads no longer one."""
BODY_WITHIN: Final = 15.0
BODY_RATE: Final = 1_000
LOOK_EVERY: Final = 1.0
_SAID: Final = {
    400: (b"Bad Request", b'{"code":"bad_input","message":"not HTTP: the request cannot be read"}'),
    408: (b"Request Timeout", b'{"code":"bad_input","message":"the request came too slowly"}'),
    431: (
        b"Request Header Fields Too Large",
        b'{"code":"bad_input","message":"headers and address: more than 65536 bytes; send what is large in the body"}',
    ),
}


class Patience(HttpToolsProtocol):
    """One connection, watched while a request is on its way in."""

    _watch: TimerHandle | None = None
    _in_headers = True
    _in_body = False
    _came = 0
    """Bytes of headers that are not complete."""
    _named = 0
    """Bytes of address and headers that were read."""
    _until = 0.0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # uvicorn narrows it likewise
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self.transport = cast("Transport", Coalescing(transport, self.loop))
        self._await_headers()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless what comes is a header without end."""
        super().data_received(data)
        if self._in_headers:
            self._came += len(data)
            if self._came > HEADERS_MOST:
                self._cut(431)
        elif self._in_body:
            now = self.loop.time()
            self._until = min(self._until + len(data) / BODY_RATE, now + BODY_WITHIN)

    def on_message_begin(self) -> None:
        """Wait for a request's headers."""
        super().on_message_begin()
        self._await_headers()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address. Raises: HttpParserError: too large, so that parsing ends."""
        self._named += len(url)
        if self._named > ADDRESS_MOST:
            self._cut(431)
            raise HttpParserError
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._named += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Wait for the body, if one follows. Raises: HttpParserError: too large, so that parsing ends."""
        if self._named > HEADERS_MOST:
            self._cut(431)
            raise HttpParserError
        super().on_headers_complete()
        self._in_headers, self._in_body = False, True
        self._until = self.loop.time() + BODY_WITHIN

    def on_message_complete(self) -> None:
        """Be at peace until the next request begins."""
        self._in_headers = self._in_body = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 # uvicorn's own words, which are no JSON
        """Refuse what is no HTTP, unless the connection is closed for another reason already."""
        self._cut(400)

    def _await_headers(self) -> None:
        self._in_headers, self._in_body = True, False
        self._came = self._named = 0
        self._until = self.loop.time() + HEADERS_WITHIN

    def _look(self) -> None:
        """Look once a second whether the request is late."""
        self._watch = self.loop.call_later(LOOK_EVERY, self._look)
        if self.flow.read_paused:
            self._until += LOOK_EVERY
        elif (self._in_headers or self._in_body) and self.loop.time() > self._until:
            self._cut(408)

    def _cut(self, status: int) -> None:
        """Say why, where the client waits for an answer, and close."""
        if self.transport.is_closing():
            return
        if self._in_body:
            waits = not self.cycle.response_started
        else:
            begun = status == 400 or self._came + self._named > 0
            waits = begun and (self.cycle is None or self.cycle.response_complete)
        self._in_headers = self._in_body = False
        if waits:
            self.transport.write(_response(status))
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


def _response(status: int) -> bytes:
    phrase, body = _SAID[status]
    headers = (
        b"HTTP/1.1 %d %s" % (status, phrase),
        b"content-type: application/json",
        b"content-length: %d" % len(body),
        b"connection: close",
    )
    return b"\r\n".join(headers) + b"\r\n\r\n" + body
