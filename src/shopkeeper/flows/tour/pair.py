"""The two of the tour: customers who differ, and whom one more basket visibly changes.

Who has bought the same fifty times gets the same answer whatever is in one basket, and rightly so. To show that a
basket counts, the tour takes customers of less firm habits, and rehearses it.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from shopkeeper.core.definitions import Definitions
from shopkeeper.flows.tour.basket import fill_basket
from shopkeeper.flows.tour.known import PURPOSE, Known, know, permitted, treated
from shopkeeper.flows.tour.rehearsal import Shown, shown, shown_after

if TYPE_CHECKING:
    from shopkeeper.flows.service import Service

LISTED, LOOKED_AT, AT_A_TIME = 2_000, 240, 16
"""Customers whose segments are looked at; of those in most segments, whose histories are; how many at a time."""
LEAST_ORDERS, POOL, REHEARSED = 8, 24, 16
"""Orders each must have in 180 days; how many of the least firm habits are compared; how many pairs are rehearsed."""


def shown_slots(definitions: Definitions) -> tuple[str, ...]:
    """Return the slots that the tour shows: the first of products and the first of offers that are for everybody."""
    slots = [slot for slot in definitions.slots.values() if slot.where is None and slot.purpose == PURPOSE]
    products = [slot.name for slot in slots if slot.kind == "product"]
    offers = [slot.name for slot in slots if slot.kind != "product"]
    return (*products[:1], *offers[:1])


async def choose_pair(service: "Service", *, now: datetime) -> tuple[str, str] | None:
    """Choose two customers: treated, with a permit, and with baskets that have little in common.

    The choice is the same as long as the shop's history and what is in force are.

    Returns: Their ids; None where the shop knows fewer than two such customers.
    """
    pool = await _pool(service, now)
    if len(pool) < 2:
        return None
    rehearsal = _Rehearsal(service, shown_slots(service.definitions), now)
    pairs = _apart(pool)[:REHEARSED]
    changes = [await rehearsal.changes(one, other) for one, other in pairs]
    best = max(range(len(pairs)), key=lambda k: (*_worth(changes[k]), -k))
    both = sorted(zip(changes[best], pairs[best], strict=True), key=lambda side: -_kinds(side[0]))
    return both[0][1].customer, both[1][1].customer


def _worth(changes: Sequence[Shown]) -> tuple[int, int, int]:
    """Rate a pair: one of the two should change everywhere, in segments and in each slot, the other one too."""
    sizes = [len(change) for change in changes]
    return max(map(_kinds, changes)), min(sizes), sum(sizes)


def _kinds(change: Shown) -> int:
    return len({slot for slot, _ in change})


async def _pool(service: "Service", now: datetime) -> list[Known]:
    """Find who is worth looking at: those of whom something was said before others, the least firm habits first."""
    definitions = service.definitions
    listed = await service.store.list_customers(after="", limit=LISTED)
    inside = await service.store.memberships(listed)
    rich = sorted(listed, key=lambda who: (-sum(one.since is not None for one in inside.get(who, [])), who))
    asked = [who for who in rich if treated(who, definitions)][:LOOKED_AT]
    found: list[Known] = []
    for start in range(0, len(asked), AT_A_TIME):
        some = await know(service, asked[start : start + AT_A_TIME], now=now)
        found += [one for one in some if len(one.purchases) >= LEAST_ORDERS]
        await asyncio.sleep(0)
    usable = [one for one in found if permitted(one, definitions, now=now)]
    said = [one for one in usable if one.facts]
    n = next((slot.n for slot in definitions.slots.values() if slot.kind == "product"), 1)
    firm = {one.customer: one.habit(n) for one in usable}
    return sorted(said if len(said) >= POOL else usable, key=lambda one: (firm[one.customer], one.customer))[:POOL]


def _apart(pool: Sequence[Known]) -> list[tuple[Known, Known]]:
    """List all pairs, those with the smallest cosine between the shares of their categories first."""
    categories = sorted(set(chain.from_iterable(one.shares for one in pool)))
    shares = np.array([[one.shares.get(category, 0.0) for category in categories] for one in pool])
    length = np.maximum(np.linalg.norm(shares, axis=1, keepdims=True), 1e-12)
    alike = ((shares / length) @ (shares / length).T).round(9)
    rows, columns = np.triu_indices(len(pool), 1)
    order = np.argsort(alike[rows, columns], kind="stable")
    return [(pool[int(rows[k])], pool[int(columns[k])]) for k in order]


class _Rehearsal:
    """Tells what scanning the tour's baskets would change for each of two."""

    def __init__(self, service: "Service", slots: Sequence[str], now: datetime) -> None:
        self._service = service
        self._slots = slots
        self._now = now
        self._before: dict[str, Shown] = {}

    async def changes(self, one: Known, other: Known) -> tuple[Shown, Shown]:
        return await self._changed(one, other), await self._changed(other, one)

    async def _changed(self, one: Known, other: Known) -> Shown:
        service, currency = self._service, self._service.definitions.shop.currency
        await asyncio.sleep(0)  # it runs beside requests
        basket = await fill_basket(service.store, one, other, currency=currency)
        if not basket.lines:
            return frozenset()
        if one.customer not in self._before:
            self._before[one.customer] = await shown(service, one.customer, self._slots, now=self._now)
        after = await shown_after(service, one, basket, self._slots, now=self._now)
        return after ^ self._before[one.customer]
