"""Orders: the rows of one order id become one event with its lines. The hot path of an import: lean, by column."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from shopkeeper.core.event import CORRECTIONS, Line, typed_properties
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.item import Item
from shopkeeper.engines.tables.grouping import runs
from shopkeeper.engines.tables.rows import Rows
from shopkeeper.flows.door.canonical import Draft
from shopkeeper.flows.door.lines import MAX_LINES
from shopkeeper.flows.door.reading import Refusal, read_money, read_text, require_plain
from shopkeeper.flows.door.said import digest_of
from shopkeeper.flows.importing.mapping import OrdersMapping
from shopkeeper.flows.importing.reading import Batch, Quantity, Reader, Reading, bare_event, whose

_NO_ITEM = Item(id="")
_PPM = 1_000_000


class OrdersReader(Reader):
    """Reads the lines of orders."""

    mapping: OrdersMapping

    def items_named(self, rows: Rows) -> set[str]:
        """Return the ids of the items that the lines name."""
        found = set()
        for value in set(rows.column(self.mapping.product_id)):
            try:
                text = read_text(value, "product_id")
            except Refusal:
                continue
            if text is not None:
                found.add(text)
        return found

    def readings(self, rows: Rows, items: dict[str, Item]) -> list[Reading]:
        """Read whole orders; one bad row makes its whole order wait, for half an order is a wrong one."""
        batch = Batch(rows, self.mapping, self.terms)
        orders = _Orders(batch, self.mapping, items)
        return [orders.reading(start, stop) for start, stop in runs(orders.ids, rows.spoiled)]


class _Orders:
    """One batch of orders, its columns read."""

    def __init__(self, batch: Batch, mapping: OrdersMapping, items: dict[str, Item]) -> None:
        self._batch = batch
        self._mapping = mapping
        self.ids = batch.texts(mapping.order_id)
        self._said: list[tuple[Any, ...]] = []
        self._lines = self._read_lines(items)
        self._customers = {kind: batch.texts(column) for kind, column in mapping.customer.items()}
        self._times = batch.raw(mapping.timestamp)
        self._places = batch.texts(mapping.place)
        self._properties = {name: batch.plain(column) for name, column in mapping.properties.items()}
        self._names: dict[tuple[str | None, ...], tuple[Identifier, ...]] = {}
        self._slug = mapping.event.lower().replace(" ", "-")
        batch.require(self.ids, "no_order_id", f"column {mapping.order_id}")

    def _read_lines(self, items: dict[str, Item]) -> list[Line]:
        batch, mapping = self._batch, self._mapping
        products = batch.texts(mapping.product_id)
        quantities = batch.quantities(mapping.quantity)
        amounts = self._amounts(quantities)
        discounts = self._discounts()
        costs = batch.money(mapping.cost)
        batch.require(products, "bad_line", f"column {mapping.product_id}")
        share = None if mapping.cost_share is None else round(mapping.cost_share * _PPM)
        coupons, categories = batch.texts(mapping.coupon), batch.texts(mapping.category)
        departments, brands = batch.texts(mapping.department), batch.texts(mapping.brand)
        lines = []
        for product, (pieces, exact), amount, discount, cost, coupon, category, department, brand in zip(
            products, quantities, amounts, discounts, costs, coupons, categories, departments, brands, strict=True
        ):
            item = items.get(product or "", _NO_ITEM)
            self._said.append((product, pieces, amount, discount, cost, coupon, category, department, brand))
            if cost is None:
                if item.cost is not None:
                    cost = round(item.cost * exact)  # noqa: PLW2901 (filled in where the row does not say)
                elif share is not None:
                    cost = ((amount + discount) * share + _PPM // 2) // _PPM  # noqa: PLW2901 (likewise)
            lines.append(
                Line(
                    product_id=product or "",
                    quantity=pieces,
                    amount=amount,
                    cost=cost,
                    discount=discount,
                    coupon=coupon,
                    category=category or item.category,
                    department=department or item.department,
                    brand=brand or item.brand,
                )
            )
        return lines

    def _amounts(self, quantities: list[Quantity]) -> list[int]:
        batch, mapping = self._batch, self._mapping
        if mapping.price is not None:
            prices = batch.prices(mapping.price)
            amounts = [
                self._priced(i, price, exact)
                for i, (price, (_, exact)) in enumerate(zip(prices, quantities, strict=True))
            ]
        else:
            amounts = batch.money(mapping.amount)
        batch.require(amounts, "bad_amount", "amount")
        refund = mapping.event in CORRECTIONS
        for i, amount in enumerate(amounts):
            if refund and amount is not None and amount < 0:
                batch.bad.setdefault(i, Refusal("bad_amount", "amount: what is taken back is a positive figure"))
        return [amount or 0 for amount in amounts]

    def _priced(self, index: int, price: Decimal | None, quantity: Decimal) -> int | None:
        try:
            return None if price is None else read_money(price * quantity, "price", self._batch.terms.currency)
        except Refusal as refusal:
            self._batch.bad.setdefault(index, refusal)
            return None

    def _discounts(self) -> list[int]:
        batch, named = self._batch, self._mapping.discount
        columns = [batch.money(column) for column in ([named] if isinstance(named, str) else named)]
        if not columns:
            return [0] * batch.n
        sums = [sum(part or 0 for part in parts) for parts in zip(*columns, strict=True)]
        if sums and min(sums) < 0:
            for i, discount in enumerate(sums):
                if discount < 0:
                    batch.bad.setdefault(i, Refusal("bad_amount", "discount: must be a positive figure"))
        return sums

    def reading(self, start: int, stop: int) -> Reading:
        """Read the order of the rows [start, stop)."""
        bad = self._batch.bad
        wrong = next((i for i in range(start, stop) if i in bad), None) if bad else None
        if wrong is not None:
            return Reading(start, stop, bad[wrong], wrong)
        try:
            return Reading(start, stop, self._draft(start, stop), start)
        except Refusal as refusal:
            return Reading(start, stop, refusal, start)

    def _draft(self, start: int, stop: int) -> Draft:
        mapping = self._mapping
        if stop - start > MAX_LINES:
            raise Refusal("bad_line", f"an order of {stop - start} lines, must be at most {MAX_LINES}")
        lines = tuple(self._lines[start:stop])
        name, order_id = mapping.event, self.ids[start]
        event = bare_event(self._batch, name=name, message_id=f"{self._slug}:{order_id}", at=self._at(start))
        money = {"total": sum(line.amount for line in lines)}
        discount = sum(line.discount for line in lines)
        if discount:
            money["discount"] = discount
        texts, numbers, flags, extra = self._flat(start, money)
        event = msgspec.structs.replace(
            event,
            place=self._places[start],
            order_id=order_id,
            texts=texts,
            numbers=numbers,
            flags=flags,
            extra=extra,
            money=money,
            lines=lines,
        )
        claims = {kind: values[start] for kind, values in self._customers.items()}
        flat = (texts, numbers, flags, extra)
        said = digest_of((claims, name, order_id, event.at, event.place, flat, self._said[start:stop]))
        return Draft(self._whose(start, stop), event, {}, said)

    def _at(self, start: int) -> datetime:
        value = self._times[start]
        if value is None:
            raise Refusal("bad_timestamp", f"column {self._mapping.timestamp}: has no value, and must have one")
        return self._batch.instant(value, f"column {self._mapping.timestamp}")

    def _whose(self, start: int, stop: int) -> tuple[Identifier, ...]:
        for values in self._customers.values():
            if values[start:stop].count(values[start]) != stop - start:
                raise Refusal("mixed_order", "customer: one order with rows of several customers; is the id unique?")
        claim = tuple(values[start] for values in self._customers.values())
        if claim not in self._names:
            shop = self._batch.terms.definitions.shop
            self._names[claim] = whose(zip(self._customers, claim, strict=True), shop)
        return self._names[claim]

    def _flat(self, start: int, money: dict[str, int]) -> tuple[Any, Any, Any, Any]:
        if not self._properties and not self._mapping.constants:
            return {}, {}, {}, {}
        flat = {**self._mapping.constants, **{name: values[start] for name, values in self._properties.items()}}
        require_plain(flat, "properties")
        return typed_properties(flat, money=money)
