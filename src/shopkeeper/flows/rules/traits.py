"""The traits that rules may read, and how their values are spread."""

from datetime import datetime

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.instant import from_micros
from shopkeeper.core.money import digits
from shopkeeper.core.predicate.sentence import trait_words
from shopkeeper.core.trait import Trait, TraitType
from shopkeeper.flows.crowd import Crowd, People, Shape
from shopkeeper.flows.customers.beliefs import value_text
from shopkeeper.flows.definitions.slots import context_schema
from shopkeeper.flows.rules.check import percent
from shopkeeper.flows.rules.tree import OPERATORS, Operator


class UsualValue(msgspec.Struct, frozen=True, kw_only=True):
    """A value that is often met. value: As a rule writes it, without quotes. text: As people read it.

    share: Of the customers of whom the trait is known, in [0, 1]; None for a quantile. customers: How many have it.
    """

    value: str
    text: str
    share: float | None = None
    customers: int | None = None


class TraitInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One trait, or one fact of the moment (`context.…`), that a rule may name.

    source: stated, imported, computed, predicted, or moment. operators: Those that fit; none where a rule may not read
        it, and `unreadable` says why. known: Of what share of customers it is known, None before they are counted.
    usual: Quantiles (10 %, 50 %, 90 %) of what has an order, the most usual values of texts; empty for what is personal
        or sensitive.
    """

    name: str
    words: str
    type: TraitType
    description: str
    source: str
    model: str | None
    purpose: str
    sensitive: bool
    personal: bool
    unreadable: str
    operators: tuple[Operator, ...]
    known: float | None = None
    known_text: str = ""
    usual: tuple[UsualValue, ...] = ()


class TraitList(msgspec.Struct, frozen=True, kw_only=True):
    """Every trait. as_of: When values were looked at, None where they were not yet."""

    as_of: datetime | None
    traits: tuple[TraitInfo, ...]


async def list_traits(crowd: Crowd, definitions: Definitions, *, patience: float) -> TraitList:
    """List the traits with what their values look like, where everybody is counted within `patience` seconds."""
    people = await crowd.soon(patience)
    currency = definitions.shop.currency
    found = [_info(trait, people, currency) for trait in definitions.traits.values()]
    found += [_moment(name, kind) for name, kind in context_schema(definitions.slots.values()).items()]
    return TraitList(as_of=None if people is None else people.as_of, traits=tuple(found))


def _usual(shape: Shape, kind: TraitType, currency: str) -> tuple[UsualValue, ...]:
    if shape.spread.quantiles is not None:
        return tuple(_quantile(value, kind, currency) for value in dict.fromkeys(shape.spread.quantiles))
    return tuple(
        UsualValue(value=one.value, text=one.value, share=one.inside / shape.spread.known, customers=one.inside)
        for one in shape.top
    )


def _quantile(value: float, kind: TraitType, currency: str) -> UsualValue:
    whole = round(value)
    if kind == TraitType.MONEY:
        places = digits(currency)
        return UsualValue(value=f"{whole / 10**places:.{places}f}", text=value_text(kind, whole, currency))
    if kind == TraitType.INSTANT:
        instant = from_micros(whole).replace(microsecond=0)
        return UsualValue(value=instant.isoformat().replace("+00:00", "Z"), text=value_text(kind, whole, currency))
    if kind == TraitType.INTEGER:
        return UsualValue(value=str(whole), text=value_text(kind, whole, currency))
    return UsualValue(value=f"{value:.4g}", text=value_text(kind, value, currency))


def _info(trait: Trait, people: People | None, currency: str) -> TraitInfo:
    shape = None if people is None else people.shapes.get(trait.name)
    known = None if shape is None or people is None else shape.spread.known / max(1, people.customers)
    why = ""
    if trait.personal:
        why = "It names a person, so it stays out of rules."
    elif trait.sensitive:
        why = "It is sensitive, so it stays out of rules without the customer's explicit consent."
    return TraitInfo(
        name=trait.name,
        words=trait_words(trait.name),
        type=trait.type,
        description=trait.description,
        source=trait.source,
        model=trait.model,
        purpose=trait.purpose,
        sensitive=trait.sensitive,
        personal=trait.personal,
        unreadable=why,
        operators=() if why else OPERATORS[trait.type],
        known=known,
        known_text="" if known is None else f"known of {percent(known)}",
        usual=() if shape is None else _usual(shape, trait.type, currency),
    )


def _moment(name: str, kind: TraitType) -> TraitInfo:
    return TraitInfo(
        name=name,
        words=trait_words(name.removeprefix("context.")),
        type=kind,
        description="A fact of the moment, which whoever asks for a decision sends along.",
        source="moment",
        model=None,
        purpose="",
        sensitive=False,
        personal=False,
        unreadable="",
        operators=OPERATORS[kind],
    )
