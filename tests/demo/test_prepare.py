"""The demo's files hold nothing of the held-out weeks, and stay the same from run to run."""

from pathlib import Path

import duckdb
import pytest

from demo.prepare import CUT, prepare

BEFORE = {
    "transactions": "transaction_timestamp",
    "mailings": "shown_at",
    "campaigns": "shown_at",
    "redemptions": "redeemed_at",
    "coupons": "starts",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("demo") / "data"
    assert prepare(target, quick=True)
    return target


def ask(folder: Path, query: str) -> list[tuple]:
    return duckdb.sql(query.format(**{path.stem: f"'{path}'" for path in folder.glob("*.parquet")})).fetchall()


@pytest.mark.parametrize(("table", "column"), BEFORE.items())
def test_what_is_imported_ends_before_the_cut(folder: Path, table: str, column: str):
    [(latest,)] = ask(folder, f"SELECT max({column}) FROM {{{table}}}")
    assert latest < CUT.replace(tzinfo=None)


def test_a_date_from_the_held_out_weeks_would_be_seen(folder: Path):
    [(latest,)] = ask(folder, "SELECT max(transaction_timestamp) FROM {held_out}")
    assert latest >= CUT.replace(tzinfo=None)


def test_the_lines_of_a_basket_lie_together(folder: Path):
    [(runs, baskets)] = ask(
        folder,
        """SELECT count(*) FILTER (basket_id IS DISTINCT FROM before), count(DISTINCT basket_id)
           FROM (SELECT basket_id, lag(basket_id) OVER () AS before FROM {transactions})""",
    )
    assert runs == baskets


def test_quick_keeps_three_hundred_households(folder: Path):
    [(n,)] = ask(folder, "SELECT count(DISTINCT household_id) FROM {transactions}")
    assert 290 <= n <= 300


def test_a_second_run_leaves_the_files_alone(folder: Path):
    written = (folder / "transactions.parquet").stat().st_mtime_ns
    assert not prepare(folder, quick=True)
    assert (folder / "transactions.parquet").stat().st_mtime_ns == written


def test_every_coupon_is_worth_something_and_covers_something(folder: Path):
    [(worthless, nameless)] = ask(
        folder, "SELECT count(*) FILTER (face_value <= 0), count(*) FILTER (title IS NULL) FROM {coupons}"
    )
    assert (worthless, nameless) == (0, 0)
