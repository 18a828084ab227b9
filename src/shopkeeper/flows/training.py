"""Training: models fitted on the lake, written as files, judged on a window before the cut, and put in force.

A model is trained by a `Trainer`, which writes its file and puts it in force; `trainers` names them all.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from shopkeeper.core.errors import BadInput, NotFound, nearest
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.model import Manifest
from shopkeeper.core.store import Store
from shopkeeper.customize.recommend.arrays import Arrays, parameters, to_arrays
from shopkeeper.customize.recommend.baselines import personal_frequency
from shopkeeper.customize.recommend.fitting import fit
from shopkeeper.customize.recommend.purchases import Purchases
from shopkeeper.customize.recommend.recommender import Recommender
from shopkeeper.customize.recommend.settings import CATEGORIES, PRODUCTS, Settings
from shopkeeper.engines.baskets import NOTHING, Bought, Exclusions, purchases_by, read_bought
from shopkeeper.engines.batch import Batch
from shopkeeper.engines.model_files import write_model
from shopkeeper.flows.coupon_training import NAME as COUPONS
from shopkeeper.flows.coupon_training import train_coupons
from shopkeeper.flows.evaluation import BLOCK, in_universe, relevant_items, served
from shopkeeper.measure.ranking import ndcg_at, top_n

RECOMMENDERS: Mapping[str, tuple[str, Settings]] = {
    "recommend.product": ("product_id", PRODUCTS),
    "recommend.category": ("category", CATEGORIES),
}
"""What each recommender ranks, a column of `Bought.lines`, and its parameters."""
VALIDATION = timedelta(days=28)
PLACES = 10

Progress = Callable[[str], None]


class Trainer(Protocol):
    """Fits one model on everything before `before`, writes it under `models`, and puts it in force."""

    async def __call__(
        self,
        store: Store,
        batch: Batch,
        models: Path,
        *,
        before: datetime,
        now: datetime,
        rng: Generator,
        progress: Progress,
    ) -> Manifest:
        """Train. Raises: BadInput: too little to learn from. Conflict, StoreError: the files or the store."""
        ...


async def train(
    store: Store,
    batch: Batch,
    models: Path,
    *,
    before: datetime,
    now: datetime,
    rng: Generator,
    names: Sequence[str] | None = None,
    exclude: Exclusions = NOTHING,
    progress: Progress = lambda _: None,
) -> list[Manifest]:
    """Train models one after the other; each is in force as soon as it is written.

    Args:
        models: The folder of model files.
        before: The end of the training data, exclusive: nothing at or after it is learned from.
        names: Which models; None is all, without those that have no data to learn from.
        exclude: What is never recommended.
        progress: Told in words what is being done.

    Raises: NotFound: a name without trainer. BadInput: too little to learn from, for a model that was named or for
        all of them. Conflict, StoreError: the files or the store.
    """
    known = trainers(exclude)
    for name in names or ():
        if name not in known:
            raise NotFound(f"model {name!r}: there is none of that name{nearest(name, known)}")
    trained: list[Manifest] = []
    missed: list[str] = []
    for name in known if names is None else names:
        try:
            trained.append(await known[name](store, batch, models, before=before, now=now, rng=rng, progress=progress))
        except BadInput as error:
            if names is not None:
                raise
            missed.append(f"{name}: {error}")
            progress(f"{name}: left out, {error}")
    if missed and not trained:
        raise BadInput("\n".join(missed))
    return trained


def trainers(exclude: Exclusions = NOTHING) -> dict[str, Trainer]:
    """Return the trainer of every model by name; the recommenders among them read the lake once together."""
    reader = _Reader(exclude)
    found: dict[str, Trainer] = {name: _RecommenderTrainer(name, reader) for name in RECOMMENDERS}
    return {**found, COUPONS: train_coupons}


class _Reader:
    """Reads the lake once for several recommenders."""

    def __init__(self, exclude: Exclusions) -> None:
        self._exclude = exclude
        self._asked: tuple[int, int, Mapping[str, str]] | None = None
        self._read: Bought | None = None

    def bought(self, batch: Batch, merged: Mapping[str, str], before: int) -> Bought:
        asked = before, batch.lake.upto(), merged
        if self._read is None or self._asked != asked:
            self._asked = asked
            self._read = read_bought(batch, merged=merged, before=before, exclude=self._exclude, upto=asked[1])
        return self._read


class _RecommenderTrainer:
    def __init__(self, name: str, reader: _Reader) -> None:
        self._name = name
        self._reader = reader

    async def __call__(
        self,
        store: Store,
        batch: Batch,
        models: Path,
        *,
        before: datetime,
        now: datetime,
        rng: Generator,
        progress: Progress,
    ) -> Manifest:
        column, settings = RECOMMENDERS[self._name]
        progress(f"{self._name}: reading orders before {before:%Y-%m-%d}")
        merged = await store.merged_parts()
        bought = await asyncio.to_thread(self._reader.bought, batch, merged, micros(before))
        progress(f"{self._name}: fitting on {len(bought.lines)} lines")
        found = await asyncio.to_thread(_fit, bought, column, settings, micros(before))
        first = bought.first
        manifest = Manifest(
            name=self._name,
            version=f"{now:%Y%m%dT%H%M%SZ}-{rng.integers(1 << 32):08x}",
            family="tifu-knn + ease",
            trained_at=now,
            data_from=None if first is None else from_micros(first),
            data_to=before,
            upto_seq=bought.upto_seq,
            parameters=found.parameters,
            metrics=found.metrics,
        )
        written = await asyncio.to_thread(write_model, models, manifest, found.arrays)
        await store.put_model(written)
        return written


class _Fit(NamedTuple):
    arrays: Arrays
    parameters: dict[str, Any]
    metrics: dict[str, float]


def _fit(bought: Bought, column: str, settings: Settings, before: int) -> _Fit:
    model = fit(purchases_by(bought, column), before=before, settings=settings)
    metrics = {**_validated(bought, column, settings, before), "items": len(model.items)}
    return _Fit(to_arrays(model), parameters(model), metrics)


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
    return {
        f"validation.ndcg@{PLACES}": _ndcg(model, train, relevant, rows),
        f"validation.baseline.ndcg@{PLACES}": _baseline(model, train, cut, relevant, rows),
        "validation.customers": len(rows),
    }


def _ndcg(model: Recommender, train: Purchases, relevant: Any, rows: NDArray[np.int64]) -> float:
    score = served(model, in_universe(train, model.items))
    tops = [top_n(score(rows[i : i + 1]), PLACES) for i in range(len(rows))]
    return float(ndcg_at(np.concatenate(tops), relevant[rows], PLACES).mean())


def _baseline(model: Recommender, train: Purchases, cut: int, relevant: Any, rows: NDArray[np.int64]) -> float:
    """Judge the plain method that a recommender must beat: what each customer bought most often before."""
    counts = personal_frequency(in_universe(train, model.items), before=cut)
    blocks = np.array_split(rows, max(1, len(rows) // BLOCK))
    tops = [top_n(counts[block].toarray(), PLACES) for block in blocks]
    return float(ndcg_at(np.concatenate(tops), relevant[rows], PLACES).mean())
