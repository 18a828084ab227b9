"""Letting drafts in: whose they are, whether the order they correct is there, and then into the log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from shopkeeper.core.event import CORRECTIONS, ORDER_COMPLETED, Event, Receipt
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.store import Store
from shopkeeper.flows.door.canonical import Draft
from shopkeeper.flows.door.reading import Refusal

WAITS = "refund_without_order"
NEW = "new:"
"""What the id of a customer begins with whom only a dry run knows."""
Outcome = Literal["accepted", "duplicate", "conflict", "refused"]


class Admission(NamedTuple):
    """What became of one draft.

    event: As the log holds it if accepted, as it was offered if not; None where its customer is unknown.
    seq: Of the event that the log holds under that id, 0 if none. refusal: Why, where the draft must wait.
    """

    outcome: Outcome
    event: Event | None
    seq: int
    refusal: Refusal | None = None


async def admit(
    store: Store, drafts: Sequence[Draft], *, now: datetime, known: dict[Identifier, str] | None = None
) -> list[Admission]:
    """Append drafts to the log, in order, and say what became of each.

    Args:
        known: Customers found before, kept up to date here; a bulk import passes one for all its batches.
    """
    customers = {} if known is None else known
    await _resolve(store, drafts, customers, now)
    events = [_named(draft, customers) for draft in drafts]
    ready = await _with_order(store, events)
    await _keep_personal(store, [(d, e) for d, e, take in zip(drafts, events, ready, strict=True) if take and e])
    offered = [event for event, take in zip(events, ready, strict=True) if take and event is not None]
    receipts = iter(await store.append(offered) if offered else [])
    return [
        await _settle(store, draft, event, next(receipts)) if take and event is not None else _wait(event)
        for draft, event, take in zip(drafts, events, ready, strict=True)
    ]


async def foresee(store: Store, drafts: Sequence[Draft]) -> list[Admission]:
    """Say what would become of drafts, and write nothing; who is not known yet stands under a name of its own."""
    found = await store.find_customers(sorted({draft.names[0] for draft in drafts}))
    known = {
        draft.names[0]: found.get(draft.names[0], f"{NEW}{number}")
        for number, draft in enumerate(drafts)
        if draft.names[0] in found or draft.event.name not in CORRECTIONS
    }
    events = [_named(draft, known) for draft in drafts]
    ready = await _with_order(store, events)
    return [
        await _foreseen(store, draft, event) if take and event is not None else _wait(event)
        for draft, event, take in zip(drafts, events, ready, strict=True)
    ]


async def _foreseen(store: Store, draft: Draft, event: Event) -> Admission:
    held = await store.find_event(event.source, event.message_id)
    if held is None:
        return Admission("accepted", event, 0)
    same = msgspec.structs.replace(event, received_at=held.received_at, seq=held.seq) == held
    return await _settle(store, draft, event, Receipt("duplicate" if same else "conflict", held.seq))


def customers_of(admissions: Sequence[Admission]) -> frozenset[str]:
    """Return whom the log learned something of."""
    accepted = (one.event for one in admissions if one.outcome == "accepted")
    return frozenset(event.customer for event in accepted if event is not None)


async def _resolve(store: Store, drafts: Sequence[Draft], customers: dict[Identifier, str], now: datetime) -> None:
    """Find who each draft is about; only a correction makes nobody a customer."""
    asked = {draft.names[0] for draft in drafts} - customers.keys()
    if asked:
        customers.update(await store.find_customers(sorted(asked)))
    fresh = dict.fromkeys(
        draft.names[0] for draft in drafts if draft.event.name not in CORRECTIONS and draft.names[0] not in customers
    )
    if fresh:
        customers.update(await store.ensure_customers(list(fresh), now))


def _named(draft: Draft, customers: dict[Identifier, str]) -> Event | None:
    customer = customers.get(draft.names[0])
    return None if customer is None else msgspec.structs.replace(draft.event, customer=customer)


async def _with_order(store: Store, events: Sequence[Event | None]) -> list[bool]:
    """Tell which events may go in: a correction only after its order, in the log or earlier among these."""
    asked = [_order(event) for event in events if event is not None and event.name in CORRECTIONS]
    orders = await store.orders_known(asked) if asked else set()
    ready = []
    for event in events:
        if event is not None and event.name == ORDER_COMPLETED and asked:
            orders.add(_order(event))
        ready.append(event is not None and (event.name not in CORRECTIONS or _order(event) in orders))
    return ready


def _order(event: Event) -> tuple[str, str]:
    return event.customer, event.order_id or ""


def _wait(event: Event | None) -> Admission:
    refusal = Refusal(WAITS, "order_id: no order of that id of this customer is in the log yet; replay it afterwards")
    return Admission("refused", event, 0, refusal)


async def _keep_personal(store: Store, offered: Sequence[tuple[Draft, Event]]) -> None:
    """Write personal values before the log acknowledges them, but never those of an event that it holds already.

    After the append a crash would lose them: the sender's retry finds its event taken.
    """
    for draft, event in offered:
        if draft.personal and await store.find_event(event.source, event.message_id) is None:
            await store.put_personal(event.customer, draft.personal)


async def _settle(store: Store, draft: Draft, event: Event, receipt: Receipt) -> Admission:
    if receipt.outcome == "accepted":
        return Admission("accepted", msgspec.structs.replace(event, seq=receipt.seq), receipt.seq)
    if receipt.outcome == "duplicate" or (not draft.timed and await _same_but_for_time(store, event)):
        return Admission("duplicate", event, receipt.seq)
    refusal = Refusal("conflict", "messageId: the log holds another event of this source under the same id")
    return Admission("conflict", event, receipt.seq, refusal)


async def _same_but_for_time(store: Store, event: Event) -> bool:
    """Tell whether the log's copy differs only in the times that we gave it ourselves."""
    held = await store.find_event(event.source, event.message_id)
    return held is not None and held == msgspec.structs.replace(
        event, at=held.at, received_at=held.received_at, seq=held.seq
    )
