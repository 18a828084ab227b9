"""What a model's figures mean, in words, and how they compare with the plain method that it must beat."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from scipy.special import expit, logit

from shopkeeper.core.model import Manifest

CURVE = (0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99)
"""Probabilities at which a calibration curve is drawn."""
TRUE_SLOPE = 0.1
"""How far from 1 a slope may be and still be called right."""
TRUE_SHIFT = 0.2
ALIKE = 0.01
"""A share of the plain method's figure within which both are as good."""


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a model's quality.

    text: As people read it. words: What it means. baseline: The plain method's figure as people read it, empty where
    none is kept. against: How the two compare, in words. way: `better`, `worse` or `same` than the baseline, or `none`.
    """

    name: str
    label: str
    value: float
    text: str
    words: str
    baseline: str
    against: str
    way: Literal["better", "worse", "same", "none"]


class CalibrationCurve(msgspec.Struct, frozen=True, kw_only=True):
    """Whether probabilities mean what they say: pairs of (predicted, happened), on the line where they do.

    The curve is the logistic recalibration of the window on which the model was judged.
    """

    label: str
    slope: float
    intercept: float
    words: str
    points: tuple[tuple[float, float], ...]


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One setting that a model was fitted with."""

    name: str
    label: str
    text: str


class _Kind(NamedTuple):
    label: str
    words: str
    higher: bool = True


_AUC = "Of one that happened and one that did not, how often the one that happened is ranked first; 0.5 is chance."
_LOSS = "How surprised the model is by what happened, in nats; 0 would be no surprise."
_KINDS: Mapping[str, _Kind] = {
    "validation.ndcg@10": _Kind(
        "Ranking quality (NDCG@10)",
        "How high what customers bought in the four weeks after stands among ten picks; 1 would be all of it on top.",
    ),
    "anyway_auc": _Kind("Tells who buys anyway (AUC)", _AUC),
    "anyway_log_loss": _Kind("Surprise at who buys anyway (log loss)", _LOSS, higher=False),
    "redemption_auc": _Kind("Tells who redeems (AUC)", _AUC),
    "redemption_log_loss": _Kind("Surprise at who redeems (log loss)", _LOSS, higher=False),
}
_BASELINES: Mapping[str, tuple[str, str]] = {
    "validation.ndcg@10": ("validation.baseline.ndcg@10", "what each customer bought most often"),
    "anyway_auc": ("recency_auc", "how long ago they bought it last"),
    "anyway_log_loss": ("recency_log_loss", "how long ago they bought it last"),
}
_CURVES = {"anyway": "Will buy it anyway", "redemption": "Will redeem the coupon"}
_COUNTS = {
    "validation.customers": "Customers it was judged on",
    "items": "Items that it ranks",
    "anyway_rows": "Cases that “buys anyway” was judged on",
    "redemption_rows": "Cases that “redeems” was judged on",
    "redemptions": "Redemptions that it learned from",
}
_PARAMETERS = {
    "minimum": "Customers who must have bought an item",
    "offset": "How fast old baskets lose weight",
    "neighbours": "Similar customers that are asked",
    "kept": "Items kept of each of them",
    "similar": "Weight of similar customers",
    "ridge": "Restraint of “bought together”",
    "partners": "Partners kept for each item",
    "ease_items": "Items that “bought together” covers",
    "together": "Weight of “bought together”",
    "popular": "Weight of what is popular",
    "popular_days": "Days that popularity counts",
    "redemption": "How redemption is estimated",
    "redeemers_odds": "How much likelier redeemers buy anyway (odds)",
    "repeats": "Further purchases after the first",
    "known_cost": "Share of goods whose cost is known",
    "assumed_margin": "Margin assumed for the others",
    "coupons": "Coupons that it learned from",
    "customers": "Customers that it learned from",
}


def metrics(manifest: Manifest) -> tuple[Metric, ...]:
    """Put the figures of a manifest into words, quality first, then how much it was judged on."""
    known = manifest.metrics
    found = [_quality(name, kind, known) for name, kind in _KINDS.items() if name in known]
    found += [
        _plain(name, label, known[name], text=f"{known[name]:,.0f}") for name, label in _COUNTS.items() if name in known
    ]
    return tuple(found)


def _plain(name: str, label: str, value: float, *, text: str, words: str = "") -> Metric:
    return Metric(name=name, label=label, value=value, text=text, words=words, baseline="", against="", way="none")


def _quality(name: str, kind: _Kind, known: Mapping[str, float]) -> Metric:
    value = known[name]
    plain = _plain(name, kind.label, value, text=f"{value:.3f}", words=kind.words)
    other, what = _BASELINES.get(name, ("", ""))
    if other not in known:
        return plain
    base = known[other]
    off = (value - base) if kind.higher else (base - value)
    share = abs(off) / abs(base) if base else 0.0
    way: Literal["better", "worse", "same"] = "same" if share < ALIKE else "better" if off > 0 else "worse"
    said = "as good as" if way == "same" else f"{share:.0%} {way} than"
    against = f"{said} the plain method, {what}"
    return msgspec.structs.replace(plain, baseline=f"{base:.3f}", against=against, way=way)


def calibration_curves(manifest: Manifest) -> tuple[CalibrationCurve, ...]:
    """Draw the calibration that a manifest holds, one curve for each probability of the model."""
    found = []
    for name, label in _CURVES.items():
        slope = manifest.metrics.get(f"{name}_calibration_slope")
        intercept = manifest.metrics.get(f"{name}_calibration_intercept")
        if slope is not None and intercept is not None:
            happened = expit(intercept + slope * logit(np.array(CURVE)))
            points = tuple((p, round(float(h), 5)) for p, h in zip(CURVE, happened, strict=True))
            found.append(
                CalibrationCurve(
                    label=label, slope=slope, intercept=intercept, words=_bent(slope, intercept), points=points
                )
            )
    return tuple(found)


def _bent(slope: float, intercept: float) -> str:
    if abs(slope - 1) > TRUE_SLOPE:
        return (
            "Too extreme: what is called likely happens less." if slope < 1 else "Too timid: what is likely is more so."
        )
    if abs(intercept) > TRUE_SHIFT:
        return "Too low: it happens more often than said." if intercept > 0 else "Too high: it happens less than said."
    return "Its probabilities mean what they say."


def parameters(manifest: Manifest) -> tuple[Parameter, ...]:
    """List the settings that a model was fitted with, for people."""
    return tuple(
        Parameter(name=name, label=_PARAMETERS.get(name, name), text=_written(value))
        for name, value in manifest.parameters.items()
    )


def _written(value: Any) -> str:
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.3g}"
    return f"{value:,.0f}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
