"""Turns: long work on the event loop lets others have theirs."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Final, TypeVar

T = TypeVar("T")
TAKEN: Final = 16
"""How many things are handed out before others get their turn."""


async def in_turns(pages: AsyncIterator[Iterable[T]]) -> AsyncIterator[T]:
    """Hand out what is in some pages, one after another, and let others work in between."""
    async for page in pages:
        for n, one in enumerate(page, 1):
            yield one
            if n % TAKEN == 0:
                await asyncio.sleep(0)
