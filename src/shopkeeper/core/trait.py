"""Traits: every belief about a customer, with its type, source and purpose."""

from enum import StrEnum
from typing import Literal

import msgspec

Kind = Literal["count", "sum", "average", "min", "max", "most_frequent", "first", "last", "unique_list", "unique_count"]


class TraitType(StrEnum):
    """What a trait's values are, and how the evaluators hold them in Python.

    boolean: bool. integer: int. number: float (fixed-point millionths divided once by 1e6, or a quotient of two
    integers). money: int in minor units of the shop's currency. text: str. instant: int microseconds since 1970 UTC.
    texts: tuple of str, sorted.
    """

    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    TEXT = "text"
    INSTANT = "instant"
    TEXTS = "texts"


Value = bool | int | float | str | tuple[str, ...] | None
"""A trait's value as the evaluators hold it; None is SQL's NULL: not known."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A window of whole buckets: the one that holds `now` and the n - 1 before it.

    Days are calendar days in the shop's zone; hours and minutes are counted from 1970 UTC.
    """

    n: int
    unit: Literal["day", "hour", "minute"]


class Computed(msgspec.Struct, frozen=True, kw_only=True):
    """How a trait is computed from events.

    kind: `count` counts events (with `each`: lines); the others read `field`.
    of: The name of the event that is counted.
    field: A property of the event, `timestamp`, `place`, `order_id`, or with `each` a line's field.
    each: `products` to count every line of the event instead of the event.
    where: A predicate over the event's (with `each`: the line's and the event's) fields; NULL does not count.
    at_least: most_frequent answers only when its value came at least so often.
    """

    kind: Kind
    of: str
    field: str | None = None
    each: Literal["products"] | None = None
    where: str | None = None
    window: Window | None = None
    at_least: int = 2


class Trait(msgspec.Struct, frozen=True, kw_only=True):
    """The definition of one trait.

    source: stated (by the customer), imported (from elsewhere), computed (from events), predicted (by a model).
    model: The model that writes a predicted trait.
    personal: Its values name a person (e-mail, given name): kept out of log, lake and predicates.
    """

    name: str
    type: TraitType
    source: Literal["stated", "imported", "computed", "predicted"]
    purpose: str
    description: str = ""
    sensitive: bool = False
    personal: bool = False
    retention_days: int | None = None
    computed: Computed | None = None
    model: str | None = None


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A named predicate over traits."""

    name: str
    where: str
    description: str = ""
