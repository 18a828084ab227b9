"""Coverage: which coupons cover which products, and what some customers have bought of what each coupon covers.

    covered = lay_out(offers, products=ids, categories=names, share=share, margin=margin)   once per catalogue or model
    standing = stand(covered, purchases, customers=1, now=day)                              per customer
    standing.orders[0]                                                                      shape (coupons,)

A coupon counts an order once, however many covered lines it has. Time is in days, see `purchases`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from shopkeeper.core.offer import Offer
from shopkeeper.customize.coupons.purchases import Floats, Ints, Purchases, distinct

NEVER = 1e4
"""The age in days of what never happened."""
FAST, SLOW = 28.0, 112.0
"""Mean lives, in days, of the two decayed counts of orders."""


class Covered(NamedTuple):
    """Coupons over products, laid out for speed.

    ids: Of the coupons. starts, coupons: For product p the coupons that cover it are
    `coupons[starts[p]:starts[p + 1]]`, int64. category: Category of each product, int64, -1 for none.
    shares: (coupons, categories), each row the shares of the covered products by category.
    size: How many products a coupon covers. popularity: Estimated share of customers who buy one of them in 28 days.
    margin: What one covered purchase leaves the shop, minor units. face: What redeeming costs it, minor units.
    """

    ids: tuple[str, ...]
    starts: Ints
    coupons: Ints
    category: Ints
    shares: csr_array
    size: Floats
    popularity: Floats
    margin: Floats
    face: Floats

    def only(self, which: Ints) -> "Covered":
        """Return some of the coupons, by index, in that order."""
        place = np.full(len(self.ids), -1)
        place[which] = np.arange(len(which))
        product, coupon = self.products(), place[self.coupons]
        kept = coupon >= 0
        return self._replace(
            ids=tuple(self.ids[k] for k in which.tolist()),
            starts=np.searchsorted(product[kept], np.arange(len(self.starts))).astype(np.int64),
            coupons=coupon[kept],
            shares=self.shares[which],
            size=self.size[which],
            popularity=self.popularity[which],
            margin=self.margin[which],
            face=self.face[which],
        )

    def products(self) -> Ints:
        """Return the product of each pair, parallel to `coupons`."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def with_share(self, share: Floats) -> "Covered":
        """Return the coupons with their popularity as of another time, from the share of each product then."""
        missed = np.log1p(-np.minimum(share[self.products()], 0.99))
        return self._replace(popularity=-np.expm1(np.bincount(self.coupons, missed, minlength=len(self.ids))))


class Standing(NamedTuple):
    """What customers bought of what coupons cover, as of one instant; shape (customers, coupons) unless said.

    orders: Orders with a covered line. fast, slow: The same, decayed with mean lives of 28 and 112 days.
    last, first: Age in days of the last and the first such order, `NEVER` for none.
    category_fast, category_slow: Decayed orders in the coupon's categories, by its share of them.
    trips: Orders of any kind, shape (customers, 1); trips_fast, trips_slow: decayed; trip_last, trip_first: ages.
    """

    orders: Floats
    fast: Floats
    slow: Floats
    last: Floats
    first: Floats
    category_fast: Floats
    category_slow: Floats
    trips: Floats
    trips_fast: Floats
    trips_slow: Floats
    trip_last: Floats
    trip_first: Floats


def lay_out(
    offers: Sequence[Offer],
    *,
    products: Sequence[str],
    categories: Sequence[str | None],
    share: Floats,
    margin: Floats,
) -> Covered:
    """Lay coupons out over products.

    Args:
        products: Ids, shape (products,). categories: Their categories, parallel.
        share: Share of customers who bought each product in 28 days. margin: Minor units per purchase, NaN unknown.
            Both parallel to `products`. A covered id that is not among the products is left out.
    """
    rows = {product: row for row, product in enumerate(products)}
    pairs = [(rows[item], k) for k, offer in enumerate(offers) for item in set(offer.items) if item in rows]
    product, coupon = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    order = np.lexsort((coupon, product))
    product, coupon = product[order], coupon[order]
    codes = _codes(categories)
    size = np.bincount(coupon, minlength=len(offers)).astype(np.float64)
    weight = np.where(np.isfinite(margin[product]), share[product] + 1e-6, 0.0)
    total = np.bincount(coupon, weight, minlength=len(offers))
    earned = np.bincount(coupon, weight * np.nan_to_num(margin[product]), minlength=len(offers))
    covered = Covered(
        ids=tuple(offer.id for offer in offers),
        starts=np.searchsorted(product, np.arange(len(products) + 1)).astype(np.int64),
        coupons=coupon,
        category=codes,
        shares=_shares(coupon, codes[product], size, (len(offers), int(codes.max(initial=-1)) + 1)),
        size=size,
        popularity=np.zeros(len(offers)),
        margin=np.divide(earned, total, out=np.zeros(len(offers)), where=total > 0),
        face=np.array([offer.face_value for offer in offers], dtype=np.float64),
    )
    return covered.with_share(share)


def _codes(categories: Sequence[str | None]) -> Ints:
    found: dict[str, int] = {}
    return np.array([-1 if c is None else found.setdefault(c, len(found)) for c in categories], dtype=np.int64)


def _shares(coupon: Ints, category: Ints, size: Floats, shape: tuple[int, int]) -> csr_array:
    known = category >= 0
    return csr_array((1.0 / size[coupon[known]], (coupon[known], category[known])), shape=shape)


def stand(covered: Covered, purchases: Purchases, *, customers: int, now: float) -> Standing:
    """Sum up what customers bought, as of `now` in days; purchases must lie before it."""
    order, who, age = _orders(purchases, now)
    fast, slow = np.exp(-age / FAST), np.exp(-age / SLOW)
    trips = _Tally(who, np.zeros_like(who), (customers, 1))
    position = np.searchsorted(order, purchases.order)
    line, coupon = _expand(covered, purchases.product)
    at, coupon = _distinct(position[line], coupon, len(covered.ids))
    bought = _Tally(who[at], coupon, (customers, len(covered.ids)))
    known = covered.category[purchases.product] >= 0
    visit, category = _distinct(
        position[known], covered.category[purchases.product[known]], max(covered.shares.shape[1], 1)
    )
    kinds = _Tally(who[visit], category, (customers, covered.shares.shape[1]))
    return Standing(
        orders=bought.sum(None),
        fast=bought.sum(fast[at]),
        slow=bought.sum(slow[at]),
        last=bought.latest(age[at]),
        first=bought.latest(age[at][::-1], backwards=True),
        category_fast=(covered.shares @ kinds.sum(fast[visit]).T).T,
        category_slow=(covered.shares @ kinds.sum(slow[visit]).T).T,
        trips=trips.sum(None),
        trips_fast=trips.sum(fast),
        trips_slow=trips.sum(slow),
        trip_last=trips.latest(age),
        trip_first=trips.latest(age[::-1], backwards=True),
    )


def _orders(purchases: Purchases, now: float) -> tuple[Ints, Ints, Floats]:
    """Return each order's code (ascending, so in order of time), customer and age."""
    first = np.flatnonzero(np.append(True, purchases.order[1:] != purchases.order[:-1])[: len(purchases.order)])
    order = purchases.order[first]
    return order, purchases.customer[first], now - purchases.day[first]


def _expand(covered: Covered, product: Ints) -> tuple[Ints, Ints]:
    """Pair every line with every coupon that covers its product."""
    starts = covered.starts[product]
    counts = covered.starts[product + 1] - starts
    line = np.repeat(np.arange(len(product)), counts)
    offset = np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)
    return line, covered.coupons[starts[line] + offset]


def _distinct(order: Ints, code: Ints, span: int) -> tuple[Ints, Ints]:
    """Keep one of each (order, code), in order of time."""
    key = distinct(order * span + code)
    return key // span, key % span


class _Tally:
    """Sums events into a (rows, columns) table; events come in order of time."""

    def __init__(self, row: Ints, column: Ints, shape: tuple[int, int]) -> None:
        self._cell = row * shape[1] + column
        self._shape = shape

    def sum(self, weight: Floats | None) -> Floats:
        cells = np.bincount(self._cell, weight, minlength=self._shape[0] * self._shape[1])
        return cells.astype(np.float64).reshape(self._shape)

    def latest(self, age: Floats, *, backwards: bool = False) -> Floats:
        """Return the age of the last event of each cell: of equal indices numpy keeps the last assigned."""
        cells = np.full(self._shape[0] * self._shape[1], NEVER)
        cells[self._cell[::-1] if backwards else self._cell] = age
        return cells.reshape(self._shape)
