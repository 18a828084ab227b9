"""Net orders in batch: what `differentiate.orders` says of one customer's orders, for all of them at once.

`base` is the sequence number of an order's `Order Completed`; everything that an order brings is keyed by it.
"""

from collections.abc import Iterable

import ibis
from ibis import _
from ibis.expr.types import IntegerValue, Table

from shopkeeper.core.event import CORRECTIONS, ORDER_CANCELLED, ORDER_COMPLETED, ORDER_REFUNDED, ORDER_UPDATED
from shopkeeper.differentiate.orders import SPEND

_OF_ORDER = ("base", "customer", "at_us", "local_day", "place", "order_id")
_OF_LINE = (
    "position",
    "product_id",
    "quantity",
    "amount",
    "cost",
    "discount",
    "coupon",
    "category",
    "department",
    "brand",
)


class NetOrders:
    """The orders of a log up to a position, net of corrections.

    Args:
        events, lines: The lake's tables, cut at the position.
    """

    def __init__(self, events: Table, lines: Table) -> None:
        self._events = events
        self._lines = lines
        self._placed = _placed(events)
        self._corrections = _corrections(events, self._placed)
        self._orders = self._content()
        self._refunds = self._sized_refunds()
        self._bought = self._content_lines()
        self._named = self._named_lines()
        self._left = self._left_lines()
        self._gone = self._taken_back()

    def events(self, money: Iterable[str]) -> Table:
        """Return one row an order: the event's columns, and `money_<name>`, net, for each name asked for."""
        left = self._orders.anti_join(self._gone, "base")
        names = sorted(money)
        if names:
            taken = self._taken_money(names)
            left = left.left_join(taken, "base").drop("base_right")
            left = left.mutate(**{f"money_{name}": _less(left.money[name], left[f"taken_{name}"]) for name in names})
        return left.mutate(seq=left.base).drop("content", *(f"taken_{name}" for name in names))

    def lines(self) -> Table:
        """Return one row a line that is left, with the order's `seq`, customer, time and place."""
        left = self._left.anti_join(self._gone, "base")
        return left.mutate(seq=left.base, margin=left.amount - left.cost)

    def _content(self) -> Table:
        updates = self._corrections.filter(_.name == ORDER_UPDATED)
        newest = ibis.row_number().over(group_by=updates.base, order_by=[updates.at_us.desc(), updates.seq.desc()])
        latest = updates.mutate(newest=newest).filter(_.newest == 0).select(base="base", updated="seq")
        orders = self._placed.left_join(latest, "base").drop("base_right")
        orders = orders.mutate(content=ibis.coalesce(orders.updated, orders.base)).drop("updated")
        said = self._events.select("seq", "texts", "numbers", "money", "flags")
        return orders.inner_join(said, orders.content == said.seq).drop("seq")

    def _sized_refunds(self) -> Table:
        refunds = self._corrections.filter(_.name == ORDER_REFUNDED)
        sizes = self._lines.filter(_.name == ORDER_REFUNDED).group_by("seq").aggregate(size=_.count())
        refunds = refunds.left_join(sizes, "seq").drop("seq_right")
        return refunds.mutate(size=refunds["size"].fill_null(0))

    def _content_lines(self) -> Table:
        lines = self._lines.filter(_.name.isin([ORDER_COMPLETED, ORDER_UPDATED])).select("seq", *_OF_LINE)
        orders = self._orders.select(*_OF_ORDER, "content")
        return lines.inner_join(orders, lines.seq == orders.content).drop("seq", "content")

    def _named_lines(self) -> Table:
        """Return (base, seq of the refund, product, quantity, amount) of each refunded line."""
        refunds = self._refunds.select("base", "seq")
        lines = self._lines.filter(_.name == ORDER_REFUNDED).select("seq", "product_id", "quantity", "amount")
        lines = lines.inner_join(refunds, "seq")
        bought = (
            self._bought.semi_join(refunds, "base")
            .group_by("base", "product_id")
            .aggregate(units=at_least_0(_.quantity).sum(), paid=at_least_0(_.amount).sum())
        )
        named = lines.left_join(bought, ["base", "product_id"])
        quantity = at_least_0(named.quantity)
        units = named.units.fill_null(0).cast("int64")
        part = named.paid.cast("int64") * ibis.least(quantity, units)
        amount = ibis.cases((named.amount > 0, named.amount), (units > 0, cut(part, units.nullif(0))), else_=0)
        return named.select("base", "seq", "product_id", quantity=quantity, amount=amount)

    def _left_lines(self) -> Table:
        taken = self._named.group_by("base", "product_id").aggregate(units=_.quantity.sum(), paid=_.amount.sum())
        touched = self._bought.inner_join(taken, ["base", "product_id"])
        before = ibis.window(group_by=[touched.base, touched.product_id], order_by=touched.position, rows=(None, 0))
        quantity, amount = at_least_0(touched.quantity), at_least_0(touched.amount)
        touched = touched.mutate(
            units=at_least_0(touched.units.cast("int64") - (quantity.sum().over(before) - quantity).cast("int64")),
            paid=at_least_0(touched.paid.cast("int64") - (amount.sum().over(before) - amount).cast("int64")),
        )
        kept = _kept_lines(touched)
        return self._bought.anti_join(taken, ["base", "product_id"]).select(kept.columns).union(kept)

    def _taken_back(self) -> Table:
        """Return the `base` of every order of which nothing is left."""
        whole = self._refunds.filter((_["size"] == 0) & (_.money.keys().length() == 0)).select("base")
        cancelled = self._corrections.filter(_.name == ORDER_CANCELLED).select("base")
        emptied = self._bought.semi_join(self._named, "base").anti_join(self._left, "base").select("base")
        back = self._refunds.filter(_["size"] == 0).group_by("base").aggregate(back=_.money["total"].fill_null(0).sum())
        orders = self._orders.select("base", total=_.money["total"])
        paid_back = orders.inner_join(back, "base").filter((_.total > 0) & (_.total <= _.back)).select("base")
        return whole.union(cancelled).union(emptied).union(paid_back).distinct()

    def _taken_money(self, names: Iterable[str]) -> Table:
        sums = self._named.group_by("seq").aggregate(of_lines=_.amount.sum())
        refunds = self._refunds.left_join(sums, "seq").drop("seq_right")
        return refunds.group_by("base").aggregate(
            **{f"taken_{name}": _taken(refunds, name).sum().cast("int64") for name in names}
        )


def cut(part: IntegerValue, of: IntegerValue) -> IntegerValue:
    """Divide integers and cut towards zero: the remainder is taken off first, so that the quotient is exact."""
    return ((part - part % of) / of).round().cast("int64")


def at_least_0(value: IntegerValue) -> IntegerValue:
    """Return a value, or 0 where it is below; NULL stays NULL."""
    return ibis.cases((value < 0, 0), else_=value)


def _placed(events: Table) -> Table:
    completed = events.filter(_.name == ORDER_COMPLETED)
    nth = ibis.row_number().over(group_by=[completed.customer, completed.order_id], order_by=completed.seq)
    first = completed.mutate(nth=nth).filter((_.nth == 0) | _.order_id.isnull())
    return first.select("customer", "at_us", "local_day", "place", "order_id", base="seq")


def _corrections(events: Table, placed: Table) -> Table:
    corrections = events.filter(_.name.isin(sorted(CORRECTIONS)) & _.order_id.notnull())
    corrections = corrections.select("seq", "name", "customer", "order_id", "at_us", "money")
    orders = placed.select("base", "customer", "order_id")
    found = corrections.inner_join(orders, ["customer", "order_id"])
    return found.filter(found.seq > found.base).drop("customer", "order_id")


def _kept_lines(touched: Table) -> Table:
    units = ibis.least(touched.units, at_least_0(touched.quantity))
    paid = ibis.least(touched.paid, at_least_0(touched.amount))
    counted = touched.quantity > 0
    named = touched.units + touched.paid > 0
    gone = ibis.ifelse(counted, units == touched.quantity, named & (touched.amount - paid <= 0))
    left = touched.quantity - units
    bought = ibis.ifelse(counted, touched.quantity, 1)
    touched = touched.mutate(
        gone=gone,
        quantity=left,
        amount=touched.amount - paid,
        cost=ibis.ifelse(counted, cut(touched.cost * left, bought), touched.cost),
        discount=ibis.ifelse(counted, cut(touched.discount * left, bought), touched.discount),
    )
    return touched.filter(~touched.gone).select(*_OF_ORDER, *_OF_LINE)


def _taken(refunds: Table, name: str) -> IntegerValue:
    named = at_least_0(refunds.money[name])
    if name not in SPEND:
        return named.fill_null(0)
    return ibis.coalesce(named, at_least_0(refunds.money["total"]), refunds.of_lines.cast("int64"), 0)


def _less(value: IntegerValue, taken: IntegerValue) -> IntegerValue:
    return ibis.ifelse(value > 0, at_least_0(value - taken.fill_null(0)), value)
