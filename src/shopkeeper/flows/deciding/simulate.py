"""Simulating: the very decision, taken apart, at any instant and under suppositions; nothing is written."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.decision import DecideRequest, Reason
from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput, NotFound, nearest
from shopkeeper.core.instant import micros
from shopkeeper.core.money import format_expected, format_money
from shopkeeper.core.predicate import sentence
from shopkeeper.core.predicate.sentence import trait_words
from shopkeeper.core.store import Store
from shopkeeper.flows.customers.dates import day_in_words
from shopkeeper.flows.deciding.assortment import Assortment
from shopkeeper.flows.deciding.decide import Considered, consider
from shopkeeper.flows.deciding.funnel import PLACES, Funnel, Refusal
from shopkeeper.flows.deciding.picks import Chosen
from shopkeeper.flows.deciding.simulation import (
    MOST_SHOWN,
    Absent,
    Candidate,
    CouponCard,
    Part,
    SimulateRequest,
    Simulation,
    SlotRule,
)
from shopkeeper.flows.deciding.supposed import SupposedProfiles
from shopkeeper.flows.deciding.trace import Trace
from shopkeeper.flows.deciding.visit import Reception
from shopkeeper.flows.profiles import Profiles

BACK, AHEAD = timedelta(days=3660), timedelta(days=366)
"""How far from now a simulation may look."""
LONGEST_SEED = 100


async def simulate(
    store: Store,
    definitions: Definitions,
    assortment: Assortment,
    profiles: Profiles,
    request: SimulateRequest,
    *,
    now: datetime,
) -> Simulation:
    """Answer what `decide` would, with all that it did with its candidates; nothing is written, nothing is credited.

    Raises: NotFound: no such slot, or no such trait among what is left out. BadInput: an instant too far away, or what
        `decide` refuses.
    """
    _check(request, definitions, now)
    at = request.at or now
    supposed = request.without.anything or at < now
    until = micros(at) if at < now else None
    known = SupposedProfiles(store, profiles, until=until, without=request.without) if supposed else profiles
    shelf = assortment if request.at is None else await asyncio.to_thread(assortment.at, at)
    asked = DecideRequest(
        slot=request.slot,
        customer=request.customer,
        n=request.n,
        place=request.place,
        context=request.context,
        explain=True,
    )
    trace = Trace()
    reception = Reception(store, definitions, known)
    found = await consider(shelf, reception, asked, now=at, seed=request.seed, trace=trace)
    return _Telling(shelf, found, trace, request, at).told(asked, now)


def _check(request: SimulateRequest, definitions: Definitions, now: datetime) -> None:
    for trait in request.without.traits:
        if trait not in definitions.traits:
            raise NotFound(f"without.traits: there is no {trait!r}{nearest(trait, definitions.traits)}")
    if not 1 <= request.top <= MOST_SHOWN:
        raise BadInput(f"top == {request.top}, must be from 1 to {MOST_SHOWN}")
    if len(request.seed) > LONGEST_SEED:
        raise BadInput(f"seed: {len(request.seed)} characters, must be at most {LONGEST_SEED}")
    if request.at is not None and not now - BACK <= request.at <= now + AHEAD:
        raise BadInput(
            f"at: must be from {now - BACK:%Y-%m-%d} to {now + AHEAD:%Y-%m-%d}, "
            f"{BACK.days} days back to {AHEAD.days} days ahead"
        )


class _Telling:
    """Puts one traced decision into an answer."""

    def __init__(
        self, shelf: Assortment, found: Considered, trace: Trace, request: SimulateRequest, at: datetime
    ) -> None:
        self._shelf = shelf
        self._found = found
        self._trace = trace
        self._request = request
        self._at = at
        self._currency = shelf.definitions.shop.currency
        self._funnel = Funnel(
            trace,
            found.slot,
            n=found.n,
            place=request.place,
            definitions=shelf.definitions,
            predicates=shelf.predicates,
            visit=found.visit,
        )
        self._able = self._funnel.eligible()

    def told(self, asked: DecideRequest, now: datetime) -> Simulation:
        found, shelf = self._found, self._shelf
        slot, visit, choice = found.slot, found.visit, found.choice
        total, total_text = self._total()
        rule = self._slot_rule()
        ranked, refused = self._candidates()
        return Simulation(
            slot=slot.name,
            kind=slot.kind,
            at=self._at,
            customer=visit.customer,
            n=found.n,
            personal=visit.personal,
            why=visit.why,
            arm=visit.arm,
            purpose=slot.purpose,
            policy=slot.policy,
            seed=self._request.seed,
            versions=dict(shelf.versions),
            degraded=visit.degraded or choice.degraded,
            empty="" if choice.chosen else self._empty(rule),
            rule=rule,
            total=total,
            total_text=total_text,
            funnel=self._funnel.sieves(total=total, places=len(choice.chosen)) if self._trace.ids else (),
            eligible=choice.candidates,
            ranked=ranked,
            refused=refused,
            without=self._absent(),
            notes=self._notes(now),
            request=asked,
        )

    def _absent(self) -> tuple[Absent, ...]:
        without, title = self._request.without, self._shelf.products.title
        return (
            *(Absent(what="items", id=item, title=title(item)) for item in without.items),
            *(Absent(what="orders", id=order, title=order) for order in without.orders),
            *(Absent(what="traits", id=trait, title=trait_words(trait)) for trait in without.traits),
        )

    def _total(self) -> tuple[int, str]:
        if self._found.slot.kind == "product":
            total = self._shelf.products.total
            return total, f"{total:,} items of the catalogue"
        kind = self._found.slot.kind
        total = sum(offer.kind == kind for offer in self._shelf.rack.offers.values())
        return total, f"{total:,} offers that the shop knows"

    def _slot_rule(self) -> SlotRule | None:
        where = self._found.slot.where
        if where is None:
            return None
        predicate = self._shelf.predicates[where]
        holds = self._shelf.is_for(self._found.slot, self._found.visit)
        unmet = () if holds else self._funnel.unmet(predicate)
        return SlotRule(sentence=sentence(predicate), holds=holds, unmet=unmet)

    def _empty(self, rule: SlotRule | None) -> str:
        slot, visit, choice = self._found.slot, self._found.visit, self._found.choice
        if rule is not None and not rule.holds:
            return f"The slot is filled only where this holds: {rule.sentence}."
        if choice.degraded or visit.degraded:
            return f"Nothing could be chosen: {choice.degraded or visit.degraded}."
        if not visit.personal and (slot.kind != "product" or slot.fallback == "none"):
            return f"The slot stays empty where the answer is not personal: {visit.why}."
        return "No candidate passed every rule."

    def _candidates(self) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
        """Return the eligible, those with a place first, and the best of those that were refused."""
        ranking = self._trace.ranking
        if ranking is None:
            return (), ()
        able, top = self._able, self._request.top
        order = np.argsort(-ranking.scores, kind="stable")
        ranks = np.empty(len(order), np.int64)
        ranks[order] = np.arange(1, len(order) + 1)
        taken = [one.index for one in self._trace.placed]
        others = order[able[order] & ~np.isin(order, taken)]
        first = [*taken, *others[: max(0, top - len(taken))].tolist()]
        stopped = order[~able[order] & ~np.isin(order, taken)].tolist()
        pins = [k for k in stopped if self._trace.ids[k] in self._found.slot.pins]
        last = [*pins, *(k for k in stopped if k not in pins)][:top]
        return self._told(first, ranks), self._told(last, ranks)

    def _told(self, indexes: Sequence[int], ranks: NDArray[np.int64]) -> tuple[Candidate, ...]:
        ranking = self._trace.ranking
        if ranking is None:
            return ()
        places = {one.index: (place, one.probability) for place, one in enumerate(self._trace.placed, start=1)}
        shown = zip(indexes, ranking.show(indexes), strict=True)
        return tuple(self._candidate(k, one, int(ranks[k]), places.get(k)) for k, one in shown)

    def _candidate(self, index: int, one: Chosen, rank: int, place: tuple[int, float] | None) -> Candidate:
        product = self._found.slot.kind == "product"
        score_text = f"{one.score:.3f}" if product else format_expected(one.score, self._currency)
        offer = None if product else self._shelf.rack.offers.get(one.item)
        refusal = Refusal("", "")
        if place is None and self._able[index]:
            refusal = Refusal(PLACES, self._too_low())
        elif place is None:
            refusal = self._funnel.refusal(index, offer, score_text, at=self._at)
        return Candidate(
            item=one.item,
            kind=one.kind,
            title=one.title,
            rank=rank,
            score=one.score,
            score_text=score_text,
            place=None if place is None else place[0],
            probability=None if place is None else place[1],
            parts=tuple(self._part(reason, product) for reason in one.reasons),
            details={name: str(value) for name, value in one.details.items()} if product else {},
            coupon=None if product else self._card(one),
            stopped=refusal.rule,
            why=refusal.why,
            unmet=refusal.unmet,
        )

    def _too_low(self) -> str:
        n = self._found.n
        if self._found.slot.policy == "explore":
            return f"It was not drawn for one of the {n} places."
        return f"Its score is not among the first {n}."

    def _part(self, reason: Reason, product: bool) -> Part:
        text = f"{reason.part:+.3f}" if product else _signed(reason.part, self._currency)
        return Part(text=reason.text, part=reason.part, part_text=text, kind=reason.kind, data=reason.data)

    def _card(self, one: Chosen) -> CouponCard:
        said = one.details
        return CouponCard(
            role=said["role"],
            face_value=format_money(said["face_value"], self._currency),
            cost=format_expected(said["cost"], self._currency),
            value=format_expected(said["value"], self._currency),
            anyway=_percent(said["p_anyway"]),
            redeem=_percent(said["p_redeem"]),
        )

    def _notes(self, now: datetime) -> tuple[str, ...]:
        found: list[str] = []
        without, at = self._request.without, self._at
        zone = self._shelf.definitions.shop.zone
        if at < now:
            found.append(
                "The customer is taken as of that instant; models, definitions, stock, predicted traits and what was "
                "learned from outcomes are those of today."
            )
            ends = [one.data_to for name, one in self._shelf.manifests.items() if one.data_to > at]
            if ends:
                day = day_in_words(max(ends).astimezone(zone).date())
                found.append(f"The models have seen what happened until {day}, so they know more than they could then.")
        elif at > now:
            found.append(
                "The customer is taken as known today, as if nothing happened until then; offers and time in rules are "
                "those of that instant."
            )
        if without.items:
            found.append(
                "Purchases of some items are left out; the totals of the orders they stood in stay as they were."
            )
        if without.orders:
            found.append("Some orders are left out whole.")
        if without.traits:
            found.append("Rules find some traits unknown.")
        return tuple(found)


def _signed(minor: float, currency: str) -> str:
    text = format_expected(abs(minor), currency)
    return f"{'−' if minor < 0 else '+'}{text}"


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"
