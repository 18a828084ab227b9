"""Train the coupon model: read what was bought, shown and redeemed from the lake, fit, judge, write.

    manifest = await train_coupons(store, batch, models, before=…, now=…, rng=…, progress=print)

Quality is measured on the last 28 days before `before` by models that were fitted on earlier ones only.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shopkeeper.core.hashing import stable_hash
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.model import Manifest
from shopkeeper.core.store import Store
from shopkeeper.customize.coupons.fitting import Fitted, fit_coupons
from shopkeeper.customize.coupons.history import Tested
from shopkeeper.customize.coupons.purchases import days
from shopkeeper.engines.model_files import write_model
from shopkeeper.flows.coupon_history import ASSUMED_MARGIN, Training, read_training
from shopkeeper.measure.calibration import auc, calibration, log_loss

if TYPE_CHECKING:
    from shopkeeper.engines.batch import Batch

NAME = "coupons"
COUPON = "coupon"
_DAY = 86_400_000_000


async def train_coupons(
    store: Store,
    batch: "Batch",
    models: Path,
    *,
    before: datetime,
    now: datetime,
    rng: np.random.Generator,
    progress: Callable[[str], None],
) -> Manifest:
    """Fit the coupon model on everything before `before`, write it, and put it in force.

    Args:
        models: The folder of model files.
        rng: Names the version; what fitting draws follows from `before`, so that equal data gives an equal model.
        progress: Told in words what is being done.

    Raises: BadInput: no coupons, or too few purchases of what they cover.
    """
    offers = [o for o in await store.offers() if o.kind == COUPON and (o.starts is None or o.starts < before)]
    progress(f"coupons: reading purchases before {before:%Y-%m-%d}")
    draws = np.random.default_rng(stable_hash(NAME, before.isoformat()))
    items, merged = await store.items(), await store.merged_parts()
    found = read_training(batch, offers, items, merged=merged, before=before, rng=draws)
    progress(f"coupons: fitting on {found.history.customers} customers and {len(offers)} coupons")
    fitted = fit_coupons(
        found.history, products=found.products, margin=found.margin, before=days(micros(before)), rng=draws
    )
    first = found.history.purchases.day[:1]
    manifest = Manifest(
        name=NAME,
        version=f"{now:%Y%m%dT%H%M%SZ}-{rng.integers(1 << 32):08x}",
        family="logistic",
        trained_at=now,
        data_from=from_micros(round(float(first[0]) * _DAY)) if len(first) else None,
        data_to=before,
        upto_seq=found.upto,
        parameters=_parameters(fitted, found),
        metrics=coupon_metrics(fitted),
    )
    written = write_model(models, manifest, fitted.model.arrays())
    await store.put_model(written)
    return written


def coupon_metrics(fitted: Fitted) -> dict[str, float]:
    """Judge the fit on the last window, which the models judged had not seen; AUC by time split."""
    metrics = _judged("anyway", fitted.anyway) | _judged("recency", fitted.recency)
    if fitted.redemption is not None:
        metrics |= _judged("redemption", fitted.redemption)
    return metrics | {"redemptions": float(fitted.redemptions)}


def _judged(name: str, tested: Tested) -> dict[str, float]:
    if not len(tested.happened):
        return {f"{name}_rows": 0.0}
    bent = calibration(tested.predicted, tested.happened)
    found = {
        "rows": float(len(tested.happened)),
        "auc": auc(tested.predicted, tested.happened),
        "log_loss": log_loss(tested.predicted, tested.happened),
        "calibration_slope": bent.slope,
        "calibration_intercept": bent.intercept,
    }
    return {f"{name}_{what}": value for what, value in found.items() if np.isfinite(value)}


def _parameters(fitted: Fitted, found: Training) -> dict[str, Any]:
    model = fitted.model
    return {
        "redemption": "prior" if model.redemption is None else "logistic",
        "redeemers_odds": model.odds,
        "repeats": model.repeats,
        "known_cost": found.known_cost,
        "assumed_margin": ASSUMED_MARGIN,
        "coupons": len(found.history.covered.ids),
        "customers": found.history.customers,
    }
