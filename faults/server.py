"""The real server as a process that can be killed: started quickly, since it is started hundreds of times.

A server takes seconds to import. So one process imports it once, and each server is forked from that one: it opens the
shop, binds its port and answers as `shopkeeper serve` does, because it runs `shopkeeper serve`.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess

from faults.client import Client
from faults.plants import PLANTS
from faults.shop import Shop

SLOWEST = 60.0
"""Seconds in which a server must be ready."""


def forks() -> ForkServerContext:
    """Return what forks servers from one process that has imported them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["faults.preloaded"])
    return context


def serve(folder: str, port: int, plant: str, words: tuple[str, ...], *, log: str, owner: int) -> None:
    """Run `shopkeeper serve` in this process, in a process group of its own, with bugs planted if any are named."""
    from faults.workers import fork_workers

    settle_in(log=log, owner=owner)
    fork_workers(folder, plant, log=log)
    shopkeeper(folder, plant, "--port", str(port), *words)


def settle_in(*, log: str, owner: int) -> None:
    """Be a process of one's own: a group that can be killed, a file for what is said, an end when nobody wants it."""
    os.setsid()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    _let_be_traced()
    threading.Thread(target=_end_with, args=(owner,), daemon=True).start()


def shopkeeper(folder: str, plant: str, *words: str) -> None:
    """Run `shopkeeper serve`, with bugs planted if any are named."""
    for bug in filter(None, plant.split(",")):
        PLANTS[bug]()
    from shopkeeper.cli.main import cli

    sys.argv = ["shopkeeper"]
    cli.main(["--shop", folder, "serve", *words], prog_name="shopkeeper")


def _end_with(owner: int) -> None:
    """End when the process is gone that wanted this one: it may have been killed itself."""
    with suppress(ProcessLookupError):
        while True:
            os.kill(owner, 0)
            time.sleep(0.2)
    os.killpg(0, signal.SIGKILL)


def _let_be_traced() -> None:
    """Let strace attach, where the kernel lets only parents (Yama)."""
    from ctypes import CDLL

    with suppress(OSError, AttributeError):
        CDLL(None).prctl(0x59616D61, -1, 0, 0, 0)


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found: int = taken.getsockname()[1]
        return found


class Server:
    """One shop's server, killed and started again on the same port."""

    def __init__(self, shop: Shop, *, plant: str = "", words: tuple[str, ...] = ()) -> None:
        self.shop = shop
        self.port = free_port()
        self.log = shop.papers / "server.log"
        self._plant = plant
        self._words = words
        self._context = forks()
        self._process: BaseProcess | None = None

    @property
    def pid(self) -> int:
        """The process's id. Raises: RuntimeError: it was not started."""
        if self._process is None or self._process.pid is None:
            raise RuntimeError("the server was not started")
        return self._process.pid

    def begin(self) -> None:
        """Start it, without waiting until it answers."""
        arguments = (str(self.shop.folder), self.port, self._plant, self._words)
        more = {"log": str(self.log), "owner": os.getpid()}
        self._process = self._context.Process(target=serve, args=arguments, kwargs=more)
        self._process.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.begin()
        self.await_ready()

    def await_ready(self) -> None:
        """Wait until it answers. Raises: RuntimeError: it ended, or takes too long; with what it said."""
        client, until = Client(self.port, timeout=5), time.monotonic() + SLOWEST
        while client.get("/v1/health").status != 200:
            if self._process is None or not self._process.is_alive() or time.monotonic() > until:
                said = self.log.read_text("utf-8", "replace")[-2000:] if self.log.exists() else ""
                raise RuntimeError(f"the server does not answer: {said}")
            time.sleep(0.02)
        client.close()

    def kill(self) -> None:
        """Kill it and every process of its group, without a warning."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
        if number == signal.SIGKILL:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)  # it may not have its own group yet
        self._process.join(30)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process = None

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
