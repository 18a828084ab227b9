"""The taker: takes events into the log for everybody who brings some while the shop is served.

Events that come one by one are taken together, as many as come while the last ones are committed, and where several do,
a moment longer. Most of what a single event costs is what one commit of any number costs; together they share it, and
whoever comes alone does not wait.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import StoreError
from shopkeeper.core.item import Item
from shopkeeper.core.quarantine import Quarantined
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import CollectResult, Taken, collect
from shopkeeper.flows.contracts.contracts import Contracts
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.following import Follower

GATHER: Final = 0.01
"""Seconds between two commits of single events while several come at a time."""

_log = logging.getLogger(__name__)


class _Waiting(NamedTuple):
    """One event, when it came, and who waits for its receipt."""

    wire: Any
    now: datetime
    receipt: asyncio.Future[Taken]


class Taker:
    """Takes events; `items`: the catalogue."""

    def __init__(
        self,
        store: Store,
        definitions: Definitions,
        items: Mapping[str, Item],
        *,
        contracts: Contracts,
        follower: Follower,
    ) -> None:
        self._store = store
        self._definitions = definitions
        self._items = items
        self._contracts = contracts
        self._follower = follower
        self._waiting: dict[Origin, list[_Waiting]] = {}
        self._busy: dict[Origin, asyncio.Task[None]] = {}

    async def take_all(
        self, wires: Sequence[Any], origin: Origin, *, now: datetime, waiting: Sequence[Quarantined] = ()
    ) -> CollectResult:
        """Take events in one commit, see `collect`.

        Raises: StoreError: nothing was taken; send all again.
        """
        taken = await collect(
            self._store,
            self._definitions,
            wires,
            origin=origin,
            now=now,
            contracts=self._contracts,
            waiting=waiting,
            items=self._items,
        )
        if taken.accepted:
            self._follower.stir()
        return taken

    async def take(self, wire: Any, origin: Origin, *, now: datetime) -> Taken:
        """Take one event, with others of its origin.

        Raises: StoreError: it was not taken; send it again.
        """
        receipt: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(origin, []).append(_Waiting(wire, now, receipt))
        if origin not in self._busy:
            self._busy[origin] = asyncio.create_task(self._empty(origin), name="taker")
        return await receipt

    async def _empty(self, origin: Origin) -> None:
        try:
            while waiting := self._waiting.pop(origin, []):
                await self._take_together(waiting, origin)
                if len(waiting) > 1:
                    await asyncio.sleep(GATHER)
        finally:
            del self._busy[origin]

    async def _take_together(self, waiting: Sequence[_Waiting], origin: Origin) -> None:
        """Take some events in one commit; should that fail for another reason than the store's, each by itself."""
        try:
            taken = await self.take_all([one.wire for one in waiting], origin, now=waiting[-1].now)
        except Exception as error:
            if len(waiting) > 1 and not isinstance(error, StoreError):
                _log.error("unforeseen %s while events were taken; each is tried alone", type(error).__name__)
                for one in waiting:
                    await self._take_together([one], origin)
                return
            for one in waiting:
                if not one.receipt.done():
                    one.receipt.set_exception(error)
            return
        for one, receipt in zip(waiting, taken.receipts, strict=True):
            if not one.receipt.done():
                one.receipt.set_result(receipt)
