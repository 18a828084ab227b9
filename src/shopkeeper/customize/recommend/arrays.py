"""A recommender as plain arrays and parameters, and back: what a model file holds."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from shopkeeper.core.errors import BadInput
from shopkeeper.customize.recommend.neighbours import with_squares
from shopkeeper.customize.recommend.purchases import Matrix
from shopkeeper.customize.recommend.recommender import Recommender
from shopkeeper.customize.recommend.settings import Settings

Arrays = dict[str, NDArray[Any]]


def to_arrays(model: Recommender) -> Arrays:
    """Lay a recommender out as arrays of numbers and fixed-width text, none of objects."""
    return {
        "items": np.array(model.items, dtype=np.str_),
        "customers": np.array(model.customers, dtype=np.str_),
        "popularity": model.popularity,
        "rare_items": np.array(list(model.rare), dtype=np.str_),
        "rare_popularity": np.array(list(model.rare.values()), dtype=np.float32),
        **_parts("households", model.households.tastes),
        **_parts("together", model.together),
    }


def parameters(model: Recommender) -> dict[str, Any]:
    """Return the settings of a recommender as a manifest holds them."""
    found: dict[str, Any] = msgspec.to_builtins(model.settings)
    return found


def from_arrays(arrays: Mapping[str, NDArray[Any]], parameters: Mapping[str, Any]) -> Recommender:
    """Build a recommender from what `to_arrays` and `parameters` gave.

    Raises: BadInput: an array is missing or does not fit the others, or the parameters are another model's.
    """
    try:
        items, customers = tuple(arrays["items"].tolist()), tuple(arrays["customers"].tolist())
        return Recommender(
            items=items,
            customers=customers,
            popularity=_of_length(arrays["popularity"], len(items)),
            rare=dict(zip(arrays["rare_items"].tolist(), arrays["rare_popularity"].tolist(), strict=True)),
            households=with_squares(_matrix("households", arrays, (len(customers), len(items)))),
            together=_matrix("together", arrays, (len(items), len(items))),
            settings=msgspec.convert(dict(parameters), Settings),
        )
    except (KeyError, ValueError) as error:
        raise BadInput(f"recommender: not the arrays of one ({error}); train it again") from None


def _parts(name: str, matrix: Matrix) -> Arrays:
    return {
        f"{name}_data": matrix.data.astype(np.float32),
        f"{name}_indices": matrix.indices.astype(np.int32),
        f"{name}_indptr": matrix.indptr.astype(np.int32),
    }


def _matrix(name: str, arrays: Mapping[str, NDArray[Any]], shape: tuple[int, int]) -> Matrix:
    parts = tuple(arrays[f"{name}_{part}"] for part in ("data", "indices", "indptr"))
    matrix = sparse.csr_array(parts, shape=shape)
    matrix.check_format(full_check=True)
    return matrix


def _of_length(array: NDArray[Any], n: int) -> NDArray[np.float32]:
    if array.shape != (n,):
        raise ValueError(f"{array.shape} for {n} items")
    return array
