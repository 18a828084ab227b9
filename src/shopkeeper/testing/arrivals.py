"""Customers, made as everybody's are: by an event that proves their identifier."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from shopkeeper.core.event import Event
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.intake import Arrival, Offering
from shopkeeper.core.store import Store


def arrival(*names: Identifier, at: datetime, personal: Mapping[str, str] | None = None) -> Arrival:
    """Make a look at a page that proves the identifiers of one person; never the same event twice."""
    key = uuid4().hex
    event = Event(source="visits", message_id=key, name="Page Viewed", customer="", at=at, received_at=at)
    return Arrival(event, names, personal=personal or {})


async def arrive(
    store: Store, names: Sequence[Identifier], *, now: datetime, personal: Mapping[str, str] | None = None
) -> dict[Identifier, str]:
    """Let an event in for each identifier alone, with the same personal values; return whose each is."""
    arrivals = [arrival(name, at=now, personal=personal) for name in names]
    entries = await store.admit(Offering(arrivals, {}, now))
    return {name: entry.customer for name, entry in zip(names, entries, strict=True)}
