"""The back room of a server: what works beside the requests for the people of the shop, and ends with the server."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from shopkeeper.core.clock import Clock
from shopkeeper.core.store import Store
from shopkeeper.flows.apart import Apart
from shopkeeper.flows.event_stream import Streams
from shopkeeper.flows.home.desk import Desk
from shopkeeper.flows.workshop import Workshop

if TYPE_CHECKING:
    from shopkeeper.engines.lake import Lake


class Backroom:
    """Home's desk, the workshop where models are trained, and the open streams of live events.

    Args:
        folder: The shop's, for what is done in a process of its own.
        environment: The shop's.
        feed: Brings the lake up to the log.
    """

    def __init__(
        self,
        store: Store,
        lake: "Lake",
        folder: Path,
        *,
        clock: Clock,
        environment: str,
        feed: Callable[[], Awaitable[object]],
    ) -> None:
        apart = Apart(folder)
        self.streams = Streams()
        self.desk = Desk(store, lake, apart, environment=environment, feed=feed)
        self.workshop = Workshop(store, apart, clock=clock, feed=feed)

    async def close(self) -> None:
        """Stop everything; what was written stays."""
        self.streams.close()
        await self.workshop.close()
        await self.desk.close()
