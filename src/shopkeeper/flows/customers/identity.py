"""Who a customer is: their parts, what joins them and why, what was only claimed, and what was cut apart."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

import msgspec

from shopkeeper.core.identity import Link, PartRecord, View
from shopkeeper.core.source import EventSource
from shopkeeper.flows.customers.desk import Desk
from shopkeeper.flows.customers.find import IdentifierLine

MOST_CLAIMS: Final = 50
LinkState = Literal["joins", "claimed", "cut"]


class PartLine(msgspec.Struct, frozen=True, kw_only=True):
    """One part: an identifier and what it brought.

    label: The identifier in a few characters. identifier: None where it was lost; its value is `•••` for who may not
    see it. customer: Whose part it is now; None: nobody's yet, since it was only ever claimed. events: Those that
    sources sent under the identifier. refused: With how many others an event named it, though they may not be joined.
    """

    part: str
    label: str
    identifier: IdentifierLine | None
    customer: str | None
    events: int
    first_at: datetime | None
    last_at: datetime | None
    words: str
    refused: int


class LinkLine(msgspec.Struct, frozen=True, kw_only=True):
    """One link between two parts, a < b.

    reason: Why, in a sentence. seq: Of the event that says so. by, cut_by: Who of the shop; `•••` for who may not see.
    """

    a: str
    b: str
    state: LinkState
    reason: str
    seq: int
    at: datetime
    by: str | None
    cut_at: datetime | None
    cut_by: str | None


class CustomerIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's parts and links.

    parts: The customer's own first, which gave the customer its id. elsewhere: Parts of others, to which a claim or a
    cut leads; of the claims, the latest fifty. words: The same in a sentence.
    """

    customer: str
    words: str
    masked: bool
    parts: tuple[PartLine, ...]
    elsewhere: tuple[PartLine, ...]
    links: tuple[LinkLine, ...]


class _Facts(NamedTuple):
    """What sentences are written from."""

    desk: Desk
    records: Mapping[str, PartRecord]
    whose: Mapping[str, str]
    refused: Mapping[str, int]
    sources: Mapping[str, EventSource]


async def customer_identity(desk: Desk, customer: str) -> CustomerIdentity:
    """Tell who a customer is. Raises: NotFound: there is no such customer, or no longer."""
    customer = await desk.known(customer)
    view = (await desk.store.views([customer]))[customer]
    links = [*await _telling(desk, view), *await desk.store.claims(customer, limit=MOST_CLAIMS)]
    own = [part.id for part in view.parts]
    away = sorted({part for link in links for part in (link.a, link.b)} - set(own))
    facts = await _facts(desk, [*own, *away])
    parts = tuple(_part(facts, part) for part in own)
    return CustomerIdentity(
        customer=customer,
        words=_words(parts, links),
        masked=not desk.personal,
        parts=parts,
        elsewhere=tuple(_part(facts, part) for part in away),
        links=tuple(_link(facts, link) for link in links),
    )


async def _telling(desk: Desk, view: View) -> list[Link]:
    """Return a customer's links; of those that keep many parts apart, one to each other that no cut link leads to."""
    told = [link for link in view.links if link.kind != "apart"]
    apart = [link for link in view.links if link.kind == "apart"]
    if not apart:
        return told
    whose = await desk.store.current(sorted({part for link in view.links for part in (link.a, link.b)}))
    seen = {whose.get(part) for link in told for part in (link.a, link.b)} | {view.customer}
    for link in apart:
        others = {whose.get(link.a), whose.get(link.b)} - seen
        if others:
            told.append(link)
            seen |= others
    return told


async def _facts(desk: Desk, parts: Sequence[str]) -> _Facts:
    store = desk.store
    return _Facts(
        desk,
        await store.part_records(parts),
        await store.current(parts),
        await store.refusals(parts),
        {source.name: source for source in await store.sources()},
    )


def label_of(desk: Desk, record: PartRecord | None) -> str:
    """Say in a few characters which part is meant."""
    if record is None or record.identifier is None:
        return "no identifier left"
    return f"{record.identifier.kind} {desk.shown(record.identifier.value)}"


def _part(facts: _Facts, part: str) -> PartLine:
    record = facts.records.get(part)
    name = None if record is None else record.identifier
    shown = None if name is None else IdentifierLine(kind=name.kind, value=facts.desk.shown(name.value))
    return PartLine(
        part=part,
        label=label_of(facts.desk, record),
        identifier=shown,
        customer=facts.whose.get(part),
        events=0 if record is None else record.events,
        first_at=None if record is None else record.first_at,
        last_at=None if record is None else record.last_at,
        words=_brought(record),
        refused=facts.refused.get(part, 0),
    )


def _brought(record: PartRecord | None) -> str:
    if record is None or not record.events:
        return "Only claimed so far" if record is not None and record.claimed else "Brought no event"
    return f"Brought {record.events:,} event{'' if record.events == 1 else 's'}"


def _link(facts: _Facts, link: Link) -> LinkLine:
    state: LinkState = "cut" if link.cut_seq is not None else "claimed" if link.kind == "claimed" else "joins"
    return LinkLine(
        a=link.a,
        b=link.b,
        state=state,
        reason=_reason(facts, link),
        seq=link.seq,
        at=link.at,
        by=_who(facts, link.by),
        cut_at=link.cut_at,
        cut_by=_who(facts, link.cut_by),
    )


def _who(facts: _Facts, name: str | None) -> str | None:
    return None if name is None else facts.desk.shown(name)


def _reason(facts: _Facts, link: Link) -> str:
    by = f"{facts.desk.shown(link.cut_by)} of the shop" if link.cut_by else "somebody of the shop"
    if link.kind == "apart":
        return f"They were on the two sides when {by} cut a customer apart: no event joins them again."
    if link.kind == "shared":
        return (
            f"One browser: an event of {link.source} proved that a second person uses it. What it brought before stays "
            "with the first; no event joins what it brings since to anybody."
        )
    if link.kind == "staff":
        said = f"{facts.desk.shown(link.by or 'Somebody')} of the shop joined them."
    else:
        kinds = sorted({_kind(facts, link.a), _kind(facts, link.b)})
        both = f"both {kinds[0]} and {kinds[1]}" if len(kinds) == 2 else f"two of {kinds[0]}"
        said = _told(facts, link, both)
    if link.cut_seq is None:
        return said
    return f"{said} Cut apart since by {by}: no event joins them again."


def _told(facts: _Facts, link: Link, both: str) -> str:
    if link.kind == "claimed":
        return f"Claimed by a browser of {link.source}, which named {both}; not proven: it joins nothing."
    source = facts.sources.get(link.source)
    signed = ", signed by the shop" if source is not None and source.kind == "browser" else ""
    return f"An event of {link.source} carried {both}{signed}."


def _kind(facts: _Facts, part: str) -> str:
    record = facts.records.get(part)
    return "an identifier" if record is None or record.identifier is None else record.identifier.kind


def _words(parts: Sequence[PartLine], links: Sequence[Link]) -> str:
    joining = sum(link.joins for link in links)
    claimed = sum(link.kind == "claimed" for link in links)
    if len(parts) == 1:
        said = "Known by one identifier."
    else:
        said = f"Known by {len(parts)} identifiers, which {_count(joining, 'link')} make{'s' * (joining == 1)} one."
    return f"{said} {_count(claimed, 'claim')} {'is' if claimed == 1 else 'are'} not proven." if claimed else said


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
