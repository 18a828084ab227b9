"""Signals: what a browser asks by Global Privacy Control while it asks for something else is written down, once."""

import logging
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from shopkeeper.core.consent import CONSENT_WITHDRAWN
from shopkeeper.core.definitions import Shop
from shopkeeper.core.errors import ShopkeeperError
from shopkeeper.core.event import Event
from shopkeeper.core.intake import Arrival, Offering
from shopkeeper.core.store import Store

SOURCE = "shopkeeper"
_log = logging.getLogger(__name__)


async def keep_signal(store: Store, shop: Shop, part: str, *, purposes: Sequence[str], now: datetime) -> None:
    """Write down that a known part's browser turned purposes off.

    It counted for the answer already, and comes again with the next request: a store that fails keeps nobody waiting.
    """
    arrivals = [_arrival(shop, part, purpose, now) for purpose in purposes]
    try:
        entries = await store.admit(Offering(arrivals, shop.limits, now))
    except ShopkeeperError as error:
        _log.warning("a privacy signal could not be written down: %s", error.code)
        return
    for arrival, entry in zip(arrivals, entries, strict=True):
        if entry.outcome == "conflict":
            _log.error(
                "a privacy signal is not in the ledger: event %d of the log is another one of %s under its id %s",
                entry.seq,
                SOURCE,
                arrival.event.message_id,
            )


def _arrival(shop: Shop, part: str, purpose: str, now: datetime) -> Arrival:
    """Make the word of one part to one purpose.

    Its id is the part's, which never changes, and not the customer's, whose other parts have words of their own. That
    the purpose is off is all that it says: sent again meanwhile, at another instant, it is the same.
    """
    key = f"signal:{part}:{purpose}"
    event = Event(
        source=SOURCE,
        message_id=key,
        name=CONSENT_WITHDRAWN,
        customer="",
        part=part,
        at=now,
        received_at=now,
        texts={"purpose": purpose, "via": "gpc", "basis": shop.purposes[purpose].basis},
    )
    return Arrival(event, (), said=blake2b(key.encode(), digest_size=16).digest())
