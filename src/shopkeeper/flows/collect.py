"""Collecting: wire events in, a receipt for each; what cannot be taken waits in quarantine, whole.

accepted + duplicates + quarantined = events offered, always.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.event import Event
from shopkeeper.core.quarantine import Quarantined, write_body
from shopkeeper.core.store import Store
from shopkeeper.flows.door.admission import Admission, Outcome, admit
from shopkeeper.flows.door.canonical import Draft, canonical, named_items
from shopkeeper.flows.door.reading import Refusal


class Taken(NamedTuple):
    """What became of one offered event.

    outcome: `refused` and `conflict` wait in quarantine under `waits_as`, with `code` and `reason`.
    seq: Of the event that the log holds under its id, 0 if none. customer: Whose it is, if that is known.
    """

    outcome: Outcome
    seq: int
    customer: str | None
    code: str | None = None
    reason: str | None = None
    waits_as: str | None = None


class CollectResult(NamedTuple):
    """Receipts in the order offered; `events` are the accepted ones as the log holds them, with their numbers.

    quarantined: All that wait, conflicts (same id, another body; the first was kept) included.
    """

    receipts: tuple[Taken, ...]
    events: tuple[Event, ...]
    accepted: int
    duplicates: int
    conflicts: int
    quarantined: int


async def collect(
    store: Store, definitions: Definitions, incoming: Sequence[Any], *, source: str, now: datetime
) -> CollectResult:
    """Take wire events into the log.

    Args:
        incoming: Decoded JSON, each `{type: track | identify, userId, event, properties, …}`.
        source: Who sends; `(source, messageId)` makes an event unique.

    Raises: StoreError: nothing was taken that has no receipt; offer all again, what was taken is then a duplicate.
    """
    settled = await offer(store, definitions, incoming, source=source, now=now)
    waiting = [
        None if a.refusal is None else quarantined(source, None, a.refusal, wire, now=now)
        for a, wire in zip(settled, incoming, strict=True)
    ]
    if any(waiting):
        await store.quarantine([row for row in waiting if row is not None])
    return _result(settled, waiting)


async def offer(
    store: Store, definitions: Definitions, incoming: Sequence[Any], *, source: str, now: datetime
) -> list[Admission]:
    """Take what can be taken of some wire events, and only say what would have to wait."""
    items = await store.find_items(sorted(named_items(incoming)))
    read = [_read(wire, definitions, items, source, now) for wire in incoming]
    admissions = iter(await admit(store, [draft for draft in read if isinstance(draft, Draft)], now=now))
    return [next(admissions) if isinstance(draft, Draft) else Admission("refused", None, 0, draft) for draft in read]


def _read(wire: Any, definitions: Definitions, items: Any, source: str, now: datetime) -> Draft | Refusal:
    try:
        return canonical(wire, definitions, items, source=source, now=now)
    except Refusal as refusal:
        return refusal


def _result(settled: Sequence[Admission], waiting: Sequence[Quarantined | None]) -> CollectResult:
    receipts = tuple(
        Taken(
            outcome=admission.outcome,
            seq=admission.seq,
            customer=None if admission.event is None else admission.event.customer,
            code=None if row is None else row.code,
            reason=None if row is None else row.reason,
            waits_as=None if row is None else row.id,
        )
        for admission, row in zip(settled, waiting, strict=True)
    )
    outcomes = [admission.outcome for admission in settled]
    return CollectResult(
        receipts=receipts,
        events=tuple(a.event for a in settled if a.outcome == "accepted" and a.event is not None),
        accepted=outcomes.count("accepted"),
        duplicates=outcomes.count("duplicate"),
        conflicts=outcomes.count("conflict"),
        quarantined=outcomes.count("conflict") + outcomes.count("refused"),
    )


def quarantined(
    origin: str, position: int | None, refusal: Refusal, body: Any, *, now: datetime, mapping: str = ""
) -> Quarantined:
    """Write down what has to wait, whole; its id follows from its content, so that a retry adds nothing.

    Args:
        body: Decoded JSON, or rows of a table.
        mapping: The mapping file that read it, for a row of an import.
    """
    text = write_body(body)
    key = f"{origin}\0{position}\0{text}".encode()
    return Quarantined(
        id=f"qua_{blake2b(key, digest_size=16).hexdigest()}",
        origin=origin,
        position=position,
        code=refusal.code,
        reason=str(refusal),
        body=text,
        at=now,
        mapping=mapping,
    )
