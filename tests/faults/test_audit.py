"""The audit reads what a server says, and takes no refusal for an answer."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import faults.audit as audit_module
from faults.audit import Folded, traits_of

PAGE = {"traits": [{"name": "orders", "value": 2}, {"name": "spend", "value": 700}, {"name": "looks", "value": None}]}


@pytest.fixture
def answering():
    """A server that gives these answers, the last of them from then on: `answering([503, 200])` is its port."""
    servers = []

    def start(statuses):
        left = list(statuses)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                status = left.pop(0) if len(left) > 1 else left[0]
                body = json.dumps(PAGE if status == 200 else {"code": "store_error"}).encode()
                self.send_response_only(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        servers.append(HTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, args=(0.05,), daemon=True).start()
        return servers[-1].server_port

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_server_that_asks_to_wait_is_asked_again(answering):
    assert traits_of(answering([503, 429, 200]), ["p1"]) == {"p1": Folded(2, 700, 0)}


@pytest.mark.parametrize("status", [404, 503])
def test_what_is_not_said_is_not_taken_for_nothing(answering, monkeypatch, status):
    monkeypatch.setattr(audit_module, "PATIENCE", 0.2)
    with pytest.raises(RuntimeError, match=f"was answered {status}"):
        traits_of(answering([status]), ["p1"])
