"""Live equals batch: the fold of each customer's events against the table of everybody's, on DuckDB."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.event import Event
from shopkeeper.core.instant import local_day, micros
from shopkeeper.core.predicate import Moment
from shopkeeper.core.trait import Trait, Value
from shopkeeper.differentiate.fold import TraitPlan, decode_state, empty_state, encode_state, fold, plan_traits, values
from shopkeeper.engines.traits import trait_table
from shopkeeper.testing.events import START, random_log
from shopkeeper.testing.traits import describe, random_traits

ZONE = ZoneInfo("Europe/Vienna")
LINE = ("product_id", "quantity", "amount", "cost", "discount", "coupon", "category", "department", "brand")


def lake(log: Sequence[Event]) -> tuple[ibis.Table, ibis.Table]:
    con = ibis.duckdb.connect()
    con.raw_sql("SET threads = 1")

    def shared(event: Event) -> dict[str, object]:
        return {
            "seq": event.seq,
            "name": event.name,
            "customer": event.customer,
            "at_us": micros(event.at),
            "local_day": local_day(event.at, ZONE).toordinal() - 719_163,
            "place": event.place,
            "order_id": event.order_id,
        }

    base = [("seq", "int64"), ("name", "string"), ("customer", "string"), ("at_us", "int64"), ("local_day", "int32")]
    base += [("place", "string"), ("order_id", "string")]
    maps = [("texts", pa.string()), ("numbers", pa.int64()), ("money", pa.int64()), ("flags", pa.bool_())]
    of_line = [(name, "string" if name not in {"quantity", "amount", "cost", "discount"} else "int64") for name in LINE]
    rows = [shared(e) | {name: list(getattr(e, name).items()) for name, _ in maps} for e in log]
    events = pa.Table.from_pylist(rows, pa.schema([*base, *((n, pa.map_(pa.string(), t)) for n, t in maps)]))
    rows = [
        shared(e) | {"position": i} | {name: getattr(line, name) for name in LINE}
        for e in log
        for i, line in enumerate(e.lines)
    ]
    lines = pa.Table.from_pylist(rows, pa.schema([*base, ("position", "int32"), *of_line]))
    return con.create_table("events", events), con.create_table("lines", lines)


def batch(plan: TraitPlan, log: Sequence[Event], moment: Moment, upto: int) -> dict[str, dict[str, Value]]:
    rows = trait_table(plan, *lake(log), moment=moment, upto=upto).to_pyarrow().to_pylist()
    found = {}
    for row in rows:
        customer = row.pop("customer")
        found[customer] = {n: tuple(v) if isinstance(v, list) else v for n, v in row.items()}
    return found


def live(plan: TraitPlan, log: Sequence[Event], moment: Moment, upto: int) -> dict[str, dict[str, Value]]:
    states = {}
    for event in log[:upto]:
        state = states.setdefault(event.customer, empty_state())
        fold(plan, state, event)
        if event.seq % 3 == 0:
            values(plan, state, Moment(micros(event.at), ZONE))
        if event.seq % 17 == 0:
            states[event.customer] = decode_state(encode_state(state))
    return {customer: values(plan, state, moment) for customer, state in states.items()}


def differences(found: Mapping[str, Mapping[str, Value]], expected: Mapping[str, Mapping[str, Value]]) -> list[str]:
    assert set(found) == set(expected)
    return [
        f"{customer}.{name}: live {value!r}, batch {expected[customer][name]!r}"
        for customer, one in found.items()
        for name, value in one.items()
        if (value, type(value)) != (expected[customer][name], type(expected[customer][name]))
    ]


def compare(traits: Mapping[str, Trait], log: Sequence[Event], *, day: float, upto: int) -> list[str]:
    plan = plan_traits(traits, zone=ZONE, digits=2)
    moment = Moment(micros(START + timedelta(days=day)), ZONE)
    return differences(live(plan, log, moment, upto), batch(plan, log, moment, upto))


@settings(deadline=None, max_examples=4)
@given(rng=st.randoms(use_true_random=True), day=st.floats(0, 40), cut=st.floats(0.5, 1))
def test_fold_and_table_agree_on_every_trait(rng: Random, day: float, cut: float) -> None:
    traits, log = random_traits(rng, 40), random_log(rng, customers=40, events=1200)
    found = compare(traits, log, day=day, upto=int(len(log) * cut))
    assert not found, "\n".join(found[:5]) + "\n" + describe(traits)
