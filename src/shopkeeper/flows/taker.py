"""The taker: takes events into the log for everybody who brings some while the shop is served.

Events that come one by one are taken together, as many as come while the last ones are committed, and where several do,
a moment longer. Most of what a single event costs is what one commit of any number costs; together they share it, and
whoever comes alone does not wait. Where there is an inbox and more come than that, senders leave theirs in it.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import ShopkeeperError
from shopkeeper.core.item import Item
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import CollectResult, Taken, collect
from shopkeeper.flows.contracts.contracts import Contracts
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.refusing import Faulty
from shopkeeper.flows.following import Follower
from shopkeeper.flows.inbox import Inbox

_log = logging.getLogger(__name__)
GATHER: Final = 0.01
"""Seconds between two commits of single events while several come at a time."""


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
        inbox: Inbox,
    ) -> None:
        self._store = store
        self._definitions = definitions
        self._items = items
        self._contracts = contracts
        self._follower = follower
        self._inbox = inbox
        self._waiting: dict[Origin, list[_Waiting]] = {}
        self._busy: dict[Origin, asyncio.Task[None]] = {}

    async def take_all(
        self, wires: Sequence[Any], origin: Origin, *, now: datetime, faulty: Sequence[Faulty] = ()
    ) -> CollectResult:
        """Take events into the log in one commit, after those that lie in the inbox; see `collect`.

        What is faulty and says nothing waits for no others.

        Raises: StoreError: nothing was taken; send all again.
        """
        with self._inbox.passing(len(wires)):
            return await self._take_all(wires, origin, now=now, faulty=faulty)

    async def _take_all(
        self, wires: Sequence[Any], origin: Origin, *, now: datetime, faulty: Sequence[Faulty] = ()
    ) -> CollectResult:
        if wires or any(one.wire is not None for one in faulty):
            await self._inbox.empty()
        taken = await collect(
            self._store,
            self._definitions,
            wires,
            origin=origin,
            now=now,
            contracts=self._contracts,
            faulty=faulty,
            items=self._items,
        )
        if taken.accepted:
            self._follower.stir()
        return taken

    @property
    def crowded(self) -> bool:
        """Whether more come than the log takes at once, so that events are left in the inbox."""
        return self._inbox.wanted

    async def leave(self, wires: Sequence[Any], origin: Origin, *, now: datetime) -> None:
        """Leave events in the inbox, durably; those with one that cannot lie there are taken past it, see `collect`.

        Raises: StoreError: they were not; send them again.
        """
        if not wires:
            return
        try:
            await self._inbox.put(wires, origin, now=now)
        except ShopkeeperError:
            raise
        except Exception as error:
            _log.error(
                "unforeseen %s while events were put into the inbox; they are taken past it", type(error).__name__
            )
            await self.take_all(wires, origin, now=now)

    async def take(self, wire: Any, origin: Origin, *, now: datetime) -> Taken:
        """Take one event, with others of its origin.

        Raises: StoreError: it was not taken; send it again.
        """
        receipt: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(origin, []).append(_Waiting(wire, now, receipt))
        if origin not in self._busy:
            self._busy[origin] = asyncio.create_task(self._empty(origin), name="taker")
        with self._inbox.passing(1):
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
        """Take some events in one commit."""
        try:
            taken = await self._take_all([one.wire for one in waiting], origin, now=waiting[-1].now)
        except Exception as error:
            for one in waiting:
                if not one.receipt.done():
                    one.receipt.set_exception(error)
            return
        for one, receipt in zip(waiting, taken.receipts, strict=True):
            if not one.receipt.done():
                one.receipt.set_result(receipt)
