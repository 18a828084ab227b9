import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shopkeeper.core.definitions import AppliedVersion
from shopkeeper.core.errors import Conflict, NotFound
from shopkeeper.core.item import Item, Place, Stock
from shopkeeper.core.model import Manifest
from shopkeeper.core.offer import Offer
from shopkeeper.core.quarantine import ImportProgress, Quarantined, place_of
from shopkeeper.core.store import Store

NOW = datetime(2017, 12, 4, tzinfo=UTC)


def applied(number: int, version: str) -> AppliedVersion:
    return AppliedVersion(version=version, number=number, who="ann", at=NOW, files={"shop.yaml": "name: x"})


def manifest(version: str, *, days: int = 0) -> Manifest:
    return Manifest(
        name="ease",
        version=version,
        family="ease",
        trained_at=NOW + timedelta(days=days),
        data_from=None,
        data_to=NOW,
        upto_seq=9,
        parameters={"lambda": 500, "shape": [1, 2]},
        metrics={"ndcg": 0.4},
        digest="ab",
    )


def waiting(key: str, *, origin: str = "orders.csv", code: str = "bad_amount") -> Quarantined:
    return Quarantined(id=key, origin=origin, position=3, code=code, reason="why", body='{"a":1}', at=NOW)


async def test_the_catalogue_keeps_the_last_row_of_an_id(store: Store) -> None:
    tea = Item(id="2", title="Tea", category="drinks", price=199, cost=100, attributes={"size": "1 l"})
    await store.put_items([Item(id="10"), Item(id="2", title="old"), tea])
    assert await store.items() == [Item(id="10"), tea]
    assert await store.find_items(["2", "3"]) == {"2": tea}
    assert await store.find_items([]) == {}


async def test_places_and_stock_are_kept(store: Store) -> None:
    await store.put_places([Place(id="b", title="B"), Place(id="a")])
    await store.put_stock([Stock(item="2", place="a"), Stock(item="2", place="a", available=False, price=150)])
    assert [place.id for place in await store.places()] == ["a", "b"]
    assert await store.stock() == [Stock(item="2", place="a", available=False, price=150)]


async def test_the_catalogues_version_grows_with_every_write(store: Store) -> None:
    seen = [await store.catalogue_version()]
    for write in (
        store.put_items([Item(id="1")]),
        store.put_places([Place(id="a")]),
        store.put_stock([Stock(item="1", place="a")]),
        store.put_offers([Offer(id="o", kind="coupon")]),
    ):
        await write
        seen.append(await store.catalogue_version())
    assert seen == sorted(set(seen))


async def test_offers_come_back_in_order_of_id(store: Store) -> None:
    coupon = Offer(id="b", kind="coupon", items=("1", "2"), face_value=100, starts=NOW, group="mailing")
    await store.put_offers([coupon, Offer(id="a", kind="coupon"), Offer(id="B", kind="coupon")])
    assert [offer.id for offer in await store.offers()] == ["B", "a", "b"]
    assert (await store.offers())[2] == coupon


async def test_learned_counts_add_up_and_move_their_cursor(store: Store) -> None:
    await store.learn([("b", "stretch", 1, 0), ("a", "stretch", 10, 1)], reader="outcomes", expected=0, to=7)
    await store.learn([("a", "stretch", 1, 1), ("a", "stretch", 5, 2)], reader="outcomes", expected=7, to=9)
    assert await store.learned() == {("a", "stretch"): (16, 4), ("b", "stretch"): (1, 0)}
    assert await store.cursor("outcomes") == 9


async def test_of_two_readers_that_learn_the_same_events_one_counts(store: Store) -> None:
    learning = (store.learn([("a", "x", 1, 0)], reader="outcomes", expected=0, to=5) for _ in range(10))
    done = await asyncio.gather(*learning, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Conflict"] * 9 + ["NoneType"]
    assert await store.learned() == {("a", "x"): (1, 0)}


async def test_the_last_applied_version_is_in_force(store: Store) -> None:
    assert await store.in_force() is None
    await store.put_version(applied(1, "aa"), replaces=None)
    await store.put_version(applied(2, "bb"), replaces="aa")
    await store.put_version(applied(3, "aa"), replaces="bb")
    assert await store.in_force() == applied(3, "aa")
    assert [one.number for one in await store.versions()] == [3, 2, 1]


async def test_an_apply_over_another_version_is_a_conflict(store: Store) -> None:
    await store.put_version(applied(1, "aa"), replaces=None)
    with pytest.raises(Conflict, match="aa"):
        await store.put_version(applied(2, "bb"), replaces=None)
    assert await store.versions() == [applied(1, "aa")]


async def test_of_two_applies_at_once_one_wins(store: Store) -> None:
    done = await asyncio.gather(
        *(store.put_version(applied(1, name), replaces=None) for name in ("aa", "bb")), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "NoneType"]
    assert len(await store.versions()) == 1


async def test_the_last_model_put_is_in_force(store: Store) -> None:
    await store.put_model(manifest("1"))
    await store.put_model(manifest("2", days=1))
    assert await store.model_versions("ease") == [manifest("2", days=1), manifest("1")]
    await store.put_model(manifest("1"))
    assert await store.models_in_force() == {"ease": manifest("1")}
    assert await store.model_versions("none") == []


async def test_an_earlier_version_of_a_model_can_be_put_in_force_again(store: Store) -> None:
    await store.put_model(manifest("1"))
    await store.put_model(manifest("2", days=1))
    assert await store.in_force_since() == {"ease": manifest("2", days=1).trained_at}
    later = NOW + timedelta(days=2)
    await store.use_model("ease", "1", later)
    assert await store.models_in_force() == {"ease": manifest("1")}
    assert await store.in_force_since() == {"ease": later}
    with pytest.raises(NotFound, match="3"):
        await store.use_model("ease", "3", later)
    assert await store.all_model_versions() == [manifest("2", days=1), manifest("1")]


async def test_quarantined_rows_wait_until_they_are_replayed(store: Store) -> None:
    await store.quarantine([waiting("q1"), waiting("q2", code="no_id"), waiting("q3", origin="web")])
    await store.quarantine([msgspec.structs.replace(waiting("q1"), reason="another")])
    assert await store.quarantined(origin="orders.csv") == [waiting("q1"), waiting("q2", code="no_id")]
    assert [row.id for row in await store.quarantined(after="q1", limit=1)] == ["q2"]
    await store.mark_replayed(["q1", "q3"], NOW)
    assert await store.count_quarantined() == {("orders.csv", "no_id"): 1}
    assert await store.quarantined(code="bad_amount") == []


async def test_the_latest_of_what_waits_comes_first_page_by_page(store: Store) -> None:
    def row(key: str, *, hours: int, position: int | None = None) -> Quarantined:
        made = waiting(key, origin="web" if position is None else "orders.csv")
        return msgspec.structs.replace(made, at=NOW + timedelta(hours=hours), position=position)

    latest = [row("d", hours=3), row("a", hours=2), row("z", hours=2)]
    file = [row("q", hours=1, position=2), row("b", hours=1, position=10), row("c", hours=1, position=10)]
    await store.quarantine([*reversed(file), *reversed(latest), row("e", hours=0)])
    await store.mark_replayed(["e"], NOW)
    found: list[Quarantined] = []
    while page := await store.latest_quarantined(after=place_of(found[-1]) if found else None, limit=1):
        found += page
        await store.mark_replayed([page[-1].id], NOW)  # what was taken since takes nothing off the next page
    assert found == [*latest, *file]
    assert await store.latest_quarantined() == []


async def test_the_latest_of_one_origin_or_code_are_listed_alone(store: Store) -> None:
    await store.quarantine([waiting("q1"), waiting("q2", code="no_id"), waiting("q3", origin="web")])
    assert [row.id for row in await store.latest_quarantined(origin="orders.csv")] == ["q1", "q2"]
    assert [row.id for row in await store.latest_quarantined(code="no_id")] == ["q2"]
    assert [row.id for row in await store.latest_quarantined(after=place_of(waiting("q1")), limit=1)] == ["q2"]


async def test_the_progress_of_imports_is_kept(store: Store) -> None:
    first = ImportProgress(job="j", file="f", rows=10, accepted=8, duplicates=1, quarantined=1, done=False)
    await store.put_import_progress(first)
    done = msgspec.structs.replace(first, rows=20, done=True)
    await store.put_import_progress(done)
    assert await store.import_progress("j") == done
    assert await store.import_progress("k") is None
    assert await store.imports() == [done]


async def test_a_secret_is_made_once(store: Store) -> None:
    made = await asyncio.gather(*(store.secret("token") for _ in range(4)))
    assert len(set(made)) == 1
    assert len(made[0]) == 32
    assert await store.secret("token") == made[0] != await store.secret("other")
