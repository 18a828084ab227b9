"""The server process: one uvicorn over one opened shop, ready only when it is warm, ended cleanly."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

import uvicorn

from shopkeeper.api.caller import is_loopback
from shopkeeper.api.patience import Patience
from shopkeeper.api.server import create_api
from shopkeeper.app import App
from shopkeeper.core.errors import BadInput
from shopkeeper.flows.accounts import can_sign_in
from shopkeeper.flows.service import Worker
from shopkeeper.protect.password import is_sample

BACKLOG = 2048
GRACE = 10
"""Seconds that answers have to end when the server is told to; who does not read theirs is cut off."""
TURN = 0.0001
"""Seconds after which a thread of ours lets others run Python: the one that writes needs a turn after each statement,
and at the interpreter's own 5 ms a commit of ten statements would take 50 ms beside a busy event loop."""


BEHIND = 10
"""By how much the process that does not answer is nicer to others: it gets what the one that answers leaves."""


class _Server(uvicorn.Server):
    """Ends on SIGINT and SIGTERM by returning, so that the store behind it is closed too.

    Args:
        ending: Called first, so that answers that go on as long as they are read end too.
    """

    def __init__(self, config: uvicorn.Config, *, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        self._ending()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ask the loop for the signals instead of raising them again at the end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


class Place(NamedTuple):
    """The place of one of several processes that serve a shop.

    fd: The number of the socket that all of them were handed. first: Whether it does what only one of them does.
    answers: Whether it listens; else it only empties the inbox.
    """

    worker: Worker
    fd: int
    first: bool
    answers: bool

    def listener(self) -> socket.socket:
        """Return the socket that was handed down."""
        return socket.socket(fileno=self.fd)

    def take(self) -> None:
        """Be a process of a group of its own, so that Ctrl-C ends the parent alone, which ends the others in order.

        It stays in the session of its parent: between those of two sessions Linux shares time whatever their niceness.
        To be called before the store is opened: Linux keeps niceness by the thread, and only later ones inherit it.
        """
        if os.getpgrp() != os.getpid():  # who leads a session leads a group, and may not make another
            os.setpgid(0, 0)
        if not self.answers:
            os.nice(BEHIND)


async def serve_forever(
    app: App,
    *,
    host: str | None,
    port: int | None,
    ready: Callable[[str], None],
    place: Place | None = None,
) -> None:
    """Serve until the process is told to stop.

    Args:
        host, port: Instead of the settings'.
        ready: Called with the URL once requests are answered.
        place: Where several processes serve the shop: which of them this is.

    Raises: BadInput: the port is taken, no definitions are in force, or anybody could come in, see `check_exposure`.
        StoreError: the store does not answer.
    """
    sys.setswitchinterval(TURN)
    where = host or app.settings.host
    await check_exposure(app, where)
    listener = listen(where, app.settings.port if port is None else port) if place is None else place.listener()
    config = uvicorn.Config(
        create_api(app),
        loop="none",
        http=Patience,
        lifespan="off",
        access_log=False,
        log_level=logging.WARNING,
        timeout_graceful_shutdown=GRACE,
    )

    answers = place is None or place.answers

    def end_streams() -> None:
        if answers:
            app.backroom.streams.close()

    server = _Server(config, ending=end_streams)
    announcing = asyncio.create_task(_announce(server, url_of(where, listener), ready))
    watching = asyncio.create_task(_end_with_parent(server, place))
    try:
        if not answers:
            async with app.emptying_inbox():
                await server.serve(sockets=[])
            return
        async with app.serving(None if place is None else place.worker):
            if place is None or place.first:
                await app.imports.resume_all(wall=app.wall_clock.now())
            await server.serve(sockets=[listener])
    finally:
        announcing.cancel()
        watching.cancel()
        listener.close()


def url_of(host: str, listener: socket.socket) -> str:
    """Return the address at which a socket is reached."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"


async def _end_with_parent(server: _Server, place: Place | None) -> None:
    """End when the process is gone that started this one: nobody else would end it."""
    parent = os.getppid()
    while place is not None:
        await asyncio.sleep(1)
        if os.getppid() != parent:
            server.handle_exit(signal.SIGTERM, None)
            return


async def check_exposure(app: App, host: str) -> None:
    """Refuse to open a shop to everybody (S13).

    Raises: BadInput: `api_key` stands in an example, or others reach `host` and neither a key nor an account is asked
        for.
    """
    settings = app.settings
    if settings.api_key is not None and is_sample(settings.api_key):
        raise BadInput("api_key: this one stands in an example, so anybody knows it; make one of your own")
    if settings.api_key is None and not is_loopback(host):
        identities = settings.oidc_issuer is not None
        if not can_sign_in(await app.store.accounts(), identities=identities):
            ways = "set api_key (shopkeeper.toml), or let somebody sign in (shopkeeper user add NAME --role owner)"
            raise BadInput(f"host == {host!r} is reachable from outside: {ways} first")


def listen(host: str, port: int) -> socket.socket:
    """Take a port. Raises: BadInput: it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise BadInput(f"{host}:{port}: cannot listen there ({error.strerror}); choose another with --port") from None
    listener.listen(BACKLOG)
    return listener


async def _announce(server: uvicorn.Server, url: str, ready: Callable[[str], None]) -> None:
    while not server.started:
        await asyncio.sleep(0.02)
    ready(url)
