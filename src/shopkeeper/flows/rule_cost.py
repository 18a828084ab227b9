"""What an edited rule of offers would cost: the slates that a sample of customers would get before and after.

Only those for whom the rule holds, before or after the edit, can get another slate, so only they are drawn from.
"""

import asyncio
from datetime import datetime

import msgspec
import numpy as np
from msgspec.structs import replace

from shopkeeper.core.decision import DecideRequest
from shopkeeper.core.definitions import Definitions, OfferRules, Slot
from shopkeeper.core.errors import BadInput, NotFound, nearest
from shopkeeper.core.money import format_money
from shopkeeper.core.predicate import Predicate
from shopkeeper.core.store import Store
from shopkeeper.flows.crowd import Crowd
from shopkeeper.flows.deciding.assortment import Assortment
from shopkeeper.flows.deciding.decide import consider
from shopkeeper.flows.deciding.visit import ID, Reception
from shopkeeper.flows.profiles import Profiles
from shopkeeper.flows.rules.check import percent, read_rule, uncountable
from shopkeeper.measure.total import Total, estimated_total

ASKED = 120
"""How many customers are drawn: each is decided for twice, some 10 ms."""
FIELDS = ("cost", "wasted", "value")


class RuleCostRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule of offers.yaml as it would be; an empty `where` is for everybody.

    slot: Where its offers are shown; by default the first slot that shows offers.
    """

    rule: str
    where: str
    slot: str | None = None


class ExpectedCost(msgspec.Struct, frozen=True, kw_only=True):
    """What one round of slates is expected to cost, in minor units, with the 95 % interval of the sample.

    wasted: Cost for what would be bought anyway. value: What it changes, less the cost. coupons: Shown on average.
    text: The same in words.
    """

    cost: float
    low: float
    high: float
    wasted: float
    value: float
    coupons: float
    text: str


class RuleCost(msgspec.Struct, frozen=True, kw_only=True):
    """What an edit changes.

    customers: Who may be reached and for whom the rule holds before or after; drawn: how many of them were decided for.
    difference: Of the cost, `after` less `before`, each customer against themselves.
    """

    rule: str
    slot: str
    customers: int
    drawn: int
    before: ExpectedCost
    after: ExpectedCost
    difference: float
    difference_low: float
    difference_high: float
    text: str
    as_of: datetime


async def rule_cost(
    store: Store,
    crowd: Crowd,
    assortment: Assortment,
    profiles: Profiles,
    asked: RuleCostRequest,
    *,
    now: datetime,
) -> RuleCost:
    """Expect what an edited rule costs; nothing is written.

    Raises: NotFound: no such rule or slot. BadInput: the rule cannot be read, or reads facts of the moment, which
        nobody can know beforehand; no slot shows offers.
    """
    definitions = assortment.definitions
    rule, slot = _rule(definitions, asked.rule), _slot(definitions, asked.slot)
    edited = replace(rule, where=asked.where.strip() or None)
    customers, drawn, as_of = await _draw(crowd, definitions, rule, edited)
    reception = Reception(store, definitions, profiles)
    sides = []
    for shelf in (assortment, assortment.under(edited)):
        rows = [await _slate(shelf, reception, slot, customer, now) for customer in drawn]
        sides.append(np.array(rows, dtype=np.float64).reshape(len(drawn), len(FIELDS) + 1))
    before, after = sides
    change = estimated_total(after[:, 0] - before[:, 0], population=customers)
    currency = definitions.shop.currency
    return RuleCost(
        rule=rule.name,
        slot=slot.name,
        customers=customers,
        drawn=len(drawn),
        before=_expected(before, customers, currency),
        after=_expected(after, customers, currency),
        difference=change.total,
        difference_low=change.low,
        difference_high=change.high,
        text=_in_words(change, customers, len(drawn), currency),
        as_of=as_of,
    )


def _rule(definitions: Definitions, name: str) -> OfferRules:
    if name not in definitions.offer_rules:
        known = definitions.offer_rules
        raise NotFound(f"rule: offers.yaml has no rule {name!r}{nearest(name, known)}")
    return definitions.offer_rules[name]


def _slot(definitions: Definitions, name: str | None) -> Slot:
    showing = {slot.name: slot for slot in definitions.slots.values() if slot.kind != "product"}
    if name is not None and name not in showing:
        raise NotFound(f"slot: none of the name {name!r} shows offers{nearest(name, showing)}")
    if not showing:
        raise BadInput("slots.yaml: no slot shows offers; add one, such as 'coupons: {kind: coupon, n: 5}'")
    return showing[name] if name is not None else next(iter(showing.values()))


async def _draw(crowd: Crowd, definitions: Definitions, *rules: OfferRules) -> tuple[int, list[str], datetime]:
    """Count whom either rule is for, and draw some of them, the same ones for the same rules."""
    from shopkeeper.engines.crowd import drawn

    either: list[Predicate] | None = []
    for rule in rules:
        predicate = None if rule.where is None else read_rule(definitions, rule.where, "offer_rule")
        if predicate is not None and (why := uncountable(predicate)):
            raise BadInput(f"where: {why}")
        either = None if predicate is None or either is None else [*either, predicate]
    people = await crowd.table()
    found = await crowd.ask_of(people, lambda them: drawn(them.table, either, n=ASKED, moment=them.moment))
    return found.of, found.customers, people.as_of


async def _slate(
    shelf: Assortment, reception: Reception, slot: Slot, customer: str, now: datetime
) -> tuple[float, ...]:
    """Return cost, waste, value and number of the coupons that a customer would be shown."""
    await asyncio.sleep(0)  # others get their turn between any two customers
    request = DecideRequest(slot=slot.name, customer={ID: customer})
    chosen = (await consider(shelf, reception, request, now=now, seed=customer)).choice.chosen
    sums = [sum(float(one.details.get(field, 0.0)) for one in chosen) for field in FIELDS]
    return (*sums, float(len(chosen)))


def _expected(rows: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", customers: int, currency: str) -> ExpectedCost:
    cost, wasted, value = (estimated_total(rows[:, k], population=customers) for k in range(len(FIELDS)))
    coupons = float(rows[:, -1].mean()) if len(rows) else 0.0
    share = f", {percent(wasted.total / cost.total)} of it for what would be bought anyway" if cost.total > 0 else ""
    return ExpectedCost(
        cost=cost.total,
        low=max(cost.low, 0.0),
        high=cost.high,
        wasted=wasted.total,
        value=value.total,
        coupons=coupons,
        text=f"{_money(cost.total, currency)}{share}; brings {_money(value.total, currency)} more than it costs",
    )


def _in_words(change: Total, customers: int, drawn: int, currency: str) -> str:
    """Say what changes, and on how many it rests."""
    if not customers:
        return "The rule holds for nobody who may be reached, before or after: nothing changes."
    basis = (
        f"all {customers:,} customers concerned"
        if drawn == customers
        else (f"{drawn:,} of the {customers:,} customers concerned, drawn at random")
    )
    if change.low == change.high == 0.0:
        return f"One round costs as much as before, over {basis}."
    sure = "" if drawn == customers else f" ({_money(change.low, currency)} to {_money(change.high, currency)})"
    return f"One round costs {_signed(change.total, currency)}{sure}, expected over {basis}."


def _signed(minor: float, currency: str) -> str:
    return f"{_money(abs(minor), currency)} {'more' if minor >= 0 else 'less'}"


def _money(minor: float, currency: str) -> str:
    return format_money(round(minor), currency)
