"""Purchases: net lines of some customers as arrays, in order of time.

Time is counted in days since 1970 UTC as float64 (`days`), so that ages are differences.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.event import Line

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DAY = 86_400_000_000


def days(instant: int) -> float:
    """Turn microseconds since 1970 UTC into days."""
    return instant / _DAY


class Purchases(NamedTuple):
    """Net lines bought by some customers, in order of time; all arrays of shape (lines,).

    customer: Row of the customer, int64 from 0. order: Code of the order, int64 from 0, ascending with time.
    product: Index among the products laid out, int64. day: float64, see `days`.
    """

    customer: Ints
    order: Ints
    product: Ints
    day: Floats

    def before(self, day: float) -> "Purchases":
        """Return the lines before an instant."""
        return self.lines(slice(0, int(np.searchsorted(self.day, day))))

    def between(self, start: float, end: float) -> "Purchases":
        """Return the lines from `start` until before `end`."""
        low, high = np.searchsorted(self.day, [start, end]).tolist()
        return self.lines(slice(low, high))

    def lines(self, which: slice | NDArray[np.bool_]) -> "Purchases":
        """Return some of the lines, in the same order."""
        return Purchases(self.customer[which], self.order[which], self.product[which], self.day[which])


class NetOrder(Protocol):
    """What is left of an order after its corrections; `differentiate.orders.net` makes such."""

    @property
    def at(self) -> int:
        """Microseconds of the order."""
        ...

    @property
    def lines(self) -> Sequence[Line]:
        """The lines that are left."""
        ...


def purchases_of(orders: Iterable[NetOrder], *, rows: Mapping[str, int]) -> Purchases:
    """Lay one customer's net orders out, as customer 0; the code of an order is its rank by time.

    Args:
        rows: Index of each product laid out; lines of other products are left out.
    """
    lines = [
        (code, rows[line.product_id], order.at)
        for code, order in enumerate(sorted(orders, key=lambda order: order.at))
        for line in order.lines
        if line.product_id in rows
    ]
    order, product, at = np.array(lines, dtype=np.int64).reshape(-1, 3).T
    return Purchases(np.zeros_like(order), order, product, at / _DAY)


def distinct(keys: Ints) -> Ints:
    """Return the distinct keys, ascending; by sorting, many times faster here than numpy's hashing `unique`."""
    keys = np.sort(keys)
    return keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys
