"""Importing: whole orders or none, nothing lost, nothing twice, whatever happens on the way."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopkeeper.core.definitions import Definitions, IdentifierKind, Purpose, Shop
from shopkeeper.core.errors import BadInput, StoreError
from shopkeeper.core.event import Event, Line
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.item import Item, Place, Stock
from shopkeeper.core.offer import Offer
from shopkeeper.core.quarantine import ImportProgress
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Trait, TraitType
from shopkeeper.flows.importing import Import, ImportReport, replay, run_import
from shopkeeper.flows.importing.taking import Taker
from shopkeeper.store import open_store

NOW = datetime(2017, 12, 4, tzinfo=UTC)
DEFINITIONS = Definitions(
    version="v1",
    shop=Shop(
        name="Test",
        currency="USD",
        time_zone="America/New_York",
        identifiers={"user_id": IdentifierKind(limit=1)},
        purposes={"personalization": Purpose(basis="contract")},
    ),
    traits={
        name: Trait(
            name=name, type=TraitType.TEXT, source="imported", purpose="personalization", personal=name == "email"
        )
        for name in ("age", "email")
    },
    segments={},
    offers={},
    offer_rules={},
    slots={},
)
ORDERS = """
kind: orders
source: till
zone: America/New_York
customer: {user_id: card}
order_id: basket
timestamp: at
place: store
product_id: sku
quantity: n
amount: paid
discount: [off, coupon_off]
coupon: coupon
cost_share: 0.5
"""
HEADER = "card,basket,at,store,sku,n,paid,off,coupon_off,coupon\n"


def line(
    basket: Any, sku: str = "a", *, card: Any = 1, paid: Any = "1.00", off: str = "", at: str = "2017-03-01 09:00"
) -> str:
    return f"{card},{basket},{at},12,{sku},1,{paid},{off},,\n"


async def load(
    store: Store,
    folder: Path,
    mapping: str,
    content: str | bytes | dict[str, Any],
    *,
    name: str = "rows.csv",
    definitions: Definitions = DEFINITIONS,
    **more: Any,
) -> ImportReport:
    file, rules = folder / name, folder / "mapping.yaml"
    if isinstance(content, dict):
        file = file.with_suffix(".parquet")
        pq.write_table(pa.table(content), file)
    else:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    rules.write_text(mapping)
    return await run_import(store, definitions, Import(file, rules, folder / "scratch", **more), now=NOW)


async def log(store: Store) -> list[Event]:
    return await store.read(after=0, limit=100_000)


def counts(progress: ImportProgress) -> tuple[int, int, int, int]:
    assert progress.accepted + progress.duplicates + progress.quarantined == progress.rows
    return progress.rows, progress.accepted, progress.duplicates, progress.quarantined


async def test_rows_of_one_order_become_one_event(store: Store, tmp_path: Path) -> None:
    await store.put_items([Item(id="a", category="ROLLS", brand="Own", cost=30)])
    rows = "7,b1,2017-03-01 09:00,12,a,2,1.29,0.20,0.10,c9\n7,b1,2017-03-01 09:00,12,b,1,0.29,,,\n"
    report = await load(store, tmp_path, ORDERS, HEADER + rows)
    assert counts(report.progress) == (2, 2, 0, 0)
    (event,) = await log(store)
    assert (event.source, event.message_id, event.order_id, event.place) == ("till", "order-completed:b1", "b1", "12")
    assert event.at == datetime(2017, 3, 1, 14, tzinfo=UTC)
    assert event.money == {"total": 158, "discount": 30}
    first = Line(
        product_id="a", quantity=2, amount=129, cost=60, discount=30, coupon="c9", category="ROLLS", brand="Own"
    )
    assert event.lines == (first, Line(product_id="b", amount=29, cost=15))
    assert await store.find_customers([Identifier("user_id", "7")]) == {Identifier("user_id", "7"): event.customer}


async def test_the_same_rows_from_csv_json_lines_and_parquet_are_the_same_events(shelf: Store, tmp_path: Path) -> None:
    at = datetime.fromisoformat("2017-03-01T09:00:00")
    row = {
        "card": 7,
        "basket": 5,
        "store": 12,
        "sku": 9,
        "n": 2,
        "paid": 0.29,
        "off": 0.1,
        "coupon_off": 0.0,
        "coupon": None,
    }
    text = HEADER + "7,5,2017-03-01T09:00:00,12,9,2,0.29,0.1,0.0,\n"
    await load(shelf, tmp_path, ORDERS, text)
    again = await load(shelf, tmp_path, ORDERS, json.dumps(row | {"at": at.isoformat()}), name="rows.jsonl")
    third = await load(shelf, tmp_path, ORDERS, {name: [value] for name, value in (row | {"at": at}).items()})
    assert (counts(again.progress), counts(third.progress)) == ((1, 0, 1, 0), (1, 0, 1, 0))


async def test_rows_of_one_order_that_stand_apart_are_brought_together(shelf: Store, tmp_path: Path) -> None:
    rows = [line("x", "a"), line("y", "a"), line("x", "b"), line("y", "b"), line("x", "c")]
    report = await load(shelf, tmp_path, ORDERS, HEADER + "".join(rows))
    assert report.sorted is True
    assert {event.order_id: len(event.lines) for event in await log(shelf)} == {"x": 3, "y": 2}
    assert not (tmp_path / "scratch").exists()


async def test_one_bad_row_makes_its_whole_order_wait_and_no_other(shelf: Store, tmp_path: Path) -> None:
    rows = [line("x"), line("y"), line("y", "b", paid="free"), line("z"), line("", "q"), "short\n"]
    report = await load(shelf, tmp_path, ORDERS, HEADER + "".join(rows))
    assert counts(report.progress) == (6, 2, 0, 4)
    assert [event.order_id for event in await log(shelf)] == ["x", "z"]
    waiting = sorted(await shelf.quarantined(), key=lambda row: row.position or 0)
    assert [(row.origin, row.position, row.code) for row in waiting] == [
        ("rows.csv", 4, "bad_amount"),
        ("rows.csv", 6, "no_order_id"),
        ("rows.csv", 7, "bad_row"),
    ]
    assert "free" in waiting[0].body and "free" not in waiting[0].reason


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (line("x", paid="1e400"), "bad_amount"),
        (line("x", paid="NaN"), "bad_amount"),
        (line("x", paid=""), "bad_amount"),
        (line("x", off="-1"), "bad_amount"),
        (line("x", card="undefined"), "no_customer"),
        (line("x", at="01.03.2017"), "bad_timestamp"),
        (line("x", at=""), "bad_timestamp"),
        (line("x", at="2031-01-01"), "bad_timestamp"),
        (line("x", sku=""), "bad_line"),
        (line("x") + line("x", card=2), "mixed_order"),
        (line("x" * 201), "bad_text"),
    ],
)
async def test_what_is_wrong_with_an_order_has_a_code(shelf: Store, tmp_path: Path, row: str, code: str) -> None:
    await load(shelf, tmp_path, ORDERS, HEADER + row)
    assert ([found.code for found in await shelf.quarantined()], await shelf.head()) == ([code], 0)


async def test_times_without_a_zone_wait_where_the_mapping_names_none(shelf: Store, tmp_path: Path) -> None:
    mapping = ORDERS.replace("zone: America/New_York", "")
    await load(shelf, tmp_path, mapping, HEADER + line("x") + line("y", at="2017-03-01T09:00:00Z"))
    assert [row.code for row in await shelf.quarantined()] == ["bad_timestamp"]
    assert [event.order_id for event in await log(shelf)] == ["y"]


async def test_an_import_run_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    text = HEADER + "".join(line(f"o{i}", card=i % 3 + 1) for i in range(50)) + line("bad", paid="x")
    first = await load(store, tmp_path, ORDERS, text)
    before = await log(store), await store.count_quarantined()
    known = await load(store, tmp_path, ORDERS, text)
    again = await load(store, tmp_path, ORDERS, text, again=True)
    assert (known.progress, known.resumed) == (first.progress, 51)
    assert counts(again.progress) == (51, 0, 50, 1)
    assert (await log(store), await store.count_quarantined()) == before


async def test_waiting_rows_go_in_after_the_mapping_is_mended(shelf: Store, tmp_path: Path) -> None:
    wrong = ORDERS.replace("zone: America/New_York\n", "")
    await load(shelf, tmp_path, wrong, HEADER + line("x", "a") + line("x", "b") + line("y", paid="x"))
    (tmp_path / "mapping.yaml").write_text(ORDERS)
    report = await replay(shelf, DEFINITIONS, now=NOW)
    assert (report.taken, list(report.waiting.values())) == (1, [1])
    assert [(event.order_id, len(event.lines)) for event in await log(shelf)] == [("x", 2)]
    assert [row.code for row in await shelf.quarantined()] == ["bad_amount"]


async def test_imported_refunds_wait_for_their_orders(shelf: Store, tmp_path: Path) -> None:
    refunds = ORDERS + "event: Order Refunded\n"
    await load(shelf, tmp_path, refunds, HEADER + line("x", paid="0.40"), name="refunds.csv")
    (tmp_path / "refunds.yaml").write_text(refunds)
    await load(shelf, tmp_path, ORDERS, HEADER + line("x"))
    assert [row.code for row in await shelf.quarantined()] == ["refund_without_order"]
    report = await replay(shelf, DEFINITIONS, now=NOW, mapping=tmp_path / "refunds.yaml")
    assert report.taken == 1
    assert [(event.name, event.money["total"]) for event in await log(shelf)] == [
        ("Order Completed", 100),
        ("Order Refunded", 40),
    ]


async def test_rows_are_the_same_whatever_shop_yaml_makes_of_whom_they_name(shelf: Store, tmp_path: Path) -> None:
    """A shop that blocks a value, as an alarm asks it to, may import the same rows again."""
    mapping = ORDERS.replace("{user_id: card}", "{user_id: card, email: mail}")
    text = HEADER.replace("card", "card,mail") + "".join(line(f"o{n}", card=f"{n},till@x.org") for n in (1, 2))
    both = {"user_id": IdentifierKind(limit=1), "email": IdentifierKind(limit=9)}
    blocked = both | {"email": IdentifierKind(limit=9, blocked=("till@x.org",))}
    for kinds, outcome in ((both, (2, 2, 0, 0)), (blocked, (2, 0, 2, 0)), (both, (2, 0, 2, 0))):
        shop = msgspec.structs.replace(DEFINITIONS.shop, identifiers=kinds)
        known = DEFINITIONS._replace(shop=shop)
        report = await load(shelf, tmp_path, mapping, text, definitions=known, again=True)
        assert counts(report.progress) == outcome


async def test_a_changed_order_under_a_known_id_waits_as_a_conflict(shelf: Store, tmp_path: Path) -> None:
    await load(shelf, tmp_path, ORDERS, HEADER + line("x"))
    report = await load(shelf, tmp_path, ORDERS, HEADER + line("x", paid="2.00"))
    assert counts(report.progress) == (1, 0, 0, 1)
    assert [row.code for row in await shelf.quarantined()] == ["conflict"]


async def test_customers_bring_declared_traits_to_the_log_and_keep_the_rest_apart(store: Store, tmp_path: Path) -> None:
    mapping = """
kind: customers
customer: {user_id: card}
as_of: 2017-01-01T00:00:00Z
empty: ["", "NA"]
traits: {age: age, email: mail, shoe_size: shoe}
"""
    report = await load(store, tmp_path, mapping, "card,age,mail,shoe\n1,45-54,i@x.at,41\n2,NA,,\n")
    assert counts(report.progress) == (2, 2, 0, 0)
    first, second = await log(store)
    assert (first.name, first.texts, second.texts) == ("Identify", {"age": "45-54"}, {})
    assert await store.personal(first.customer) == {"email": "i@x.at", "shoe_size": "41"}
    assert counts((await load(store, tmp_path, mapping, "card,age,mail,shoe\n2,NA,,\n")).progress) == (1, 0, 1, 0)


async def test_events_are_named_by_a_constant_or_a_column_and_equal_rows_are_one(shelf: Store, tmp_path: Path) -> None:
    mapping = """
kind: events
source: mailing
customer: {user_id: card}
timestamp: at
event_column: what
properties: {offer: offer, value: value}
numbers: {score: score}
constants: {channel: post}
"""
    at = "2017-02-01T00:00:00Z"
    rows = f"1,{at},Offer Shown,o1,2.5,0.5\n1,{at},Offer Shown,o1,2.5,0.5\n1,{at},,o1,,\n1,{at},Decision Made,o1,,\n"
    report = await load(shelf, tmp_path, mapping, "card,at,what,offer,value,score\n" + rows)
    assert counts(report.progress) == (4, 1, 1, 2)
    (event,) = await log(shelf)
    assert (event.name, event.texts) == ("Offer Shown", {"offer": "o1", "channel": "post"})
    assert (event.money, event.numbers) == ({"value": 250}, {"score": 500_000})


async def test_items_places_and_stock_reach_the_catalogue(store: Store, tmp_path: Path) -> None:
    items = "kind: items\nid: id\ntitle: [type, size]\nprice: price\nmoney: minor\nattributes: {colour: colour}\n"
    report = await load(
        store, tmp_path, items, "id,type,size,price,colour\n1,ICE,22 LB,199,\n,none,,,\n2,TEA,,-5,red\n"
    )
    assert counts(report.progress) == (3, 1, 0, 2)
    assert await store.items() == [Item(id="1", title="ICE 22 LB", price=199)]
    assert {row.code for row in await store.quarantined()} == {"no_id", "bad_amount"}
    await load(store, tmp_path, "kind: places\nid: id\ntitle: name\n", "id,name\n12,Main Street\n")
    await load(store, tmp_path, "kind: stock\nitem: i\nplace: p\navailable: a\n", "i,p,a\n1,12,out of stock\n2,12,4\n")
    assert await store.places() == [Place(id="12", title="Main Street")]
    assert await store.stock() == [Stock(item="1", place="12", available=False), Stock(item="2", place="12")]


async def test_rows_of_one_offer_become_one_offer(store: Store, tmp_path: Path) -> None:
    mapping = """
kind: offers
zone: America/New_York
id: offer
item: sku
group: type
title: title
starts: starts
ends: ends
face_value: worth
"""
    at = [datetime.fromisoformat(f"2017-{month:02}-01T00:00:00") for month in (3, 3, 4, 5)]
    columns = {
        "offer": ["o1", "o1", "o2", "o3"],
        "sku": ["a", "b", "a", "a"],
        "type": ["A", "A", "B", "B"],
        "title": ["x", "x", "y", "z"],
        "starts": at,
        "ends": [datetime.fromisoformat("2017-04-15T00:00:00")] * 4,
        "worth": [1.0, 1.0, 0.5, 0.5],
    }
    report = await load(store, tmp_path, mapping, columns)
    assert counts(report.progress) == (4, 3, 0, 1)
    first, second = await store.offers()
    assert first == Offer(
        id="o1",
        kind="coupon",
        title="x",
        items=("a", "b"),
        face_value=100,
        starts=datetime(2017, 3, 1, 5, tzinfo=UTC),
        ends=datetime(2017, 4, 15, 4, tzinfo=UTC),
        group="A",
    )
    assert second.items == ("a",)


async def test_a_store_that_is_full_stops_the_import_which_then_goes_on(
    shelf: Store, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("shopkeeper.engines.tables.delimited.BATCH", 4)
    text = HEADER + "".join(line(f"o{i // 3}", f"s{i}") for i in range(30))
    real, calls = shelf.admit, 0

    async def full(offering: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise StoreError("the disk is full")
        return await real(offering)

    with monkeypatch.context() as broken:
        broken.setattr(shelf, "admit", full)
        with pytest.raises(StoreError):
            await load(shelf, tmp_path, ORDERS, text)
    assert 0 < await shelf.head() < 10
    report = await load(shelf, tmp_path, ORDERS, text)
    assert report.resumed > 0 and counts(report.progress) == (30, 30, 0, 0)
    assert [event.order_id for event in await log(shelf)] == [f"o{i}" for i in range(10)]


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_import import DEFINITIONS, NOW
from shopkeeper.flows.importing import Import, run_import
from shopkeeper.store import open_store
from shopkeeper.engines.tables import delimited
delimited.BATCH = 500
async def main():
    store = await open_store({url!r})
    job = Import(Path({file!r}), Path({mapping!r}), Path({scratch!r}))
    await run_import(store, DEFINITIONS, job, now=NOW, report=lambda p, total: print(p.rows, flush=True))
asyncio.run(main())
"""


async def test_an_import_killed_in_the_middle_goes_on_without_loss_or_duplicates(tmp_path: Path) -> None:
    orders, file, mapping = 4000, tmp_path / "rows.csv", tmp_path / "mapping.yaml"
    file.write_text(HEADER + "".join(line(f"o{i}", sku) for i in range(orders) for sku in ("a", "b", "c")))
    mapping.write_text(ORDERS)
    url, scratch = f"sqlite:///{tmp_path}/store.db", tmp_path / "scratch"
    names = {"here": str(Path(__file__).parent), "url": url, "file": str(file)}
    script = KILLED.format(**names, mapping=str(mapping), scratch=str(scratch))
    for batches in (1, 4):
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(batches):
            assert process.stdout.readline()
        process.kill()
        process.wait()
    store = await open_store(url)
    report = await run_import(store, DEFINITIONS, Import(file, mapping, scratch), now=NOW)
    assert 0 < report.resumed < 3 * orders
    assert counts(report.progress)[0] == 3 * orders
    assert sorted(event.order_id or "" for event in await log(store)) == sorted(f"o{i}" for i in range(orders))
    await store.close()


@pytest.mark.parametrize("content", [b"PAR1 cut in half", b""])
async def test_a_file_that_cannot_be_read_leaves_nothing_half_done(
    shelf: Store, tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(BadInput):
        await load(shelf, tmp_path, ORDERS, content, name="rows.parquet")
    assert (await shelf.head(), await shelf.imports()) == (0, [])


cells = st.sampled_from(
    [
        "",
        "1",
        "2",
        "-3",
        "0.5",
        "1e400",
        "NaN",
        "x",
        "é",
        "null",
        '"',
        "2017-03-01",
        "2017-03-01T00:00:00Z",
        "\0",
        "1,2",
    ]
)
fields = st.lists(cells, min_size=9, max_size=11)
plausible = st.builds(
    lambda basket, sku, paid: line(basket, sku, paid=paid)[:-1].split(","),
    st.sampled_from(["1", "2", "3", "4", "5", "6"]),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["1.00", "2.5"]),
)
tables = st.lists(st.one_of(plausible, plausible, plausible, fields), max_size=12)


async def account(store: Store, folder: Path, rows: list[list[str]]) -> ImportProgress:
    text = HEADER + "".join(",".join(row) + "\n" for row in rows)
    return (await load(store, folder, ORDERS, text, again=True)).progress


async def test_whatever_the_rows_hold_each_is_taken_known_or_waits(shelf: Store, tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    seen = [0, 0, 0, 0]

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(tables)
    def check(rows: list[list[str]]) -> None:
        progress = asyncio.run_coroutine_threadsafe(account(shelf, tmp_path, rows), loop).result()
        for i, count in enumerate(counts(progress)):
            seen[i] += count

    await asyncio.to_thread(check)
    assert all(seen)


async def test_the_accounting_sees_a_row_that_is_dropped_in_silence(
    shelf: Store, tmp_path: Path, monkeypatch: Any
) -> None:
    real = Taker._let_in

    async def forgetful(taker: Taker, readings: Any) -> Any:
        del readings[-1]
        return await real(taker, readings)

    monkeypatch.setattr(Taker, "_let_in", forgetful)
    report = await load(shelf, tmp_path, ORDERS, HEADER + line("x") + line("y"))
    with pytest.raises(AssertionError):
        counts(report.progress)
