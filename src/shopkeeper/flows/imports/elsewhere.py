"""A store used from another thread: every call hops to the loop that owns it and back.

An import reads and checks rows for a second at a time; on the server's own loop every decision would wait for that.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from shopkeeper.core.store import Store


class _Elsewhere:
    """Passes every call on to the loop that owns the store."""

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._loop = loop

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._store, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            done = asyncio.run_coroutine_threadsafe(method(*args, **kwargs), self._loop)
            return await asyncio.wrap_future(done)

        return call


def elsewhere(store: Store, loop: asyncio.AbstractEventLoop) -> Store:
    """Return a store for a thread with a loop of its own; what is awaited there happens on `loop`."""
    return cast(Store, _Elsewhere(store, loop))
