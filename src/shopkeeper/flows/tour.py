"""The tour: two customers of this shop who differ as much as can be, and what to try with them.

Nothing is made up: the customers, what they bought, and the basket to be scanned all come from the shop's own log.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import numpy as np

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import NotPermitted
from shopkeeper.core.event import Line
from shopkeeper.core.money import format_money
from shopkeeper.core.store import Store
from shopkeeper.differentiate.facts import Purchase
from shopkeeper.differentiate.fold import consents, purchase_history
from shopkeeper.flows.likes import Like, category_orders, lately, likes
from shopkeeper.flows.profiles import Profiles
from shopkeeper.protect.assignment import arm_of
from shopkeeper.protect.permit import permit

LOOKED_AT, ASKED, LEAST_ORDERS, BASKET, OF_ONE = 2_000, 24, 8, 6, 2
"""Customers whose segments are looked at; of those in most segments, how many are compared; orders each must have in
180 days; lines of a basket, and of one category among them."""
PURPOSE = "personalization"


class BasketLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a basket that can be scanned; `amount` in minor units, as it was last paid for one."""

    product_id: str
    title: str
    amount: int
    text: str


class TourCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two.

    named: One identifier by kind, for a till to name the customer; empty for who may not see identifiers.
    basket: What the other one likes and this one does not; `place` where the other last bought.
    """

    customer: str
    named: dict[str, str]
    likes: tuple[Like, ...]
    basket: tuple[BasketLine, ...]
    place: str | None


class TourRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of offers.yaml to edit: whom the offers of a group are for; `where` empty for everybody."""

    name: str
    group: str
    where: str
    slot: str


class Tour(msgspec.Struct, frozen=True, kw_only=True):
    """What the tour shows; without two customers, `missing` says what the shop needs first.

    slots: Names of the slots that both are shown. rule: None where offers.yaml has no rules, or no slot shows offers.
    """

    customers: tuple[TourCustomer, ...]
    slots: tuple[str, ...]
    rule: TourRule | None
    missing: str = ""


class _Known(NamedTuple):
    customer: str
    named: dict[str, str]
    purchases: list[Purchase]
    shares: Mapping[str, float]


async def plan_tour(
    store: Store, definitions: Definitions, *, profiles: Profiles, now: datetime, named: bool = True
) -> Tour:
    """Choose two customers whose baskets have least in common, and what to try with them.

    Only customers who are answered personally can show what personal answers are: treated, with a permit. The choice
    is the same as long as the shop's history is.

    Args:
        named: Whether the answer may hold identifiers.
    """
    known = await _candidates(store, definitions, profiles, now)
    slots = tuple(definitions.slots)
    if len(known) < 2:
        missing = f"two customers with {LEAST_ORDERS} orders in 180 days each; import your orders first"
        return Tour(customers=(), slots=slots, rule=_rule(definitions), missing=missing)
    one, other = _furthest_apart(known)
    pair = [await _shown(store, definitions, *both, named=named) for both in ((one, other), (other, one))]
    return Tour(customers=tuple(pair), slots=slots, rule=_rule(definitions))


async def _candidates(store: Store, definitions: Definitions, profiles: Profiles, now: datetime) -> list[_Known]:
    """Find customers worth looking at: those in most segments, with a history and an answer of their own."""
    listed = await store.list_customers(after="", limit=LOOKED_AT)
    inside = await store.memberships(listed)
    rich = sorted(listed, key=lambda who: (-sum(one.since is not None for one in inside.get(who, [])), who))
    answered = [who for who in rich if arm_of(who, definitions.shop.holdout) != "holdout"][:ASKED]
    found = []
    for customer, profile in (await profiles.get_many(answered)).items():
        purchases = lately(purchase_history(profile.state), now)
        names = await store.identifiers_of(customer)
        if len(purchases) < LEAST_ORDERS or not names:
            continue
        try:
            given = consents(profile.state)
            permit(PURPOSE, definitions.shop.purposes, customer=customer, consents=given, now=now)
        except NotPermitted:
            continue
        orders = category_orders(purchases, definitions.shop.not_recommended)
        shares = {category: count / len(purchases) for category, count in orders.items()}
        found.append(_Known(customer, {names[0].kind: names[0].value}, purchases, shares))
    return found


def _furthest_apart(known: Sequence[_Known]) -> tuple[_Known, _Known]:
    """Return the two with the smallest cosine between the shares of their categories, the first ones among equals."""
    categories = sorted({category for one in known for category in one.shares})
    shares = np.array([[one.shares.get(category, 0.0) for category in categories] for one in known])
    length = np.maximum(np.linalg.norm(shares, axis=1, keepdims=True), 1e-12)
    alike = (shares / length) @ (shares / length).T
    alike[np.tril_indices(len(known))] = np.inf
    row, column = np.unravel_index(int(np.argmin(alike)), alike.shape)
    return known[int(row)], known[int(column)]


async def _shown(store: Store, definitions: Definitions, one: _Known, other: _Known, *, named: bool) -> TourCustomer:
    basket = await _basket(store, one, other, currency=definitions.shop.currency)
    return TourCustomer(
        customer=one.customer,
        named=one.named if named else {},
        likes=tuple(likes(one.purchases, definitions.shop.not_recommended)),
        basket=tuple(basket),
        place=other.purchases[-1].place,
    )


async def _basket(store: Store, one: _Known, other: _Known, *, currency: str) -> list[BasketLine]:
    """Fill a basket with what the other bought last of the categories that set the other apart."""
    apart = sorted(
        other.shares, key=lambda category: (one.shares.get(category, 0.0) - other.shares[category], category)
    )
    mine = {product for purchase in one.purchases for product in purchase.products}
    last: dict[str, list[Line]] = {}
    for purchase in reversed(other.purchases):
        for line in purchase.lines:
            if line.category and line.product_id not in mine and line.amount > 0 and line.quantity > 0:
                found = last.setdefault(line.category, [])
                if len(found) < OF_ONE and line.product_id not in {taken.product_id for taken in found}:
                    found.append(line)
    chosen = [line for category in apart for line in last.get(category, [])][:BASKET]
    items = await store.find_items([line.product_id for line in chosen])
    return [
        BasketLine(
            product_id=line.product_id,
            title=(items[line.product_id].title if line.product_id in items else "") or line.product_id,
            amount=line.amount // line.quantity,
            text=format_money(line.amount // line.quantity, currency),
        )
        for line in chosen
    ]


def _rule(definitions: Definitions) -> TourRule | None:
    """Return the rule that says most: one with a condition before one that is for everybody."""
    slots = [slot.name for slot in definitions.slots.values() if slot.kind != "product"]
    rules = sorted(definitions.offer_rules.values(), key=lambda rule: (rule.where is None, rule.name))
    if not slots or not rules:
        return None
    return TourRule(name=rules[0].name, group=rules[0].group, where=rules[0].where or "", slot=slots[0])
