"""Judge the shop on the held-out weeks, by the protocol of the design: full ranking, top 10, binary relevance.

What the models learned comes from the shop's lake; what happened afterwards comes from a file that the shop never saw.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from demo.prepare import CUT
from demo.result import Anyway, Coupons, Score
from shopkeeper.app import App
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.instant import micros
from shopkeeper.core.offer import Offer
from shopkeeper.customize.affinity import lay_covers, suits
from shopkeeper.customize.coupons.purchases import days
from shopkeeper.customize.recommend.purchases import baskets_of
from shopkeeper.engines.baskets import Bought, Exclusions, purchases_by, read_bought
from shopkeeper.flows.coupon_comparison import Comparison, compare_with_mailings
from shopkeeper.flows.coupon_history import Training, held_out_purchases, read_training
from shopkeeper.flows.coupon_training import NAME as COUPON_MODEL
from shopkeeper.flows.evaluation import Evaluation, evaluate_recommender
from shopkeeper.flows.loading import load_coupon_model, load_recommender
from shopkeeper.flows.models import exclusions
from shopkeeper.measure.coupons import Share

LEVELS = {"product": "product_id", "category": "category"}
COUPONS_EACH = 5
_HELD_OUT = """
SELECT CAST(household_id AS VARCHAR) AS household, basket_id AS "order", epoch_us(transaction_timestamp) AS at_us,
       CAST(product_id AS VARCHAR) AS product_id, product_category AS category, department
FROM read_parquet($lines) AS lines LEFT JOIN read_parquet($products) AS products USING (product_id)
ORDER BY at_us, "order"
"""


async def recommendation(app: App, data: Path) -> dict[str, dict[str, Score]]:
    """Compare the recommenders in force with plain methods, at product and at category level."""
    exclude = exclusions(app.definitions)
    before = micros(CUT)
    bought = read_bought(app.batch, merged=await app.store.merged_parts(), before=before, exclude=exclude)
    later = _recommendable(await _held_out(app, data), exclude)
    manifests = await app.store.models_in_force()
    found = {}
    for level, column in LEVELS.items():
        model = load_recommender(app.models, manifests[f"recommend.{level}"])
        rng = np.random.default_rng(42)
        judged = evaluate_recommender(model, bought, later, column=column, before=before, rng=rng)
        found[level] = _scores(judged)
    return found


def _recommendable(bought: Bought, exclude: Exclusions) -> Bought:
    """Leave out what the training left out."""
    lines = bought.lines
    kept = pc.invert(pc.is_in(lines["department"], value_set=pa.array(sorted(exclude.departments), pa.string())))
    unwanted = pc.is_in(lines["category"], value_set=pa.array(sorted(exclude.categories), pa.string()))
    kept = pc.and_(kept, pc.invert(unwanted))
    if exclude.without_category:
        kept = pc.and_(kept, pc.is_valid(lines["category"]))
    return bought._replace(lines=lines.filter(kept))


def _scores(evaluation: Evaluation) -> dict[str, Score]:
    new = {each.method: each.ndcg for each in evaluation.figures if each.variant == "new"}
    ahead = {each.baseline: each.difference for each in evaluation.against if each.variant == "all"}
    return {
        each.method: Score(
            customers=each.customers,
            ndcg=each.ndcg,
            low=each.low,
            high=each.high,
            hit=each.hit_rate,
            recall=each.recall,
            coverage=each.coverage,
            diversity=each.diversity,
            novelty=each.novelty,
            ndcg_new=new[each.method],
            ahead=None if each.method not in ahead else ahead[each.method][:3],
        )
        for each in evaluation.figures
        if each.variant == "all"
    }


async def coupons(app: App, data: Path) -> Coupons:
    """Compare the coupons that the shop would give with those that the chain mailed."""
    model = load_coupon_model(app.models, (await app.store.models_in_force())[COUPON_MODEL])
    offers = [offer for offer in await app.store.offers() if offer.starts is None or offer.starts < CUT]
    items, merged = await app.store.items(), await app.store.merged_parts()
    training = read_training(app.batch, offers, items, merged=merged, before=CUT, rng=np.random.default_rng(42))
    later = (await _held_out(app, data)).lines
    live = np.array([row for row, offer in enumerate(offers) if offer.ends is None or offer.ends > CUT])
    return _sides(
        compare_with_mailings(
            model,
            training.history,
            held_out_purchases(later.rename_columns({"order": "seq"}), training),
            live=live,
            now=days(micros(CUT)),
            n=COUPONS_EACH,
            rng=np.random.default_rng(7),
            affinity=await _affinity(app, training, [offers[row] for row in live]),
        )
    )


async def _affinity(app: App, training: Training, offers: Sequence[Offer]) -> NDArray[np.float64]:
    """Ask the recommender in force what it thinks of each coupon for each customer, as decisions do."""
    model = load_recommender(app.models, (await app.store.models_in_force())["recommend.product"])
    covers = lay_covers([offer.items for offer in offers], model.index)
    merged, exclude = await app.store.merged_parts(), exclusions(app.definitions)
    baskets = purchases_by(read_bought(app.batch, merged=merged, before=micros(CUT), exclude=exclude), "product_id")
    histories = dict(zip(baskets.customers, baskets_of(baskets), strict=True))
    found = np.zeros((len(training.customers), len(offers)))
    for row, customer in enumerate(training.customers.tolist()):
        taste = model.taste(histories.get(customer, ()), customer=customer)
        found[row] = suits(model.scores(taste), covers)
    return found


def _sides(found: Comparison) -> Coupons:
    gap = found.difference
    return Coupons(
        shopkeeper=_anyway(found.ours),
        chain=_anyway(found.mailed),
        difference=(gap.difference, gap.low, gap.high),
        value=found.value,
        familiar=found.familiar,
        expected=None if found.expected is None else _anyway(found.expected),
        realised=None if found.realised is None else _anyway(found.realised),
    )


def _anyway(side: Share) -> Anyway:
    return Anyway(*side)


async def _held_out(app: App, data: Path) -> Bought:
    """Read the held-out lines, households by the ids that the shop knows them under; strangers keep their number."""
    files = {"lines": str(data / "held_out.parquet"), "products": str(data / "products.parquet")}
    table: pa.Table = duckdb.connect().sql(_HELD_OUT, params=files).to_arrow_table()
    households = table.column("household").to_pylist()
    names = [Identifier("user_id", household) for household in sorted(set(households))]
    known = {name.value: customer for name, customer in (await app.store.find_customers(names)).items()}
    customers = [known.get(household, household) for household in households]
    return Bought(table.append_column("customer", [customers]), 0)
