"""The guide: keeps the two of the tour once they are chosen, which takes seconds, so that the page need not wait."""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from shopkeeper.core.clock import Clock
from shopkeeper.flows.tour.known import know, permitted, treated
from shopkeeper.flows.tour.pair import choose_pair

if TYPE_CHECKING:
    from shopkeeper.flows.service import Service

Pair = tuple[str, str]
_log = logging.getLogger(__name__)


class Guide:
    """Chooses the two customers, beside the requests, and keeps them for as long as both can be shown.

    Args:
        service: What answers live, looked up at each choice.
    """

    def __init__(self, service: "Callable[[], Service]", *, clock: Clock) -> None:
        self._service = service
        self._clock = clock
        self._choosing: asyncio.Task[Pair | None] | None = None

    def ready(self) -> "asyncio.Task[Pair | None]":
        """Begin to choose, if that has not been done."""
        if self._choosing is None or (self._choosing.done() and not _chosen(self._choosing)):
            self._choosing = asyncio.create_task(choose_pair(self._service(), now=self._clock.now()))
        return self._choosing

    def begin(self) -> None:
        """Begin to choose, once: a shop that has no two to show is not searched whenever somebody looks in."""
        if self._choosing is None:
            self.ready()

    async def pair(self) -> Pair | None:
        """Return the two; None where the shop has no two customers to show.

        Raises: StoreError: the store does not answer.
        """
        chosen = await asyncio.shield(self.ready())
        if chosen is not None and not await self._still(chosen):
            self._choosing = None
            chosen = await asyncio.shield(self.ready())
        return chosen

    async def close(self) -> None:
        """Stop choosing."""
        if self._choosing is not None:
            self._choosing.cancel()
            await asyncio.gather(self._choosing, return_exceptions=True)

    async def _still(self, pair: Pair) -> bool:
        """Say whether both are still there and may be answered personally."""
        service, now = self._service(), self._clock.now()
        if len(await service.store.known_customers(list(pair))) < len(pair):
            return False
        both = await know(service, pair, now=now)
        definitions = service.definitions
        usable = [one for one in both if treated(one.customer, definitions) and permitted(one, definitions, now=now)]
        return len(usable) == len(pair)


def _chosen(task: "asyncio.Task[Pair | None]") -> bool:
    """Say whether a choice that has ended found two; what went wrong is logged, and chosen again."""
    if task.cancelled():
        return False
    if error := task.exception():
        _log.warning("choosing the customers of the tour failed and will be tried again: %s", type(error).__name__)
        return False
    return task.result() is not None
