"""What a decision does without its models, or with damaged ones: it answers, and says what was missing."""

import shutil
from pathlib import Path

import pytest

from shopkeeper.app import open_app
from shopkeeper.core.decision import DecideRequest, RankRequest
from shopkeeper.core.errors import StoreError
from shopkeeper.flows import loading
from shopkeeper.testing.shop import ITEMS, NOW, user


async def asked(app, slot, **rest):
    async with app.serving() as service:
        request = DecideRequest(slot=slot, customer={"user_id": user(5)}, **rest)
        return await service.decider.decide(request, now=NOW)


def files_of(shop, model):
    return next((shop / ".shopkeeper" / "models" / model).iterdir())


async def test_without_models_the_answer_is_empty_and_says_why(tmp_path, monkeypatch):
    from shopkeeper.store import open_store
    from shopkeeper.testing.shop import fill_shop, write_shop

    monkeypatch.setattr("shopkeeper.testing.shop.CUSTOMERS", 3)
    write_shop(tmp_path)
    store = await open_store(f"sqlite:///{tmp_path}/.shopkeeper/store.db")
    await fill_shop(store)
    await store.close()
    async with open_app(tmp_path, environ={}) as app:
        found = await asked(app, "recommendations")
        assert (found.picks, found.degraded) == ((), "no recommender is in force; run 'shopkeeper model train'")
        assert (await asked(app, "coupons")).degraded in {
            "no coupon model is in force; run 'shopkeeper model train'",
            None,
        }
        assert list(found.versions) == ["definitions"]
        async with app.serving() as service:
            ranked = await service.decider.rank(RankRequest(items=["b", "a"]), now=NOW)
        assert [pick.item for pick in ranked.picks] == ["b", "a"]
        assert ranked.degraded == found.degraded


@pytest.mark.parametrize("damage", ["cut", "gone", "changed", "unreadable"])
@pytest.mark.parametrize(("model", "slot"), [("recommend.product", "recommendations"), ("coupons", "coupons")])
async def test_a_damaged_model_is_left_out_and_named(app, shop, damage, model, slot):
    files = files_of(shop, model)
    arrays = next(path for path in files.iterdir() if path.suffix == ".npz")
    if damage == "cut":
        arrays.write_bytes(arrays.read_bytes()[:100])
    elif damage == "gone":
        shutil.rmtree(files)
    elif damage == "changed":
        manifest = next(path for path in files.iterdir() if path.suffix == ".json")
        manifest.write_text(manifest.read_text().replace('"upto_seq":', '"upto_seq":1'))
    else:
        arrays.unlink()
        arrays.mkdir()
    found = await asked(app, slot, n=3)
    assert found.degraded == f"the files of model {model} cannot be read; run 'shopkeeper model train'"
    assert model not in found.versions
    other = await asked(app, "coupons" if slot == "recommendations" else "recommendations", n=3)
    assert other.degraded is None
    assert other.picks


async def test_a_slot_that_fails_falls_back_to_what_is_popular(app, service, treated, monkeypatch):
    plain = await service.decider.decide(DecideRequest(slot="recommendations"), now=NOW)

    def fail(*_args: object, **_more: object) -> None:
        raise StoreError("canary-77")

    monkeypatch.setattr(type(service.decider.assortment.products), "choose", fail)
    request = DecideRequest(slot="recommendations", customer={"user_id": user(treated)})
    found = await service.decider.decide(request, now=NOW)
    assert found.degraded == "the slot failed (store_error)"
    assert [pick.item for pick in found.picks] == [pick.item for pick in plain.picks]


async def test_a_model_written_by_hand_without_its_digest_is_not_served(app, shop, monkeypatch):
    files = files_of(shop, "recommend.product")
    other = files_of(shop, "recommend.category")
    for path in other.iterdir():
        shutil.copy(path, files / path.name)
    assert (await asked(app, "recommendations")).degraded is not None
    careful = loading.read_model

    def careless(folder, name, version, *, digest):
        return careful(folder, name, version, digest=None if digest else digest)

    monkeypatch.setattr(loading, "read_model", careless)
    planted = await asked(app, "recommendations")
    assert planted.degraded is None
    assert {pick.item for pick in planted.picks}.isdisjoint(item.id for item in ITEMS)


async def test_an_unread_model_stops_no_start(app, shop):
    shutil.rmtree(Path(shop) / ".shopkeeper" / "models")
    async with app.serving() as service:
        assert service.decider.assortment.unread == ("recommend.product", "coupons")
