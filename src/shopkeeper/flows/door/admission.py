"""Letting drafts in, and foreseeing what letting them in would do."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.event import CORRECTIONS, ORDER_COMPLETED, Event
from shopkeeper.core.intake import HELD_BACK, Arrival, Entry, Offering, WaitAs
from shopkeeper.core.store import Store
from shopkeeper.flows.door.canonical import Draft
from shopkeeper.flows.door.reading import Refusal

NEW = "new:"
"""What the id of a customer begins with whom only a dry run knows."""
Outcome = Literal["accepted", "duplicate", "conflict", "refused", "discarded"]
"""refused: waits in quarantine. discarded: may not be kept on the basis on which its source collects."""


class Admission(NamedTuple):
    """What became of one draft.

    event: As the log holds it if accepted, as it was offered if not; None where its customer is unknown.
    seq: Of the event that the log holds under that id, 0 if none. refusal: Why, where the draft must wait.
    """

    outcome: Outcome
    event: Event | None
    seq: int
    refusal: Refusal | None = None


def arrival(draft: Draft, *, wait_as: WaitAs | None = None, settles: str | None = None) -> Arrival:
    """Return a draft as the store takes it; see `Arrival` for the others."""
    said = (draft.personal, draft.said, draft.words)
    return Arrival(draft.event, draft.names, draft.claims, *said, wait_as, settles, draft.group)


async def admit(store: Store, definitions: Definitions, drafts: Sequence[Draft], *, now: datetime) -> list[Admission]:
    """Let drafts into the log, in order, and say what became of each; who has to keep what waits is the caller."""
    if not drafts:
        return []
    offering = Offering([arrival(draft) for draft in drafts], definitions.shop.limits, now)
    entries = await store.admit(offering)
    return [admission(draft.event, entry) for draft, entry in zip(drafts, entries, strict=True)]


def admission(event: Event, entry: Entry) -> Admission:
    """Say in the door's words what the store did with an event."""
    known = bool(entry.customer)
    if entry.outcome == "accepted" and known:
        taken = msgspec.structs.replace(event, customer=entry.customer, part=entry.part, seq=entry.seq)
        return Admission("accepted", taken, entry.seq)
    held = msgspec.structs.replace(event, customer=entry.customer, part=entry.part) if known else None
    if entry.outcome == "duplicate":
        return Admission("duplicate", held, entry.seq)
    return _conflict(held, entry.seq) if entry.outcome == "conflict" else _wait(held)


async def foresee(store: Store, drafts: Sequence[Draft]) -> list[Admission]:
    """Say what would become of drafts, and write nothing; who is not known yet stands under a name of its own."""
    known = await store.find_customers(sorted({name for draft in drafts for name in draft.names}))
    corrections = [draft for draft in drafts if draft.event.name in CORRECTIONS]
    asked = {(known[name], _order(one)) for one in corrections for name in one.names if name in known}
    orders = await store.orders_known(sorted(asked)) if asked else set()
    held = await store.held_under([(draft.event.source, draft.event.message_id) for draft in drafts])
    found = []
    for number, draft in enumerate(drafts):
        theirs = [known[name] for name in draft.names if name in known]
        if draft.event.name in CORRECTIONS:
            having = next((customer for customer in theirs if (customer, _order(draft)) in orders), None)
            if having is None:
                found.append(_wait(msgspec.structs.replace(draft.event, customer=theirs[0]) if theirs else None))
                continue
            customer = having
        else:
            customer = theirs[0] if theirs else f"{NEW}{number}"
        for name in draft.names:
            known.setdefault(name, customer)
        if draft.event.name == ORDER_COMPLETED:
            orders.add((customer, _order(draft)))
        found.append(_foreseen(draft, msgspec.structs.replace(draft.event, customer=customer), held))
    return found


def _foreseen(draft: Draft, event: Event, held: Mapping[tuple[str, str], tuple[int, bytes]]) -> Admission:
    found = held.get((event.source, event.message_id))
    if found is None:
        return Admission("accepted", event, 0)
    seq, digest = found
    return Admission("duplicate", event, seq) if digest == draft.said else _conflict(event, seq)


def customers_of(admissions: Sequence[Admission]) -> frozenset[str]:
    """Return whom the log learned something of."""
    accepted = (one.event for one in admissions if one.outcome == "accepted")
    return frozenset(event.customer for event in accepted if event is not None)


def _order(draft: Draft) -> str:
    return draft.event.order_id or ""


def _wait(event: Event | None) -> Admission:
    return Admission("refused", event, 0, Refusal(*HELD_BACK["waits"]))


def _conflict(event: Event | None, seq: int) -> Admission:
    return Admission("conflict", event, seq, Refusal(*HELD_BACK["conflict"]))
