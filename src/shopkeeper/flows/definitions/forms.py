"""What the YAML of traits and offers may say, where it reads better than the Structs of core."""

from typing import Literal

import msgspec

SingleType = Literal["boolean", "integer", "number", "money", "text", "instant"]
AnyType = Literal["boolean", "integer", "number", "money", "text", "instant", "texts"]
KINDS = ("count", "sum", "average", "min", "max", "most_frequent", "first", "last", "unique_list", "unique_count")


class TraitForm(msgspec.Struct, frozen=True, kw_only=True):
    """One trait of traits.yaml: exactly one of stated, imported, predicted and the kinds of computing says its source.

    `count` names an event; every other kind names a field, and `of` the event.
    """

    name: str
    stated: SingleType | None = None
    imported: SingleType | None = None
    predicted: AnyType | None = None
    model: str | None = None
    count: str | None = None
    sum: str | None = None
    average: str | None = None
    min: str | None = None
    max: str | None = None
    most_frequent: str | None = None
    first: str | None = None
    last: str | None = None
    unique_list: str | None = None
    unique_count: str | None = None
    of: str | None = None
    each: Literal["products"] | None = None
    where: str | None = None
    window: str | None = None
    at_least: int | None = None
    type: AnyType | None = None
    purpose: str | None = None
    description: str = ""
    sensitive: bool = False
    personal: bool = False
    retention: str | None = None


class OfferForm(msgspec.Struct, frozen=True, kw_only=True):
    """One offer of offers.yaml; `face_value` in major units, times as dates or ISO instants."""

    name: str
    kind: str = "coupon"
    title: str = ""
    items: tuple[str, ...] = ()
    face_value: float = 0.0
    starts: str | None = None
    ends: str | None = None
    where: str | None = None
    per_customer: int | None = 1
    pause: str = "28 days"
    group: str | None = None


class RuleForm(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of offers.yaml for the imported offers of a group."""

    name: str
    group: str
    where: str | None = None
    per_customer: int | None = 1
    pause: str = "28 days"
