import json

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from shopkeeper.core.errors import BadInput
from shopkeeper.customize.recommend.fitting import fit
from shopkeeper.customize.recommend.purchases import Purchases, purchases_of
from shopkeeper.customize.recommend.recommender import Recommender
from shopkeeper.customize.recommend.settings import Settings
from shopkeeper.engines.baskets import Bought, purchases_by
from shopkeeper.flows.evaluation import (
    as_json,
    evaluate,
    evaluate_recommender,
    relevant_items,
    served,
)

DAY = 86_400_000_000


def purchases(*rows: tuple[str, int, str]) -> Purchases:
    who, day, what = zip(*rows, strict=True)
    customers, items = sorted(set(who)), sorted(set(what))
    at = np.array(day) * DAY
    return purchases_of(
        customers,
        items,
        customer=np.array([customers.index(one) for one in who]),
        order=at,
        at=at,
        item=np.array([items.index(one) for one in what]),
    )


def lines(rng: np.random.Generator, *, days: tuple[int, int], n: int) -> Bought:
    """Customers with a leaning, who keep it after the cut."""
    who, day = rng.integers(0, 40, n), rng.integers(*days, n)
    what = (who + rng.geometric(0.4, n)) % 25
    table = pa.table(
        {
            "customer": [f"c{i:02}" for i in who],
            "order": who * 1000 + day,
            "at_us": day * DAY,
            "product_id": [f"p{i:02}" for i in what],
            "category": [f"k{i % 5}" for i in what],
            "department": ["food"] * n,
        }
    )
    return Bought(table, n)


@pytest.fixture(scope="module")
def train() -> Bought:
    return lines(np.random.default_rng(1), days=(0, 100), n=1500)


@pytest.fixture(scope="module")
def model(train: Bought) -> Recommender:
    settings = Settings(minimum=2, neighbours=5, ridge=2.0)
    return fit(purchases_by(train, "product_id"), before=100 * DAY, settings=settings)


def test_figures_by_hand() -> None:
    train = purchases(("a", 1, "x"), ("b", 1, "y"), ("c", 1, "z"))
    test = purchases(("a", 9, "x"), ("a", 9, "y"), ("b", 9, "z"), ("stranger", 9, "x"))
    methods = {"ours": lambda rows: np.tile([3.0, 2.0, 1.0], (len(rows), 1))}
    found = evaluate(train, test, methods, items=("x", "y", "z"), kinds={"x": "k", "y": "k", "z": None}, n=2)
    every, fresh = found.figures
    assert (every.variant, every.customers, every.hit_rate, every.ndcg, every.recall) == ("all", 2, 0.5, 0.5, 0.5)
    assert (every.coverage, every.diversity) == (2 / 3, 0)
    assert every.novelty == pytest.approx(np.log2(3))
    assert (fresh.customers, fresh.hit_rate) == (2, 1)
    assert fresh.ndcg == pytest.approx((1 + 1 / np.log2(3)) / 2)


def test_what_was_bought_in_training_is_neither_shown_nor_relevant_as_new() -> None:
    train = purchases(("a", 1, "x"), ("b", 1, "y"))
    test = purchases(("a", 9, "x"), ("a", 9, "y"), ("b", 9, "x"))
    methods = {"ours": lambda rows: np.tile([2.0, 1.0], (len(rows), 1))}
    fresh = evaluate(train, test, methods, items=("x", "y"), kinds={}, n=1).figures[1]
    assert fresh.ndcg == 1


def test_relevant_items_leave_out_strangers_and_unknown_items() -> None:
    test = purchases(("a", 9, "x"), ("a", 10, "x"), ("b", 9, "new"), ("z", 9, "x"))
    assert relevant_items(test, ("a", "b"), ("w", "x")).toarray().tolist() == [[0, 1], [0, 0]]


def test_the_method_judged_is_the_one_that_serves(train: Bought, model: Recommender) -> None:
    history = purchases_by(train, "product_id")
    scores = served(model, history)(np.array([3]))
    from shopkeeper.customize.recommend.purchases import baskets_of

    taste = model.taste(baskets_of(history)[3], customer=history.customers[3])
    np.testing.assert_array_equal(scores[0], model.scores(taste))


def test_a_leaning_that_lasts_is_found_and_random_is_beaten(train: Bought, model: Recommender) -> None:
    test = lines(np.random.default_rng(2), days=(100, 110), n=300)
    found = evaluate_recommender(
        model, train, test, column="product_id", before=100 * DAY, rng=np.random.default_rng(3)
    )
    verdicts = {(one.baseline, one.variant): one.difference.verdict for one in found.against}
    assert verdicts["random", "all"] == verdicts["popular", "all"] == "ahead"


def test_an_evaluation_is_json(train: Bought, model: Recommender) -> None:
    test = lines(np.random.default_rng(2), days=(100, 110), n=300)
    found = evaluate_recommender(
        model, train, test, column="product_id", before=100 * DAY, rng=np.random.default_rng(3)
    )
    report = json.loads(json.dumps(as_json(found)))
    assert report["shopkeeper"]["ndcg@10"] > report["random"]["ndcg@10"] > 0
    assert report["shopkeeper"]["new"]["customers"] <= report["shopkeeper"]["customers"]
    assert report["against"]["all"]["random"]["low"] > 0


def test_planted_test_purchases_would_be_seen_in_the_figures(train: Bought) -> None:
    test = lines(np.random.default_rng(2), days=(100, 110), n=300)
    leaked = Bought(pa.concat_tables([train.lines, test.lines]), 0)
    settings = Settings(minimum=2, neighbours=5, ridge=2.0)
    with pytest.raises(BadInput, match="at or after"):
        fit(purchases_by(leaked, "product_id"), before=100 * DAY, settings=settings)


def test_nothing_to_be_found_is_refused_in_words() -> None:
    train = purchases(("a", 1, "x"), ("b", 1, "x"))
    with pytest.raises(BadInput, match="0 customers bought anything to be found"):
        evaluate(train, purchases(("a", 9, "other")), {}, items=("x",), kinds={})


def test_explicit_zeros_of_new_are_dropped() -> None:
    known = sparse.csr_array(np.array([[1.0, 0.0]]))
    later = sparse.csr_array(np.array([[1.0, 1.0]]))
    assert (later - later.multiply(known)).toarray().tolist() == [[0, 1]]
