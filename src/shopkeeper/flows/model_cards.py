"""Model cards: what each model is for, its versions and how good they were; and putting one of them in force."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import NotFound, nearest
from shopkeeper.core.event import Event
from shopkeeper.core.instant import micros
from shopkeeper.core.model import Manifest
from shopkeeper.core.store import Store
from shopkeeper.engines.model_files import model_size, read_model
from shopkeeper.flows.model_metrics import CalibrationCurve, Metric, Parameter, calibration_curves, metrics, parameters

MODEL_PUT_IN_FORCE = "Model Put In Force"
SOURCE = "shopkeeper"


class _About(NamedTuple):
    title: str
    what: str
    learns: tuple[str, ...]
    kind: str | None


_ABOUT: Mapping[str, _About] = {
    "recommend.product": _About(
        "Product recommendations",
        "Ranks what each customer will want next: their own habits first, then what similar customers buy, what goes "
        "together, and a little of what is popular.",
        ("what each customer bought, and how long ago", "what similar customers buy", "what is bought together"),
        "product",
    ),
    "recommend.category": _About(
        "Category tastes",
        "The same for kinds of goods: which categories a customer comes back to.",
        ("which categories each customer bought, and how long ago", "what similar customers buy"),
        None,
    ),
    "coupons": _About(
        "Coupon value",
        "Estimates what a coupon would change: who would buy anyway, and who would redeem it. The difference is what "
        "it is worth.",
        (
            "purchases of what each coupon covers",
            "which coupons were shown and redeemed",
            "margins, where they are known",
        ),
        "coupon",
    ),
}
_UNKNOWN = _About("", "A model of another release.", (), None)


def title_of(name: str) -> str:
    """Return what a model is called, by its name."""
    return _ABOUT.get(name, _UNKNOWN).title or name


class ModelVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a model.

    data_from, data_to: What it learned from, exclusive at the end; `learned` says so in words.
    size: Bytes of its files, None where they are gone. digest: SHA-256 over the files.
    """

    name: str
    version: str
    in_force: bool
    family: str
    trained_at: datetime
    data_from: datetime | None
    data_to: datetime
    learned: str
    upto_seq: int
    size: int | None
    size_text: str
    digest: str
    metrics: tuple[Metric, ...]
    calibration: tuple[CalibrationCurve, ...]
    parameters: tuple[Parameter, ...]


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """One model: what it is for, and its versions, newest first.

    learns: What it learns from, never who somebody is. slots: Those that it fills. since: When the version in force was
    put so. standing: In one sentence, how it stands.
    """

    name: str
    title: str
    what: str
    learns: tuple[str, ...]
    slots: tuple[str, ...]
    in_force: str | None
    since: datetime | None
    standing: str
    versions: tuple[ModelVersion, ...]


async def model_cards(store: Store, models: Path, definitions: Definitions, *, now: datetime) -> list[ModelCard]:
    """Give the card of every model that a shop can have or has; one that was never trained has no versions."""
    force, since = await store.models_in_force(), await store.in_force_since()
    recorded: dict[str, list[Manifest]] = {name: [] for name in _ABOUT}
    for manifest in await store.all_model_versions():
        recorded.setdefault(manifest.name, []).append(manifest)
    sizes = await asyncio.to_thread(_sizes, models, recorded)
    return [
        _card(name, found, force.get(name), since.get(name), sizes=sizes, definitions=definitions, now=now)
        for name, found in recorded.items()
    ]


async def model_version(
    store: Store, models: Path, definitions: Definitions, name: str, version: str, *, now: datetime
) -> ModelVersion:
    """Give one version of a model. Raises: NotFound: there is no such model or version."""
    cards = {card.name: card for card in await model_cards(store, models, definitions, now=now)}
    if name not in cards:
        raise NotFound(f"model: there is no {name!r}{nearest(name, cards)}")
    found = next((one for one in cards[name].versions if one.version == version), None)
    if found is None:
        raise NotFound(f"model {name}: no version {version!r} is recorded")
    return found


async def put_in_force(store: Store, models: Path, name: str, version: str, *, who: str, now: datetime) -> Manifest:
    """Put a recorded version in force and tell the log; a server swaps to it within a second.

    Args:
        who: Who does it, as the log tells.

    Returns: The manifest now in force; where it was so already, nothing is changed or told.

    Raises: NotFound: no such version, or its files are gone. BadInput: its files are damaged. Nothing changed then.
    """
    recorded = {one.version: one for one in await store.model_versions(name)}
    if version not in recorded:
        raise NotFound(f"model {name}: no version {version!r} is recorded; see 'shopkeeper model show {name}'")
    manifest = recorded[version]
    await asyncio.to_thread(read_model, models, name, version, digest=manifest.digest)
    before = (await store.models_in_force()).get(name)
    if before is not None and before.version == version:
        return manifest
    await store.use_model(name, version, now)
    await store.append([_event(manifest, before, who, now)])
    return manifest


def _event(manifest: Manifest, before: Manifest | None, who: str, now: datetime) -> Event:
    texts = {"model": manifest.name, "version": manifest.version, "who": who}
    return Event(
        source=SOURCE,
        message_id=f"model:{manifest.name}:{manifest.version}:{micros(now)}",
        name=MODEL_PUT_IN_FORCE,
        customer="",
        at=now,
        received_at=now,
        texts=texts if before is None else {**texts, "instead_of": before.version},
    )


def _sizes(models: Path, recorded: Mapping[str, Sequence[Manifest]]) -> dict[tuple[str, str], int | None]:
    return {
        (one.name, one.version): model_size(models, one.name, one.version)
        for found in recorded.values()
        for one in found
    }


def _card(
    name: str,
    found: Sequence[Manifest],
    force: Manifest | None,
    since: datetime | None,
    *,
    sizes: Mapping[tuple[str, str], int | None],
    definitions: Definitions,
    now: datetime,
) -> ModelCard:
    about = _ABOUT.get(name, _UNKNOWN)
    used = None if force is None else force.version
    slots = [
        slot.name for slot in definitions.slots.values() if about.kind is not None and _fills(about.kind, slot.kind)
    ]
    return ModelCard(
        name=name,
        title=title_of(name),
        what=about.what,
        learns=about.learns,
        slots=tuple(slots),
        in_force=used,
        since=since,
        standing=_standing(force, now),
        versions=tuple(_version(one, one.version == used, sizes[one.name, one.version]) for one in found),
    )


def _fills(model: str, slot: str) -> bool:
    """Say whether a model fills slots of a kind: goods by the recommender, anything else by the coupon model."""
    return (slot == "product") == (model == "product")


def _standing(force: Manifest | None, now: datetime) -> str:
    if force is None:
        return "No version is in force. Train it when orders have been imported."
    days = (now - force.data_to).days
    learned = "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"
    return f"In force; it knows what happened until {learned}."


def _bytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


def _version(manifest: Manifest, in_force: bool, size: int | None) -> ModelVersion:
    since = "the first event" if manifest.data_from is None else f"{manifest.data_from:%-d %B %Y}"
    return ModelVersion(
        name=manifest.name,
        version=manifest.version,
        in_force=in_force,
        family=manifest.family,
        trained_at=manifest.trained_at,
        data_from=manifest.data_from,
        data_to=manifest.data_to,
        learned=f"{since} to {manifest.data_to:%-d %B %Y}",
        upto_seq=manifest.upto_seq,
        size=size,
        size_text="its files are gone" if size is None else _bytes(size),
        digest=manifest.digest,
        metrics=metrics(manifest),
        calibration=calibration_curves(manifest),
        parameters=parameters(manifest),
    )
