"""Taking one batch: read it, let in what can be taken, and write down what has to wait."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput
from shopkeeper.core.intake import Offering
from shopkeeper.core.item import Item, Place, Stock
from shopkeeper.core.offer import Offer
from shopkeeper.core.quarantine import Quarantined
from shopkeeper.core.store import Store
from shopkeeper.engines.tables.rows import Rows
from shopkeeper.flows.door.admission import admit, customers_of
from shopkeeper.flows.door.canonical import Draft
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.holding import quarantined
from shopkeeper.flows.importing.catalogue import ItemsReader, OffersReader, PlacesReader, StockReader
from shopkeeper.flows.importing.consents import ConsentsReader
from shopkeeper.flows.importing.events import CustomersReader, EventsReader
from shopkeeper.flows.importing.mapping import (
    AnyMapping,
    ConsentsMapping,
    CustomersMapping,
    EventsMapping,
    ItemsMapping,
    OffersMapping,
    OrdersMapping,
    PlacesMapping,
    StockMapping,
    forged,
)
from shopkeeper.flows.importing.orders import OrdersReader
from shopkeeper.flows.importing.reading import Reader, Reading, Terms

KEPT = 200_000
"""Items kept in memory between batches; beyond it they are asked for again."""

_READERS: dict[type[AnyMapping], type[Reader]] = {
    OrdersMapping: OrdersReader,
    EventsMapping: EventsReader,
    CustomersMapping: CustomersReader,
    ConsentsMapping: ConsentsReader,
    ItemsMapping: ItemsReader,
    PlacesMapping: PlacesReader,
    StockMapping: StockReader,
    OffersMapping: OffersReader,
}


class Tally(NamedTuple):
    """What became of a batch's rows: accepted + duplicates + quarantined = rows.

    customers: Whom the log learned something of.
    """

    accepted: int
    duplicates: int
    waiting: tuple[Quarantined, ...]
    quarantined: int
    customers: frozenset[str] = frozenset()


class Taker:
    """Takes the batches of one table, one after another."""

    def __init__(self, store: Store, definitions: Definitions, mapping: AnyMapping, *, now: datetime) -> None:
        for field, expected in forged(mapping).items():  # once more, whoever made the mapping
            raise BadInput(f"mapping: {field} == {getattr(mapping, field)!r}, must be {expected}")
        self._store = store
        self._now = now
        self._terms = Terms(definitions, now)
        self._reader = _READERS[type(mapping)](mapping, self._terms)
        self._items: dict[str, Item | None] = {}

    async def take(self, rows: Rows, *, origin: str, mapping_file: str) -> Tally:
        """Take a batch and put into quarantine what has to wait. Raises: StoreError: offer the batch again."""
        tally = await self.offer(rows, origin=origin, mapping_file=mapping_file)
        if tally.waiting:
            limits = self._terms.definitions.shop.limits
            await self._store.admit(Offering([], limits, self._now, tally.waiting))  # which counts them as well
        return tally

    async def offer(self, rows: Rows, *, origin: str, mapping_file: str) -> Tally:
        """Take what can be taken of a batch, and only say what has to wait."""
        readings = await self.read(rows)
        outcomes, customers = await self._let_in(readings)
        waiting = tuple(
            _waiting(rows, reading, outcome, origin=origin, mapping_file=mapping_file, now=self._now)
            for reading, outcome in zip(readings, outcomes, strict=True)
            if isinstance(outcome, Refusal)
        )
        counts = {"accepted": 0, "duplicate": 0, "refused": 0}
        for reading, outcome in zip(readings, outcomes, strict=True):
            counts["refused" if isinstance(outcome, Refusal) else outcome] += reading.stop - reading.start
        return Tally(counts["accepted"], counts["duplicate"], waiting, counts["refused"], customers)

    async def read(self, rows: Rows) -> list[Reading]:
        """Read a batch, and let nothing in."""
        return self._reader.readings(rows, await self._known(rows))

    async def _known(self, rows: Rows) -> dict[str, Item]:
        """Look up the items that a batch names, most of which an earlier one named too."""
        named = self._reader.items_named(rows)
        asked = named - self._items.keys()
        if asked:
            if len(self._items) > KEPT:
                self._items.clear()
                asked = named
            found = await self._store.find_items(sorted(asked))
            self._items.update((item, found.get(item)) for item in asked)
        return {item: known for item in named if (known := self._items[item]) is not None}

    async def _let_in(self, readings: Sequence[Reading]) -> tuple[list[str | Refusal], frozenset[str]]:
        """Write what was read; say of each reading `accepted`, `duplicate` or why it waits, and whom it told of."""
        drafts = [reading.what for reading in readings if isinstance(reading.what, Draft)]
        if self._reader.shown:
            await self._store.keep_wordings(self._reader.shown, self._now)
        settled = await admit(self._store, self._terms.definitions, drafts, now=self._now)
        admissions = iter(settled)
        await self._put([reading.what for reading in readings if not isinstance(reading.what, Draft | Refusal)])
        outcomes: list[str | Refusal] = []
        for reading in readings:
            if isinstance(reading.what, Draft):
                admission = next(admissions)
                outcomes.append(admission.refusal or admission.outcome)
            else:
                outcomes.append(reading.what if isinstance(reading.what, Refusal) else "accepted")
        return outcomes, customers_of(settled)

    async def _put(self, things: Sequence[Item | Place | Stock | Offer]) -> None:
        if items := [thing for thing in things if isinstance(thing, Item)]:
            await self._store.put_items(items)
        if places := [thing for thing in things if isinstance(thing, Place)]:
            await self._store.put_places(places)
        if stock := [thing for thing in things if isinstance(thing, Stock)]:
            await self._store.put_stock(stock)
        if offers := [thing for thing in things if isinstance(thing, Offer)]:
            await self._store.put_offers(offers)


def _waiting(
    rows: Rows, reading: Reading, refusal: Refusal, *, origin: str, mapping_file: str, now: datetime
) -> Quarantined:
    """Write down rows that wait, whole: a list of objects, or the text that could not be split into fields."""
    spoiled = rows.spoiled.get(reading.at)
    body: Any = [rows.spoiled[i].text if i in rows.spoiled else rows.row(i) for i in range(reading.start, reading.stop)]
    if spoiled is not None and reading.stop - reading.start == 1:
        body = spoiled.text
    return quarantined(origin, rows.positions[reading.at], refusal, body, now=now, mapping=mapping_file)
