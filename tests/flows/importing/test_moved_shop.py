"""Rows that wait are read again by the mapping that read them, also after the shop's folder was moved."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.core.store import Store
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.importing import Import, replay, run_import
from shopkeeper.flows.importing.mapping_place import UPLOADED, mapping_at
from shopkeeper.testing.shop import DEFINITIONS

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SHOP = load_definitions({name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")})
MAPPING = """
kind: customers
source: crm
customer: {user_id: member}
timestamp: since
traits: {city: city}
zone: Europe/Vienna
"""
WRONG = MAPPING.replace("zone: Europe/Vienna\n", "")


async def waiting(shelf: Store, shop: Path, place: str) -> None:
    """Import a row that has to wait."""
    (shop / place).parent.mkdir(parents=True, exist_ok=True)
    (shop / place).write_text(WRONG)
    (shop / "customers.csv").write_text("member,since,city\n1,2026-03-01 10:00:00,Linz\n")
    job = Import(shop / "customers.csv", shop / place, shop / "scratch", shop=shop)
    assert (await run_import(shelf, SHOP, job, now=NOW)).progress.quarantined == 1


@pytest.mark.parametrize("place", ["mappings/crm.yaml", ".shopkeeper/mappings/imp_1.yaml"])
async def test_a_moved_shop_finds_its_mappings(store: Store, tmp_path: Path, place: str) -> None:
    shop, moved = tmp_path / "shop", tmp_path / "moved"
    await waiting(store, shop, place)
    assert [row.mapping for row in await store.quarantined()] == [place]
    shop.rename(moved)
    (moved / place).write_text(MAPPING)
    assert (await replay(store, SHOP, now=NOW, shop=moved)).taken == 1


async def test_a_mapping_that_is_gone_is_named_with_the_way_out(store: Store, tmp_path: Path) -> None:
    await waiting(store, tmp_path, "crm.yaml")
    (tmp_path / "crm.yaml").unlink()
    with pytest.raises(BadInput, match=r"crm\.yaml: the mapping .* is not there any more; .* --mapping FILE"):
        await replay(store, SHOP, now=NOW, shop=tmp_path)


def test_a_mapping_of_the_console_that_was_written_down_from_the_root_is_found(tmp_path: Path) -> None:
    kept = tmp_path / UPLOADED / "imp_1.yaml"
    kept.parent.mkdir(parents=True)
    kept.write_text(MAPPING)
    assert mapping_at(f"/srv/before/{UPLOADED}/imp_1.yaml", tmp_path) == kept
    assert mapping_at(str(kept), Path("elsewhere")) == kept
    with pytest.raises(BadInput, match="not there any more"):
        mapping_at("/srv/before/imp_1.yaml", tmp_path)
