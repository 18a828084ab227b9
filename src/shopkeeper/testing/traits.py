"""Definitions of traits drawn at random: every kind, field, window and filter that goes together."""

from collections.abc import Mapping
from random import Random
from typing import get_args

from shopkeeper.core.errors import BadInput
from shopkeeper.core.event import ORDER_COMPLETED, ORDER_REFUNDED
from shopkeeper.core.trait import Computed, Kind, Trait, TraitType, Window
from shopkeeper.differentiate.fields import computed_type
from shopkeeper.testing.events import VIEWED

EVENT_FIELDS = ("timestamp", "place", "order_id", "total", "revenue", "tax", "method", "colour", "points", "gift")
LINE_FIELDS = ("product_id", "category", "brand", "coupon", "quantity", "amount", "cost", "discount", "margin")
EVENT_FILTERS = (
    "total >= 1",
    "method = 'card'",
    "place is null or total > 2.5",
    "points > 0 and method <> 'cash'",
    "gift",
    "not gift or place in ('north', 'south')",
)
LINE_FILTERS = (
    "category = 'cheese'",
    "amount > 0.99 and quantity <= 2",
    "margin > 0 or brand is null",
    "coupon is not null",
    "method = 'card' and amount > 1",
    "category like '%e%' and tax is null",
)
STATED = {
    "colour": TraitType.TEXT,
    "age": TraitType.INTEGER,
    "points": TraitType.NUMBER,
    "member": TraitType.BOOLEAN,
    "revenue": TraitType.MONEY,
}


def random_traits(rng: Random, n: int, *, filters: bool = True) -> dict[str, Trait]:
    """Draw `n` computed traits, and add a few that are stated."""
    traits = {name: _trait(name, kind, None) for name, kind in STATED.items()}
    while len(traits) < n + len(STATED):
        computed = _computed(rng, filters=filters)
        try:
            kind = computed_type(computed, declared=_declared(rng, computed))
        except BadInput:
            continue
        name = f"t{len(traits)}_{computed.kind}"
        traits[name] = _trait(name, kind, computed)
    return traits


def describe(traits: Mapping[str, Trait]) -> str:
    """Write traits down, for the message of a test that failed."""
    return "\n".join(f"{name}: {trait.computed}" for name, trait in traits.items())


def _computed(rng: Random, *, filters: bool) -> Computed:
    each = rng.choice((None, "products"))
    kind: Kind = rng.choice(get_args(Kind))
    fields = (*EVENT_FIELDS, *LINE_FIELDS) if each else EVENT_FIELDS
    where = rng.choice((*EVENT_FILTERS, *LINE_FILTERS) if each else EVENT_FILTERS)
    return Computed(
        kind=kind,
        of=rng.choice((ORDER_COMPLETED, ORDER_COMPLETED, ORDER_COMPLETED, VIEWED, ORDER_REFUNDED)),
        field=None if kind == "count" else rng.choice(fields),
        each="products" if each else None,
        where=where if filters and rng.random() < 0.4 else None,
        window=_window(rng),
        at_least=rng.choice((1, 2, 2, 3)),
    )


def _window(rng: Random) -> Window | None:
    unit, longest = rng.choice(((None, 0), ("day", 25), ("day", 3), ("hour", 60), ("minute", 3000)))
    if unit == "day":
        return Window(n=rng.randint(1, longest), unit="day")
    if unit == "hour":
        return Window(n=rng.randint(1, longest), unit="hour")
    return None if unit is None else Window(n=rng.randint(1, longest), unit="minute")


def _declared(rng: Random, computed: Computed) -> TraitType | None:
    if computed.kind not in {"sum", "min", "max", "first", "last", "most_frequent"}:
        return None
    if computed.field == "points":
        return rng.choice((TraitType.NUMBER, TraitType.INTEGER))
    return TraitType.BOOLEAN if computed.field == "gift" else None


def _trait(name: str, kind: TraitType, computed: Computed | None) -> Trait:
    if computed is None:
        return Trait(name=name, type=kind, source="stated", purpose="p")
    return Trait(name=name, type=kind, source="computed", purpose="p", computed=computed)
