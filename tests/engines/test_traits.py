"""Live equals batch: the fold of each customer's events against the table of everybody's, on DuckDB."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import ibis
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.config import Config

from shopkeeper.core.event import ORDER_REFUNDED, SCALE, Event
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Computed, Trait, TraitType, Value, Window
from shopkeeper.differentiate import cells, readings
from shopkeeper.differentiate import fold as folding
from shopkeeper.differentiate.fold import TraitPlan, decode_state, empty_state, encode_state, fold, plan_traits, values
from shopkeeper.engines.batch import Batch
from shopkeeper.engines.columns import events_table, lines_table
from shopkeeper.engines.lake import Lake
from shopkeeper.engines.traits import trait_table
from shopkeeper.testing.events import START, VIEWED, random_log, seeded
from shopkeeper.testing.traits import describe, random_traits

ZONE = ZoneInfo("Europe/Vienna")
Answers = dict[str, dict[str, Value]]


def at_day(day: float) -> Moment:
    return Moment(micros(START + timedelta(days=day)), ZONE)


def tables(log: Sequence[Event]) -> tuple[ibis.Table, ibis.Table]:
    con = ibis.duckdb.connect(threads=1)
    events = events_table(log, ZONE)
    return con.create_table("events", events), con.create_table("lines", lines_table(log, events))


def answers(table: ibis.Table) -> Answers:
    found = {}
    for row in table.to_pyarrow().to_pylist():
        customer = row.pop("customer")
        found[customer] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return found


def live(plan: TraitPlan, log: Sequence[Event], moment: Moment) -> Answers:
    states: dict[str, Any] = {}
    for event in log:
        state = states.setdefault(event.customer, empty_state())
        fold(plan, state, event)
        if event.seq % 3 == 0:  # views that were read before must follow
            values(plan, state, Moment(micros(event.at), ZONE))
        if event.seq % 17 == 0:
            states[event.customer] = decode_state(encode_state(state))
    return {customer: values(plan, state, moment) for customer, state in states.items()}


def differences(found: Answers, expected: Answers) -> list[str]:
    assert set(found) == set(expected)
    return [
        f"{customer}.{name}: live {value!r}, batch {expected[customer][name]!r}"
        for customer, one in found.items()
        for name, value in one.items()
        if (value, type(value)) != (expected[customer][name], type(expected[customer][name]))
    ]


def compare(traits: Mapping[str, Trait], log: Sequence[Event], moment: Moment, upto: int) -> list[str]:
    plan = plan_traits(traits, zone=ZONE, digits=2)
    batch = answers(trait_table(plan, *tables(log), moment=moment, upto=upto))
    return differences(live(plan, log[:upto], moment), batch)


@settings(deadline=None, max_examples=3)
@given(rng=st.randoms(use_true_random=True), day=st.floats(0, 40), cut=st.floats(0.5, 1))
def test_fold_and_table_agree_on_every_trait(rng: Random, day: float, cut: float) -> None:
    traits, log = random_traits(rng, 30), random_log(rng, customers=40, events=1200)
    found = compare(traits, log, at_day(day), int(len(log) * cut))
    assert not found, "\n".join(found[:5]) + "\n" + describe(traits)


def test_empty_log_gives_an_empty_table() -> None:
    assert compare(random_traits(seeded(1), 3), [], at_day(3), 0) == []


def test_table_of_a_lake_on_disk_agrees_with_the_fold(tmp_path: Path) -> None:
    rng = seeded(5)
    plan = plan_traits(random_traits(rng, 12), zone=ZONE, digits=2)
    log = random_log(rng, customers=10, events=300)
    lake = Lake(tmp_path / "lake", zone=ZONE)
    lake.append_batch(log[:100])
    lake.append_batch(log[100:])
    batch = Batch(lake, threads=1)
    table = trait_table(plan, batch.events({}), batch.lines({}), moment=at_day(20), upto=250)
    assert not differences(live(plan, log[:250], at_day(20)), answers(table))
    batch.close()


async def test_log_read_back_from_each_store_folds_alike(store: Store) -> None:
    rng = seeded(6)
    plan = plan_traits(random_traits(rng, 30), zone=ZONE, digits=2)
    log = random_log(rng, customers=5, events=200)
    receipts = await store.append([*log, *log[:50]])
    assert [receipt.outcome for receipt in receipts[200:]] == ["duplicate"] * 50
    kept = await store.read(after=0, limit=1000)
    assert live(plan, kept, at_day(20)) == live(plan, log, at_day(20))


class Judged(NamedTuple):
    traits: dict[str, Trait]
    plan: TraitPlan
    log: list[Event]
    expected: Answers


@pytest.fixture(scope="module")
def judged() -> Iterator[Judged]:
    def computed(name: str, values: TraitType, **how: Any) -> Trait:
        return Trait(name=name, type=values, source="computed", purpose="p", computed=Computed(**how))

    month = Window(n=20, unit="day")
    traits = [
        computed("orders", TraitType.INTEGER, kind="count", of="Order Completed", window=month),
        computed("spend", TraitType.MONEY, kind="sum", field="total", of="Order Completed"),
        computed("points", TraitType.NUMBER, kind="sum", field="points", of="Order Completed"),
        computed("cheese", TraitType.INTEGER, kind="count", of=VIEWED, each="products", where="category = 'cheese'"),
        computed(
            "favourite", TraitType.TEXT, kind="most_frequent", field="category", of="Order Completed", each="products"
        ),
    ]
    named = {trait.name: trait for trait in traits}
    plan = plan_traits(named, zone=ZONE, digits=2)
    log = [tenths(event) for event in random_log(seeded(4), customers=30, events=1200)]
    yield Judged(named, plan, log, answers(trait_table(plan, *tables(log), moment=at_day(20), upto=1200)))


def tenths(event: Event) -> Event:
    return msgspec.structs.replace(event, numbers={"points": SCALE // 10 * (event.seq % 7)})


def test_planted_bugs_start_from_agreement(judged: Judged) -> None:
    assert not differences(live(judged.plan, judged.log, at_day(20)), judged.expected)


def test_fold_that_forgets_refunds_is_caught(judged: Judged, monkeypatch: pytest.MonkeyPatch) -> None:
    amend = folding.amend
    monkeypatch.setattr(
        folding, "amend", lambda order, name, *rest: name == ORDER_REFUNDED or amend(order, name, *rest)
    )
    found = differences(live(judged.plan, judged.log, at_day(20)), judged.expected)
    assert any(".spend:" in line for line in found)


def test_fold_that_adds_floats_is_caught(judged: Judged, monkeypatch: pytest.MonkeyPatch) -> None:
    def part(at: int, seq: int, given: Sequence[int]) -> tuple[int, float]:
        return len(given), sum(value / SCALE for value in given)

    monkeypatch.setattr(readings, "unscaled", float)
    monkeypatch.setattr(cells.TallyCell, "part", staticmethod(part))
    plan = plan_traits(judged.traits, zone=ZONE, digits=2)
    found = differences(live(plan, judged.log, at_day(20)), judged.expected)
    assert any(".points:" in line for line in found)


def test_window_off_by_one_is_caught(judged: Judged, monkeypatch: pytest.MonkeyPatch) -> None:
    view = cells.View.__init__
    monkeypatch.setattr(cells.View, "__init__", lambda self, lo, hi, buckets: view(self, lo - (lo != hi), hi, buckets))
    found = differences(live(judged.plan, judged.log, at_day(20)), judged.expected)
    assert any(".orders:" in line for line in found)


def test_days_counted_in_utc_are_caught(judged: Judged) -> None:
    plan = plan_traits(judged.traits, zone=ZoneInfo("Pacific/Auckland"), digits=2)
    found = differences(live(plan, judged.log, at_day(20)), judged.expected)
    assert any(".orders:" in line for line in found)


def test_table_is_an_expression_that_spark_can_run_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Spark(Config):
        treat_nan_as_null: bool = False

    monkeypatch.setattr(ibis.options, "pyspark", Spark())  # set by the backend, which need not be installed
    plan = plan_traits(random_traits(seeded(1), 12), zone=ZONE, digits=2)
    table = trait_table(plan, *tables([]), moment=at_day(3), upto=1)
    assert f"`{table.columns[-1]}`" in ibis.to_sql(table, dialect="pyspark")


HUGE = 9_000_000_000_000_000_000
"""Millionths or cents, as great as the door lets in; three of them take more than 64 bits."""
KINDS = {"points": TraitType.NUMBER, "age": TraitType.INTEGER, "total": TraitType.MONEY}


@pytest.mark.parametrize("sign", [1, -1])
def test_sums_of_more_than_64_bits_are_the_same_live_and_in_batch(sign: int) -> None:
    traits = {}
    for field, kind in KINDS.items():
        for made in ("sum", "average"):
            computed = Computed(kind=made, of=VIEWED, field=field)  # type: ignore[arg-type]
            type_ = TraitType.NUMBER if made == "average" and kind == TraitType.INTEGER else kind
            trait = Trait(name=f"{field}_{made}", type=type_, source="computed", purpose="p", computed=computed)
            traits[trait.name] = trait
    numbers, money = {"points": sign * HUGE, "age": sign * HUGE}, {"total": sign * HUGE}
    log = [
        Event(
            source="s",
            message_id=str(n),
            name=VIEWED,
            customer="odd" if n % 2 else "sane",
            at=START,
            received_at=START,
            numbers=numbers if n % 2 else {"points": SCALE, "age": SCALE},
            money=money if n % 2 else {"total": 1},
            seq=n,
        )
        for n in (1, 2, 4, 5, 7)
    ]
    plan = plan_traits(traits, zone=ZONE, digits=2)
    states = {"odd": empty_state(), "sane": empty_state()}
    for event in log:
        fold(plan, states[event.customer], event)
    found = {customer: values(plan, state, at_day(3)) for customer, state in states.items()}
    batch = answers(trait_table(plan, *tables(log), moment=at_day(3), upto=9))
    means = [some["odd"].pop("total_average") for some in (found, batch)]
    assert means[0] == pytest.approx(means[1])  # in batch, a quotient of more than 53 bits is not exact
    assert differences(found, batch) == []
    assert found["odd"]["total_sum"] == (2**63 - 1 if sign > 0 else -(2**63))
    assert found["odd"]["points_sum"] == sign * 27e12
    assert found["sane"]["total_sum"] == 2
