from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import msgspec
import numpy as np
import pytest

import shopkeeper.engines.baskets as baskets_module
from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.core.event import Event, Line
from shopkeeper.core.model import Manifest
from shopkeeper.core.store import Store
from shopkeeper.engines.baskets import Exclusions
from shopkeeper.engines.batch import Batch
from shopkeeper.engines.lake import Lake
from shopkeeper.flows.loading import load_recommender
from shopkeeper.flows.training import RECOMMENDERS, train

CUT = datetime(2017, 12, 4, tzinfo=UTC)


def orders(*, start: int = -120, end: int = 0, leaning: int = 0, seed: int = 5) -> list[Event]:
    rng = Random(seed)  # noqa: S311 - a test's data
    found = []
    for n in range(700):
        who = rng.randrange(90)
        at = CUT + timedelta(days=rng.randrange(start, end), hours=rng.randrange(24), seconds=n)
        products = {(who + leaning + rng.choice((0, 0, 1, 1, 2, 5))) % 15 for _ in range(4)}
        lines = tuple(
            Line(product_id=f"p{i}", category=f"k{i % 6}", department="FUEL" if i == 7 else "food", amount=100)
            for i in sorted(products)
        )
        event = Event(
            source="till",
            message_id=f"{seed}-{n}",
            name="Order Completed",
            customer=f"cus_{who}",
            order_id=f"{seed}-{n}",
            at=at,
            received_at=at,
            lines=lines,
        )
        found.append(event)
    return found


async def trained(
    store: Store, lake: Lake, models: Path, events: Sequence[Event], *, names: Sequence[str] | None = None
) -> list[Manifest]:
    lake.append_batch([msgspec.structs.replace(one, seq=seq) for seq, one in enumerate(events, 1)])
    batch = Batch(lake)
    try:
        return await train(
            store,
            batch,
            models,
            before=CUT,
            now=CUT,
            rng=np.random.default_rng(1),
            names=names,
            exclude=Exclusions(departments=frozenset({"FUEL"})),
        )
    finally:
        batch.close()


async def test_recommenders_are_written_recorded_and_in_force(shelf: Store, lake: Lake, tmp_path: Path) -> None:
    manifests = await trained(shelf, lake, tmp_path / "models", orders(), names=list(RECOMMENDERS))
    force = await shelf.models_in_force()
    assert [each.name for each in manifests] == list(RECOMMENDERS)
    assert force == {each.name: each for each in manifests}
    product = manifests[0]
    assert (product.data_to, product.upto_seq, product.metrics["items"]) == (CUT, 700, 14)
    assert 0.2 < product.metrics["validation.ndcg@10"] < 1
    model = load_recommender(tmp_path / "models", force["recommend.product"])
    assert "p7" not in model.items
    assert len(model.customers) == 90


async def test_nothing_at_or_after_the_cut_reaches_a_model(shelf: Store, lake: Lake, tmp_path: Path) -> None:
    before = orders()
    after = orders(start=0, end=28, leaning=15, seed=6)
    plain = await trained(shelf, Lake(tmp_path / "plain", zone=lake.zone), tmp_path / "a", before, names=RECOMMENDERS)
    planted = await trained(shelf, lake, tmp_path / "b", [*before, *after], names=RECOMMENDERS)
    for one, other in zip(plain, planted, strict=True):
        first, second = load_recommender(tmp_path / "a", one), load_recommender(tmp_path / "b", other)
        assert first.items == second.items
        assert first.rare == second.rare
        np.testing.assert_array_equal(first.popularity, second.popularity)
        np.testing.assert_array_equal(first.households.tastes.toarray(), second.households.tastes.toarray())
        np.testing.assert_array_equal(first.together.toarray(), second.together.toarray())
        assert one.metrics == other.metrics


async def test_a_reader_that_ignores_the_cut_is_caught(
    shelf: Store, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = baskets_module.read_bought
    monkeypatch.setattr(
        "shopkeeper.flows.training.read_bought",
        lambda batch, *, before, **rest: careless(batch, before=before + (1 << 61), **rest),
    )
    events = [*orders(), *orders(start=0, end=28, seed=6)]
    with pytest.raises(BadInput, match="at or after the end of the training data"):
        await trained(shelf, lake, tmp_path, events, names=["recommend.product"])


async def test_the_same_data_gives_the_same_arrays(shelf: Store, lake: Lake, tmp_path: Path) -> None:
    events = orders()
    one = await trained(shelf, lake, tmp_path / "a", events, names=["recommend.product"])
    shuffled = [events[i] for i in np.random.default_rng(2).permutation(len(events))]
    other_lake = Lake(tmp_path / "other", zone=lake.zone)
    other = await trained(shelf, other_lake, tmp_path / "b", shuffled, names=["recommend.product"])
    first, second = (load_recommender(tmp_path / name, each[0]) for name, each in (("a", one), ("b", other)))
    np.testing.assert_allclose(first.households.tastes.toarray(), second.households.tastes.toarray(), atol=1e-7)


async def test_all_means_all_that_there_is_data_for(shelf: Store, lake: Lake, tmp_path: Path) -> None:
    manifests = await trained(shelf, lake, tmp_path, orders())
    assert [each.name for each in manifests] == list(RECOMMENDERS)


async def test_an_empty_lake_is_refused_and_nothing_is_put_in_force(shelf: Store, lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        await trained(shelf, lake, tmp_path / "models", [])
    assert await shelf.models_in_force() == {}
    assert not (tmp_path / "models").exists()


async def test_an_unknown_model_is_named_with_the_nearest(shelf: Store, lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"did you mean 'recommend\.product'"):
        await trained(shelf, lake, tmp_path, [], names=["recommend.produkt"])


async def test_training_again_puts_the_later_version_in_force(shelf: Store, lake: Lake, tmp_path: Path) -> None:
    lake.append_batch([msgspec.structs.replace(one, seq=seq) for seq, one in enumerate(orders(), 1)])
    batch = Batch(lake)
    rng = np.random.default_rng(1)
    for day in (0, 1):
        await train(
            shelf,
            batch,
            tmp_path,
            before=CUT,
            now=CUT + timedelta(days=day),
            rng=rng,
            names=["recommend.product"],
        )
    batch.close()
    force = (await shelf.models_in_force())["recommend.product"]
    assert force.trained_at == CUT + timedelta(days=1)
    assert len(await shelf.model_versions("recommend.product")) == 2
