"""A connection of DuckDB closes although another thread still asks it something."""

import threading
from pathlib import Path

import duckdb

from shopkeeper.engines.crowd import CrowdTable


def test_a_table_closes_while_another_thread_still_fills_it(tmp_path: Path) -> None:
    table = CrowdTable(tmp_path / "spill")
    begun, errors = threading.Event(), list[duckdb.Error]()

    def fill() -> None:
        begun.set()
        try:
            table._connection.con.execute("SELECT count(*) FROM range(100_000_000_000)").fetchall()
        except duckdb.Error as error:
            errors.append(error)

    filling = threading.Thread(target=fill)
    filling.start()
    begun.wait()
    table.close()
    filling.join()
    assert errors
