"""Which models a shop trains, by one name each."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import NotFound, nearest
from shopkeeper.core.model import Manifest
from shopkeeper.core.store import Store
from shopkeeper.engines.baskets import Exclusions
from shopkeeper.flows.coupon_training import NAME
from shopkeeper.flows.training import RECOMMENDERS, train

if TYPE_CHECKING:
    from shopkeeper.engines.batch import Batch

MODELS = (*RECOMMENDERS, NAME)


async def train_models(
    store: Store,
    batch: "Batch",
    models: Path,
    definitions: Definitions,
    *,
    before: datetime,
    now: datetime,
    rng: Random,
    names: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> list[Manifest]:
    """Train the named models, or all that the shop has data for, and put each in force.

    Args:
        models: The folder of model files.
        before: The end of the training data, exclusive.
        progress: Told in words what is being done.

    Raises: NotFound: there is no model of a name. BadInput: too little data for a model that was named, or for all.
    """
    for name in names:
        if name not in MODELS:
            raise NotFound(f"model: there is no {name!r}{nearest(name, MODELS)}; known are {', '.join(MODELS)}")
    draws = np.random.default_rng(rng.getrandbits(64))
    exclude = exclusions(definitions)
    return await train(
        store, batch, models, before=before, now=now, rng=draws, names=names or None, exclude=exclude, progress=progress
    )


def exclusions(definitions: Definitions) -> Exclusions:
    """Return what the shop sells but never recommends, as training reads it."""
    skipped = definitions.shop.not_recommended
    return Exclusions(
        departments=frozenset(skipped.departments),
        categories=frozenset(skipped.categories),
        without_category=skipped.without_category,
    )
