"""A client that never gives up quietly: one request, and what came back or that nothing did."""

import base64
import http.client
import json
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """What came back. `status` is 0 where nothing did: refused, cut off, or not in time."""

    status: int
    body: dict[str, Any]
    retry_after: str | None = None


class Client:
    """One keep-alive connection to the server, made anew when it breaks."""

    def __init__(self, port: int, key: str = "", *, timeout: float = 20) -> None:
        self._port = port
        self._timeout = timeout
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: object) -> Answer:
        """Send a body as JSON."""
        return self._send("POST", path, json.dumps(body).encode())

    def get(self, path: str) -> Answer:
        """Ask."""
        return self._send("GET", path, None)

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(self, method: str, path: str, body: bytes | None) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
        try:
            self._connection.request(method, path, body, self._headers)
            answer = self._connection.getresponse()
            read = answer.read()
            found = json.loads(read) if read.startswith(b"{") else {}
            return Answer(answer.status, found, answer.getheader("Retry-After"))
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            self.close()
            return Answer(0, {})
