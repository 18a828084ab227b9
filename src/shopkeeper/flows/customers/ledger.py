"""The ledger of one customer: every word of consent that was ever said, with the wording that was shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from shopkeeper.core.consent import ConsentRecord, Said, State
from shopkeeper.core.definitions import Purpose
from shopkeeper.core.instant import from_micros
from shopkeeper.flows.customers.desk import Desk
from shopkeeper.protect.collection import end_of


class LedgerLine(msgspec.Struct, frozen=True, kw_only=True):
    """One word, as the ledger has kept it since it was said.

    seq: Of its event in the log. who: The identifier of the part that said it. via: How it came: an `event` of its own,
    `carried` by another, `gpc`, an `import`, or `staff`. grade: How well it can be shown. basis: What shop.yaml
    declared then. wording: What was shown, word for word. wording_hash: SHA-256 of it. actor: Who took it down.
    """

    seq: int
    part: str
    who: str
    purpose: str
    channel: str | None
    state: State
    captured_at: datetime
    expires_at: datetime | None
    via: str
    grade: str
    source: str
    basis: str | None
    wording: str | None
    wording_hash: str | None
    policy_version: str | None
    jurisdiction: str | None
    actor: str | None


class Kept(NamedTuple):
    """What is kept of a customer's words: by number, the texts by hash, and who the parts are."""

    records: Mapping[int, ConsentRecord]
    wordings: Mapping[str, str]
    names: Mapping[str, str]


async def read_ledger(desk: Desk, customer: str) -> Kept:
    """Read what is kept of a customer's words; what the caller may not see is masked."""
    records: Sequence[ConsentRecord] = (await desk.store.consent_records([customer])).get(customer, [])
    hashes = sorted({one.wording for one in records if one.wording is not None})
    views = await desk.store.views([customer]) if records else {}
    names = {
        part.id: f"{part.identifier.kind} {desk.shown(part.identifier.value)}"
        for view in views.values()
        for part in view.parts
        if part.identifier is not None
    }
    texts = await desk.store.wordings(hashes) if hashes else {}
    free = {one.wording for one in records if one.via == "staff"}
    shown = {key: desk.shown(text) if key in free else text for key, text in texts.items()}
    return Kept({one.seq: one for one in records}, shown, names)


async def consent_ledger(desk: Desk, customer: str) -> tuple[LedgerLine, ...]:
    """Return every word of a customer, the latest first; what staff wrote is masked from who may not see names.

    Raises: NotFound: there is no such customer, or no longer.
    """
    customer = await desk.known(customer)
    kept = await read_ledger(desk, customer)
    return tuple(_line(desk, kept, kept.records[seq]) for seq in sorted(kept.records, reverse=True))


def _line(desk: Desk, kept: Kept, record: ConsentRecord) -> LedgerLine:
    return LedgerLine(
        seq=record.seq,
        part=record.part,
        who=kept.names.get(record.part, ""),
        purpose=record.purpose,
        channel=record.channel,
        state=record.state,
        captured_at=record.captured_at,
        expires_at=record.expires_at,
        via=record.via,
        grade=record.grade,
        source=record.source,
        basis=record.basis,
        wording=kept.wordings.get(record.wording or ""),
        wording_hash=record.wording,
        policy_version=record.policy_version,
        jurisdiction=record.jurisdiction,
        actor=None if record.actor is None else desk.shown(record.actor),
    )


def ends_at(word: Said, purpose: Purpose) -> datetime | None:
    """Return when a word ends: as was said, or as shop.yaml has it now, whichever comes first."""
    if not word.given:
        return None
    said = None if word.expires_at is None else from_micros(word.expires_at)
    declared = end_of(purpose, from_micros(word.at))
    return min((end for end in (said, declared) if end is not None), default=None)
