"""The till reads the held-out baskets in order of time and says them as any till would."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from demo.prepare import CUT, prepare
from demo.till import Basket, first_baskets
from shopkeeper.core.event import ORDER_COMPLETED
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door.canonical import canonical
from shopkeeper.flows.door.origin import Origin


@pytest.fixture(scope="module")
def baskets(tmp_path_factory: pytest.TempPathFactory) -> list[Basket]:
    folder = tmp_path_factory.mktemp("demo") / "data"
    prepare(folder, quick=True)
    return first_baskets(folder / "held_out.parquet", 50)


def test_the_first_baskets_come_in_order_and_after_the_cut(baskets: list[Basket]):
    assert len(baskets) == 50
    assert baskets == sorted(baskets, key=lambda basket: (basket.at, int(basket.order_id)))
    assert baskets[0].at >= CUT


def test_every_basket_is_an_order_that_the_door_takes(baskets: list[Basket]):
    shop = files("shopkeeper.cli") / "examples" / "grocery"
    names = ("shop.yaml", "traits.yaml", "segments.yaml", "offers.yaml", "slots.yaml")
    definitions = load_definitions({name: (shop / name).read_text() for name in names})
    for basket in baskets:
        draft = canonical(
            {"type": "track", **basket.wire()},
            definitions,
            {},
            origin=Origin("till"),
            now=basket.at + timedelta(minutes=1),
        )
        assert draft.event.name == ORDER_COMPLETED
        assert len(draft.event.lines) == len(basket.products)


def test_a_stamp_names_its_zone():
    basket = Basket("1", "2", "3", datetime(2017, 12, 4, 9, tzinfo=UTC), [])
    assert basket.wire()["timestamp"] == "2017-12-04T09:00:00+00:00"
