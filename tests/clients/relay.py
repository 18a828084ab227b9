"""A relay before the server: it passes everything on and notes it; an answer can get lost on it, a body can swell."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

PATIENCE = 60
"""Seconds for which an exchange is waited for that has to come."""


class Exchange(NamedTuple):
    """A request and its answer; names of headers are in lower case.

    lost: The client never saw the answer. begun, ended: By a clock that only runs forward, in seconds.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    answered: dict[str, str]
    answer: bytes
    lost: bool
    begun: float
    ended: float

    @property
    def said(self) -> Any:
        """The request's body, unpacked."""
        packed = self.headers.get("content-encoding") == "gzip"
        return json.loads(gzip.decompress(self.body) if packed else self.body)

    @property
    def told(self) -> Any:
        """The answer's body."""
        return json.loads(self.answer)


class Relay:
    """What came by, and what is to be lost."""

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream)
        self.url = ""
        self._exchanges: list[Exchange] = []
        self._news = threading.Condition()
        self._losing = 0
        self._size = 0

    def lose(self, answers: int = 1) -> None:
        """Lose the answers to the next POSTs, which reach the server."""
        self._losing = answers

    def swell(self, size: int) -> None:
        """Fill the body of the next POST up with blanks, which JSON allows: so it gets beyond what its client sends."""
        self._size = size

    def posts(self, status: int | None = None) -> list[Exchange]:
        """Return the POSTs that came by, those with a status alone if one is given."""
        return [one for one in self._exchanges if one.method == "POST" and status in {None, one.status}]

    def all(self) -> list[Exchange]:
        """Return everything that came by."""
        return list(self._exchanges)

    def wait(self, fits: Callable[[Exchange], bool]) -> Exchange:
        """Wait until an exchange came by that fits, and return the first."""
        with self._news:
            found = self._news.wait_for(lambda: [one for one in self._exchanges if fits(one)], PATIENCE)
        assert found, f"nothing like this came by within {PATIENCE} s"
        return found[0]

    def note(self, exchange: Exchange) -> None:
        """Note an exchange."""
        with self._news:
            self._exchanges.append(exchange)
            self._news.notify_all()

    def loses(self, method: str) -> bool:
        """Say whether the next answer is to be lost."""
        with self._news:
            if method != "POST" or self._losing == 0:
                return False
            self._losing -= 1
            return True

    def passed(self, method: str, body: bytes) -> bytes:
        """Return a body as it is to be passed on."""
        with self._news:
            if method == "POST":
                body, self._size = body.ljust(self._size), 0
            return body


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    relay: Relay

    def pass_on(self) -> None:
        """Ask the server, then answer, or hang up."""
        begun = monotonic()
        came = self.rfile.read(int(self.headers.get("content-length", 0)))
        body = self.relay.passed(self.command, came)
        sent = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        if body != came:
            sent = {name: value for name, value in sent.items() if name.lower() != "content-length"}
        upstream = HTTPConnection(self.relay.upstream.netloc, timeout=PATIENCE)
        try:
            upstream.request(self.command, self.path, body, sent)
            response = upstream.getresponse()
            answer = response.read()
        except (OSError, HTTPException):
            self.close_connection = True
            return
        finally:
            upstream.close()
        lost = self.relay.loses(self.command)
        named = {name.lower(): value for name, value in sent.items()}
        answered = {name.lower(): value for name, value in response.getheaders()}
        # Noted before the client can know: once it has its answer, a test may look at what came by.
        self.relay.note(
            Exchange(self.command, self.path, named, body, response.status, answered, answer, lost, begun, monotonic())
        )
        if not lost:
            self._answer(response.status, response.getheaders(), answer)
        self.close_connection = self.close_connection or lost

    do_GET = do_POST = do_OPTIONS = pass_on  # noqa: N815 - the library's names

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"connection", "content-length", "transfer-encoding"}:
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of who hung up."""


@contextmanager
def relaying(upstream: str) -> Iterator[Relay]:
    """Relay to a server while the block runs, on a port of its own."""
    relay = Relay(upstream)
    listener = _Listener(("127.0.0.1", 0), type("Handler", (_Handler,), {"relay": relay}))
    relay.url = f"http://127.0.0.1:{listener.server_port}"
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
