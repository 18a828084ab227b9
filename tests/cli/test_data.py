"""import and quarantine: from a table to the log and the lake, and back to what had to wait."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from shopkeeper.cli.main import cli

MAPPING = """
kind: orders
source: till
customer: {user_id: card}
order_id: basket
timestamp: at
product_id: sku
amount: paid
"""
ROWS = "card,basket,at,sku,paid\n1,x,2017-03-01 09:00,a,1.00\n1,y,2017-03-01 10:00,a,canary-77\n"


def shopkeeper(*words: str) -> Result:
    """Type a command; an exception that is not an exit is a failure of the test."""
    done = CliRunner().invoke(cli, list(words))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def told(*words: str) -> Any:
    """Type a command that succeeds and return what it says to programs."""
    done = shopkeeper(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop in force, in whose folder the commands are typed, with rows to import."""
    for name in [name for name in os.environ if name.startswith("SHOPKEEPER_")]:
        monkeypatch.delenv(name)
    shop = tmp_path / "shop"
    assert shopkeeper("init", str(shop), "--example", "grocery").exit_code == 0
    monkeypatch.chdir(shop)
    assert shopkeeper("apply", "--yes").exit_code == 0
    (shop / "orders.yaml").write_text(MAPPING)
    (shop / "orders.csv").write_text(ROWS)
    return shop


def test_rows_without_a_zone_wait_and_go_in_after_the_mapping_is_mended(folder: Path) -> None:
    first = told("import", "orders.csv", "--mapping", "orders.yaml")
    assert (first["rows"], first["accepted"], first["quarantined"], first["done"]) == (2, 0, 2, True)
    (folder / "orders.yaml").write_text(MAPPING + "zone: UTC\n")
    done = told("quarantine", "replay", "--code", "bad_timestamp")
    assert (done["taken"], done["waiting"]) == (1, [])
    assert told("quarantine", "list")["counts"] == [{"origin": "orders.csv", "code": "bad_amount", "waiting": 1}]


def test_what_waits_is_listed_without_and_shown_with_its_values(folder: Path) -> None:
    shopkeeper("import", "orders.csv", "--mapping", "orders.yaml")
    listed = shopkeeper("quarantine", "list", "--code", "bad_amount")
    assert "orders.csv, row 3: bad_amount: column paid: must be a finite amount" in listed.output
    assert "canary" not in listed.output
    (row,) = told("quarantine", "list", "--code", "bad_amount")["rows"]
    assert told("quarantine", "show", row["id"])["body"][0]["paid"] == "canary-77"
    assert '"paid": "canary-77"' in shopkeeper("quarantine", "show", row["id"]).output


def test_a_list_of_one_reason_counts_that_alone_and_a_row_that_was_taken_is_said_to_be(folder: Path) -> None:
    shopkeeper("import", "orders.csv", "--mapping", "orders.yaml")
    assert shopkeeper("quarantine", "list", "--code", "nope").output == "Nothing of that waits; 2 others do.\n"
    assert told("quarantine", "list", "--code", "nope") == {"counts": [], "rows": []}
    listed = shopkeeper("quarantine", "list", "--code", "bad_timestamp").output
    assert ("bad_timestamp  from" in listed, "bad_amount" in listed) == (True, False)
    (row,) = told("quarantine", "list", "--code", "bad_timestamp")["rows"]
    (folder / "orders.yaml").write_text(MAPPING + "zone: UTC\n")
    assert told("quarantine", "replay", row["id"])["taken"] == 1
    again = shopkeeper("quarantine", "replay", row["id"])
    assert (again.exit_code, f"{row['id']}: was taken already" in again.stderr) == (1, True)


def test_an_import_feeds_the_lake_and_says_when_there_is_nothing_left_to_do(folder: Path) -> None:
    (folder / "orders.yaml").write_text(MAPPING + "zone: UTC\n")
    done = shopkeeper("import", "orders.csv", "--mapping", "orders.yaml")
    assert "2 rows: 1 taken, 0 known already, 1 wait." in done.output
    assert "shopkeeper quarantine list --origin orders.csv" in done.output
    assert "shopkeeper segment refresh" in done.output
    assert list((folder / ".shopkeeper" / "lake").rglob("*.parquet"))
    assert "was imported to its end before" in shopkeeper("import", "orders.csv", "--mapping", "orders.yaml").output
    assert told("import", "orders.csv", "--mapping", "orders.yaml", "--again")["duplicates"] == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("import", "order.csv", "--mapping", "orders.yaml"), 2, "no such file, did you mean 'orders.csv'?"),
        (("import", ".", "--mapping", "orders.yaml"), 2, "is a directory"),
        (
            ("import", "orders.csv", "--mapping", "order.yaml"),
            2,
            "cannot be read as a mapping: no such file or directory",
        ),
        (("quarantine", "show", "qua_1"), 1, "nothing waits under the id 'qua_1'"),
        (("quarantine", "show", "qua_" + "0" * 32), 1, "nothing waits"),
        (("quarantine", "replay", "qua_nope"), 1, "nothing waits under the id 'qua_nope'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_message(folder: Path, words: tuple[str, ...], code: int, says: str) -> None:
    done = shopkeeper(*words)
    assert done.exit_code == code
    assert says in done.stderr
    assert "Traceback" not in done.output


def test_nothing_is_imported_before_definitions_are_in_force(tmp_path: Path) -> None:
    assert shopkeeper("init", str(tmp_path / "s")).exit_code == 0
    done = shopkeeper("--shop", str(tmp_path / "s"), "import", "x.csv", "--mapping", "y.yaml")
    assert done.exit_code == 1
    assert "shopkeeper apply" in done.stderr


def test_the_examples_mappings_can_be_read(folder: Path) -> None:
    from shopkeeper.flows.importing import load_mapping

    read = {path.stem for path in (folder / "mappings").iterdir() if load_mapping(path)}
    assert {"orders", "products", "stores", "customers", "coupons", "mailings", "redemptions"} <= read
