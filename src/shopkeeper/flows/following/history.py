"""History: what was imported while nobody served the shop is passed over; and how far the log is followed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from shopkeeper.core.errors import Conflict
from shopkeeper.core.instant import micros
from shopkeeper.core.store import Store
from shopkeeper.flows.following.run import READER


async def followed_upto(store: Store) -> int:
    """Return up to which number all of the log is followed, as it is durably noted."""
    return max(await store.cursor(READER), await store.followed_by_all() or 0)


async def pass_over(store: Store, *, now: datetime) -> None:
    """Count everything that is in the log as followed.

    Args:
        now: Of the machine's clock.

    Raises: Conflict: somebody serves the shop just now, and follows the log.
    """
    head = await store.head()
    await store.pass_leases_over(head, now=micros(now))
    await store.advance(READER, expected=await store.cursor(READER), to=head)


@asynccontextmanager
async def offline_history(store: Store, *, now: datetime) -> AsyncIterator[None]:
    """Pass over what is imported while nobody serves the shop, so that the next start need not read through it.

    Where a crash has left something to follow, or the shop is served after all, all of it is read through: the imported
    part is known as such.

    Args:
        now: Of the machine's clock.
    """
    followed = await followed_upto(store) == await store.head()
    try:
        yield
    finally:
        if followed:
            with suppress(Conflict):
                await pass_over(store, now=now)
