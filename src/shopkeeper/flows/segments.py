"""Segments over everybody: counted in batch, and brought into the record in one go."""

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import NotFound, nearest
from shopkeeper.core.instant import local_day, micros, start_of_day
from shopkeeper.core.money import digits
from shopkeeper.core.predicate import Moment, Predicate, parse_predicate, sentence
from shopkeeper.core.profile import Membership
from shopkeeper.core.store import Store
from shopkeeper.differentiate.fold import plan_traits

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from shopkeeper.engines.batch import Batch

BATCH = 10_000


class SegmentCount(msgspec.Struct, frozen=True, kw_only=True):
    """One segment: its predicate, the same in words, and how many customers are in it now."""

    name: str
    where: str
    sentence: str
    customers: int


async def count_segments(batch: "Batch", definitions: Definitions, *, now: datetime) -> list[SegmentCount]:
    """Count every segment over the lake."""
    predicates = _predicates(definitions)
    found = await asyncio.to_thread(_counted, batch, definitions, predicates, now)
    return [_count(predicate, name, found[name]) for name, predicate in predicates.items()]


async def count_where(batch: "Batch", definitions: Definitions, where: str, *, now: datetime) -> SegmentCount:
    """Count the customers whom a predicate holds for, before it has a name. Raises: BadInput: it cannot be read."""
    schema = {name: trait.type for name, trait in definitions.traits.items() if not trait.personal}
    predicate = parse_predicate(where, schema, place="where", digits=digits(definitions.shop.currency))
    found = await asyncio.to_thread(_counted, batch, definitions, {"": predicate}, now)
    return _count(predicate, "", found[""])


async def segment_customers(batch: "Batch", definitions: Definitions, name: str, *, now: datetime) -> list[str]:
    """Return who is in one segment now, by customer id. Raises: NotFound: there is no such segment."""
    if name not in definitions.segments:
        raise NotFound(f"segment: there is no {name!r}{nearest(name, definitions.segments)}")
    only = definitions._replace(segments={name: definitions.segments[name]})
    return (await asyncio.to_thread(_listed, batch, only, _predicates(only), now))[name]


async def refresh_memberships(store: Store, batch: "Batch", definitions: Definitions, *, now: datetime) -> int:
    """Bring the record of who is in which segment up to the lake; return how many memberships changed.

    This is how history that was imported gets into the record: nobody enters or leaves by it, so no `Segment Entered`
    is logged. While the shop is served, entries and exits are recorded as they happen; those recorded here are looked
    at again when the next local day begins, and so is everybody else where time alone may let them in.
    """
    predicates = _predicates(definitions)
    found = await asyncio.to_thread(_listed, batch, definitions, predicates, now)
    zone = definitions.shop.zone
    at, changed = micros(now), 0
    tomorrow = micros(start_of_day(local_day(now, zone) + timedelta(days=1), zone))
    everybody = await _customers(store)
    sooner = await store.due_memberships(tomorrow, limit=len(everybody) * len(found) + 1)
    watched = {(one.customer, one.segment) for one in sooner if one.since is None}
    for name, members in found.items():
        before = {member.customer for member in await store.members(name)}
        entered = [Membership(customer, name, at, tomorrow) for customer in members if customer not in before]
        left = [(customer, name) for customer in sorted(before.difference(members))]
        changed += len(entered) + len(left)
        if _moves(predicates[name], definitions):
            outside = sorted(everybody.difference(members))
            entered += [Membership(who, name, None, tomorrow) for who in outside if (who, name) not in watched]
        for start in range(0, max(len(entered), len(left)), BATCH):
            span = slice(start, start + BATCH)
            await store.change_memberships(entered=entered[span], left=left[span])
    return changed


async def _customers(store: Store) -> set[str]:
    found: set[str] = set()
    last = ""
    while page := await store.list_customers(after=last, limit=BATCH):
        found.update(page)
        last = page[-1]
    return found


def _moves(predicate: Predicate, definitions: Definitions) -> bool:
    """Say whether time alone can let somebody in: now() moves on, and windows lose what happened long ago."""
    computed = [definitions.traits[name].computed for name in predicate.reads]
    return bool(predicate.clocks) or any(how is not None and how.window is not None for how in computed)


def _predicates(definitions: Definitions) -> dict[str, Predicate]:
    schema = {name: trait.type for name, trait in definitions.traits.items() if not trait.personal}
    places = digits(definitions.shop.currency)
    return {
        name: parse_predicate(one.where, schema, place=f"segments.yaml: {name}.where", digits=places)
        for name, one in definitions.segments.items()
    }


def _listed(
    batch: "Batch", definitions: Definitions, predicates: dict[str, Predicate], now: datetime
) -> dict[str, list[str]]:
    from shopkeeper.engines.segments import segment_members

    moment = Moment(micros(now), definitions.shop.zone)
    traits = _traits(batch, definitions, predicates, moment)
    return {
        name: sorted(segment_members(predicate, traits, moment=moment).to_pyarrow()["customer"].to_pylist())
        for name, predicate in predicates.items()
    }


def _counted(
    batch: "Batch", definitions: Definitions, predicates: dict[str, Predicate], now: datetime
) -> dict[str, int]:
    from shopkeeper.engines.segments import count_segment

    moment = Moment(micros(now), definitions.shop.zone)
    traits = _traits(batch, definitions, predicates, moment)
    return {name: count_segment(predicate, traits, moment=moment) for name, predicate in predicates.items()}


def _traits(batch: "Batch", definitions: Definitions, predicates: dict[str, Predicate], moment: Moment) -> "Table":
    """Compute the traits that some predicates read, once for all of them."""
    import ibis

    from shopkeeper.engines.traits import trait_table

    read = frozenset().union(*(predicate.reads for predicate in predicates.values()))
    wanted = {name: trait for name, trait in definitions.traits.items() if name in read}
    plan = plan_traits(wanted, zone=definitions.shop.zone, digits=digits(definitions.shop.currency))
    upto = batch.lake.upto()
    table = trait_table(plan, batch.events(upto), batch.lines(upto), moment=moment, upto=upto)
    return ibis.memtable(table.filter(table.customer != "").to_pyarrow())


def _count(predicate: Predicate, name: str, customers: int) -> SegmentCount:
    return SegmentCount(name=name, where=predicate.text, sentence=sentence(predicate), customers=customers)
