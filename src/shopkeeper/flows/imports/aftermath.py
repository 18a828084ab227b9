"""After an import: what follows the log is brought up to it, while the shop is being served."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from shopkeeper.core.store import Store
from shopkeeper.flows.log_pages import read_much
from shopkeeper.flows.segments import refresh_memberships
from shopkeeper.flows.service import Service

if TYPE_CHECKING:
    from shopkeeper.engines.batch import Batch

LATE = 10_000
"""Events that may come in while segments are counted, and are looked at again after it."""


class Aftermath:
    """Tells a served shop of events that came past its requests.

    History that comes in by the thousand is not lived through again: who is in which segment is recorded as the lake
    says, without `Segment Entered` events. Warm profiles are let go of, for they are folds over the log that end before
    the import, with memberships of before it; the next question folds them anew.
    """

    def __init__(
        self,
        service: Service,
        batch: "Batch",
        *,
        feed: Callable[[], Awaitable[object]],
        now: Callable[[], datetime],
    ) -> None:
        self._service = service
        self._batch = batch
        self._feed = feed
        self._now = now

    @property
    def _store(self) -> Store:
        return self._service.store

    def forget(self, customers: frozenset[str]) -> None:
        """Let go of some warm profiles."""
        self._service.profiles.forget(customers)

    async def settle(self, customers: frozenset[str]) -> None:
        """Feed the lake, record who is in which segment, and look again at whoever did something meanwhile."""
        await self._feed()
        upto = self._batch.lake.upto()
        service = self._service
        await refresh_memberships(self._store, self._batch, service.definitions, now=self._now())
        late = {event.customer for event in await read_much(self._store, after=upto, limit=LATE) if event.customer}
        service.profiles.forget(customers)
        await service.follower.look_anew(late)
        await service.learner.catch_up()
