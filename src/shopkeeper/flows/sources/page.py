"""One registered source: its terms, how clients are wired to it, and what it brought."""

from datetime import datetime

import msgspec

from shopkeeper.core.definitions import Shop
from shopkeeper.core.store import Store
from shopkeeper.flows.sources.overview import SourceLine, sources
from shopkeeper.flows.sources.registry import Registered, find_source, registered, why_nothing
from shopkeeper.flows.sources.wiring import Wire, wires


class SourcePage(msgspec.Struct, frozen=True, kw_only=True):
    """A registered source, and how it is wired.

    environment: The shop's. base: Where clients reach Shopkeeper. wires: For each client that suits it; `KEY` stands
    for the write key. events: How many it brought; `registered.first_event_at` says when the first was received.
    line: See `Sources`. warning: Why nothing it sends can be taken, empty where it can.
    """

    name: str
    registered: Registered
    environment: str
    base: str
    wires: tuple[Wire, ...]
    events: int
    line: SourceLine
    warning: str = ""


async def source_page(
    store: Store, name: str, *, base: str, shop: Shop, environment: str, now: datetime, wall: datetime
) -> SourcePage:
    """Show one source.

    Args:
        base: Where clients reach Shopkeeper.
        shop: By which its events are read. environment: The shop's.
        wall: The machine's time, by which keys end.

    Raises: NotFound: none of this name is registered.
    """
    found = await find_source(store, name)
    whole = await sources(store, zone=shop.time_zone, environment=environment, now=now, wall=wall)
    line = next(line for line in whole.sources if line.name == name)
    return SourcePage(
        name=name,
        registered=registered(found, now=wall),
        environment=environment,
        base=base,
        wires=wires(found.kind, base=base, category=found.category),
        events=line.events,
        line=line,
        warning=why_nothing(found.kind, shop),
    )
