"""Several processes that serve one shop, each of which is killed by itself.

`shopkeeper serve --workers` starts, watches and replaces them as it always does; only each of them is forked from the
process that has imported everything, like the server itself, instead of from nothing.
"""

import asyncio
import os
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from socket import socket
from typing import Any, Final, NamedTuple

from faults.server import forks, settle_in, shopkeeper

PAUSE: Final = (0.1, 0.1)
"""Seconds before a process is started again: those that are killed on purpose need no patience."""
PLACES: Final = "workers"
"""The folder, beside the log, of one file for each place: the process that has it."""


def fork_workers(folder: str, plant: str, *, log: str) -> None:
    """Let this process, should it start others to serve with it, fork them, with the same bugs planted."""
    from shopkeeper.api import workers

    places = Path(log).parent / PLACES
    places.mkdir(exist_ok=True)

    async def start(self: workers.Workers, place: list[str]) -> Any:
        hears, says = forks().Pipe(duplex=False)
        arguments = (folder, place, self._listener, says)
        more = {"plant": plant, "log": log, "owner": os.getpid()}
        process = forks().Process(target=_work, args=arguments, kwargs=more)
        process.start()
        says.close()
        return _Forked(process, hears, places / place[place.index("--slot") + 1])

    workers.Workers._start = start  # type: ignore[method-assign]
    workers.PAUSE = PAUSE  # type: ignore[misc]


def _work(
    folder: str, place: list[str], listener: socket, says: Connection, *, plant: str, log: str, owner: int
) -> None:
    """Serve in this process, at a place."""
    settle_in(log=log, owner=owner)
    os.dup2(says.fileno(), 1)
    place[place.index("--listener") + 1] = str(os.dup(listener.fileno()))
    shopkeeper(folder, plant, "--json", *place)


class _Forked:
    """What `Workers` asks of a process that it started, of one that was forked; it keeps a place's file."""

    def __init__(self, process: BaseProcess, hears: Connection, paper: Path) -> None:
        self.stdout = self
        self._process = process
        self._hears = hears
        self._paper = paper
        self._gone = asyncio.create_task(self._end())
        self._note("starts")

    @property
    def returncode(self) -> int | None:
        """How it ended."""
        return self._process.exitcode

    async def readline(self) -> bytes:
        """Wait until it says that it answers."""
        await _readable(self._hears.fileno())
        said = os.read(self._hears.fileno(), 1_000)
        if said:
            self._note("answers")
        return said

    async def wait(self) -> int:
        """Wait until it has ended."""
        return await asyncio.shield(self._gone)

    def terminate(self) -> None:
        """Tell it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()

    async def _end(self) -> int:
        await _readable(self._process.sentinel)
        self._process.join()
        return self._process.exitcode or 0

    def _note(self, state: str) -> None:
        fresh = self._paper.with_suffix(".new")
        fresh.write_text(f"{self._process.pid} {state}")
        fresh.replace(self._paper)


async def _readable(fd: int) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(fd, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(fd)


class Standing(NamedTuple):
    """Who has a place: the id of a process, and whether it has begun to answer."""

    pid: int
    answers: bool


def standing(log: Path) -> list[Standing]:
    """Return who has each place of a server, by the folder of what it says."""
    words = [paper.read_text().split() for paper in sorted((log.parent / PLACES).glob("?"))]
    return [Standing(int(pid), state == "answers") for pid, state in words]
