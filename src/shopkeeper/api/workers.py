"""Several processes that serve one shop on one socket: started, watched, started again, ended together."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import SystemRandom
from typing import Final, Literal, NamedTuple

from shopkeeper.api.process import GRACE, check_exposure, listen, url_of
from shopkeeper.app import App
from shopkeeper.core.clock import SystemClock
from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput, StoreError
from shopkeeper.core.ids import new_id

PARTS: Final = 2
"""Into how many processes the work is parted on SQLite."""
Work = Literal["both", "answers", "empties"]
PAUSE: Final = (0.2, 5.0)
"""Seconds before a process that ended is started again, at first and at most."""
STEADY: Final = 10.0
"""Seconds after which a process counts as one that works."""

_log = logging.getLogger(__name__)


class Opened(NamedTuple):
    """What the workers of a shop share.

    parted: Whether one of them answers and the other empties the inbox, as on SQLite; else each does the same.
    """

    url: str
    listener: socket.socket
    parted: bool


async def open_for_workers(app: App, *, host: str | None, port: int | None, count: int) -> Opened:
    """Take the port that all workers will share.

    Raises: BadInput: more workers than the database has work for; see `serve_forever` for others.
    """
    require_definitions(app)
    parted = app.settings.database.startswith("sqlite")
    if parted and count > PARTS:
        raise BadInput(f"--workers: {count}, on SQLite at most {PARTS}; move to PostgreSQL for more")
    where = host or app.settings.host
    await check_exposure(app, where)
    listener = listen(where, app.settings.port if port is None else port)
    return Opened(url_of(where, listener), listener, parted)


def require_definitions(app: App) -> Definitions:
    """Return the definitions in force. Raises: BadInput: there are none, which is said once instead of N times."""
    return app.definitions


class Workers:
    """The processes.

    Args:
        count: How many. command: What starts one; options that say which one it is are added.
    """

    def __init__(self, opened: Opened, *, count: int, command: list[str]) -> None:
        self._listener = opened.listener
        self._parted = opened.parted
        self._count = count
        self._command = command
        self._ending = asyncio.Event()
        self._ready = [asyncio.Event() for _ in range(count)]
        self._children: dict[int, asyncio.subprocess.Process] = {}

    async def serve(self, ready: Callable[[], None]) -> None:
        """Serve until told to stop; `ready` is called once every process answers.

        Raises: StoreError: a process ended before it ever answered; what it said is on standard error.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._ending.set)
        places = [asyncio.create_task(self._keep(slot)) for slot in range(self._count)]
        announcing = asyncio.create_task(self._announce(ready))
        ending = asyncio.create_task(self._ending.wait())
        await asyncio.wait([*places, ending], return_when=asyncio.FIRST_COMPLETED)
        self._ending.set()
        await self._end()
        announcing.cancel()
        ending.cancel()
        outcomes = await asyncio.gather(*places, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _announce(self, ready: Callable[[], None]) -> None:
        for event in self._ready:
            await event.wait()
        ready()

    async def _keep(self, slot: int) -> None:
        """Keep one process alive; the next takes the place of the one that is gone."""
        gone, pause = "", PAUSE[0]
        while not self._ending.is_set():
            name = new_id("wrk", SystemClock().now(), SystemRandom())
            began = asyncio.get_running_loop().time()
            code = await self._run(slot, name, gone)
            if self._ending.is_set():
                return
            if not self._ready[slot].is_set():
                raise StoreError(f"--workers: a process ended with {code} before it answered; see what it said above")
            _log.warning("worker %d ended with %d, and is started again", slot, code)
            gone = name
            if asyncio.get_running_loop().time() - began >= STEADY:
                pause = PAUSE[0]
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)
            pause = min(2 * pause, PAUSE[1])

    async def _run(self, slot: int, name: str, gone: str) -> int:
        listener = str(self._listener.fileno())
        place = ["--worker", name, "--listener", listener, "--slot", str(slot), "--instead-of", gone]
        place += ["--work", work_of(slot) if self._parted else "both"]
        child = await self._start(place)
        self._children[slot] = child
        if child.stdout is not None and await child.stdout.readline():
            self._ready[slot].set()
        return await child.wait()

    async def _start(self, place: list[str]) -> asyncio.subprocess.Process:
        """Start a process that says a line once it answers."""
        fd, pipe = self._listener.fileno(), asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(*self._command, *place, stdout=pipe, pass_fds=[fd])

    async def _end(self) -> None:
        """Tell every process to end; where the work is parted, the one that answers first: it waits for the other."""
        if self._parted:
            await _end_all([child for slot, child in self._children.items() if slot == 0])
        await _end_all(list(self._children.values()))


async def _end_all(children: list[asyncio.subprocess.Process]) -> None:
    """Tell some processes to end, and end those that do not."""
    for child in children:
        if child.returncode is None:
            child.terminate()
    waits = [asyncio.create_task(child.wait()) for child in children]
    if waits:
        _, late = await asyncio.wait(waits, timeout=GRACE + 5)
        for child in children:
            if late and child.returncode is None:
                child.kill()


def work_of(slot: int) -> Work:
    """Return the work of one of several processes, where it is parted among them."""
    return "empties" if slot else "answers"


def command_of(folder: Path, host: str | None) -> list[str]:
    """Return the command that starts one process of a shop."""
    more = [] if host is None else ["--host", host]
    return [sys.executable, "-m", "shopkeeper", "--shop", str(folder), "serve", "--json", *more]
