"""The stream of live events: told as the log takes them.

A stream holds one batch at a time. A reader that is too slow, or a log that grows too fast, is told how many events
were passed over, and goes on with the latest.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import Conflict
from shopkeeper.core.store import Store
from shopkeeper.flows.event_lines import EventLine, Wanted, lines

BATCH: Final = 200
"""Events of one look."""
BEHIND: Final = 1_000
"""How far a reader may be behind and still be told everything; beyond it all but the last batch is passed over."""
PAUSE: Final = 0.5
BEAT: Final = 10.0
"""Seconds between signs of life."""
STREAMS: Final = 16


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Events that a stream passed over: how many, until which number, and that in words."""

    passed: int
    upto: int
    words: str


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """A sign of life: how far the stream has looked."""

    seq: int


class End(msgspec.Struct, frozen=True, kw_only=True):
    """The stream ends: `closing` with the server, `signed out` with the right to see it; `words` says so."""

    why: str
    words: str


class Streams:
    """The open streams: not more than a few, and all of them end when the server does."""

    def __init__(self, *, most: int = STREAMS) -> None:
        self._most = most
        self._open = 0
        self._closing = asyncio.Event()

    def require_place(self) -> None:
        """Make sure that another may be opened. Raises: Conflict: as many are open as there may be."""
        if self._open >= self._most:
            raise Conflict(f"{self._open} streams are open, which is all that there may be; close one of them")

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places while a stream is read."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    def close(self) -> None:
        """End every stream."""
        self._closing.set()

    @property
    def closing(self) -> bool:
        """Whether the streams end."""
        return self._closing.is_set()

    async def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the streams end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)


Message = EventLine | Gap | Beat | End


async def follow(
    store: Store,
    definitions: Callable[[], Definitions],
    wanted: Wanted,
    *,
    after: int | None,
    streams: Streams,
    allowed: Callable[[], Awaitable[bool]],
    pause: float = PAUSE,
    beat: float = BEAT,
) -> AsyncIterator[Message]:
    """Tell events as the log takes them, until the server ends or the reader may no longer see them.

    Args:
        after: The last number that the reader knows, to go on from; None begins with what comes next.
        allowed: Asked at each sign of life.
        pause, beat: Seconds between two looks, and between two signs of life.
    """
    clock = asyncio.get_running_loop().time
    seq = await store.head() if after is None else min(after, await store.head())
    yield Beat(seq=seq)
    beaten = clock()
    while not streams.closing:
        head = await store.head()
        if head - seq > BEHIND:
            yield Gap(passed=head - BATCH - seq, upto=head - BATCH, words=_passed(head - BATCH - seq))
            seq = head - BATCH
        if head > seq:
            events = await store.read(after=seq, limit=BATCH)
            seq = events[-1].seq
            for line in await lines(store, definitions(), [event for event in events if wanted.holds(event)]):
                yield line
        if clock() - beaten >= beat:
            if not await allowed():
                yield End(why="signed out", words="You are signed out; sign in to go on.")
                return
            yield Beat(seq=seq)
            beaten = clock()
        if seq >= head:
            await streams.pause(pause)
    yield End(why="closing", words="The server ends; the stream goes on when it is back.")


def _passed(n: int) -> str:
    return f"{n:,} events came too fast to be shown."
