"""The decision: permit, assignment, candidates, eligibility, score, arrangement, reasons, log; and always an answer."""

import logging
from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any, NamedTuple

import msgspec
import numpy as np

from shopkeeper.core.decision import DecideRequest, Decision, RankRequest
from shopkeeper.core.definitions import Slot
from shopkeeper.core.errors import BadInput, NotFound, ShopkeeperError, nearest
from shopkeeper.core.event import ARM_OF, DECISION_MADE, Event, millionths
from shopkeeper.core.hashing import stable_hash
from shopkeeper.core.ids import new_id
from shopkeeper.core.trait import Value
from shopkeeper.flows.deciding.assortment import Assortment
from shopkeeper.flows.deciding.picks import Choice, signed_picks
from shopkeeper.flows.deciding.trace import NO_TRACE, NoTrace
from shopkeeper.flows.deciding.visit import Reception, Visit
from shopkeeper.flows.journal import Journal

MOST_PICKS = 200
MOST_RANKED = 2_000
SOURCE = "shopkeeper"
RANK = "rank"
"""The name under which answers about the caller's own list are logged; no slot may take it."""

MOST_TEXT = 500
"""Characters of a fact of the moment: it goes into the log with the decision."""

_log = logging.getLogger(__name__)


class Considered(NamedTuple):
    """What a question came to, before it is answered."""

    slot: Slot
    n: int
    visit: Visit
    choice: Choice


async def consider(
    shelf: Assortment,
    reception: Reception,
    request: DecideRequest,
    *,
    now: datetime,
    seed: str,
    trace: NoTrace = NO_TRACE,
) -> Considered:
    """Find out who asks and fill the slot; nothing is written.

    Args:
        seed: What the draws follow from: the id of the decision that it is to be.

    Raises: NotFound: no such slot. BadInput: `n` out of bounds, a fact of the moment of another type, an identifier
        that cannot be one.
    """
    slot = shelf.definitions.slots.get(request.slot)
    if slot is None:
        known = shelf.definitions.slots
        raise NotFound(f"slot: there is no {request.slot!r}{nearest(request.slot, known)}")
    n = slot.n if request.n is None else request.n
    if not 1 <= n <= MOST_PICKS:
        raise BadInput(f"n == {n}, must be from 1 to {MOST_PICKS}")
    context = _context(slot, request.context, request.place)
    visit = await reception.receive(request.customer, purpose=slot.purpose, context=context, now=now, gpc=request.gpc)
    choice = _choice(shelf, slot, visit, n=n, place=request.place, seed=stable_hash("slate", seed), trace=trace)
    return Considered(slot, n, visit, choice)


def _choice(
    shelf: Assortment, slot: Slot, visit: Visit, *, n: int, place: str | None, seed: int, trace: NoTrace
) -> Choice:
    if not shelf.is_for(slot, visit):
        return Choice((), 0, blocked=((slot.name, f"is for: {slot.where}"),))
    rng = np.random.default_rng(seed)
    try:
        return shelf.choose(slot, visit, n=n, place=place, rng=rng, trace=trace)
    except ShopkeeperError as error:
        _log.warning("slot %s falls back: %s", slot.name, error.code)
        return shelf.fall_back(slot, n=n, place=place, rng=rng, why=f"the slot failed ({error.code})")


class Decider:
    """Answers `decide` and `rank`; `assortment` is swapped whole when definitions, models or catalogue change."""

    def __init__(
        self, assortment: Assortment, reception: Reception, *, journal: Journal, key: bytes, rng: Random
    ) -> None:
        self.assortment = assortment
        self._reception = reception
        self._journal = journal
        self._key = key
        self._rng = rng

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions of the definitions and of each model in force."""
        return self.assortment.versions

    async def decide(self, request: DecideRequest, *, now: datetime) -> Decision:
        """Answer what a customer should see in a slot.

        Raises: NotFound: no such slot. BadInput: `n` out of bounds, a fact of the moment of another type, an
            identifier that cannot be one.
        """
        number = new_id("dec", now, self._rng)
        found = await consider(self.assortment, self._reception, request, now=now, seed=number)
        asked = {"n": found.n, "context": request.context}
        return self._answer(
            number,
            found.slot.name,
            found.visit,
            found.choice,
            explain=request.explain,
            place=request.place,
            now=now,
            asked=asked,
        )

    async def rank(self, request: RankRequest, *, now: datetime) -> Decision:
        """Put the caller's own list in a customer's order; every item comes back, once.

        Raises: BadInput: no items, too many, or one twice.
        """
        if not 1 <= len(request.items) <= MOST_RANKED:
            raise BadInput(f"items: {len(request.items)} of them, must be from 1 to {MOST_RANKED}")
        if len(set(request.items)) < len(request.items):
            raise BadInput("items: the same id twice; name each once")
        visit = await self._reception.receive(
            request.customer, purpose="personalization", context={}, now=now, gpc=request.gpc
        )
        choice = self.assortment.products.rank(visit, request.items, explain=request.explain)
        number = new_id("dec", now, self._rng)
        asked = {"n": len(request.items)}
        return self._answer(
            number, RANK, visit, choice, explain=request.explain, place=request.place, now=now, asked=asked
        )

    def _answer(
        self,
        number: str,
        slot: str,
        visit: Visit,
        choice: Choice,
        *,
        explain: bool,
        place: str | None,
        now: datetime,
        asked: Mapping[str, Any],
    ) -> Decision:
        versions = dict(self.versions)
        decision = Decision(
            id=number,
            slot=slot,
            picks=signed_picks(choice, decision=number, slot=slot, version=versions["definitions"], key=self._key),
            personal=visit.personal,
            why=visit.why,
            arm=visit.arm,
            versions=versions,
            candidates=choice.candidates,
            degraded=visit.degraded or choice.degraded,
            blocked=choice.blocked if explain else (),
            crossed=visit.crossed,
        )
        self._journal.note(_event(decision, visit, place, now, asked))
        return decision


def _context(slot: Slot, given: Mapping[str, str | int | float | bool], place: str | None) -> dict[str, Value]:
    """Check the facts of the moment against what the slot declares. Raises: BadInput: unknown, or of another type."""
    found: dict[str, Value] = {"context.place": place}
    for name, value in given.items():
        declared = slot.context.get(name)
        if declared is None:
            raise BadInput(
                f"context: slot {slot.name!r} declares no {name!r}{nearest(name, slot.context)}; see slots.yaml"
            )
        if not _fits(declared, value):
            raise BadInput(f"context.{name}: must be a {declared}")
        if isinstance(value, str) and len(value) > MOST_TEXT:
            raise BadInput(f"context.{name}: {len(value)} characters, must be at most {MOST_TEXT}")
        found[f"context.{name}"] = float(value) if declared == "number" else value
    return found


def _fits(declared: str, value: object) -> bool:
    if declared == "boolean":
        return isinstance(value, bool)
    if declared == "number":
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    return isinstance(value, str)


def _event(decision: Decision, visit: Visit, place: str | None, now: datetime, asked: Mapping[str, Any]) -> Event:
    """Make the log's record of a decision: what was asked, what was shown with which probability and versions."""
    picks = [[pick.place, pick.item, round(pick.score, 6), pick.probability] for pick in decision.picks]
    texts = {"slot": decision.slot, "arm": decision.arm, "why": decision.why}
    if decision.degraded:
        texts["degraded"] = decision.degraded
    if visit.follows:
        texts[ARM_OF] = visit.follows
    return Event(
        source=SOURCE,
        message_id=decision.id,
        name=DECISION_MADE,
        customer=visit.customer,
        part=visit.part,
        at=now,
        received_at=now,
        place=place,
        texts=texts,
        numbers={"candidates": millionths(decision.candidates)},
        flags={"personal": decision.personal} | ({"crossed": True} if decision.crossed else {}),
        extra={"picks": picks, "versions": msgspec.to_builtins(decision.versions), "asked": dict(asked)},
    )
