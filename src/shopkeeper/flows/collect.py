"""Collecting: wire events in, a receipt for each; what cannot be taken waits in quarantine, whole.

accepted + duplicates + quarantined + discarded = events offered, always; all of it is written in one commit.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.intake import HELD_BACK, Entry, Offering
from shopkeeper.core.item import Item
from shopkeeper.core.quarantine import Quarantined, write_body
from shopkeeper.core.store import Store
from shopkeeper.flows.contracts.contracts import Contracts
from shopkeeper.flows.door.admission import Admission, Outcome, admission, arrival
from shopkeeper.flows.door.canonical import Draft, canonical, named_items
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.door.refusing import withdrawals
from shopkeeper.protect.collection import may_keep, preferences_of


class Taken(NamedTuple):
    """What became of one offered event.

    outcome: `refused` and `conflict` wait in quarantine under `waits_as`, with `code` and `reason`; `discarded` may not
    be kept, and is gone. seq: Of the event that the log holds under its id, 0 if none. customer: Whose it is, if that
    is known.
    """

    outcome: Outcome
    seq: int
    customer: str | None
    code: str | None = None
    reason: str | None = None
    waits_as: str | None = None


class CollectResult(NamedTuple):
    """Receipts in the order offered, and how many of each outcome there are.

    quarantined: All that wait, conflicts (same id, another body; the first was kept) included.
    """

    receipts: tuple[Taken, ...]
    accepted: int
    duplicates: int
    conflicts: int
    quarantined: int
    discarded: int = 0


async def collect(
    store: Store,
    definitions: Definitions,
    incoming: Sequence[Any],
    *,
    origin: Origin,
    now: datetime,
    contracts: Contracts | None = None,
    waiting: Sequence[Quarantined] = (),
    items: Mapping[str, Item] | None = None,
) -> CollectResult:
    """Take wire events into the log.

    Args:
        incoming: Decoded JSON, each `{type, userId, event, properties, …}`; see `door.canonical`.
        items: The catalogue, where it is at hand; None: what the events name is looked up.
        contracts: What checks events and learns from those that are taken.
        waiting: What has to wait whatever it says, such as a body that nobody could read.

    Raises: StoreError: nothing was taken; offer all again.
    """
    if items is None:
        items = await store.find_items(sorted(named_items(incoming)))
    read = _read_all(incoming, definitions, items, origin=origin, now=now, contracts=contracts)
    kept = {
        i: quarantined(origin.source, None, draft, incoming[i], now=now)
        for i, draft in enumerate(read)
        if isinstance(draft, Refusal)
    }
    arrivals = [
        arrival(draft, wait_as=partial(_waits, origin.source, incoming[i], now))
        for i, draft in enumerate(read)
        if isinstance(draft, Draft)
    ]
    refused = Counter(origin.source for draft in read if draft is None)
    if refused:
        gone = [incoming[i] for i, draft in enumerate(read) if draft is None]
        arrivals += await withdrawals(store, definitions, gone, origin=origin, now=now)
    offering = Offering(arrivals, definitions.shop.limits, now, [*kept.values(), *waiting], refused)
    entries = iter(await store.admit(offering))
    receipts = []
    for i, draft in enumerate(read):
        if isinstance(draft, Draft):
            entry = next(entries)
            receipts.append(_taken(entry))
            if entry.outcome == "accepted" and contracts is not None:
                contracts.learn(incoming[i], origin.source, now=now)
        elif draft is None:
            receipts.append(Taken("discarded", 0, None))
        else:
            receipts.append(Taken("refused", 0, None, draft.code, str(draft), kept[i].id))
    return _result(receipts)


async def offer_again(
    store: Store,
    definitions: Definitions,
    row: Quarantined,
    body: Any,
    *,
    origin: Origin,
    now: datetime,
    contracts: Contracts | None = None,
) -> Admission:
    """Offer an event that waits once more; what goes in, or is in already, is marked so in the same commit."""
    items = await store.find_items(sorted(named_items([body])))
    (draft,) = _read_all([body], definitions, items, origin=origin, now=now, contracts=contracts)
    if not isinstance(draft, Draft):
        reason = Refusal("no_consent", "the event may not be kept: it carries no consent to be collected")
        return Admission("refused", None, 0, reason if draft is None else draft)
    offering = Offering([arrival(draft, settles=row.id)], definitions.shop.limits, now)
    (entry,) = await store.admit(offering)
    if contracts is not None and entry.outcome == "accepted":
        contracts.learn(body, origin.source, now=now)
    return admission(draft.event, entry)


def _read_all(
    incoming: Sequence[Any],
    definitions: Definitions,
    items: Mapping[str, Item],
    *,
    origin: Origin,
    now: datetime,
    contracts: Contracts | None,
) -> list[Draft | Refusal | None]:
    """Read wire events; None where one may not be kept."""

    def read(wire: Any) -> Draft | Refusal | None:
        context = wire.get("context") if isinstance(wire, dict) else None
        if not may_keep(origin.basis, origin.category, preferences_of(context)):
            return None
        broken = None if contracts is None else contracts.check(wire, origin.source)
        if broken is not None:
            return broken
        try:
            return canonical(wire, definitions, items, origin=origin, now=now)
        except Refusal as refusal:
            return refusal

    return [read(wire) for wire in incoming]


def _waits(source: str, wire: Any, now: datetime, code: str, reason: str) -> Quarantined:
    return quarantined(source, None, Refusal(code, reason), wire, now=now)


def _taken(entry: Entry) -> Taken:
    code, reason = HELD_BACK.get(entry.outcome, (None, None))
    outcome = "refused" if entry.outcome == "waits" else entry.outcome
    return Taken(outcome, entry.seq, entry.customer or None, code, reason, entry.waits_as)


def _result(receipts: Sequence[Taken]) -> CollectResult:
    outcomes = Counter(receipt.outcome for receipt in receipts)
    return CollectResult(
        receipts=tuple(receipts),
        accepted=outcomes["accepted"],
        duplicates=outcomes["duplicate"],
        conflicts=outcomes["conflict"],
        quarantined=outcomes["conflict"] + outcomes["refused"],
        discarded=outcomes["discarded"],
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
