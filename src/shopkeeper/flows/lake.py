"""Feeding the lake from the log."""

import asyncio
from contextlib import suppress

from shopkeeper.core.errors import Conflict, StoreError
from shopkeeper.core.event import EventLog
from shopkeeper.engines.lake import Lake
from shopkeeper.flows.log_pages import read_much

SCATTERED = 64
"""Files of events beyond which they are joined: every flush adds one, and a question opens them all."""


async def flush(lake: Lake, log: EventLog, *, batch: int = 25_000) -> int:
    """Append to the lake what the log holds beyond it, a batch a commit; return how many events that were.

    Raises: Conflict: another process flushed at the same time. StoreError: the disk or the database refused.
    """
    flushed = 0
    while events := await read_much(log, after=await asyncio.to_thread(lake.upto), limit=batch):
        await asyncio.to_thread(lake.append_batch, events)
        flushed += len(events)
    if flushed and len(await asyncio.to_thread(lake.files, "events")) > SCATTERED:
        with suppress(Conflict, StoreError):  # the events are in; the next flush tidies up
            await asyncio.to_thread(lake.compact)
    return flushed
