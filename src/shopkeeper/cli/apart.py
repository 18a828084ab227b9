"""The process that does long work apart from the server: `python -m shopkeeper.cli.apart FOLDER`, see `flows.apart`.

It takes one task from its input and ends when that is done, or when nobody holds the other end of its input any more.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from shopkeeper.core.errors import ShopkeeperError
from shopkeeper.flows.apart import Task, write_line

if TYPE_CHECKING:
    from shopkeeper.app import App
    from shopkeeper.core.model import Manifest
    from shopkeeper.core.store import Store

POLITENESS = 5
"""How far the process steps back behind the server, in steps of `nice`."""

Say = Callable[..., None]


class _Reading:
    """A store that is only read: a model that was trained is handed to the server, which records it."""

    def __init__(self, store: "Store", say: Say) -> None:
        self._store = store
        self._say = say

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def put_model(self, manifest: "Manifest") -> None:
        self._say(made=manifest)


def main() -> None:
    """Do one task."""
    os.nice(POLITENESS)
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    threading.Thread(target=_end_with_the_server, daemon=True).start()

    def say(**line: Any) -> None:
        sys.stdout.buffer.write(write_line(**line))
        sys.stdout.buffer.flush()

    try:
        say(result=asyncio.run(_done(Path(sys.argv[1]), task, say)))
    except ShopkeeperError as error:
        say(code=error.code, message=str(error))


def _end_with_the_server() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


async def _done(folder: Path, task: Task, say: Say) -> Any:
    from shopkeeper.app import open_app

    async with open_app(folder, readonly=True) as app:
        return await (_report(app, task) if task.kind == "report" else _train(app, task, say))


async def _report(app: "App", task: Task) -> Any:
    from shopkeeper.flows.report import lift_report

    return await lift_report(app.store, app.batch, app.definitions, days=task.days, now=task.now)


async def _train(app: "App", task: Task, say: Say) -> Any:
    from shopkeeper.flows.models import train_models

    return await train_models(
        cast("Store", _Reading(app.store, say)),
        app.batch,
        app.models,
        app.definitions,
        before=task.now,
        now=task.now,
        rng=app.rng,
        names=task.names,
        progress=lambda words: say(progress=words),
    )


if __name__ == "__main__":
    main()
