"""Long work apart: in a process of its own, at low priority, so that no decision waits for it.

The process reads the store beside the server, which alone writes; what it finds it hands back as lines of JSON.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from shopkeeper.core.errors import BadInput, Conflict, NotFound, NotPermitted, ShopkeeperError, StoreError

COMMAND: Final = (sys.executable, "-m", "shopkeeper.cli.apart")
LINE: Final = 16 << 20
"""Bytes of the longest line that is read."""
_ERRORS: Final = {kind.code: kind for kind in (BadInput, Conflict, NotFound, NotPermitted, StoreError)}


class Task(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be done. days: of the report. names: of the models to be trained, all where there are none."""

    kind: Literal["report", "train"]
    now: datetime
    days: int = 28
    names: tuple[str, ...] = ()


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line that comes back: how far it is, something that was made, the result, or what went wrong."""

    progress: str | None = None
    made: msgspec.Raw = msgspec.Raw()
    result: msgspec.Raw = msgspec.Raw()
    code: str | None = None
    message: str = ""


class Apart:
    """Starts such processes for one shop; the tasks of one kind take turns.

    Args:
        folder: The shop's.
        command: What is run, with the folder as its last word.
    """

    def __init__(self, folder: Path, *, command: tuple[str, ...] = COMMAND) -> None:
        self._command = (*command, str(folder))
        self._turns = {"report": asyncio.Lock(), "train": asyncio.Lock()}

    async def run(
        self,
        task: Task,
        *,
        progress: Callable[[str], None] = lambda _: None,
        made: Callable[[msgspec.Raw], None] = lambda _: None,
    ) -> msgspec.Raw:
        """Do a task and return its result as JSON; being cancelled ends the process.

        Args:
            progress: Told in words what is being done.
            made: Given what was finished on the way.

        Raises: what went wrong there. StoreError: the process ended without a word.
        """
        async with self._turns[task.kind], self._started(task) as process:
            while text := await _read(process):
                line = msgspec.json.decode(text, type=Line)
                if line.code is not None:
                    raise _ERRORS.get(line.code, ShopkeeperError)(line.message)
                if bytes(line.result):
                    return line.result
                if bytes(line.made):
                    made(line.made)
                if line.progress is not None:
                    progress(line.progress)
        raise StoreError(f"{task.kind}: the process that worked on it ended too early; look whether memory is short")

    @asynccontextmanager
    async def _started(self, task: Task) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            limit=LINE,
        )
        try:
            if process.stdin is not None:
                process.stdin.write(msgspec.json.encode(task) + b"\n")
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _read(process: asyncio.subprocess.Process) -> bytes:
    return b"" if process.stdout is None else await process.stdout.readline()


def write_line(**said: Any) -> bytes:
    """Write one line as the other side sends it."""
    return msgspec.json.encode(said) + b"\n"
