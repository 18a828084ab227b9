"""The peer of collection: Starlette and SQLite alone, one writing thread with group commit, nothing understood.

It decodes JSON, keeps each event's id and body under a unique index, and answers once that is synced.
"""

import asyncio
import queue
import socket
import sqlite3
import sys
import threading
from collections.abc import Sequence
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

LINGER = 0.002
Waiting = tuple[list[tuple[str, bytes]], asyncio.Future[None]]


def open_log(path: str) -> sqlite3.Connection:
    """Open the log, made if need be."""
    conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "wal_autocheckpoint=8000"):
        conn.execute(f"PRAGMA {pragma}")
    conn.execute("CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, message_id TEXT UNIQUE, body BLOB)")
    return conn


def write(conn: sqlite3.Connection, waiting: "queue.SimpleQueue[Waiting]", loop: asyncio.AbstractEventLoop) -> None:
    """Commit what has gathered, again and again."""
    while True:
        group = [waiting.get()]
        try:
            while len(group) < 64:
                group.append(waiting.get(timeout=LINGER))
        except queue.Empty:
            pass
        conn.execute("BEGIN IMMEDIATE")
        rows = [row for some, _ in group for row in some]
        conn.executemany("INSERT OR IGNORE INTO log (message_id, body) VALUES (?, ?)", rows)
        conn.execute("COMMIT")
        loop.call_soon_threadsafe(settle, group)


def settle(group: Sequence[Waiting]) -> None:
    """Let everybody answer whose events are committed."""
    for _, done in group:
        if not done.done():
            done.set_result(None)


def main(path: str) -> None:
    """Serve."""
    conn, waiting = open_log(path), queue.SimpleQueue[Waiting]()

    async def take(request: Request) -> Response:
        sent: dict[str, Any] = msgspec.json.decode(await request.body())
        events = sent.get("batch") or [sent]
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.put(([(event["messageId"], msgspec.json.encode(event)) for event in events], done))
        await done
        return Response(b'{"success":true}', media_type="application/json")

    async def begin() -> None:
        threading.Thread(target=write, args=(conn, waiting, asyncio.get_running_loop()), daemon=True).start()

    app = Starlette(routes=[Route(f"/v1/{name}", take, methods=["POST"]) for name in ("batch", "track")])
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="warning", lifespan="off")

    async def serve() -> None:
        await begin()
        await uvicorn.Server(config).serve(sockets=[listener])

    import uvloop

    uvloop.run(serve())


if __name__ == "__main__":
    main(sys.argv[1])
