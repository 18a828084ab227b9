"""Purchases: who bought what in which basket, as arrays for fitting and as baskets for one live customer."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Matrix = Any
"""A scipy CSR array, float32; scipy ships no types."""


class Basket(NamedTuple):
    """One basket: when, in microseconds since 1970 UTC, and the ids of its items."""

    at: int
    items: tuple[str, ...]


class Purchases(NamedTuple):
    """Many customers' baskets in order of time.

    customers, items: Ids, ascending.
    owner, at: One entry a basket, (n_baskets,): int32 index of the customer, int64 microseconds; by owner, then time.
    basket, item: One entry an item in a basket, (n,): int32 indexes, unique as pairs, by basket.
    """

    customers: tuple[str, ...]
    items: tuple[str, ...]
    owner: NDArray[np.int32]
    at: NDArray[np.int64]
    basket: NDArray[np.int32]
    item: NDArray[np.int32]

    @property
    def customer(self) -> NDArray[np.int32]:
        """The customer of each item in a basket, (n,)."""
        return self.owner[self.basket]

    def age(self) -> NDArray[np.int64]:
        """Count, for each basket, how many newer ones its customer has: 0 is the newest, (n_baskets,)."""
        last = np.cumsum(np.bincount(self.owner, minlength=len(self.customers))) - 1
        ages: NDArray[np.int64] = last[self.owner] - np.arange(len(self.owner))
        return ages

    def bought(self) -> Matrix:
        """Return which customer bought which item at all: 1 in a float32 CSR (n_customers, n_items)."""
        matrix = self.weighted(np.ones(len(self.owner), np.float32))
        matrix.data[:] = 1
        return matrix

    def weighted(self, weights: NDArray[np.floating[Any]]) -> Matrix:
        """Add up a weight for each basket into a float32 CSR (n_customers, n_items)."""
        cells = (weights[self.basket].astype(np.float32), (self.customer, self.item))
        matrix = sparse.csr_array(cells, shape=(len(self.customers), len(self.items)))
        matrix.sort_indices()
        return matrix


def purchases_of(
    customers: Sequence[str],
    items: Sequence[str],
    *,
    customer: NDArray[np.integer[Any]],
    order: NDArray[np.integer[Any]],
    at: NDArray[np.integer[Any]],
    item: NDArray[np.integer[Any]],
) -> Purchases:
    """Order bought lines into purchases; a line that repeats an item of its order counts once.

    Args:
        customers, items: Ids that `customer` and `item` index, in any order, without repetition.
        customer, order, at, item: One entry a line; `order` is any number that tells orders apart, and orders of one
            instant from each other.
    """
    who, what = _ranks(customers), _ranks(items)
    owner = who.rank[customer]
    by_time = np.lexsort((order, at, owner))
    owner, at, order = owner[by_time], at[by_time], order[by_time]
    first = np.ones(len(owner), bool)
    first[1:] = (owner[1:] != owner[:-1]) | (at[1:] != at[:-1]) | (order[1:] != order[:-1])
    cells = _distinct((np.cumsum(first) - 1) * max(1, len(items)) + what.rank[item][by_time])
    return Purchases(
        customers=who.names,
        items=what.names,
        owner=owner[first].astype(np.int32),
        at=at[first].astype(np.int64),
        basket=(cells // max(1, len(items))).astype(np.int32),
        item=(cells % max(1, len(items))).astype(np.int32),
    )


def common_items(purchases: Purchases, minimum: int) -> Purchases:
    """Keep the items that at least `minimum` customers bought, and the baskets that hold one; all customers stay."""
    pairs = _distinct(purchases.customer.astype(np.int64) * max(1, len(purchases.items)) + purchases.item)
    buyers = np.bincount(pairs % max(1, len(purchases.items)), minlength=len(purchases.items))
    return keep_items(purchases, np.flatnonzero(buyers >= minimum))


def keep_items(purchases: Purchases, kept: NDArray[np.integer[Any]]) -> Purchases:
    """Keep the items at ascending indexes `kept`, and the baskets that hold one; all customers stay."""
    to = np.full(len(purchases.items), -1, np.int32)
    to[kept] = np.arange(len(kept), dtype=np.int32)
    stays = to[purchases.item] >= 0
    holds = np.zeros(len(purchases.owner), bool)
    holds[purchases.basket[stays]] = True
    return purchases._replace(
        items=tuple(purchases.items[i] for i in kept),
        owner=purchases.owner[holds],
        at=purchases.at[holds],
        basket=(np.cumsum(holds) - 1)[purchases.basket[stays]].astype(np.int32),
        item=to[purchases.item[stays]],
    )


def baskets_of(purchases: Purchases) -> list[list[Basket]]:
    """Return each customer's baskets, in the order of `purchases.customers`."""
    of: list[list[Basket]] = [[] for _ in purchases.customers]
    bounds = np.searchsorted(purchases.basket, np.arange(len(purchases.owner) + 1))
    names = [purchases.items[i] for i in purchases.item.tolist()]
    for i, (owner, at) in enumerate(zip(purchases.owner.tolist(), purchases.at.tolist(), strict=True)):
        of[owner].append(Basket(at, tuple(names[bounds[i] : bounds[i + 1]])))
    return of


def _distinct(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the distinct keys, ascending: sorting takes a fiftieth of the time of numpy's hashing `unique` here."""
    keys = np.sort(keys)
    return keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys


class _Ranks(NamedTuple):
    names: tuple[str, ...]
    rank: NDArray[np.int64]


def _ranks(names: Sequence[str]) -> _Ranks:
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), np.int64)
    rank[order] = np.arange(len(names))
    return _Ranks(tuple(names[i] for i in order), rank)
