"""A customer's traits as people read them: value, meaning, source, purpose, and the instant that each rests on."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from shopkeeper.core.event import CORRECTIONS, ORDER_COMPLETED, EventCount
from shopkeeper.core.instant import from_micros
from shopkeeper.core.model import Manifest
from shopkeeper.core.money import format_money
from shopkeeper.core.predicate import Moment
from shopkeeper.core.trait import Computed, Trait, TraitType, Value
from shopkeeper.differentiate.fold import stated_at
from shopkeeper.flows.profiles import Profile, Profiles

_WORDS = {
    "sum": "Sum of {field} over",
    "average": "Average {field} over",
    "min": "Least {field} of",
    "max": "Greatest {field} of",
    "most_frequent": "Most frequent {field} of",
    "first": "{field} of the first of",
    "last": "{field} of the latest of",
    "unique_list": "Every {field} of",
    "unique_count": "Number of different {field} of",
}


class TraitLine(msgspec.Struct, frozen=True, kw_only=True):
    """One trait: its value as the evaluators hold it, as people read it, and where it comes from.

    meaning: The description of traits.yaml, else how it is computed, in words.
    as_of: The instant that the value rests on. Computed: of the latest event that could have changed it, whether or
    not it did (a window may have changed it since, by time alone). Stated or imported: of the statement. Predicted:
    when the model in force was trained. None: there was no such event, or it is not known.
    """

    name: str
    value: Any
    text: str
    type: str
    source: str
    purpose: str
    meaning: str
    as_of: datetime | None
    sensitive: bool


def trait_lines(
    profiles: Profiles,
    profile: Profile,
    moment: Moment,
    *,
    values: Mapping[str, Value],
    counts: Iterable[EventCount],
    models: Mapping[str, Manifest],
) -> tuple[TraitLine, ...]:
    """Write down every trait that does not name the person.

    Args:
        values: Of this profile at this moment.
        counts: The customer's events by name. models: In force, by name.
    """
    definitions = profiles.definitions
    stated = {name: from_micros(at) for name, at in stated_at(profiles.plan, profile.state, moment).items()}
    latest: dict[str, datetime] = {}
    for one in counts:
        latest[one.name] = max(one.last_at, latest.get(one.name, one.last_at))
    return tuple(
        TraitLine(
            name=trait.name,
            value=values.get(trait.name),
            text=value_text(trait.type, values.get(trait.name), definitions.shop.currency),
            type=trait.type.value,
            source=trait.source,
            purpose=trait.purpose,
            meaning=trait.description or (how(trait.computed) if trait.computed else ""),
            as_of=_as_of(trait, latest, stated, models),
            sensitive=trait.sensitive,
        )
        for trait in definitions.traits.values()
        if not trait.personal
    )


def how(computed: Computed) -> str:
    """Say how a trait is computed: `Sum of total over Order Completed, in the last 90 days`."""
    field = (computed.field or "").replace("_", " ")
    beginning = _WORDS[computed.kind].format(field=field) if computed.kind in _WORDS else "Number of"
    told = f"{beginning[:1].upper()}{beginning[1:]} {'lines of ' if computed.each else ''}{computed.of}"
    if computed.where:
        told += f" where {' '.join(computed.where.split())}"
    if computed.window is None:
        return told
    n, unit = computed.window.n, computed.window.unit
    return f"{told}, in the last {f'{n} {unit}s' if n > 1 else unit}"


def _as_of(
    trait: Trait, latest: Mapping[str, datetime], stated: Mapping[str, datetime], models: Mapping[str, Manifest]
) -> datetime | None:
    if trait.source == "predicted":
        manifest = models.get(trait.model or "")
        return None if manifest is None else manifest.trained_at
    if trait.computed is None:
        return stated.get(trait.name)
    names = CORRECTIONS | {ORDER_COMPLETED} if trait.computed.of == ORDER_COMPLETED else {trait.computed.of}
    return max((latest[name] for name in names if name in latest), default=None)


def value_text(kind: TraitType, value: Value, currency: str) -> str:
    """Write a trait's value for people: money with its sign, an instant to the minute, nothing known as a dash."""
    if value is None:
        return "–"
    if kind == TraitType.MONEY and isinstance(value, int):
        return format_money(value, currency)
    if kind == TraitType.INSTANT and isinstance(value, int):
        return from_micros(value).strftime("%Y-%m-%d %H:%M UTC")
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
