"""The journal: decisions on their way into the log.

An answer does not wait for the disk: its picks carry signed tokens, so an outcome can be credited even if the
decision's row is lost in a crash. Rows are written in batches; while the store is down they wait, up to a bound.
"""

import asyncio
import logging
from collections import deque
from contextlib import suppress

from shopkeeper.core.errors import BadInput, Contradiction, StoreError
from shopkeeper.core.event import Event, EventLog

PAUSE = 0.05
"""Seconds between two batches: a batch costs one commit, however many rows it has."""
WAITING = 20_000
BATCH = 500

_log = logging.getLogger(__name__)


class Journal:
    """Writes events to the log behind the caller's back; `lost` counts what the bound pushed out."""

    def __init__(self, log: EventLog) -> None:
        self._events = log
        self._waiting: deque[Event] = deque()
        self._stir = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.lost = 0

    @property
    def waiting(self) -> int:
        """How many events wait to be written."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin writing."""
        self._task = asyncio.create_task(self._run())

    def note(self, event: Event) -> None:
        """Queue an event."""
        if len(self._waiting) >= WAITING:
            self._waiting.popleft()
            self.lost += 1
        self._waiting.append(event)
        self._stir.set()

    async def close(self) -> None:
        """Write what waits, then stop."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        with suppress(StoreError):
            while self._waiting:
                await self._write()

    async def _run(self) -> None:
        while True:
            await self._stir.wait()
            await asyncio.sleep(PAUSE)
            self._stir.clear()
            try:
                while self._waiting:
                    await self._write()
            except StoreError:
                _log.warning("the store takes no decisions just now; %d wait", len(self._waiting))
                await asyncio.sleep(1)
                self._stir.set()

    async def _write(self, most: int = BATCH) -> None:
        batch = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        try:
            await self._events.append(batch)
        except (StoreError, asyncio.CancelledError):
            self._waiting.extendleft(reversed(batch))
            raise
        except (BadInput, Contradiction):
            await self._spare(batch)
        except Exception as error:
            _log.error("unforeseen %s as decisions were written; they are written singly", type(error).__name__)
            await self._spare(batch)

    async def _spare(self, batch: list[Event]) -> None:
        """Write one by one what was refused together: an event that no store can keep takes no other with it."""
        if len(batch) == 1:
            self.lost += 1
            _log.error("a decision was lost: the store cannot keep what it says")
            return
        self._waiting.extendleft(reversed(batch))
        for _ in batch:
            await self._write(most=1)
