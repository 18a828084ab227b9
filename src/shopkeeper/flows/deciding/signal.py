"""Signals: what a browser asks by Global Privacy Control while it asks for something else is written down, once."""

import logging
from collections.abc import Sequence
from datetime import datetime

from shopkeeper.core.consent import CONSENT_WITHDRAWN
from shopkeeper.core.definitions import Shop
from shopkeeper.core.errors import StoreError
from shopkeeper.core.event import Event
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.intake import Arrival, Offering
from shopkeeper.core.store import Store

SOURCE = "shopkeeper"
_log = logging.getLogger(__name__)


async def keep_signal(
    store: Store, shop: Shop, name: Identifier | None, *, customer: str, purposes: Sequence[str], now: datetime
) -> None:
    """Write down that a known customer's browser turned purposes off.

    It counted for the answer already, and comes again with the next request: a store that fails keeps nobody waiting.

    Args:
        name: By what they were named, whose part says it; None: by their own id.
    """
    arrivals = [
        Arrival(
            Event(
                source=SOURCE,
                message_id=f"gpc:{customer}:{purpose}",
                name=CONSENT_WITHDRAWN,
                customer="" if name else customer,
                at=now,
                received_at=now,
                texts={"purpose": purpose, "via": "gpc", "basis": shop.purposes[purpose].basis},
            ),
            () if name is None else (name,),
        )
        for purpose in purposes
    ]
    try:
        await store.admit(Offering(arrivals, shop.limits, now))
    except StoreError as error:
        _log.warning("a privacy signal could not be written down: %s", error.code)
