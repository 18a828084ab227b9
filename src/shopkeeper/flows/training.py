"""Training: models fitted on the lake, written as files, judged on a window before the cut, and put in force.

A model is trained by a `Trainer`; `RECOMMENDERS` are those of this module, and `train` takes any others beside them:
`train(…, trainers={**RECOMMENDERS, "coupon.anyway": train_coupons})`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.errors import BadInput, NotFound, nearest
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.model import Manifest, ModelShelf
from shopkeeper.customize.recommend.arrays import from_arrays, parameters, to_arrays
from shopkeeper.customize.recommend.fitting import fit
from shopkeeper.customize.recommend.purchases import Purchases
from shopkeeper.customize.recommend.recommender import Recommender
from shopkeeper.customize.recommend.settings import CATEGORIES, PRODUCTS, Settings
from shopkeeper.engines.baskets import NOTHING, Bought, Exclusions, purchases_by, read_bought
from shopkeeper.engines.batch import Batch
from shopkeeper.engines.model_files import read_model, write_model
from shopkeeper.flows.evaluation import in_universe, relevant_items, served
from shopkeeper.measure.ranking import ndcg_at, top_n

VALIDATION = timedelta(days=28)
PLACES = 10

Progress = Callable[[str], None]


class Fit(NamedTuple):
    """What a trainer gives: everything that a manifest and its file hold of the model itself."""

    family: str
    arrays: Mapping[str, NDArray[Any]]
    parameters: dict[str, Any]
    metrics: dict[str, float]
    data_from: datetime | None
    upto_seq: int


class Training:
    """What every trainer may use: the lake strictly before one instant, a source of chance, and a place to report.

    Args:
        before: Nothing at or after it may be learned from.
        exclude: What is never recommended.
    """

    def __init__(
        self,
        batch: Batch,
        *,
        before: datetime,
        rng: Random,
        exclude: Exclusions = NOTHING,
        progress: Progress = lambda _: None,
    ) -> None:
        self.batch = batch
        self.before = before
        self.rng = rng
        self.exclude = exclude
        self.progress = progress
        self._bought: Bought | None = None

    async def bought(self) -> Bought:
        """Return the net lines before `before`, read once for all trainers."""
        if self._bought is None:
            self.progress("reading orders")
            self._bought = await asyncio.to_thread(
                read_bought, self.batch, before=micros(self.before), exclude=self.exclude
            )
        return self._bought


Trainer = Callable[[Training], Awaitable[Fit]]


async def train(
    shelf: ModelShelf,
    batch: Batch,
    models: Path,
    *,
    before: datetime,
    now: datetime,
    rng: Random,
    names: Sequence[str] | None = None,
    trainers: Mapping[str, Trainer] | None = None,
    exclude: Exclusions = NOTHING,
    progress: Progress = lambda _: None,
) -> list[Manifest]:
    """Train models, write their files, record them and put each in force as soon as it is written.

    Args:
        models: The folder of model files.
        before: The end of the training data, exclusive.
        names: Which models; None is all that `trainers` knows.
        trainers: Trainers by model name; None is `RECOMMENDERS`.

    Raises: NotFound: a name without trainer. BadInput: too little data. Conflict, StoreError: the file or the store.
    """
    known = RECOMMENDERS if trainers is None else trainers
    chosen = list(known) if names is None else list(names)
    for name in chosen:
        if name not in known:
            raise NotFound(f"model {name!r}: there is none of that name{nearest(name, known)}")
    training = Training(batch, before=before, rng=rng, exclude=exclude, progress=progress)
    trained = []
    for name in chosen:
        progress(f"training {name}")
        found = await known[name](training)
        version = f"{now:%Y%m%dT%H%M%SZ}-{rng.getrandbits(32):08x}"
        manifest = _manifest(name, version, found, training, now)
        manifest = await asyncio.to_thread(write_model, models, manifest, found.arrays)
        await shelf.put_model(manifest)
        trained.append(manifest)
    return trained


def load_recommender(models: Path, manifest: Manifest) -> Recommender:
    """Read a recommender in force. Raises: NotFound: no such files. BadInput: damaged, or not a recommender's."""
    found, arrays = read_model(models, manifest.name, manifest.version, digest=manifest.digest)
    return from_arrays(arrays, found.parameters)


def _manifest(name: str, version: str, found: Fit, training: Training, now: datetime) -> Manifest:
    return Manifest(
        name=name,
        version=version,
        family=found.family,
        trained_at=now,
        data_from=found.data_from,
        data_to=training.before,
        upto_seq=found.upto_seq,
        parameters=found.parameters,
        metrics=found.metrics,
    )


def _recommender(column: str, settings: Settings) -> Trainer:
    async def trainer(training: Training) -> Fit:
        bought = await training.bought()
        return await asyncio.to_thread(_fit, bought, column, settings, micros(training.before))

    return trainer


def _fit(bought: Bought, column: str, settings: Settings, before: int) -> Fit:
    purchases = purchases_by(bought, column)
    model = fit(purchases, before=before, settings=settings)
    first = bought.first
    return Fit(
        family="tifu-knn + ease",
        arrays=to_arrays(model),
        parameters=parameters(model),
        metrics={**_validated(bought, column, settings, before), "items": len(model.items)},
        data_from=None if first is None else from_micros(first),
        upto_seq=bought.upto_seq,
    )


def _validated(bought: Bought, column: str, settings: Settings, before: int) -> dict[str, float]:
    """Fit the same on all but the last 28 days of training and judge it there; nothing where that is too little."""
    cut = before - VALIDATION // timedelta(microseconds=1)
    train, test = purchases_by(bought.until(cut), column), purchases_by(bought.since(cut), column)
    try:
        model = fit(train, before=cut, settings=settings)
    except BadInput:
        return {}
    relevant = relevant_items(test, train.customers, model.items)
    rows = np.flatnonzero(np.diff(relevant.indptr)).astype(np.int64)
    if not len(rows):
        return {}
    return {f"validation.ndcg@{PLACES}": _ndcg(model, train, relevant, rows), "validation.customers": len(rows)}


def _ndcg(model: Recommender, train: Purchases, relevant: Any, rows: NDArray[np.int64]) -> float:
    score = served(model, in_universe(train, model.items))
    tops = [top_n(score(rows[i : i + 1]), PLACES) for i in range(len(rows))]
    return float(ndcg_at(np.concatenate(tops), relevant[rows], PLACES).mean())


RECOMMENDERS: Mapping[str, Trainer] = {
    "recommend.product": _recommender("product_id", PRODUCTS),
    "recommend.category": _recommender("category", CATEGORIES),
}
"""The trainers of this module, by the name of their model."""
