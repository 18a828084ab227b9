"""Crowds: identifiers that many give, as long as the shop has something to do about them."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from shopkeeper.core.definitions import Shop
from shopkeeper.core.identity import CROWD
from shopkeeper.core.store import Store
from shopkeeper.identify.names import is_blocked

LATELY: Final = timedelta(days=14)
"""For so long after it was refused last an identifier is told of: what a weekly import brings again is told of on."""


class Crowd(NamedTuple):
    """An identifier's part that would have joined too many; of the identifier only its kind, for it is personal data.

    refused: With how many other parts it may not be one customer, though some event says so.
    """

    part: str
    kind: str
    refused: int


async def crowds(store: Store, shop: Shop, *, now: datetime) -> tuple[Crowd, ...]:
    """Return the identifiers that were refused many others, and some lately, the most refused first.

    One that shop.yaml blocks by now is left out: the shop has done what there was to do, and no event tries it again.
    """
    found = await store.crowded(since=now - LATELY, least=CROWD)
    return tuple(
        Crowd(one.part, one.identifier.kind, one.refused)
        for one in found
        if one.identifier is not None and not is_blocked(one.identifier, shop)
    )
