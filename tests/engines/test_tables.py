"""Tables in files: what is read, what is set aside, and what is refused before anything is done."""

import csv
import gzip
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopkeeper.core.errors import BadInput
from shopkeeper.engines.tables import Spoiled, open_table, rows
from shopkeeper.engines.tables.grouping import Regrouped, is_adjacent, runs, whole_groups


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def parquet(path: Path, columns: dict[str, Any]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def read(path: Path, column: str, **options: Any) -> list[Any]:
    return [value for batch in open_table(path, **options).batches() for value in batch.column(column)]


def everything(path: Path, **options: Any) -> list[tuple[int, Any]]:
    found = []
    for batch in open_table(path, **options).batches():
        for i, position in enumerate(batch.positions):
            found.append((position, batch.spoiled[i].code if i in batch.spoiled else batch.row(i)))
    return found


def test_a_csv_keeps_newlines_in_quotes_and_counts_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", '\ufeffid,note\r\n1,"two\r\nlines, and ""quotes"""\r\n\r\n2,x\r\n')
    assert everything(path) == [(2, {"id": "1", "note": 'two\r\nlines, and "quotes"'}), (5, {"id": "2", "note": "x"})]


def test_latin_1_and_semicolons_are_read_where_they_are_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "id;größe\n1;weiß\n".encode("latin-1"))
    with pytest.raises(BadInput, match=r"not UTF-8.*encoding: latin-1"):
        open_table(path, delimiter=";")
    assert read(path, "größe", delimiter=";", encoding="latin-1") == ["weiß"]


def test_a_quote_that_never_closes_spoils_its_own_line_only(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'id,note\n1,"open\n2,b\n3,c\n')
    assert everything(path) == [(2, "bad_quote"), (3, {"id": "2", "note": "b"}), (4, {"id": "3", "note": "c"})]


def test_a_row_with_too_few_fields_and_broken_bytes_late_are_set_aside(tmp_path: Path) -> None:
    filler = b"".join(b"%d,%s\n" % (i, b"x" * 80) for i in range(1000))
    path = written(tmp_path / "a.csv", b"id,note\n" + filler + b"short\nlate,\xe4\nend,ok\n")
    assert everything(path)[1000:] == [
        (1002, "bad_row"),
        (1003, "bad_encoding"),
        (1004, {"id": "end", "note": "ok"}),
    ]


def test_json_lines_take_objects_and_set_the_rest_aside(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", '{"id": 1}\n\n[2]\n{"id": \n{"other": 4}')
    assert everything(path) == [(1, {"id": 1}), (3, "bad_json"), (4, "bad_json"), (5, {"other": 4})]
    assert read(path, "id") == [1, None, None, None]


def test_a_json_array_is_no_json_lines(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="one object a line"):
        open_table(written(tmp_path / "a.json", '[{"id": 1},\n{"id": 2}]'))


def test_parquet_gives_plain_values_whatever_it_holds(tmp_path: Path) -> None:
    at = datetime.fromisoformat("2017-01-01T09:00:00")
    columns = {
        "i": pa.array([1, None]),
        "t": pa.array([at, None], pa.timestamp("ns")),
        "d": pa.array([at.date(), None]),
        "w": pa.array(["a", "b"]).dictionary_encode(),
    }
    path = parquet(tmp_path / "a.parquet", columns)
    assert [read(path, name) for name in columns] == [[1, None], [at, None], [at.replace(hour=0), None], ["a", "b"]]


def test_text_may_be_packed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv.gz", gzip.compress(b"id\n1\n2\n", mtime=0))
    assert read(path, "id") == ["1", "2"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.parquet", b"PAR1 half of a file", "no whole Parquet file"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"id,id\n", "names 'id' twice"),
        ("a.csv", "id\n1\n".encode("utf-16"), "encoding: utf-16"),
        ("a.xlsx", b"PK", "must end in one of"),
        ("a.csv.gz", gzip.compress(b"id\n1\n" * 9000, mtime=0)[:40], "cut off or damaged"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        open_table(written(tmp_path / name, content))


def test_a_directory_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "orders.csv", "id\n")
    with pytest.raises(BadInput, match="directory"):
        open_table(tmp_path)
    with pytest.raises(BadInput, match=r"no such file, did you mean 'orders.csv'"):
        open_table(tmp_path / "order.csv")


def test_a_parquet_file_damaged_in_its_middle_says_so_when_it_gets_there(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", {"id": [f"row {i * 7919 % 10007}" for i in range(50_000)]})
    content = bytearray(path.read_bytes())
    content[1000:9000] = b"\xff" * 8000
    written(path, bytes(content))
    with pytest.raises(BadInput, match="cut off or damaged"):
        read(path, "id")


@pytest.mark.parametrize("skip", [0, 1, 2, 3, 5, 9])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_reading_goes_on_after_any_row(tmp_path: Path, name: str, skip: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("delimited", "jsonlines", "columnar"):
        monkeypatch.setattr(f"shopkeeper.engines.tables.{module}.BATCH", 2)
    if name == "a.parquet":
        path = parquet(tmp_path / name, {"id": ["0", "1", "2", "3", "4"]})
    elif name == "a.csv":
        path = written(tmp_path / name, "id,x\n" + "".join(f"{i},\n" for i in range(5)))
    else:
        path = written(tmp_path / name, "".join(f'{{"id": "{i}"}}\n' for i in range(5)))
    batches = list(open_table(path).batches(skip=skip))
    assert [value for batch in batches for value in batch.column("id")] == ["0", "1", "2", "3", "4"][skip:]


records = st.lists(st.lists(st.text("ab\"',;\n\r é", max_size=6), min_size=3, max_size=3), max_size=8)


@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(records)
def test_what_csv_wrote_csv_reads(tmp_path: Path, table: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["x", "y", "z"], *table])
    found = everything(written(tmp_path / "a.csv", text.getvalue()))
    assert [list(row.values()) for _, row in found] == table


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.sampled_from(['a,b"', '"a', "a,b", 'a"b,c', '"a\nb",c', "x", ",", '"",b', 'b",c', "a,b,c"]), max_size=12
    )
)
def test_no_line_of_a_broken_csv_is_lost(tmp_path: Path, lines: list[str]) -> None:
    path = written(tmp_path / "a.csv", "\n".join(["l,r", *lines]) + "\n")
    text = path.read_text()
    kept = 0
    for batch in open_table(path).batches():
        for i in range(len(batch)):
            spoiled = batch.spoiled.get(i)
            kept += 1 + (spoiled.text if spoiled else "".join(batch.row(i).values())).count("\n")
    assert kept == len(text.splitlines()) - 1


def objects(keys: Sequence[Any]) -> rows.Objects:
    return rows.Objects([k if isinstance(k, Spoiled) else {"k": k} for k in keys], list(range(1, len(keys) + 1)))


BAD = Spoiled("bad_row", "why", "text")


def test_a_spoiled_row_inside_an_order_is_part_of_it_and_beside_it_is_not() -> None:
    batch = objects(["a", BAD, "a", BAD, "b", None, None])
    assert runs(batch.column("k"), batch.spoiled) == [(0, 3), (3, 4), (4, 5), (5, 6), (6, 7)]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", None, BAD]), min_size=1, max_size=4), max_size=8))
def test_batches_are_recut_between_groups_and_lose_nothing(chunks: list[list[Any]]) -> None:
    whole = objects([key for chunk in chunks for key in chunk])
    cut = list(whole_groups(iter([objects(chunk) for chunk in chunks]), "k"))
    assert [record for batch in cut for record in batch.column("k")] == whole.column("k")
    sizes = [stop - start for batch in cut for start, stop in runs(batch.column("k"), batch.spoiled)]
    assert sizes == [stop - start for start, stop in runs(whole.column("k"), whole.spoiled)]


def test_rows_apart_are_found_and_brought_together_in_order_of_their_first(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "k,v\nb,1\na,2\nb,3\nbroken\n,4\n,5\n")
    table = open_table(path)
    assert not is_adjacent(table, "k", tmp_path / "s")
    together = Regrouped(table, "k", tmp_path / "s")
    (batch,) = together.batches()
    assert batch.positions == [2, 4, 3, 5, 6, 7]
    assert batch.column("k") == ["b", "b", "a", None, "", ""]
    assert [batch.spoiled[i].code for i in batch.spoiled] == ["bad_row"]
    (rest,) = together.batches(skip=2)
    assert rest.positions == [3, 5, 6, 7]
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["sorted.parquet"]


@pytest.mark.parametrize("few", [1, 2, 200_000])
def test_rows_together_are_told_from_rows_apart_in_memory_and_outside(
    tmp_path: Path, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopkeeper.engines.tables.grouping.FEW", few)
    together = parquet(tmp_path / "a.parquet", {"k": [1, 1, None, 2, 2, 3]})
    apart = parquet(tmp_path / "b.parquet", {"k": [1, 2, 3, 1]})
    assert is_adjacent(open_table(together), "k", tmp_path / "s")
    assert not is_adjacent(open_table(apart), "k", tmp_path / "s")
