import numpy as np
import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.customize.recommend.arrays import from_arrays, parameters, to_arrays
from shopkeeper.customize.recommend.fitting import fit
from shopkeeper.customize.recommend.purchases import Basket, purchases_of
from shopkeeper.customize.recommend.recommender import Recommender
from shopkeeper.customize.recommend.settings import Settings

DAY = 86_400_000_000


@pytest.fixture(scope="module")
def model() -> Recommender:
    rng = np.random.default_rng(4)
    who, day, what = rng.integers(0, 12, 300), rng.integers(0, 60, 300), rng.integers(0, 15, 300)
    purchases = purchases_of(
        [f"c{i}" for i in range(12)],
        [f"p{i}" for i in range(15)],
        customer=who,
        order=who * 100 + day,
        at=day * DAY,
        item=what,
    )
    return fit(purchases, before=60 * DAY, settings=Settings(minimum=10, neighbours=4, ridge=2.0))


def test_a_recommender_survives_its_arrays(model: Recommender) -> None:
    again = from_arrays(to_arrays(model), parameters(model))
    history = [Basket(DAY, ("p1", "p2")), Basket(2 * DAY, ("p3",))]
    np.testing.assert_array_equal(again.scores(again.taste(history)), model.scores(model.taste(history)))
    asked = [*model.items, *model.rare, "never-sold"]
    np.testing.assert_allclose(
        again.rank(again.taste(history), asked), model.rank(model.taste(history), asked), rtol=1e-6
    )
    assert (again.items, again.customers, again.settings) == (model.items, model.customers, model.settings)


def test_no_array_is_of_objects(model: Recommender) -> None:
    assert not any(array.dtype.hasobject for array in to_arrays(model).values())


@pytest.mark.parametrize("name", ["items", "popularity", "households_indices", "together_indptr", "rare_items"])
def test_a_missing_array_is_bad_input(model: Recommender, name: str) -> None:
    arrays = to_arrays(model)
    del arrays[name]
    with pytest.raises(BadInput, match="train it again"):
        from_arrays(arrays, parameters(model))


@pytest.mark.parametrize("name", ["items", "customers", "popularity", "together_indices", "rare_popularity"])
def test_an_array_that_does_not_fit_is_bad_input(model: Recommender, name: str) -> None:
    arrays = to_arrays(model)
    arrays[name] = arrays[name][:-1]
    with pytest.raises(BadInput, match="train it again"):
        from_arrays(arrays, parameters(model))


def test_another_models_parameters_are_bad_input(model: Recommender) -> None:
    with pytest.raises(BadInput, match="train it again"):
        from_arrays(to_arrays(model), {"offset": "eight"})
