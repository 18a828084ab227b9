"""Segments in batch are the segments that live evaluation finds."""

from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa

from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment, compile_predicate, parse_predicate
from shopkeeper.core.trait import TraitType
from shopkeeper.differentiate.fold import empty_state, fold, plan_traits, values
from shopkeeper.engines.columns import events_table, lines_table
from shopkeeper.engines.segments import count_segment, segment_members
from shopkeeper.engines.traits import trait_table
from shopkeeper.testing.events import START, random_log, seeded
from shopkeeper.testing.traits import random_traits

ZONE = ZoneInfo("Europe/Vienna")
NOW = Moment(micros(START) + 20 * 86_400_000_000, ZONE)


def test_members_over_the_table_of_traits_are_those_found_live() -> None:
    traits = random_traits(seeded(8), 4)
    plan = plan_traits(traits, zone=ZONE, digits=2)
    log = random_log(seeded(9), customers=30, events=400)
    events = events_table(log, ZONE)
    con = ibis.duckdb.connect(threads=1)
    table = trait_table(
        plan,
        con.create_table("events", events),
        con.create_table("lines", lines_table(log, events)),
        moment=NOW,
        upto=400,
    )
    schema = {name: trait.type for name, trait in traits.items()}
    predicate = parse_predicate("age > 20 and (member or colour <> 'Wine')", schema, place="test")
    states = {event.customer: empty_state() for event in log}
    for event in log:
        fold(plan, states[event.customer], event)
    passes = compile_predicate(predicate)
    live = {customer for customer, state in states.items() if passes(values(plan, state, NOW), NOW) is True}
    found = segment_members(predicate, table, moment=NOW).to_pyarrow().column("customer").to_pylist()
    assert set(found) == live
    assert len(found) == len(live) > 0


def test_what_is_not_known_is_not_counted() -> None:
    table = ibis.duckdb.connect().create_table("t", pa.table({"customer": ["a", "b", "c"], "age": [30, None, 3]}))
    predicate = parse_predicate("age >= 18", {"age": TraitType.INTEGER}, place="test")
    assert count_segment(predicate, table, moment=NOW) == 1
