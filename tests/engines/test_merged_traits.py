"""Live equals batch where parts are joined and taken apart again, with the identities as of the log position."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import ibis
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.definitions import Definitions, Shop
from shopkeeper.core.event import Event
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Trait, Value
from shopkeeper.differentiate.fold import TraitPlan, decode_state, empty_state, encode_state, fold, plan_traits, values
from shopkeeper.engines.batch import Batch, by_customer
from shopkeeper.engines.columns import events_table, lines_table
from shopkeeper.engines.lake import Lake
from shopkeeper.engines.traits import trait_table
from shopkeeper.flows.lake import flush
from shopkeeper.flows.profiles import Profiles
from shopkeeper.testing.arrivals import arrive
from shopkeeper.testing.events import (
    START,
    corrected_elsewhere,
    merged_by,
    random_joinings,
    random_log,
    seeded,
)
from shopkeeper.testing.traits import describe, random_traits

ZONE = ZoneInfo("Europe/Vienna")
LIMITS = {"user_id": 100}
Answers = dict[str, dict[str, Value]]


def at_day(day: float) -> Moment:
    return Moment(micros(START + timedelta(days=day)), ZONE)


def live(plan: TraitPlan, log: Sequence[Event], merged: Mapping[str, str], moment: Moment) -> Answers:
    states = {}
    for event in log:
        customer = merged.get(event.customer, event.customer)
        state = states.setdefault(customer, empty_state())
        fold(plan, state, event)
        if event.seq % 17 == 0:
            states[customer] = decode_state(encode_state(state))
    return {customer: values(plan, state, moment) for customer, state in states.items()}


def in_batch(
    plan: TraitPlan, tables: tuple[ibis.Table, ibis.Table], merged: Mapping[str, str], moment: Moment, upto: int
) -> Answers:
    events, lines = (by_customer(table, merged) for table in tables)
    found = {}
    for row in trait_table(plan, events, lines, moment=moment, upto=upto).to_pyarrow().to_pylist():
        customer = row.pop("customer")
        found[customer] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return found


def differences(found: Answers, expected: Answers) -> list[str]:
    return [
        f"{customer}.{name}: live {value!r}, batch {expected.get(customer, {}).get(name)!r}"
        for customer, one in found.items()
        for name, value in one.items()
        if value != expected.get(customer, {}).get(name)
    ] + sorted(expected.keys() - found.keys())


def tables_of(log: Sequence[Event]) -> tuple[ibis.Table, ibis.Table]:
    con = ibis.duckdb.connect(threads=1)
    events = events_table(log, ZONE)
    return con.create_table("events", events), con.create_table("lines", lines_table(log, events))


@settings(deadline=None, max_examples=2)
@given(rng=st.randoms(use_true_random=True), day=st.floats(0, 40), cut=st.floats(0.3, 1))
def test_fold_and_table_agree_on_every_trait_of_the_merged(rng: Random, day: float, cut: float) -> None:
    traits = random_traits(rng, 12)
    plan = plan_traits(traits, zone=ZONE, digits=2)
    log = corrected_elsewhere(rng, random_log(rng, customers=30, events=800), 30)
    upto = int(len(log) * cut)
    merged = merged_by(random_joinings(rng, 30, events=len(log), n=25), upto)
    batch = in_batch(plan, tables_of(log), merged, at_day(day), upto)
    found = differences(live(plan, log[:upto], merged, at_day(day)), batch)
    assert not found, "\n".join(found[:5]) + "\n" + describe(traits)


class Told(msgspec.Struct):
    """A log that a store holds, flushed to a lake while its parts were joined and taken apart."""

    traits: dict[str, Trait]
    profiles: Profiles
    merges: int = 0
    cuts: int = 0


async def tell(store: Store, lake: Lake, rng: Random) -> Told:
    """Write a log by pieces; after each, look at somebody, join or cut, and sometimes flush."""
    traits = random_traits(rng, 8)
    shop = Shop(name="t", currency="EUR", time_zone=ZONE.key, identifiers={}, purposes={})
    profiles = Profiles(store, Definitions("1", shop, traits, {}, {}, {}, {}))
    ids = sorted((await arrive(store, [Identifier("user_id", f"u{n}") for n in range(12)], now=START)).values())
    log = corrected_elsewhere(rng, random_log(rng, customers=12, events=240), 12)
    told = Told(traits, profiles)
    for start in range(0, len(log), 20):
        piece = [msgspec.structs.replace(event, customer=ids[int(event.customer[1:])]) for event in log[start:][:20]]
        await store.append(piece)
        standing = await store.list_customers()
        await profiles.catch_up(rng.sample(standing, 2))
        await change(store, rng, standing, told)
        if rng.random() < 0.5:
            await flush(lake, store)
    await flush(lake, store)
    return told


async def change(store: Store, rng: Random, standing: list[str], told: Told) -> None:
    views = await store.views(standing)
    joined = [views[who] for who in standing if len(views[who].parts) > 1]
    if joined and rng.random() < 0.5:
        view = rng.choice(joined)
        leaving = rng.sample([part.id for part in view.parts], rng.randrange(1, len(view.parts)))
        await store.unmerge(view.customer, leaving, by="anna", now=START)
        told.cuts += 1
    else:
        await store.merge(*rng.sample(standing, 2), limits=LIMITS, by="anna", now=START)
        told.merges += 1


async def live_of(store: Store, told: Told, moment: Moment) -> Answers:
    profiles = await told.profiles.catch_up(await store.list_customers())
    found = {who: told.profiles.values(profile, moment) for who, profile in profiles.items() if profile.seq}
    return {who: {name: value for name, value in one.items() if name in told.traits} for who, one in found.items()}


def lake_says(told: Told, batch: Batch, merged: Mapping[str, str], moment: Moment) -> Answers:
    tables = batch.events({}), batch.lines({})
    return in_batch(told.profiles.plan, tables, merged, moment, batch.lake.upto())


async def test_a_lake_of_parts_says_what_the_live_profiles_say(store: Store, lake: Lake) -> None:
    lake.zone = ZONE
    told = await tell(store, lake, seeded(2))
    batch, merged = Batch(lake, threads=1), await store.merged_parts()
    assert merged and told.cuts >= 2 and told.merges >= 2
    batched = lake_says(told, batch, merged, at_day(20))
    assert not differences(await live_of(store, told, at_day(20)), batched)
    assert batch.events(merged).customer.nunique().execute() == len(batched)
    batch.close()


async def test_a_batch_that_forgets_who_was_merged_is_caught(shelf: Store, lake: Lake) -> None:
    lake.zone = ZONE
    told = await tell(shelf, lake, seeded(2))
    batch = Batch(lake, threads=1)
    assert differences(await live_of(shelf, told, at_day(20)), lake_says(told, batch, {}, at_day(20)))
    batch.close()


async def test_a_lake_that_holds_whose_events_were_then_is_caught(
    shelf: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(events: Sequence[Event], zone: ZoneInfo) -> object:
        return events_table([msgspec.structs.replace(event, part="") for event in events], zone)

    lake.zone = ZONE
    monkeypatch.setattr("shopkeeper.engines.lake.events_table", careless)
    told = await tell(shelf, lake, seeded(2))
    batch, merged = Batch(lake, threads=1), await shelf.merged_parts()
    assert differences(await live_of(shelf, told, at_day(20)), lake_says(told, batch, merged, at_day(20)))
    batch.close()
