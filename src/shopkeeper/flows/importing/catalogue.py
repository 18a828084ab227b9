"""Catalogue tables: items, places, stock and offers; a row that comes again replaces the earlier."""

from shopkeeper.core.item import Item, Place, Stock
from shopkeeper.core.offer import Offer
from shopkeeper.engines.tables.grouping import runs
from shopkeeper.engines.tables.rows import Rows
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.importing.mapping import ItemsMapping, OffersMapping, PlacesMapping, StockMapping
from shopkeeper.flows.importing.reading import Batch, Reader, Reading, one_each

_YES = frozenset({"true", "yes", "1", "y", "t", "in stock", "in_stock", "available"})
_NO = frozenset({"false", "no", "0", "n", "f", "out of stock", "out_of_stock", "unavailable"})


class ItemsReader(Reader):
    """Reads items."""

    mapping: ItemsMapping

    def readings(self, rows: Rows, items: dict[str, Item]) -> list[Reading]:  # noqa: ARG002 (reads no other items)
        """Read each row as an item."""
        mapping, batch = self.mapping, Batch(rows, self.mapping, self.terms)
        ids = batch.texts(mapping.id)
        batch.require(ids, "no_id", f"column {mapping.id}")
        titles = batch.titles(mapping.title)
        categories, departments = batch.texts(mapping.category), batch.texts(mapping.department)
        brands = batch.texts(mapping.brand)
        prices, costs = batch.money(mapping.price), batch.money(mapping.cost)
        attributes = batch.attributes(mapping.attributes)
        _refuse_negative(batch, prices, "price")
        _refuse_negative(batch, costs, "cost")
        return one_each(
            batch,
            lambda i: Item(
                id=ids[i] or "",
                title=titles[i],
                category=categories[i],
                department=departments[i],
                brand=brands[i],
                price=prices[i],
                cost=costs[i],
                attributes=attributes[i],
            ),
        )


class PlacesReader(Reader):
    """Reads places."""

    mapping: PlacesMapping

    def readings(self, rows: Rows, items: dict[str, Item]) -> list[Reading]:  # noqa: ARG002 (places name no items)
        """Read each row as a place."""
        mapping, batch = self.mapping, Batch(rows, self.mapping, self.terms)
        ids = batch.texts(mapping.id)
        batch.require(ids, "no_id", f"column {mapping.id}")
        titles, attributes = batch.titles(mapping.title), batch.attributes(mapping.attributes)
        return one_each(batch, lambda i: Place(id=ids[i] or "", title=titles[i], attributes=attributes[i]))


class StockReader(Reader):
    """Reads what is available where."""

    mapping: StockMapping

    def readings(self, rows: Rows, items: dict[str, Item]) -> list[Reading]:  # noqa: ARG002 (fills nothing in)
        """Read each row as an item at a place."""
        mapping, batch = self.mapping, Batch(rows, self.mapping, self.terms)
        named, places = batch.texts(mapping.item), batch.texts(mapping.place)
        batch.require(named, "no_id", f"column {mapping.item}")
        batch.require(places, "no_id", f"column {mapping.place}")
        available, prices = batch.read(mapping.available, _available), batch.money(mapping.price)
        _refuse_negative(batch, prices, "price")
        return one_each(
            batch,
            lambda i: Stock(
                item=named[i] or "", place=places[i] or "", available=available[i] is not False, price=prices[i]
            ),
        )


def _available(value: object) -> bool:
    """Read whether there is any: a word, or how many."""
    word = str(value).strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    try:
        return float(word) > 0
    except ValueError:
        raise Refusal("bad_value", "available: must be true or false, in stock or out of stock, or a number") from None


def _refuse_negative(batch: Batch, amounts: list[int | None], field: str) -> None:
    for i, amount in enumerate(amounts):
        if amount is not None and amount < 0:
            batch.bad.setdefault(i, Refusal("bad_amount", f"{field}: must not be negative"))


class OffersReader(Reader):
    """Reads offers; the rows of one id are the items that it covers."""

    mapping: OffersMapping

    def readings(self, rows: Rows, items: dict[str, Item]) -> list[Reading]:  # noqa: ARG002 (covers by id)
        """Read whole offers; one bad row makes its whole offer wait."""
        mapping, batch = self.mapping, Batch(rows, self.mapping, self.terms)
        ids, covered = batch.texts(mapping.id), batch.texts(mapping.item)
        batch.require(ids, "no_id", f"column {mapping.id}")
        values = batch.money(mapping.face_value)
        _refuse_negative(batch, values, "face_value")
        starts, ends = (
            batch.instants(mapping.starts, bounded=False),
            batch.instants(mapping.ends, bounded=False),
        )
        facts = list(zip(batch.titles(mapping.title), batch.texts(mapping.group), starts, ends, values, strict=True))

        def offer(start: int, stop: int) -> Offer | Refusal:
            if facts[start:stop].count(facts[start]) != stop - start:
                return Refusal("mixed_offer", "offer: its rows differ in title, group, starts, ends or face_value")
            title, group, begins, expires, value = facts[start]
            if begins is not None and expires is not None and expires <= begins:
                return Refusal("bad_offer", "ends: must be later than starts")
            return Offer(
                id=ids[start] or "",
                kind=mapping.offer_kind,
                title=title,
                items=tuple(dict.fromkeys(item for item in covered[start:stop] if item is not None)),
                face_value=value or 0,
                starts=begins,
                ends=expires,
                group=group,
            )

        readings = []
        for start, stop in runs(list(ids), rows.spoiled):
            wrong = next((i for i in range(start, stop) if i in batch.bad), None)
            what = offer(start, stop) if wrong is None else batch.bad[wrong]
            readings.append(Reading(start, stop, what, start if wrong is None else wrong))
        return readings
