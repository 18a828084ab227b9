"""Segments over everybody: counted in batch, and brought into the record in one go."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import Conflict, NotFound, nearest
from shopkeeper.core.instant import local_day, micros, start_of_day
from shopkeeper.core.money import digits
from shopkeeper.core.predicate import Predicate, parse_predicate, sentence
from shopkeeper.core.profile import ANYWHERE, RECORDINGS, Membership
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Segment
from shopkeeper.flows.crowd import People, make_people
from shopkeeper.flows.rules.check import moves_by_time

if TYPE_CHECKING:
    from shopkeeper.engines.batch import Batch

BATCH = 10_000


class SegmentCount(msgspec.Struct, frozen=True, kw_only=True):
    """One segment: its predicate, the same in words, and how many customers are in it now."""

    name: str
    where: str
    sentence: str
    customers: int


async def count_segments(
    store: Store, batch: "Batch", definitions: Definitions, *, now: datetime
) -> list[SegmentCount]:
    """Count every segment over the lake."""
    predicates = segment_predicates(definitions)
    found, _ = await _members(store, batch, definitions, predicates, now=now)
    return [_count(predicate, name, len(found[name])) for name, predicate in predicates.items()]


async def count_where(
    store: Store, batch: "Batch", definitions: Definitions, where: str, *, now: datetime
) -> SegmentCount:
    """Count the customers whom a predicate holds for, before it has a name. Raises: BadInput: it cannot be read."""
    schema = {name: trait.type for name, trait in definitions.traits.items() if not trait.personal}
    predicate = parse_predicate(where, schema, place="where", digits=digits(definitions.shop.currency))
    found, _ = await _members(store, batch, definitions, {"": predicate}, now=now)
    return _count(predicate, "", len(found[""]))


async def segment_customers(
    store: Store, batch: "Batch", definitions: Definitions, name: str, *, now: datetime
) -> list[str]:
    """Return who is in one segment now, by customer id. Raises: NotFound: there is no such segment."""
    named_segment(definitions, name)
    predicates = {name: segment_predicates(definitions)[name]}
    found, _ = await _members(store, batch, definitions, predicates, now=now)
    return found[name]


def named_segment(definitions: Definitions, name: str) -> Segment:
    """Return a segment's definition. Raises: NotFound: there is none of that name."""
    if name not in definitions.segments:
        raise NotFound(f"segment: there is no {name[:60]!r}{nearest(name, definitions.segments)}")
    return definitions.segments[name]


async def refresh_memberships(store: Store, batch: "Batch", definitions: Definitions, *, now: datetime) -> int:
    """Bring the record of who is in which segment up to the lake; return how many memberships changed.

    This is how history that was imported gets into the record, see `record_members`.
    """
    predicates = segment_predicates(definitions)
    found, upto = await _members(store, batch, definitions, predicates, now=now)
    changed = 0
    async with _counted(store):
        for name, members in found.items():
            changed += len(await _record(store, definitions, name, members, upto=upto, now=now))
    return changed


async def record_members(
    store: Store,
    definitions: Definitions,
    name: str,
    members: Collection[str],
    *,
    upto: int,
    now: datetime,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> set[str]:
    """Record who is in a segment, and return the customers for whom that is new.

    Nobody enters or leaves by it, so no `Segment Entered` is logged. While the shop is served, entries and exits are
    recorded as they happen; those recorded here are looked at again when the next local day begins, and so is everybody
    else where time alone may let them in. Of whom the log tells more by now is left as whoever follows it saw them.

    Args:
        name: A segment that is no longer defined has no members.
        upto: The log position up to which events are counted in.
        told: Called with how many rows are written, and of how many.
    """
    async with _counted(store):
        return await _record(store, definitions, name, members, upto=upto, now=now, told=told)


async def _record(
    store: Store,
    definitions: Definitions,
    name: str,
    members: Collection[str],
    *,
    upto: int,
    now: datetime,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> set[str]:
    zone = definitions.shop.zone
    at = micros(now)
    tomorrow = micros(start_of_day(local_day(now, zone) + timedelta(days=1), zone))
    before = {member.customer for member in await store.members(name)}
    inside = set(members)
    entered = [Membership(customer, name, at, tomorrow) for customer in sorted(inside - before)]
    left = [(customer, name) for customer in sorted(before - inside)]
    moved = {one.customer for one in entered} | {customer for customer, _ in left}
    if name in definitions.segments and moves_by_time(segment_predicates(definitions)[name], definitions):
        everybody = await _customers(store)
        sooner = await store.due_memberships(tomorrow, limit=len(everybody) * len(definitions.segments) + 1)
        watched = {one.customer for one in sooner if one.since is None and one.segment in {name, ANYWHERE}}
        entered += [Membership(who, name, None, tomorrow) for who in sorted(everybody - inside) if who not in watched]
    most = max(len(entered), len(left))
    for start in range(0, most, BATCH):
        span = slice(start, start + BATCH)
        moved -= await store.record_memberships(entered=entered[span], left=left[span], upto=upto)
        told(min(start + BATCH, most), most)
    return moved


@asynccontextmanager
async def _counted(store: Store) -> AsyncIterator[None]:
    """Let every process that follows customers know at the end that what it holds of their memberships may be old.

    Once for all that is recorded, since each of them reads again then; broken off, too, for some of it is written.
    """
    try:
        yield
    finally:
        counted = False
        while not counted:
            before = await store.cursor(RECORDINGS)
            with suppress(Conflict):
                await store.advance(RECORDINGS, expected=before, to=before + 1)
                counted = True


async def _customers(store: Store) -> set[str]:
    found: set[str] = set()
    last = ""
    while page := await store.list_customers(after=last, limit=BATCH):
        found.update(page)
        last = page[-1]
    return found


def segment_predicates(definitions: Definitions) -> dict[str, Predicate]:
    """Return what each segment asks, by name."""
    schema = {name: trait.type for name, trait in definitions.traits.items() if not trait.personal}
    places = digits(definitions.shop.currency)
    return {
        name: parse_predicate(one.where, schema, place=f"segments.yaml: {name}.where", digits=places)
        for name, one in definitions.segments.items()
    }


async def _members(
    store: Store, batch: "Batch", definitions: Definitions, predicates: dict[str, Predicate], *, now: datetime
) -> tuple[dict[str, list[str]], int]:
    """Return whom each predicate holds for, and as of which log position; what they read is computed once."""
    read = frozenset[str]().union(*(predicate.reads for predicate in predicates.values()))
    people = await make_people(store, batch, definitions, now=now, only=read)
    try:
        return await asyncio.to_thread(_listed, people, predicates), people.upto
    finally:
        await asyncio.to_thread(people.table.close)


def _listed(people: People, predicates: dict[str, Predicate]) -> dict[str, list[str]]:
    from shopkeeper.engines.crowd import members

    return {name: members(people.table, one, moment=people.moment) for name, one in predicates.items()}


def _count(predicate: Predicate, name: str, customers: int) -> SegmentCount:
    return SegmentCount(name=name, where=predicate.text, sentence=sentence(predicate), customers=customers)
