"""An import's rows that wait are in the accounts: accepted with the file, and moved to their source as they go in."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shopkeeper.core.store import Store
from shopkeeper.flows.accounting import account
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.importing import Import, replay, run_import
from shopkeeper.flows.importing.replay import replay_mended
from shopkeeper.testing.shop import DEFINITIONS

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SHOP = load_definitions({name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")})
ORDERS = """
kind: orders
source: till
customer: {user_id: card}
order_id: basket
timestamp: at
product_id: sku
amount: paid
"""
ITEMS = "kind: items\nid: sku\nprice: paid\n"
MENDED = ORDERS.replace("paid", "due")
GOOD = "u1,b1,2026-03-01T09:00:00Z,a,1.00,1.00\n"
BAD = "u2,b2,2026-03-01T09:00:00Z,a,much,2.00\nu3,b3,2026-03-01T09:00:00Z,b,more,3.00\n"


async def load(store: Store, folder: Path, mapping: str, rows: str, *, again: bool = False) -> None:
    file, rules = folder / "rows.csv", folder / "mapping.yaml"
    file.write_text("card,basket,at,sku,paid,due\n" + rows)
    rules.write_text(mapping)
    await run_import(store, SHOP, Import(file, rules, folder / "scratch", again=again), now=NOW)


async def accounts(store: Store) -> dict[str, tuple[int, int, int]]:
    """Return (accepted, in the log, waiting) by source, in which nothing is missing."""
    found = await account(store)
    assert found.total.difference == 0
    assert [one.source for one in found.sources if one.difference] == []
    return {one.source: (one.accepted, one.applied + one.pending, one.quarantined) for one in found.sources}


async def test_refused_rows_are_accepted_under_the_name_of_their_file(store: Store, tmp_path: Path) -> None:
    await load(store, tmp_path, ORDERS, GOOD + BAD)
    assert await accounts(store) == {"till": (1, 1, 0), "rows.csv": (2, 0, 2)}
    await load(store, tmp_path, ORDERS, GOOD + BAD, again=True)
    assert await accounts(store) == {"till": (1, 1, 0), "rows.csv": (2, 0, 2)}


async def test_rows_that_go_in_after_all_are_counted_under_their_source(store: Store, tmp_path: Path) -> None:
    await load(store, tmp_path, ORDERS, GOOD + BAD)
    (tmp_path / "mended.yaml").write_text(MENDED)
    assert (await replay(store, SHOP, now=NOW, mapping=tmp_path / "mended.yaml")).taken == 2
    assert await accounts(store) == {"till": (3, 3, 0), "rows.csv": (0, 0, 0)}


async def test_a_row_that_is_mended_is_counted_under_its_source(store: Store, tmp_path: Path) -> None:
    await load(store, tmp_path, ORDERS, BAD)
    row, other = await store.quarantined()
    body = [{"card": "u2", "basket": "b2", "at": "2026-03-01T09:00:00Z", "sku": "a", "paid": "1.00"}]
    for _ in range(2):
        assert (await replay_mended(store, SHOP, row, body, by="ann", now=NOW)).why is None
    assert await accounts(store) == {"till": (1, 1, 0), "rows.csv": (1, 0, 1)}
    assert [one.id for one in await store.quarantined()] == [other.id]


@pytest.mark.parametrize("times", [1, 2])
async def test_what_is_no_event_leaves_the_accounts_as_it_goes_in(store: Store, tmp_path: Path, times: int) -> None:
    await load(store, tmp_path, ITEMS, "u1,b1,x,a,much,1.00\n")
    assert await accounts(store) == {"rows.csv": (1, 0, 1)}
    (tmp_path / "mended.yaml").write_text(ITEMS.replace("paid", "due"))
    (row,) = await store.quarantined()
    await replay(store, SHOP, now=NOW, mapping=tmp_path / "mended.yaml")
    for _ in range(times):
        await store.mark_replayed([row.id], NOW)
    assert await accounts(store) == {"rows.csv": (0, 0, 0)}
