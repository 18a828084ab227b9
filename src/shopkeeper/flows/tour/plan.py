"""The plan of the tour: two customers of this shop who differ as much as can be, and what to try with them.

Nothing is made up: the customers, what they bought, and the baskets to be scanned all come from the shop's own log.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from shopkeeper.core.decision import DecideRequest
from shopkeeper.core.definitions import OfferRules
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.flows.deciding.decide import consider
from shopkeeper.flows.deciding.visit import ID, Reception
from shopkeeper.flows.likes import Like, likes
from shopkeeper.flows.tour.basket import Basket, fill_basket
from shopkeeper.flows.tour.guide import Guide
from shopkeeper.flows.tour.known import Fact, Known, know, treated
from shopkeeper.flows.tour.pair import LEAST_ORDERS, shown_slots

if TYPE_CHECKING:
    from shopkeeper.flows.service import Service


class TourSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A slot that both are shown. kind: `product`, or of which kind its offers are."""

    name: str
    kind: str
    description: str


class TourCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two.

    named: One identifier by kind, for a till to name the customer; empty for who may not see identifiers.
    facts: What was said of them. basket: What the other one likes and this one never bought.
    """

    customer: str
    named: dict[str, str]
    facts: tuple[Fact, ...]
    likes: tuple[Like, ...]
    basket: Basket


class TourRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of offers.yaml to edit: whom the offers of a group are for; `where` empty for everybody.

    try_where, try_words: An edit to try, which holds for one of the two and not for the other; empty without one.
    """

    name: str
    group: str
    where: str
    slot: str
    try_where: str = ""
    try_words: str = ""


class Tour(msgspec.Struct, frozen=True, kw_only=True):
    """What the tour shows; without two customers, `missing` says what the shop needs first.

    rule: None where offers.yaml has no rules, or no slot shows offers. note: Why others stand here than were asked for.
    """

    customers: tuple[TourCustomer, ...]
    slots: tuple[TourSlot, ...]
    rule: TourRule | None
    missing: str = ""
    note: str = ""


class Asked(NamedTuple):
    """Which two, by id, empty for the guide's choice; ids of items that were taken out of the baskets."""

    a: str = ""
    b: str = ""
    without: Collection[str] = ()


_NOTHING = Asked()
LIKES = 80
"""How many categories are told, so that one that a basket has just begun is among them."""


async def plan_tour(
    service: "Service", guide: Guide, *, now: datetime, asked: Asked = _NOTHING, named: bool = True
) -> Tour:
    """Put the tour together for two customers, the guide's where none are asked for or they cannot be shown.

    Args:
        named: Whether the answer may hold identifiers.
    """
    slots = _slots(service)
    both, note = await _both(service, guide, asked, now)
    if len(both) < 2:
        missing = f"two customers with {LEAST_ORDERS} orders in 180 days each; import your orders first"
        return Tour(customers=(), slots=slots, rule=None, missing=missing, note=note)
    one, other = both
    shown = [await _shown(service, *pair, asked.without, named=named) for pair in ((one, other), (other, one))]
    return Tour(customers=tuple(shown), slots=slots, rule=await _rule(service, both, now), note=note)


async def _both(service: "Service", guide: Guide, asked: Asked, now: datetime) -> tuple[list[Known], str]:
    wanted, note = [asked.a, asked.b], ""
    if any(wanted):
        known = await service.store.known_customers(wanted)
        note = _refusal(service, wanted, known)
        if not note:
            found = await know(service, wanted, now=now)
            if len(found) == len(wanted):
                return found, ""
            note = "One of the customers of this link has no identifier left; two others stand here."
    pair = await guide.pair()
    return ([] if pair is None else await know(service, pair, now=now)), note


def _refusal(service: "Service", wanted: Sequence[str], known: Collection[str]) -> str:
    """Say why two customers cannot be shown side by side, or nothing."""
    if len(set(wanted)) < len(wanted):
        return "The link names one customer twice; two others stand here."
    if not set(wanted) <= set(known):
        return "A customer of this link is not known, or was erased; two others stand here."
    if not all(treated(customer, service.definitions) for customer in wanted):
        return (
            "A customer of this link is in the universal holdout and gets no personal answers; two others stand here."
        )
    return ""


def _slots(service: "Service") -> tuple[TourSlot, ...]:
    slots = [service.definitions.slots[name] for name in shown_slots(service.definitions)]
    return tuple(TourSlot(name=slot.name, kind=slot.kind, description=slot.description) for slot in slots)


async def _shown(
    service: "Service", one: Known, other: Known, without: Collection[str], *, named: bool
) -> TourCustomer:
    shop = service.definitions.shop
    return TourCustomer(
        customer=one.customer,
        named={one.name.kind: one.name.value} if named else {},
        facts=one.facts,
        likes=tuple(likes(one.purchases, shop.not_recommended, most=LIKES)),
        basket=await fill_basket(service.store, one, other, currency=shop.currency, without=without),
    )


async def _rule(service: "Service", both: Sequence[Known], now: datetime) -> TourRule | None:
    """Choose the rule whose offers the two are shown most; among equals one with a condition, then by name."""
    definitions = service.definitions
    slot = next((name for name in shown_slots(definitions) if definitions.slots[name].kind != "product"), None)
    if slot is None or not definitions.offer_rules:
        return None
    groups = await _groups_shown(service, slot, both, now)
    rules = definitions.offer_rules.values()
    rule: OfferRules = min(rules, key=lambda rule: (-groups[rule.group], rule.where is None, rule.name))
    words, where = _try(service, both, now)
    return TourRule(
        name=rule.name, group=rule.group, where=rule.where or "", slot=slot, try_words=words, try_where=where
    )


async def _groups_shown(service: "Service", slot: str, both: Sequence[Known], now: datetime) -> Counter[str]:
    shelf = service.decider.assortment
    reception = Reception(service.store, service.definitions, service.profiles)
    groups: Counter[str] = Counter()
    for one in both:
        asked = DecideRequest(slot=slot, customer={ID: one.customer})
        chosen = (await consider(shelf, reception, asked, now=now, seed="simulation")).choice.chosen
        groups.update(shelf.rack.offers[pick.item].group or "" for pick in chosen)
    return groups


def _try(service: "Service", both: Sequence[Known], now: datetime) -> tuple[str, str]:
    """Propose a segment that one of the two is in and the other is not: of the first one's, the simplest."""
    moment = Moment(micros(now), service.definitions.shop.zone)
    inside = [set(service.watch.segments_of(service.profiles.values(one.profile, moment), moment)) for one in both]
    segments = service.definitions.segments
    one, other = (sorted(some, key=lambda name: (len(segments[name].where), name)) for some in _only(*inside))
    proposed = next(iter(one + other), None)
    if proposed is None:
        return "", ""
    return f"Only for {proposed.replace('_', ' ')}", segments[proposed].where


def _only(one: set[str], other: set[str]) -> tuple[set[str], set[str]]:
    return one - other, other - one
