import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pyarrow as pa
import pytest
from deltalake.exceptions import TableNotFoundError
from msgspec.structs import replace

import shopkeeper.engines.lake as module
import shopkeeper.flows.lake as flushing
from shopkeeper.core.errors import Conflict, StoreError
from shopkeeper.core.event import Event, Line
from shopkeeper.core.item import Item
from shopkeeper.core.store import Store
from shopkeeper.engines.batch import Batch
from shopkeeper.engines.lake import Lake
from shopkeeper.flows import log_pages
from shopkeeper.flows.lake import flush

NOW = datetime(2017, 12, 4, 2, 30, 0, 123456, tzinfo=UTC)


def order(n: int, *, lines: int = 2) -> Event:
    return Event(
        source="till",
        message_id=f"m{n}",
        name="Order Completed",
        customer=f"cus_{n % 3}",
        at=NOW + timedelta(hours=n),
        received_at=NOW,
        seq=n,
        place="p1",
        order_id=f"o{n}",
        texts={"channel": "störe", "x": ""},
        numbers={"weight": -1_500_000},
        money={"total": 12 * n},
        flags={"gift": True},
        lines=tuple(
            Line(product_id=f"sku{i}", quantity=i, amount=100 * i, cost=None if i else 5) for i in range(lines)
        ),
        extra={"nested": [1]} if n % 2 else {},
    )


@pytest.fixture
def batch(lake: Lake) -> Iterator[Batch]:
    made = Batch(lake)
    yield made
    made.close()


def test_an_empty_lake_answers_with_typed_empty_tables(batch: Batch) -> None:
    assert batch.lake.upto() == 0
    assert batch.events({}).to_pyarrow().num_rows == 0
    assert batch.lines({}).schema()["amount"].is_int64()
    assert batch.events({}).schema()["money"].is_map()


def test_an_event_keeps_every_field(lake: Lake, batch: Batch) -> None:
    lake.append_batch([order(1)])
    row = batch.events({}).to_pyarrow().to_pylist()[0]
    assert row["at_us"] == 1512358200123456
    assert row["at"] == order(1).at
    assert row["local_day"] == date(2017, 12, 3).toordinal() - date(1970, 1, 1).toordinal()
    assert dict(row["texts"]) == order(1).texts
    assert dict(row["money"]) == {"total": 12}
    assert dict(row["numbers"]) == {"weight": -1_500_000}
    assert dict(row["flags"]) == {"gift": True}
    assert row["extra"] == '{"nested":[1]}'
    assert (row["seq"], row["place"], row["order_id"]) == (1, "p1", "o1")


def test_lines_stand_in_order_with_their_event(lake: Lake, batch: Batch) -> None:
    lake.append_batch([order(1, lines=0), order(2, lines=3)])
    rows = batch.lines({}).order_by("position").to_pyarrow().to_pylist()
    assert [(row["seq"], row["position"], row["product_id"]) for row in rows] == [
        (2, 0, "sku0"),
        (2, 1, "sku1"),
        (2, 2, "sku2"),
    ]
    assert [row["cost"] for row in rows] == [5, None, None]
    assert {row["customer"] for row in rows} == {"cus_2"}


def test_a_batch_without_lines_still_moves_the_lake(lake: Lake) -> None:
    lake.append_batch([order(1, lines=0)])
    assert lake.upto() == 1


def test_a_position_cuts_both_tables(lake: Lake, batch: Batch) -> None:
    lake.append_batch([order(n) for n in range(1, 6)])
    assert batch.events({}, upto=3).count().to_pyarrow().as_py() == 3
    assert batch.lines({}, upto=3).count().to_pyarrow().as_py() == 6


def test_an_appended_batch_is_appended_once(lake: Lake, batch: Batch) -> None:
    for _ in range(2):
        lake.append_batch([order(1), order(2)])
    assert batch.events({}).count().to_pyarrow().as_py() == 2


@pytest.mark.parametrize("more", [0, 3])
def test_a_crash_between_the_two_tables_is_mended(
    lake: Lake, batch: Batch, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    lake.append_batch([order(1)])

    def power_cut(*_: object) -> pa.Table:
        raise KeyboardInterrupt

    with monkeypatch.context() as planted, pytest.raises(KeyboardInterrupt):
        planted.setattr(module, "lines_table", power_cut)
        lake.append_batch([order(2), order(3)])
    assert lake.upto() == 1
    lake.append_batch([order(n) for n in range(2, 4 + more)])
    assert sorted(batch.events({}).seq.to_pyarrow().to_pylist()) == list(range(1, 4 + more))
    assert sorted(batch.lines({}).seq.to_pyarrow().to_pylist()) == sorted([*range(1, 4 + more)] * 2)


def test_without_the_look_before_writing_a_batch_would_stand_twice(
    lake: Lake, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_reach", lambda _table: 0)
    for _ in range(2):
        lake.append_batch([order(1)])
    assert len(batch.events({}, upto=9).seq.to_pyarrow().to_pylist()) == 2


def test_of_two_writers_at_once_the_later_is_refused(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.append_batch([order(1)])
    stale = {name: lake._open(name) for name in ("events", "lines")}
    lake.append_batch([order(2)])
    monkeypatch.setattr(lake, "_open", lambda name: stale[name])
    with pytest.raises(Conflict, match="run the command again"):
        lake.append_batch([order(2)])


@pytest.mark.usefixtures("short_results")
async def test_a_flush_of_more_than_one_answer_can_be_is_one_commit(
    shelf: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_pages, "PAGE", 50)
    large = replace(order(1), texts={"note": "x" * 15_000})
    await shelf.append([replace(large, message_id=f"m{n}") for n in range(170)])
    assert await flush(lake, shelf) == 170
    assert len(lake.files("events")) == 1


async def test_flushing_follows_the_log(store: Store, lake: Lake, batch: Batch) -> None:
    await store.append([order(n) for n in range(1, 8)])
    assert await flush(lake, store, batch=3) == 7
    assert await flush(lake, store) == 0
    await store.append([order(8)])
    assert await flush(lake, store) == 1
    assert sorted(batch.events({}).seq.to_pyarrow().to_pylist()) == list(range(1, 9))


def test_compacting_joins_files_and_keeps_rows_and_position(lake: Lake, batch: Batch) -> None:
    for n in range(1, 6):
        lake.append_batch([order(n)])
    lake.compact()
    assert len(lake.files("events")) == 1
    assert lake.upto() == 5
    assert batch.lines({}).count().to_pyarrow().as_py() == 10
    lake.append_batch([order(6)])
    assert batch.events({}).count().to_pyarrow().as_py() == 6


def test_a_table_taken_before_a_flush_stays_as_it_was(lake: Lake, batch: Batch) -> None:
    lake.append_batch([order(1)])
    before = batch.events({})
    lake.append_batch([order(2)])
    assert before.count().to_pyarrow().as_py() == 1


def test_a_lake_that_was_lost_is_fed_again(lake: Lake) -> None:
    lake.append_batch([order(1)])
    shutil.rmtree(lake.path)
    assert lake.upto() == 0


def test_the_catalogue_becomes_a_table(batch: Batch) -> None:
    table = batch.items([Item(id="1", category="drinks", price=199, attributes={"size": "1 l"}), Item(id="2")])
    rows = table.to_pyarrow().to_pylist()
    assert rows[0]["price"] == 199
    assert dict(rows[0]["attributes"]) == {"size": "1 l"}
    assert batch.items([]).count().to_pyarrow().as_py() == 0


def test_on_a_full_disk_nothing_is_begun(lake: Lake, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.append_batch([order(1)])
    with monkeypatch.context() as full:
        full.setattr(module, "disk_usage", lambda _: SimpleNamespace(free=1000))
        with pytest.raises(StoreError, match="the disk is full; free space"):
            lake.append_batch([order(2)])
    assert lake.upto() == 1
    lake.append_batch([order(2)])
    assert sorted(batch.events({}).seq.to_pyarrow().to_pylist()) == [1, 2]


@pytest.fixture
def seldom(monkeypatch) -> int:
    """How many files a table may have before they are joined; each costs its own commit."""
    monkeypatch.setattr(flushing, "SCATTERED", 6)
    return flushing.SCATTERED


async def test_many_small_flushes_are_joined_and_lose_nothing(
    store: Store, lake: Lake, batch: Batch, seldom: int
) -> None:
    await store.append([order(n, lines=1) for n in range(1, seldom + 3)])
    await flush(lake, store, batch=1)
    assert len(lake.files("events")) == len(lake.files("lines")) == 1
    assert batch.events({}).seq.count().execute() == batch.lines({}).seq.nunique().execute() == seldom + 2


async def test_a_disk_too_full_to_tidy_up_keeps_the_flush(store: Store, lake: Lake, seldom: int, monkeypatch) -> None:
    await store.append([order(n, lines=1) for n in range(1, seldom + 3)])
    monkeypatch.setattr(lake, "compact", lambda: (_ for _ in ()).throw(StoreError("the disk is full")))
    assert await flush(lake, store, batch=1) == seldom + 2
    assert lake.upto() == seldom + 2


@pytest.mark.parametrize(
    "said", ['Os { code: 13, kind: PermissionDenied, message: "Permission denied" }', "denied (os error 13)"]
)
def test_a_folder_that_cannot_be_written_is_not_told_as_a_missing_table(lake: Lake, monkeypatch, said: str) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise TableNotFoundError(f"Could not create local directory: {said}")

    monkeypatch.setattr(module, "write_deltalake", refuse)
    with pytest.raises(StoreError, match="events: cannot be read or written: Permission denied"):
        lake.append_batch([order(1)])
