"""Connections that dribble, and headers without end, against the real server."""

import json
import socket
import time
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shopkeeper.api import patience
from tests.process import served


def connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=30)


def answer(line: socket.socket) -> bytes:
    """Read until the server closes."""
    found = b""
    try:
        while piece := line.recv(65536):
            found += piece
    except ConnectionResetError:
        pass
    return found


def say(line: socket.socket, data: bytes) -> None:
    """Send to a server that may hang up before it was sent all."""
    with suppress(BrokenPipeError, ConnectionResetError):
        line.sendall(data)


def memory(pid: int) -> int:
    """Return how many bytes of memory a process has held at most."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


def dribbled(line: socket.socket, seconds: float) -> bytes:
    """Send a byte now and then until the server has enough of it, or for so long."""
    until = time.monotonic() + seconds
    line.settimeout(0.3)
    while time.monotonic() < until:
        try:
            line.sendall(b"a")
            if piece := line.recv(65536):
                return piece + answer(line)
            return b""
        except TimeoutError:
            continue
        except (BrokenPipeError, ConnectionResetError):
            return answer(line)  # what the server said before it hung up
    raise AssertionError("the server still listens")


@pytest.fixture(scope="module")
def server(built_shop, tmp_path_factory):
    import shutil

    shop = Path(shutil.copytree(built_shop, tmp_path_factory.mktemp("slow") / "shop"))
    with served(shop) as (process, url):
        yield process, url


def test_a_header_without_end_is_refused_and_takes_no_memory(server):
    process, url = server
    before = memory(process.pid)
    with closing(connected(url)) as line:
        line.sendall(b"GET /v1/health HTTP/1.1\r\nhost: x\r\nx-large: ")
        try:
            for _ in range(2048):
                line.sendall(b"a" * 1024)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert answer(line)[:12] in {b"HTTP/1.1 431", b""}
    assert memory(process.pid) - before < 50 << 20


def test_many_headers_or_a_long_address_are_refused_with_words(server):
    _, url = server
    many = b"".join(b"x-%d: %s\r\n" % (n, b"a" * 1000) for n in range(80))
    for head in (
        b"GET /v1/health HTTP/1.1\r\nhost: x\r\n" + many + b"\r\n",
        b"GET /" + b"a" * 90_000 + b" HTTP/1.1\r\n",
        b"GET /v1/health?" + b"a" * 65_525 + b" HTTP/1.1\r\n\r\n",
        b"GET /v1/health?" + b"a" * 65_000 + b" HTTP/1.1\r\nx: " + b"b" * 600 + b"\r\n\r\n",
    ):
        with closing(connected(url)) as line:
            say(line, head)
            found = answer(line)
        assert found[:12] == b"HTTP/1.1 431"
        assert _error(found) == "bad_input"
    with closing(connected(url)) as line:
        line.sendall(b"GET /v1/health?" + b"a" * 65_000 + b" HTTP/1.1\r\nconnection: close\r\n\r\n")
        assert answer(line)[:12] == b"HTTP/1.1 400"


POST = b"POST /v1/track HTTP/1.1\r\nhost: 127.0.0.1\r\n"
NO_HTTP = {
    "rubbish": b"\x16\x03\x01\x02\x00",
    "a length below nothing": POST + b"content-length: -1\r\n\r\n",
    "two lengths": POST + b"content-length: 5\r\ncontent-length: 6\r\n\r\n{}",
    "a chunk of no length": POST + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
    "an address that is none": b"GET http://[ HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP)
@pytest.mark.parametrize("before", [b"", b"GET /v1/health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"])
def test_what_is_no_http_is_answered_as_every_error_is(server, sent, before):
    """Also on a connection that brought something else before. Planted bug: the HTTP server's own words."""
    _, url = server
    with closing(connected(url)) as line:
        if before:
            line.sendall(before)
            assert line.recv(65536)[:12] == b"HTTP/1.1 200"
        line.sendall(sent)
        found = answer(line)
    assert found[:12] == b"HTTP/1.1 400"
    assert b"content-type: application/json" in found
    assert _error(found) == "bad_input"


def test_who_dribbles_headers_or_a_body_is_cut_off_and_others_are_served_meanwhile(server):
    _, url = server
    head = b"POST /v1/track HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1000\r\n\r\n{"
    with closing(connected(url)) as slow, closing(connected(url)) as slower, closing(connected(url)) as silent:
        slow.sendall(b"POST /v1/track HTTP/1.1\r\nhost: 127.0.0.1\r\n")
        slower.sendall(head)
        assert _health(url) == b"HTTP/1.1 200"
        assert dribbled(slow, patience.HEADERS_WITHIN + 10)[:12] == b"HTTP/1.1 408"
        assert dribbled(slower, patience.BODY_WITHIN + 10)[:12] == b"HTTP/1.1 408"
        assert answer(silent) == b""


def test_a_body_that_keeps_coming_slowly_but_steadily_is_taken(server):
    _, url = server
    body = b'{"userId": "1023", "event": "Product Viewed", "properties": {"a": "' + b"x" * 20_000 + b'"}}'
    with closing(connected(url)) as line:
        line.sendall(b"POST /v1/track HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n")
        line.sendall(b"content-length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 4_000):
            line.sendall(body[start : start + 4_000])
            time.sleep(0.2)
        assert answer(line)[:12] == b"HTTP/1.1 200"


def test_requests_one_after_the_other_on_one_connection_are_not_taken_for_one_that_dribbles(server):
    _, url = server
    with closing(connected(url)) as line:
        for _ in range(4):
            line.sendall(b"GET /v1/health HTTP/1.1\r\nhost: 127.0.0.1\r\nx-a: " + b"b" * 30_000 + b"\r\n\r\n")
            found = b""
            while b"}}" not in found:
                found += line.recv(65536)
            assert found[:12] == b"HTTP/1.1 200"


def test_the_server_is_alive_after_all_this_and_says_nothing_of_it(server):
    process, url = server
    assert _health(url) == b"HTTP/1.1 200"
    assert process.poll() is None


def _error(found: bytes) -> str:
    """Return the code of an answer that is an error, as all of them are written."""
    body = json.loads(found.partition(b"\r\n\r\n")[2])
    assert sorted(body) == ["code", "message"]
    return str(body["code"])


def _health(url: str) -> bytes:
    with closing(connected(url)) as line:
        line.sendall(b"GET /v1/health HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")
        return answer(line)[:12]
