"""How fast segments follow an order, and how fast a million profiles are counted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.harness import Row, bench, row

ZONE = ZoneInfo("America/New_York")
SEGMENTS = 500
PROFILES = 1_000_000
NOW = 1_512_345_600_000_000
DAY = 86_400_000_000
BEHAVIOURS = ("Product Viewed", "Product Added", "Cart Viewed", "Email Opened", "Message Clicked", "Products Searched")
WHERE = "orders_90d >= 3 and spend_365d > 250 and favourite in ('c1', 'c7') and last_order < now() - interval 45 day"


@bench("segments.live")
def segments_live() -> list[Row]:
    """Fold one order, read what changed, evaluate the segments that may change; the peer reads and evaluates all."""
    from shopkeeper.core.predicate import Moment
    from shopkeeper.differentiate.fold import empty_state, fold, plan_traits
    from shopkeeper.differentiate.seen import Seen
    from shopkeeper.differentiate.segments import SegmentIndex

    traits = _traits()
    plan = plan_traits(traits, zone=ZONE, digits=2)
    index = SegmentIndex(_segments(traits), {name: trait.type for name, trait in traits.items()}, digits=2)
    state, current = empty_state(), set[str]()
    orders = list(_orders(Random(1), 860))
    for order in orders[:60]:
        fold(plan, state, order)
    seen, took = Seen(index, plan), list[float]()
    for order in orders[60:]:
        live = len(took) < 600  # first as it is done, then the peer
        began = perf_counter()
        moment = Moment(NOW + order.seq, ZONE)
        changed = fold(plan, state, order)
        shift = seen.shift(state, changed if live else None, moment, inside=current)
        took.append((perf_counter() - began) * 1000)
        current.update(shift.entered)
        current.difference_update(shift.left)
    readers = index.readers(changed).bit_count()
    return [
        row("segments.live", median(took[:600]), "ms an order", baseline=median(took[600:]), at_most=0.2),
        row("segments.live.changed", len(changed), "traits", at_least=20),
        row("segments.live.readers", readers, f"of {SEGMENTS} segments", baseline=SEGMENTS, at_least=100),
    ]


@bench("segments.batch")
def segments_batch() -> Row:
    """Count a segment over a million profiles in Parquet; the peer filters the same columns with pyarrow."""
    import ibis
    import pyarrow.parquet as pq

    from shopkeeper.core.predicate import Moment, parse_predicate
    from shopkeeper.engines.segments import count_segment

    traits = _traits()
    predicate = parse_predicate(WHERE, {n: t.type for n, t in traits.items()}, place="benchmark", digits=2)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "traits.parquet"
        pq.write_table(_profiles(), path)
        table = ibis.duckdb.connect().read_parquet(path)
        took, counted = _best(lambda: count_segment(predicate, table, moment=Moment(NOW, ZONE)))
        peer, expected = _best(lambda: _filtered_by_pyarrow(path))
    assert counted == expected > 0, (counted, expected)
    return row("segments.batch", took, "s", baseline=peer, at_most=1.0)


def _best(run: Callable[[], int]) -> tuple[float, int]:
    took, found = [], 0
    for _ in range(3):
        began = perf_counter()
        found = run()
        took.append(perf_counter() - began)
    return min(took), found


def _traits() -> dict[str, Any]:
    from shopkeeper.core.event import ORDER_COMPLETED
    from shopkeeper.core.trait import Computed, Trait, TraitType, Window

    found: dict[str, Trait] = {}

    def add(name: str, values: TraitType, days: int | None, **how: Any) -> None:
        window = None if days is None else Window(n=days, unit="day")
        computed = Computed(window=window, **how)
        found[name] = Trait(name=name, type=values, source="computed", purpose="personalization", computed=computed)

    for days in (30, 90, 365):
        of: dict[str, Any] = {"of": ORDER_COMPLETED, "days": days}
        add(f"orders_{days}d", TraitType.INTEGER, kind="count", **of)
        add(f"spend_{days}d", TraitType.MONEY, kind="sum", field="total", **of)
        add(f"basket_{days}d", TraitType.MONEY, kind="average", field="total", **of)
        add(f"margin_{days}d", TraitType.MONEY, kind="sum", field="margin", each="products", **of)
        add(f"favourite_{days}d", TraitType.TEXT, kind="most_frequent", field="category", each="products", **of)
        add(f"categories_{days}d", TraitType.INTEGER, kind="unique_count", field="category", each="products", **of)
        add(f"wine_{days}d", TraitType.INTEGER, kind="count", each="products", where="category = 'c1'", **of)
        for i, name in enumerate(BEHAVIOURS):
            add(f"behaviour_{i}_{days}d", TraitType.INTEGER, days, kind="count", of=name)
    always: dict[str, Any] = {"of": ORDER_COMPLETED, "days": None}
    add("favourite", TraitType.TEXT, kind="most_frequent", field="category", each="products", **always)
    add("spend", TraitType.MONEY, kind="sum", field="total", **always)
    add("last_order", TraitType.INSTANT, kind="last", field="timestamp", **always)
    add("dearest", TraitType.MONEY, kind="max", field="total", **always)
    return found


def _segments(traits: dict[str, Any]) -> dict[str, Any]:
    from shopkeeper.core.trait import Segment, TraitType

    rng = Random(2)
    bought = [name for name, trait in traits.items() if trait.computed.of == "Order Completed"]
    others = [name for name in traits if name not in bought]

    def term(name: str) -> str:
        match traits[name].type:
            case TraitType.TEXT:
                return f"{name} in ('c{rng.randrange(20)}', 'c{rng.randrange(20)}')"
            case TraitType.INSTANT:
                return f"{name} < now() - interval {rng.choice((14, 30, 45, 60, 90))} day"
            case _:
                return f"{name} >= {rng.randrange(1, 40)}"

    found = {}
    for i in range(SEGMENTS):
        chosen = rng.sample(bought if i % 5 == 0 else others, 3)
        found[f"s{i}"] = Segment(name=f"s{i}", where=f"{term(chosen[0])} and ({term(chosen[1])} or {term(chosen[2])})")
    return found


def _orders(rng: Random, n: int) -> Iterator[Any]:
    from shopkeeper.core.event import ORDER_COMPLETED, Event, Line
    from shopkeeper.core.instant import from_micros

    for seq in range(1, n + 1):
        at = from_micros(NOW - max(0, 60 - seq) * 6 * DAY)
        lines = tuple(
            Line(
                product_id=f"p{rng.randrange(2000)}",
                amount=rng.randrange(50, 900),
                cost=rng.randrange(30, 500),
                category=f"c{rng.randrange(20)}",
            )
            for _ in range(10)
        )
        total = {"total": sum(line.amount for line in lines)}
        yield Event(
            source="till",
            message_id=str(seq),
            name=ORDER_COMPLETED,
            customer="c",
            at=at,
            received_at=at,
            seq=seq,
            order_id=str(seq),
            money=total,
            lines=lines,
        )


def _profiles() -> Any:
    import numpy as np
    import pyarrow as pa

    rng = np.random.default_rng(3)
    known = rng.random(PROFILES) < 0.9
    category = np.char.add("c", rng.integers(0, 20, PROFILES).astype(str))
    return pa.table(
        {
            "customer": np.char.add("cus_", np.arange(PROFILES).astype(str)),
            "orders_90d": rng.poisson(3, PROFILES),
            "spend_365d": rng.integers(0, 200_000, PROFILES),
            "favourite": pa.array(category, mask=~known),
            "last_order": pa.array(NOW - rng.integers(0, 365 * DAY, PROFILES), mask=~known),
        }
    )


def _filtered_by_pyarrow(path: Path) -> int:
    import pyarrow.dataset as ds
    from pyarrow.dataset import field

    from shopkeeper.core.predicate.moment import shift

    chosen = (
        (field("orders_90d") >= 3)
        & (field("spend_365d") > 25_000)
        & field("favourite").isin(["c1", "c7"])
        & (field("last_order") < shift(NOW, ZONE, -45, "day"))
    )
    return int(ds.dataset(path).count_rows(filter=chosen))
