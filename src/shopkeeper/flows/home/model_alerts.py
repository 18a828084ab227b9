"""Alerts about models: that slots lack them, and that they cannot be read, are old, or learned under other rules."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

from shopkeeper.core.definitions import Definitions
from shopkeeper.flows.home.alert import Alert, Facts

MODEL_AGE = timedelta(days=35)
"""Data older than this: a model does not know what the shop sold in the last month."""


def missing_models(facts: Facts) -> Iterator[Alert]:
    """A slot needs a model that is not in force."""
    for name, slots in _needed(facts.definitions).items():
        if name not in facts.models:
            yield Alert(
                code="model_missing",
                severity="warning",
                title=f"No model “{name}” is in force",
                words=f"{_slots(slots)} can give no personal answers without it. Train it on what was imported.",
                action="See the models",
                link=f"/models?model={quote(name)}",
                command=f"shopkeeper model train {name}",
            )


def unread_models(facts: Facts) -> Iterator[Alert]:
    """The files of a model in force are damaged or gone."""
    for name in facts.unread:
        yield Alert(
            code="model_unread",
            severity="critical",
            title=f"The files of the model “{name}” cannot be read",
            words="The slots that need it fall back. Put an earlier version in force, or train it again.",
            action="Put another in force",
            link=f"/models?model={quote(name)}",
            command=f"shopkeeper model train {name}",
        )


def old_models(facts: Facts) -> Iterator[Alert]:
    """A model in force has not seen the last weeks."""
    for name, manifest in facts.models.items():
        age = facts.now - manifest.data_to
        if age > MODEL_AGE:
            yield Alert(
                code="model_old",
                severity="warning",
                title=f"The model “{name}” has learned nothing for {age.days} days",
                words="What customers bought since then does not count in it. Train it again.",
                action="Train it again",
                link=f"/models?model={quote(name)}",
                command=f"shopkeeper model train {name}",
            )


def foreign_models(facts: Facts) -> Iterator[Alert]:
    """A model was trained under other rules of what is recommended."""
    for name, then in facts.trained_under.items():
        if name in facts.models and then.shop.not_recommended != facts.definitions.shop.not_recommended:
            yield Alert(
                code="model_other_definitions",
                severity="warning",
                title=f"The model “{name}” was trained on other definitions",
                words="not_recommended of shop.yaml has changed since: it may still recommend what you took out. Train "
                "it again.",
                action="Train it again",
                link=f"/models?model={quote(name)}",
                command=f"shopkeeper model train {name}",
            )


def _needed(definitions: Definitions) -> dict[str, list[str]]:
    """Return which models slots need: the recommender for goods, the coupon model for anything else."""
    found: dict[str, list[str]] = {}
    for slot in definitions.slots.values():
        found.setdefault("recommend.product" if slot.kind == "product" else "coupons", []).append(slot.name)
    return found


def _slots(names: list[str]) -> str:
    return f"The slot “{names[0]}”" if len(names) == 1 else f"{len(names)} slots"
