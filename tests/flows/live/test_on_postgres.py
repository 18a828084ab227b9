"""The loop on PostgreSQL: what SQLite answers, it answers too, before and after a basket."""

import asyncio
import shutil
from pathlib import Path

import pytest

from shopkeeper.app import open_app
from shopkeeper.core.clock import StoppedClock
from shopkeeper.core.decision import DecideRequest
from shopkeeper.flows.report import lift_report
from shopkeeper.flows.segments import count_segments, refresh_memberships
from shopkeeper.store import open_store
from shopkeeper.testing.shop import NOW, basket, fill_shop, seeded, user

WHO = 5


async def loop(folder: Path, environ: dict[str, str]) -> list[object]:
    """Refresh, decide, scan a basket, decide again, report; return what was answered, without ids."""
    async with open_app(folder, environ=environ) as app:
        app.clock, app.rng = StoppedClock(NOW), seeded(5)
        await app.feed_lake()
        await refresh_memberships(app.store, app.batch, app.definitions, now=NOW)
        async with app.serving() as service:
            said: list[object] = [await service.watch.overview()]
            for number in range(3):
                for slot in ("recommendations", "coupons", "explore"):
                    request = DecideRequest(slot=slot, customer={"user_id": user(WHO)})
                    found = await service.decider.decide(request, now=NOW)
                    said.append([(pick.item, round(pick.score, 6), pick.details) for pick in found.picks])
                key = f"scan{number}"
                wire = basket(user(WHO), ["pets-0", "pets-1", "wine-0"], key=key, at=NOW, coupon="save-pets")
                taken = await service.outcomes.take(wire, source="api", now=NOW)
                said.append((taken.outcome, taken.entered, taken.left))
        await app.feed_lake()
        said.append(await count_segments(app.store, app.batch, app.definitions, now=NOW))
        said.append(await lift_report(app.store, app.batch, app.definitions, days=28, now=NOW))
        return said


@pytest.fixture
def second(shop: Path, postgres_database: str, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """The same shop with an empty lake, and a PostgreSQL that holds the same log, catalogue and models."""
    folder = Path(shutil.copytree(shop, tmp_path / "second"))
    shutil.rmtree(folder / ".shopkeeper" / "lake")

    async def fill() -> None:
        ours = await open_store(f"sqlite:///{shop}/.shopkeeper/store.db", readonly=True)
        manifests = (await ours.models_in_force()).values()
        await ours.close()
        store = await open_store(postgres_database, rng=seeded(7))
        await fill_shop(store)
        for manifest in manifests:
            await store.put_model(manifest)
        await store.close()

    asyncio.run(fill())
    return folder, {"SHOPKEEPER_DATABASE": postgres_database}


def test_the_whole_loop_on_postgres_says_what_it_says_on_sqlite(
    shop: Path, second: tuple[Path, dict[str, str]]
) -> None:
    here, there = asyncio.run(loop(shop, {})), asyncio.run(loop(*second))
    assert here == there
    assert any("pet_owners" in answer[1] for answer in here if isinstance(answer, tuple))
