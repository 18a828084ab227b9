"""Events and customers: each row an event."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from shopkeeper.core.event import IDENTIFY, MONEY_FIELDS
from shopkeeper.core.item import Item
from shopkeeper.core.money import digits
from shopkeeper.core.trait import TraitType
from shopkeeper.engines.tables.rows import Rows
from shopkeeper.flows.door.canonical import Draft, canonical
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.reading import Refusal, read_minor, read_number
from shopkeeper.flows.door.said import content_id, digest_of
from shopkeeper.flows.door.stated import sort_traits
from shopkeeper.flows.importing.mapping import CustomersMapping, EventsMapping
from shopkeeper.flows.importing.reading import Batch, Reader, Reading, as_plain, bare_event, one_each, whose

_NUMERIC = frozenset({TraitType.INTEGER, TraitType.NUMBER, TraitType.MONEY})


class EventsReader(Reader):
    """Reads rows that are events, through the same door as those that come over HTTP."""

    mapping: EventsMapping

    def items_named(self, rows: Rows) -> set[str]:
        """Return the ids of the items that the rows name."""
        column = self.mapping.properties.get("product_id")
        return {str(value) for value in rows.column(column)} if column else set()

    def readings(self, rows: Rows, items: dict[str, Item]) -> list[Reading]:
        """Read each row as an event."""
        mapping, batch = self.mapping, Batch(rows, self.mapping, self.terms)
        customers = {kind: batch.texts(column) for kind, column in mapping.customer.items()}
        times = batch.instants(mapping.timestamp)
        batch.require(times, "bad_timestamp", f"column {mapping.timestamp}")
        names = batch.texts(mapping.event_column) if mapping.event_column else [mapping.event] * batch.n
        ids = batch.texts(mapping.message_id)
        own = {"order_id": batch.texts(mapping.order_id), "place": batch.texts(mapping.place)}
        properties = {name: _property(batch, name, column) for name, column in mapping.properties.items()}
        numbers = {
            name: batch.read(column, partial(_number, batch, column)) for name, column in mapping.numbers.items()
        }
        columns = properties | numbers | own

        def make(i: int) -> Draft:
            claims = [(kind, values[i]) for kind, values in customers.items()]
            found = whose(claims, self.terms.definitions.shop)
            flat = {name: value for name, values in columns.items() if (value := values[i]) is not None}
            wire: dict[str, Any] = {
                "type": "track",
                "event": names[i],
                "timestamp": times[i],
                "customer": dict(claims),
                "properties": {**mapping.constants, **self._major(flat)},
            }
            wire["messageId"] = ids[i] or content_id((found[0], names[i], times[i], wire["properties"]))
            origin = Origin(mapping.source)
            return canonical(wire, self.terms.definitions, items, origin=origin, now=self.terms.now, names=found)

        return one_each(batch, make)

    def _major(self, flat: dict[str, Any]) -> dict[str, Any]:
        """Write money as the wire has it, in major units."""
        if self.mapping.money == "major":
            return flat
        places = -digits(self.terms.currency)
        return {
            name: str(Decimal(read_minor(value, name)).scaleb(places)) if name in MONEY_FIELDS else value
            for name, value in flat.items()
        }


def _number(batch: Batch, column: str, value: Any) -> float:
    field = f"column {column}"
    return float(read_number(batch.pointed(value, field, "bad_number"), field))


def _property(batch: Batch, name: str, column: str) -> list[Any]:
    """Read a property as it came; an amount with a decimal point."""
    if name not in MONEY_FIELDS:
        return batch.plain(column)
    return batch.read(column, lambda value: as_plain(batch.pointed(value, f"column {column}")))


class CustomersReader(Reader):
    """Reads rows that say what is known of a customer."""

    mapping: CustomersMapping

    def readings(self, rows: Rows, items: dict[str, Item]) -> list[Reading]:  # noqa: ARG002 (customers name no items)
        """Read each row as an `Identify` event."""
        mapping, batch = self.mapping, Batch(rows, self.mapping, self.terms)
        customers = {kind: batch.texts(column) for kind, column in mapping.customer.items()}
        times = batch.instants(mapping.timestamp)
        if mapping.as_of is not None:
            times = batch.all_of(mapping.as_of)
        batch.require(times, "bad_timestamp", f"column {mapping.timestamp}")
        traits = {name: self._stated(batch, name, column) for name, column in mapping.traits.items()}

        def make(i: int) -> Draft:
            at = times[i]
            if at is None:
                raise Refusal("bad_timestamp", "timestamp: has no value, and must have one")
            found = whose([(kind, values[i]) for kind, values in customers.items()], self.terms.definitions.shop)
            stated = {name: values[i] for name, values in traits.items()}
            said = (found[0], stated, at)
            event = bare_event(batch, name=IDENTIFY, message_id=content_id(said), at=at)
            return self._draft(found, event, stated, digest_of(said))

        return one_each(batch, make)

    def _stated(self, batch: Batch, name: str, column: str) -> list[Any]:
        """Read a trait's column; numbers and instants as the mapping says that they are written."""
        declared = self.terms.definitions.traits.get(name)
        kind, field = None if declared is None else declared.type, f"column {column}"
        if kind in _NUMERIC:
            return batch.read(column, lambda value: as_plain(batch.pointed(value, field, "bad_trait")))
        if kind == TraitType.INSTANT and self.mapping.dates:
            return batch.instants(column, bounded=False)
        return batch.plain(column)

    def _draft(self, found: Any, event: Any, traits: Mapping[str, Any], said: bytes) -> Draft:
        texts, numbers, money, flags, extra, personal = sort_traits(
            traits,
            self.terms.definitions.traits,
            currency=self.terms.currency,
            minor=self.mapping.money == "minor",
            naive=self.mapping.naive,
        )
        event = msgspec.structs.replace(event, texts=texts, numbers=numbers, money=money, flags=flags, extra=extra)
        return Draft(found, event, personal, said)
