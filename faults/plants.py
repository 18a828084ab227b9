"""Bugs to plant in a server's process, each of which an experiment must be seen to catch.

They stand here and nowhere in the product: each replaces a function of it before the server starts.
"""

import time
from collections.abc import Callable, Collection, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sqlalchemy import Connection

from shopkeeper.core.event import Event

if TYPE_CHECKING:
    from shopkeeper.store.group import Unit


SLOW: Final = 0.1
"""Seconds by which a planted bug is late, so that a few kills are enough to see it."""


def ack_before_commit() -> None:
    """Answer once the work is done, while its commit is still to come."""
    from shopkeeper.store import group, postgres, sqlite

    def run(conn: Connection, units: Sequence[group.Unit], rng: Random) -> None:
        group.run(conn, units, rng)
        for loop in {unit.loop for unit in units}:
            mine = [unit for unit in units if unit.loop is loop]
            loop.call_soon_threadsafe(_settle, mine)
        if conn.dialect.name == "sqlite":
            time.sleep(SLOW)
        else:
            conn.exec_driver_sql(f"SELECT pg_sleep({SLOW})")

    for module in (sqlite, postgres):
        module.run = run  # type: ignore[attr-defined]


def _settle(units: "Sequence[Unit]") -> None:
    for unit in units:
        unit.settle()


def no_dedup() -> None:
    """Take what comes twice twice."""
    from shopkeeper.store import admit
    from shopkeeper.store.row import row_of as honest

    def row_of(event: Event) -> dict[str, Any]:
        return honest(event) | {"message_id": f"{event.message_id} {uuid4().hex}"}

    admit.row_of = row_of  # type: ignore[attr-defined]


def fold_again() -> None:
    """Fold whatever is read, whether or not the profile has it already."""
    from shopkeeper.differentiate.fold import fold
    from shopkeeper.flows.profiles import Profile, Profiles

    async def _fold(self: Profiles, profiles: dict[str, Profile], events: Sequence[Event]) -> None:
        for event in events:
            profile = profiles.get(event.customer)
            if profile is not None:
                fold(self.plan, profile.state, event)
                profile.seq, profile.dirty = event.seq, True

    Profiles._fold = _fold  # type: ignore[assignment,method-assign]


def no_sync() -> None:
    """Commit without waiting for the disk."""
    from shopkeeper.store import sqlite

    sqlite.PRAGMAS["synchronous"] = "NORMAL"


def success_on_error() -> None:
    """Answer 200 where the store failed."""
    from shopkeeper.api import http
    from shopkeeper.core.errors import StoreError

    http._STATUS[StoreError] = 200


def quarantine_later() -> None:
    """Write what waits with the next commit that has something to write."""
    from shopkeeper.core.quarantine import Quarantined
    from shopkeeper.store import admit

    honest, kept = admit._keep, list[Quarantined]()

    def _keep(conn: Connection, rows: Sequence[Quarantined]) -> list[Quarantined]:
        late = [*kept]
        kept[:] = rows
        honest(conn, late)
        return list(rows)

    admit._keep = _keep


def forget_parcels_early() -> None:
    """Count what lies in the inbox as let in, and let it in then."""
    import asyncio

    from shopkeeper.core.intake import INBOX
    from shopkeeper.flows.collect import collect_all
    from shopkeeper.flows.inbox import clerk
    from shopkeeper.flows.inbox.wrapping import unwrap

    async def go_on(self: clerk.Clerk) -> int:
        parcels = await self._shelf.read(after=self._at, events=clerk.TOGETHER)
        if not parcels:
            return 0
        await self._store.advance(INBOX, expected=self._at, to=parcels[-1].position)
        self._at = parcels[-1].position
        await asyncio.sleep(SLOW)
        brought = [await unwrap(one, self._store) for one in parcels]
        definitions, items = self._rules()
        await collect_all(self._store, definitions, brought, contracts=self._contracts, items=items)
        return sum(one.events for one in parcels)

    clerk.Clerk.go_on = go_on  # type: ignore[method-assign]


def no_pressure() -> None:
    """Take in hand whatever comes, however much there is."""
    from shopkeeper.flows.collecting.pressure import Hands

    def take(self: Hands, size: int) -> None:
        self._held += size

    Hands.take = take  # type: ignore[method-assign]


def follow_slowly() -> None:
    """Look at customers slowly, and call a thousand events a long backlog: no bug, but a slow machine."""
    import asyncio
    from datetime import datetime

    from shopkeeper.flows import pressure
    from shopkeeper.flows.profiles import Profile
    from shopkeeper.flows.watch import Looked, Watch

    honest = Watch.look

    async def look(
        self: Watch, profiles: Sequence[Profile], *, now: datetime, reshaped: Collection[str] = ()
    ) -> Looked:
        await asyncio.sleep(0.5)
        return await honest(self, profiles, now=now, reshaped=reshaped)

    Watch.look = look  # type: ignore[method-assign]
    pressure.BACKLOG = 1_000  # type: ignore[misc]


def endless_backlog() -> None:
    """Welcome senders however far behind the follower is."""
    from shopkeeper.flows.service import Service

    Service.pressure = lambda self: 0.0  # type: ignore[method-assign] # noqa: ARG005 - as the method is called


PLANTS: Final[dict[str, Callable[[], None]]] = {
    plant.__name__: plant
    for plant in (
        ack_before_commit,
        no_dedup,
        fold_again,
        no_sync,
        success_on_error,
        quarantine_later,
        forget_parcels_early,
        no_pressure,
        follow_slowly,
        endless_backlog,
    )
}
