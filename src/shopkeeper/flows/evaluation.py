"""How well recommenders would have served: every method on the same customers, the same items, the same weeks.

Protocol: full ranking of the universe, the `n` best, binary relevance. `all` masks nothing; `new` masks what the
customer bought in training, and that is not relevant either. A customer is scored where something is relevant.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import sparse

from shopkeeper.core.errors import BadInput
from shopkeeper.customize.recommend.baselines import personal_frequency, random_scores, recent_popularity
from shopkeeper.customize.recommend.purchases import Basket, Matrix, Purchases, baskets_of, keep_items
from shopkeeper.customize.recommend.recommender import Recommender
from shopkeeper.engines.baskets import Bought, purchases_by
from shopkeeper.measure.ranking import (
    Difference,
    Floats,
    Top,
    coverage,
    diversity,
    hit_rate_at,
    ndcg_at,
    novelty,
    paired_difference,
    recall_at,
    top_n,
)

Method = Callable[[NDArray[np.int64]], NDArray[np.floating[Any]]]
"""Rows of customers (k,) in, scores (k, n_items) out."""

OURS = "shopkeeper"
BLOCK = 256


class Figures(NamedTuple):
    """One method's means over the customers that were scored; `variant` is `all` or `new`.

    low, high: 95 % interval of the mean NDCG.
    """

    method: str
    variant: str
    customers: int
    ndcg: float
    low: float
    high: float
    hit_rate: float
    recall: float
    coverage: float
    diversity: float
    novelty: float


class Against(NamedTuple):
    """The paired difference of NDCG, ours less a baseline's."""

    baseline: str
    variant: str
    difference: Difference


class Evaluation(NamedTuple):
    """What came of an evaluation: places counted, items in the universe, figures by method and variant."""

    n: int
    items: int
    figures: tuple[Figures, ...]
    against: tuple[Against, ...]


def evaluate_recommender(
    model: Recommender, train: Bought, test: Bought, *, column: str, before: int, rng: Generator
) -> Evaluation:
    """Compare a recommender as it serves with the plain methods.

    Args:
        train: What it was fitted on. test: Lines from `before` (microseconds) on.
        column: What it ranks: `product_id` (diversity counts categories) or `category` (departments).

    Raises: BadInput: another column, or nothing to be found after the cut.
    """
    purchases = purchases_by(train, column)
    methods = standard_methods(model, purchases, before=before, rng=rng)
    kinds = kinds_of(train, column)
    return evaluate(purchases, purchases_by(test, column), methods, items=model.items, kinds=kinds)


def kinds_of(bought: Bought, column: str) -> dict[str, str | None]:
    """Return what diversity tells apart: each product's category, or each category's department."""
    pairs = bought.lines.group_by([column, "category" if column == "product_id" else "department"]).aggregate([])
    first, second = (pairs.column(i).to_pylist() for i in range(2))
    return {item: kind for item, kind in sorted(zip(first, second, strict=True), key=str) if item is not None}


def standard_methods(model: Recommender, train: Purchases, *, before: int, rng: Generator) -> dict[str, Method]:
    """Return the recommender as it serves, and the plain methods beside it, over the model's universe.

    Args:
        train: What the model was fitted on. before: Where that ends, microseconds.
    """
    universe = in_universe(train, model.items)
    popular = recent_popularity(universe, before=before)
    frequency = personal_frequency(universe, before=before)
    n = len(model.items)
    return {
        OURS: served(model, universe),
        "popular": lambda rows: np.tile(popular, (len(rows), 1)),
        "frequency": lambda rows: frequency[rows].toarray(),
        "random": lambda rows: random_scores(len(rows), n, rng),
    }


def served(model: Recommender, train: Purchases) -> Method:
    """Score as a decision does: each customer from the list of her baskets."""
    histories: list[list[Basket]] = baskets_of(train)

    def method(rows: NDArray[np.int64]) -> NDArray[np.float32]:
        tastes = (model.taste(histories[row], customer=train.customers[row]) for row in rows)
        return np.stack([model.scores(taste) for taste in tastes])

    return method


def evaluate(
    train: Purchases,
    test: Purchases,
    methods: Mapping[str, Method],
    *,
    items: tuple[str, ...],
    kinds: Mapping[str, str | None],
    n: int = 10,
) -> Evaluation:
    """Compare methods; the first is ours.

    Args:
        train, test: What was bought before and after the cut; customers without training are left out.
        items: The universe that the methods score, ascending ids.
        kinds: Each item's category, for diversity.

    Raises: BadInput: fewer than two customers bought an item of the universe after the cut.
    """
    known = in_universe(train, items).bought()
    bought_later = relevant_items(test, train.customers, items)
    found: list[Figures] = []
    against: list[Against] = []
    codes = _codes(items, kinds)
    share = np.asarray(known.sum(axis=0)).ravel() / max(1, len(train.customers))
    for variant in ("all", "new"):
        relevant = bought_later if variant == "all" else bought_later - bought_later.multiply(known)
        relevant = sparse.csr_array(relevant)
        relevant.eliminate_zeros()
        rows = np.flatnonzero(np.diff(relevant.indptr)).astype(np.int64)
        if len(rows) < 2:
            raise BadInput(f"{len(rows)} customers bought anything to be found ({variant}), must be at least 2")
        gains: dict[str, Floats] = {}
        for name, method in methods.items():
            top = _lists(method, rows, n, known if variant == "new" else None)
            gains[name] = ndcg_at(top, relevant[rows], n)
            found.append(_figures(name, variant, top, relevant[rows], gains[name], n=n, codes=codes, share=share))
        ours, *baselines = methods
        against += [Against(name, variant, paired_difference(gains[ours], gains[name])) for name in baselines]
    return Evaluation(n, len(items), tuple(found), tuple(against))


def in_universe(purchases: Purchases, items: tuple[str, ...]) -> Purchases:
    """Keep the purchases of some items, which must all occur: `items` then index them."""
    index = {item: i for i, item in enumerate(purchases.items)}
    return keep_items(purchases, np.array([index[item] for item in items], np.int64))


def relevant_items(test: Purchases, customers: tuple[str, ...], items: tuple[str, ...]) -> Matrix:
    """Return 1 where a customer bought an item: CSR (len(customers), len(items)); others are left out."""
    who, what = (_place(names, known) for names, known in ((test.customers, customers), (test.items, items)))
    row, column = who[test.customer], what[test.item]
    kept = (row >= 0) & (column >= 0)
    ones = np.ones(int(kept.sum()))
    matrix = sparse.csr_array((ones, (row[kept], column[kept])), shape=(len(customers), len(items)))
    matrix.data[:] = 1
    return matrix


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as plain values: `{method: {"ndcg@10": …, "new": {…}}, "against": {…}}`."""
    n = evaluation.n
    report: dict[str, Any] = {"items": evaluation.items, "against": {}}
    for each in evaluation.figures:
        values = {
            "customers": each.customers,
            f"ndcg@{n}": each.ndcg,
            f"ndcg@{n}.low": each.low,
            f"ndcg@{n}.high": each.high,
            f"hit_rate@{n}": each.hit_rate,
            f"recall@{n}": each.recall,
            "coverage": each.coverage,
            "diversity": each.diversity,
            "novelty": each.novelty,
        }
        method = report.setdefault(each.method, {})
        method.update(values if each.variant == "all" else {each.variant: values})
    for other in evaluation.against:
        report["against"].setdefault(other.variant, {})[other.baseline] = other.difference._asdict()
    return report


def _lists(method: Method, rows: NDArray[np.int64], n: int, masked: Matrix | None) -> Top:
    """Rank block by block, since every score of everybody at once would fill the memory."""
    lists = []
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        mask = None if masked is None else masked[block].toarray() > 0
        lists.append(top_n(method(block), n, masked=mask))
    return np.concatenate(lists)


def _figures(
    name: str,
    variant: str,
    top: Top,
    relevant: Matrix,
    gains: Floats,
    *,
    n: int,
    codes: NDArray[np.int64],
    share: NDArray[np.float64],
) -> Figures:
    mean = paired_difference(gains, np.zeros_like(gains))
    return Figures(
        method=name,
        variant=variant,
        customers=len(top),
        ndcg=mean.mean,
        low=mean.low,
        high=mean.high,
        hit_rate=float(np.nanmean(hit_rate_at(top, relevant, n))),
        recall=float(np.nanmean(recall_at(top, relevant, n))),
        coverage=coverage(top, len(codes)),
        diversity=_mean(diversity(top, codes)),
        novelty=_mean(novelty(top, share)),
    )


def _mean(values: Floats) -> float:
    """Average what is known; 0 where no list is long enough."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else 0.0


def _codes(items: tuple[str, ...], kinds: Mapping[str, str | None]) -> NDArray[np.int64]:
    names = sorted({kind for kind in (kinds.get(item) for item in items) if kind is not None})
    code = {name: i for i, name in enumerate(names)}
    return np.array([code.get(kinds.get(item) or "", -1) for item in items], np.int64)


def _place(names: tuple[str, ...], known: tuple[str, ...]) -> NDArray[np.int64]:
    index = {name: i for i, name in enumerate(known)}
    return np.array([index.get(name, -1) for name in names], np.int64)
