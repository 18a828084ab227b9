"""Training data from the lake: what was bought strictly before an instant, net of corrections known by then."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shopkeeper.core.errors import BadInput
from shopkeeper.customize.recommend.purchases import Purchases, purchases_of
from shopkeeper.engines.batch import Batch


class Exclusions(NamedTuple):
    """What is never recommended: fuel, coupons rung up as goods, and the like.

    without_category: Leave out lines that name no category.
    """

    departments: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    without_category: bool = False


NOTHING = Exclusions()


class Bought(NamedTuple):
    """Net lines of a training window.

    lines: Columns customer, order (int64), at_us, product_id, category, department.
    upto_seq: The log position that was read.
    """

    lines: pa.Table
    upto_seq: int

    @property
    def first(self) -> int | None:
        """The instant of the oldest line, microseconds; None without lines."""
        at = self.lines.column("at_us").to_numpy()
        return int(at.min()) if len(at) else None

    def until(self, before: int) -> "Bought":
        """Return the lines of orders before an instant, microseconds."""
        return self._replace(lines=self.lines.filter(pc.less(self.lines.column("at_us"), before)))

    def since(self, start: int) -> "Bought":
        """Return the lines of orders from an instant on, microseconds."""
        return self._replace(lines=self.lines.filter(pc.greater_equal(self.lines.column("at_us"), start)))


def read_bought(
    batch: Batch, *, merged: Mapping[str, str], before: int, exclude: Exclusions = NOTHING, upto: int | None = None
) -> Bought:
    """Read what was bought before `before`, in microseconds; a refund made at or after it has not happened yet.

    Args:
        merged: Whose the parts are, see `Batch`.
        upto: Log position; None is as far as the lake reaches.
    """
    from shopkeeper.engines.net_orders import NetOrders

    reached = batch.lake.upto() if upto is None else upto
    events, lines = batch.events(merged, reached), batch.lines(merged, reached)
    net = NetOrders(events.filter(events.at_us < before), lines.filter(lines.at_us < before)).lines()
    if exclude.without_category:
        net = net.filter(net.category.notnull())
    if exclude.departments:
        net = net.filter(net.department.isnull() | ~net.department.isin(sorted(exclude.departments)))
    if exclude.categories:
        net = net.filter(net.category.isnull() | ~net.category.isin(sorted(exclude.categories)))
    columns = net.select("customer", "at_us", "product_id", "category", "department", order="seq")
    return Bought(columns.to_pyarrow(), reached)


def purchases_by(bought: Bought, column: str) -> Purchases:
    """Turn lines into purchases of products (`product_id`) or of categories (`category`); nulls are left out.

    Every customer with a line stays, also one whose lines are all null there.
    Raises: BadInput: another column.
    """
    if column not in ("product_id", "category"):
        raise BadInput(f"column == {column!r}, must be 'product_id' or 'category'")
    customers, customer = _codes(bought.lines.column("customer"))
    items, item = _codes(bought.lines.column(column))
    some = item >= 0
    order, at = (bought.lines.column(name).to_numpy()[some] for name in ("order", "at_us"))
    return purchases_of(customers, items, customer=customer[some], order=order, at=at, item=item[some])


def _codes(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return encoded.dictionary.to_pylist(), encoded.indices.fill_null(-1).to_numpy().astype(np.int64)
