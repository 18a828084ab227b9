from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.core.event import Event, Line
from shopkeeper.core.instant import micros
from shopkeeper.core.item import Item
from shopkeeper.core.offer import Offer
from shopkeeper.customize.coupons.anyway import CouponModel
from shopkeeper.customize.coupons.fitting import fit_coupons
from shopkeeper.customize.coupons.purchases import days
from shopkeeper.engines.batch import Batch
from shopkeeper.engines.lake import Lake
from shopkeeper.engines.model_files import read_model
from shopkeeper.flows.coupon_comparison import compare_with_mailings
from shopkeeper.flows.coupon_history import held_out_purchases, read_training
from shopkeeper.flows.coupon_training import coupon_metrics, train_coupons

START = datetime(2026, 1, 5, 10, tzinfo=UTC)
BEFORE = START + timedelta(days=196)
MAILED = START + timedelta(days=154)
CUSTOMERS, MAILED_TO, PRODUCTS, WEEKS = 120, 90, 16, 32
OFFERS = [
    Offer(
        id=f"c{k}",
        kind="coupon",
        items=(f"p{k:02}", "never-sold"),
        face_value=100,
        group="listed" if k >= 10 else "named",
        starts=MAILED,
        ends=MAILED + timedelta(days=80),
    )
    for k in range(PRODUCTS)
]
ITEMS = [Item(id=f"p{k:02}", category=f"k{k // 4}") for k in range(PRODUCTS)]


def event(name, customer, at, key, **rest):
    return Event(
        source="till",
        message_id=f"{name}:{key}",
        name=name,
        customer=f"cus_{customer:03}",
        at=at,
        received_at=at,
        **rest,
    )


def year():
    """Weekly trips with lasting tastes; most are mailed, partly by list; redemptions follow taste."""
    rng = np.random.default_rng(1)
    taste = rng.beta(0.5, 2, (CUSTOMERS, PRODUCTS))
    events = []
    for week in range(WEEKS):
        for who in range(CUSTOMERS):
            at = START + timedelta(days=7 * week, minutes=who)
            cart = [k for k in range(PRODUCTS) if rng.random() < taste[who, k]]
            lines = tuple(Line(product_id=f"p{k:02}", amount=300, cost=200 if k < 8 else None) for k in cart)
            if lines:
                events.append(
                    event("Order Completed", who, at, f"{week}:{who}", order_id=f"o{week}:{who}", lines=lines)
                )
    for who in range(MAILED_TO):
        events.append(event("Campaign Mailed", who, MAILED, f"list:{who}", texts={"group": "listed"}))
        events += [event("Offer Shown", who, MAILED, f"{k}:{who}", texts={"offer": f"c{k}"}) for k in range(10)]
        for k in range(PRODUCTS):
            if rng.random() < 0.5 * taste[who, k]:
                at = MAILED + timedelta(days=2)
                events.append(event("Offer Redeemed", who, at, f"{k}:{who}", texts={"offer": f"c{k}"}))
    events.sort(key=lambda e: e.at)
    back = event("Order Cancelled", 0, START + timedelta(days=1), "back", order_id="o0:0")
    later = event("Order Cancelled", 1, BEFORE + timedelta(days=1), "late", order_id="o0:1")
    ordered = sorted([*events, back, later], key=lambda e: e.at)
    return [Event(**{f: getattr(e, f) for f in e.__struct_fields__} | {"seq": n}) for n, e in enumerate(ordered, 1)]


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    lake = Lake(tmp_path_factory.mktemp("lake"), zone=ZoneInfo("UTC"))
    lake.append_batch(year())
    batch = Batch(lake)
    yield batch
    batch.close()


@pytest.fixture(scope="module")
def training(batch):
    return read_training(batch, OFFERS, ITEMS, merged={}, before=BEFORE, rng=np.random.default_rng(1))


def test_only_what_happened_before_the_cut_is_read_net_of_what_was_taken_back(training):
    bought = training.history.purchases
    assert bought.day.max() < days(micros(BEFORE))
    first = days(micros(START + timedelta(hours=3)))
    early = set(bought.customer[bought.day < first].tolist())
    # The first customer's first order was cancelled in time; the second's only after the cut.
    assert (0 in early, 1 in early) == (False, True)
    assert np.all(np.diff(bought.day) >= 0)
    assert np.all(np.diff(bought.order) >= 0)


def test_margins_are_real_where_costs_are_known_and_assumed_elsewhere(training):
    margin = dict(zip(training.products.tolist(), training.margin.tolist(), strict=True))
    assert margin["p00"] == pytest.approx(100.0)
    assert margin["p15"] == pytest.approx(75.0)
    assert 0.3 < training.known_cost < 0.7


def test_who_was_shown_what_is_read_from_named_coupons_and_from_lists(training):
    shown = training.history.shown
    assert len(shown.day) == MAILED_TO * PRODUCTS
    assert set(shown.coupon[shown.listed == 1].tolist()) == set(range(10, PRODUCTS))
    assert np.isfinite(shown.redeemed).sum() > 100
    assert set(shown.until.tolist()) == {days(micros(MAILED + timedelta(days=80)))}


def test_held_out_lines_take_the_rows_of_the_training_and_strangers_are_left_out(training):
    lines = [("cus_002", 9, 2, "p01"), ("cus_002", 7, 1, "p01"), ("nobody", 8, 1, "p01"), ("cus_003", 7, 1, "p00")]
    columns = dict(zip(("customer", "seq", "at_us", "product_id"), map(list, zip(*lines, strict=True)), strict=True))
    found = held_out_purchases(pa.table(columns), training)
    assert training.customers[found.customer].tolist() == ["cus_002", "cus_003", "cus_002"]
    assert training.products[found.product].tolist() == ["p01", "p00", "p01"]
    assert found.order.tolist() == [0, 0, 1]


async def test_the_model_is_written_put_in_force_and_read_back(batch, shelf, tmp_path):
    told = []
    await shelf.put_offers(OFFERS)
    await shelf.put_items(ITEMS)
    rng = np.random.default_rng(3)
    manifest = await train_coupons(
        shelf, batch, tmp_path / "models", before=BEFORE, now=BEFORE, rng=rng, progress=told.append
    )
    assert (await shelf.models_in_force())["coupons"] == manifest
    kept, arrays = read_model(tmp_path / "models", "coupons", manifest.version, digest=manifest.digest)
    model = CouponModel.from_arrays(arrays)
    assert kept == manifest
    assert model.redemption is not None
    assert manifest.parameters["redemption"] == "logistic"
    assert manifest.metrics["anyway_auc"] > 0.6
    assert manifest.data_to == BEFORE
    assert len(told) == 2


async def test_a_shop_without_coupons_is_told_so(batch, shelf, tmp_path):
    with pytest.raises(BadInput, match="no offer that starts before"):
        await train_coupons(
            shelf, batch, tmp_path, before=BEFORE, now=BEFORE, rng=np.random.default_rng(1), progress=print
        )


def test_our_coupons_are_compared_with_the_mailings_on_the_same_customers(batch, training):
    now = days(micros(BEFORE))
    fitted = fit_coupons(
        training.history, products=training.products, margin=training.margin, before=now, rng=np.random.default_rng(3)
    )
    end = BEFORE + timedelta(days=28)
    everything = read_training(batch, OFFERS, ITEMS, merged={}, before=end, rng=np.random.default_rng(1))
    later = everything.history.purchases.between(now, now + 28)
    live = np.arange(PRODUCTS)
    found = compare_with_mailings(
        fitted.model, training.history, later, live=live, now=now, n=3, rng=np.random.default_rng(5)
    )
    assert 2 * MAILED_TO < found.ours.coupons <= found.mailed.coupons == 3 * MAILED_TO
    assert found.value[0] > found.value[1]
    assert found.ours.share < found.mailed.share
    assert found.difference.high < 0
    assert found.realised is None
    assert found.redeemers.coupons == np.isfinite(training.history.shown.redeemed).sum()
    assert found.redeemers.share > 0.5
    assert "anyway_calibration_slope" in coupon_metrics(fitted)


def test_what_we_give_to_customers_who_were_not_mailed_is_judged_by_what_happened(batch, training):
    now, history = days(micros(BEFORE)), training.history
    fitted = fit_coupons(
        history, products=training.products, margin=training.margin, before=now, rng=np.random.default_rng(3)
    )
    end = BEFORE + timedelta(days=28)
    everything = read_training(batch, OFFERS, ITEMS, merged={}, before=end, rng=np.random.default_rng(1))
    fewer = history._replace(shown=history.shown.rows(history.shown.coupon < 3))
    found = compare_with_mailings(
        fitted.model,
        fewer,
        everything.history.purchases,
        live=np.arange(PRODUCTS),
        now=now,
        n=6,
        rng=np.random.default_rng(5),
    )
    assert found.realised.low - 0.05 <= found.expected.share <= found.realised.high + 0.05
