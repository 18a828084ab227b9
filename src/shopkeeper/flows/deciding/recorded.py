"""Recorded decisions: what was asked and answered then, and what came of it, read back from the log."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.core.event import DECISION_MADE, SCALE, Event
from shopkeeper.core.money import format_expected
from shopkeeper.flows.customers.desk import Desk, title_of
from shopkeeper.flows.deciding.decide import SOURCE
from shopkeeper.flows.events_in_words import Titles, in_words, titles_of
from shopkeeper.flows.log_pages import read_much
from shopkeeper.flows.turns import in_turns

MOST_LISTED = 200
LOOKED_THROUGH = 5_000
"""How many decisions a list that is narrowed to a slot looks through."""
BEFORE, AFTER = 1_000, 10_000
"""How many events before and after a stranger's decision are looked through for its outcomes."""
SHOWN, REDEEMED = "Offer Shown", "Offer Redeemed"
OUTCOMES = (SHOWN, "Offer Clicked", REDEEMED, "Offer Dismissed")


class DecisionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded decision in a list.

    seq: Its number in the log; a list goes on before it. customer: The id, empty for a stranger. who: For people.
    text: What was answered, in a sentence.
    """

    id: str
    seq: int
    at: datetime
    slot: str
    customer: str
    who: str
    arm: str
    personal: bool
    why: str
    place: str | None
    place_title: str
    picks: int
    text: str


class DecisionList(msgspec.Struct, frozen=True, kw_only=True):
    """Recorded decisions, the latest first; `before` is where the list goes on, None at its end."""

    decisions: tuple[DecisionLine, ...]
    before: int | None


class RecordedPick(msgspec.Struct, frozen=True, kw_only=True):
    """One place as it was answered; `outcomes` are the names of the events that came back for it, in order."""

    place: int
    item: str
    title: str
    score: float
    score_text: str
    probability: float
    outcomes: tuple[str, ...]


class OutcomeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One event that came back for a decision.

    token: Whether it carried the decision's token; otherwise it is a redemption of an offer that this decision was
    the last to show.
    """

    seq: int
    at: datetime
    name: str
    item: str
    text: str
    token: bool


class DecisionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded decision: what was asked, what was answered under which versions, and its outcomes.

    n, context: As they were asked; None and empty where the log does not say. candidates: How many could be chosen.
    outcomes_text: How far outcomes were looked for, in words.
    """

    line: DecisionLine
    n: int | None
    context: dict[str, str | int | float | bool]
    picks: tuple[RecordedPick, ...]
    versions: dict[str, str]
    candidates: int
    degraded: str | None
    outcomes: tuple[OutcomeLine, ...]
    outcomes_text: str


async def recorded_decisions(
    desk: Desk, *, customer: str = "", slot: str = "", before: int | None = None, limit: int = 20
) -> DecisionList:
    """List what was decided, the latest first.

    Args:
        customer: An id; empty: everybody's. slot: Only of that slot. before: The number where another list ended.

    Raises: BadInput: `limit` out of bounds. NotFound: there is no such customer.
    """
    if not 1 <= limit <= MOST_LISTED:
        raise BadInput(f"limit == {limit}, must be from 1 to {MOST_LISTED}")
    whose = await desk.known(customer) if customer else None
    found: list[Event] = []
    seen, end, size = 0, before, MOST_LISTED if slot else limit + 1
    while len(found) <= limit and seen < LOOKED_THROUGH:
        page = await desk.store.passed(after=0, before=end, limit=size, name=DECISION_MADE, customer=whose)
        found += [event for event in page if not slot or event.texts.get("slot") == slot]
        seen += len(page)
        end = page[-1].seq if len(page) == size else None
        if end is None:
            break
    more = found[limit - 1].seq if len(found) > limit else end
    shown = found[:limit]
    titles = await titles_of(desk.store, desk.definitions, shown)
    return DecisionList(decisions=tuple([await _line(desk, event, titles) for event in shown]), before=more)


async def recorded_decision(desk: Desk, decision: str) -> DecisionRecord:
    """Show one decision. Raises: NotFound: the log holds none of that id."""
    event = await desk.store.find_event(SOURCE, decision)
    if event is None or event.name != DECISION_MADE:
        raise NotFound("decision: the log holds none of this id; it is written a moment after the answer")
    outcomes, looked = await _outcomes(desk, event)
    titles = await titles_of(desk.store, desk.definitions, [event, *(one for one, _ in outcomes)])
    asked = event.extra.get("asked", {})
    return DecisionRecord(
        line=await _line(desk, event, titles),
        n=asked.get("n"),
        context=asked.get("context", {}),
        picks=tuple(_pick(desk, event, pick, titles, [one for one, _ in outcomes]) for pick in _picks(event)),
        versions=event.extra.get("versions", {}),
        candidates=event.numbers.get("candidates", 0) // SCALE,
        degraded=event.texts.get("degraded"),
        outcomes=tuple(_outcome(desk, one, titles, token) for one, token in outcomes),
        outcomes_text=looked,
    )


def _picks(event: Event) -> Sequence[Sequence[Any]]:
    found: Sequence[Sequence[Any]] = event.extra.get("picks", ())
    return found


async def _line(desk: Desk, event: Event, titles: Titles) -> DecisionLine:
    names = await desk.store.identifiers_of(event.customer) if event.customer else []
    return DecisionLine(
        id=event.message_id,
        seq=event.seq,
        at=event.at,
        slot=event.texts.get("slot", ""),
        customer=event.customer,
        who=title_of(desk, event.customer, names) if event.customer else "a stranger",
        arm=event.texts.get("arm", "none"),
        personal=event.flags.get("personal", False),
        why=event.texts.get("why", ""),
        place=event.place,
        place_title=titles.places.get(event.place or "") or event.place or "",
        picks=len(_picks(event)),
        text=in_words(event, definitions=desk.definitions, titles=titles),
    )


def _pick(desk: Desk, event: Event, pick: Sequence[Any], titles: Titles, outcomes: Sequence[Event]) -> RecordedPick:
    place, item, score, probability = pick
    slot = desk.definitions.slots.get(event.texts.get("slot", ""))
    money = slot is not None and slot.kind != "product"
    return RecordedPick(
        place=place,
        item=item,
        title=titles.items.get(item) or titles.offers.get(item) or item,
        score=score,
        score_text=format_expected(score, desk.definitions.shop.currency) if money else f"{score:.3f}",
        probability=probability,
        outcomes=tuple(one.name for one in outcomes if one.texts.get("offer") == item),
    )


def _outcome(desk: Desk, event: Event, titles: Titles, token: bool) -> OutcomeLine:
    text = in_words(event, definitions=desk.definitions, titles=titles)
    return OutcomeLine(
        seq=event.seq, at=event.at, name=event.name, item=event.texts.get("offer", ""), text=text, token=token
    )


async def _outcomes(desk: Desk, decision: Event) -> tuple[list[tuple[Event, bool]], str]:
    """Return what came back for a decision, each with whether it carried the token; and where that was looked for.

    An answer does not wait for its own row, and so what came of it may stand before it in the log.
    """
    if decision.customer:
        theirs = desk.store.history_pages([decision.customer], names=OUTCOMES)
        return await _credited(decision, in_turns(theirs)), "All that this customer did since was looked through."
    near = await read_much(desk.store, after=max(decision.seq - BEFORE, 0), limit=BEFORE + AFTER)
    found = [(one, True) for one in near if one.name in OUTCOMES and one.texts.get("decision") == decision.message_id]
    return found, f"A stranger's: the {AFTER:,} events after it were looked through."


async def _credited(decision: Event, theirs: AsyncIterator[Event]) -> list[tuple[Event, bool]]:
    """Find a customer's outcomes of a decision: by token, or as takings are credited to who showed the offer last."""
    found: list[tuple[Event, bool]] = []
    last_shown: dict[str, str] = {}
    async for event in theirs:
        offer, named = event.texts.get("offer", ""), event.texts.get("decision")
        if event.name == SHOWN and named is not None:
            last_shown[offer] = named
        if event.name in OUTCOMES and named == decision.message_id:
            found.append((event, True))
        elif event.name == REDEEMED and named is None and last_shown.get(offer) == decision.message_id:
            found.append((event, False))
    return found
