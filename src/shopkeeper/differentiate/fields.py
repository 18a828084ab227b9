"""Fields: what a trait or its filter may read of an event and of its lines, with types and exact meanings.

Inside the fold and in the lake a number is an integer of millionths; a field of that kind is `scaled`, and what is
computed from it is divided once, at the end.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from shopkeeper.core.errors import BadInput
from shopkeeper.core.event import MONEY_FIELDS
from shopkeeper.core.trait import Computed, Trait, TraitType

LINE_FIELDS: Mapping[str, TraitType] = {
    **dict.fromkeys(("product_id", "category", "department", "brand", "coupon"), TraitType.TEXT),
    "quantity": TraitType.INTEGER,
    **dict.fromkeys(("amount", "cost", "discount", "margin"), TraitType.MONEY),
}
EVENT_FIELDS: Mapping[str, TraitType] = {
    "timestamp": TraitType.INSTANT,
    "place": TraitType.TEXT,
    "order_id": TraitType.TEXT,
    **dict.fromkeys(sorted(MONEY_FIELDS), TraitType.MONEY),
}
_STORES: Mapping[TraitType, Literal["texts", "numbers", "money", "flags"]] = {
    TraitType.TEXT: "texts",
    TraitType.NUMBER: "numbers",
    TraitType.INTEGER: "numbers",
    TraitType.INSTANT: "numbers",
    TraitType.MONEY: "money",
    TraitType.BOOLEAN: "flags",
}
_QUANTITIES = frozenset({TraitType.INTEGER, TraitType.NUMBER, TraitType.MONEY})
_ANY = frozenset(TraitType) - {TraitType.TEXTS}
_READABLE: Mapping[str, frozenset[TraitType]] = {
    "sum": _QUANTITIES,
    "average": _QUANTITIES,
    "min": _QUANTITIES | {TraitType.INSTANT},
    "max": _QUANTITIES | {TraitType.INSTANT},
    "most_frequent": _ANY - {TraitType.INSTANT},
    "first": _ANY,
    "last": _ANY,
    "unique_list": frozenset({TraitType.TEXT}),
    "unique_count": _ANY,
}
_PROPERTY_TYPES = frozenset({TraitType.TEXT, TraitType.NUMBER, TraitType.INTEGER, TraitType.BOOLEAN})


class Field(NamedTuple):
    """One thing that can be read of an event or a line.

    holder: `line` or `event` for their own attributes; else the event's map that holds the property.
    scaled: Whether the raw value is an integer of millionths.
    """

    name: str
    type: TraitType
    holder: Literal["line", "event", "texts", "numbers", "money", "flags"]
    scaled: bool = False


def field_schema(each: Literal["products"] | None) -> Mapping[str, TraitType]:
    """Return the fields known by name and their types; with `each`, those of a line hide those of its event."""
    return {**EVENT_FIELDS, **LINE_FIELDS} if each else EVENT_FIELDS


class OpenSchema(Mapping[str, TraitType]):
    """The known fields, and every other name as a property of a type to be implied.

    `asked` collects the properties that were looked up, so that a filter can be checked again with other types.
    """

    def __init__(self, each: Literal["products"] | None, implied: Mapping[str, TraitType]) -> None:
        self._known = field_schema(each)
        self._implied = implied
        self.asked: dict[str, TraitType] = {}

    def __getitem__(self, name: str) -> TraitType:
        if name in self._known:
            return self._known[name]
        return self.asked.setdefault(name, self._implied.get(name, TraitType.TEXT))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def find_field(name: str, each: Literal["products"] | None, implied: TraitType) -> Field:
    """Find where a field is read; a name that is not known is a property of the implied type."""
    if each and name in LINE_FIELDS:
        return Field(name, LINE_FIELDS[name], "line")
    if name in MONEY_FIELDS:
        return Field(name, TraitType.MONEY, "money")
    if name in EVENT_FIELDS:
        return Field(name, EVENT_FIELDS[name], "event")
    return property_field(name, implied)


def property_field(name: str, kind: TraitType) -> Field:
    """Find where an event keeps a property of a type; an instant is a number of seconds since 1970.

    Raises: BadInput: a type that one property cannot hold.
    """
    if kind not in _STORES:
        raise BadInput(f"property {name!r}: type == '{kind}', must be one of {', '.join(sorted(_STORES))}")
    holder = _STORES[kind]
    return Field(name, kind, holder, scaled=holder == "numbers" and kind != TraitType.INSTANT)


def computed_field(computed: Computed, declared: TraitType | None) -> Field | None:
    """Find the field that a computed trait reads, or None for `count`.

    Raises: BadInput: a field where none belongs, or none where one does; see `computed_type`.
    """
    if computed.kind == "count":
        if computed.field is not None:
            raise BadInput(f"count reads no field, but names {computed.field!r}: drop it, or use unique_count")
        return None
    if computed.field is None:
        raise BadInput(f"{computed.kind}: name the field that it reads, such as {{{computed.kind}: total}}")
    if computed.each is None and computed.field in LINE_FIELDS and computed.field not in EVENT_FIELDS:
        raise BadInput(f"{computed.field!r} is a field of products: add 'each: products'")
    return find_field(computed.field, computed.each, _implied(computed, declared))


def computed_type(computed: Computed, *, declared: TraitType | None) -> TraitType:
    """Return the type of a computed trait's values.

    Args:
        declared: What the definition says, or None. It must be the computed type; for a property of which nothing
            else is known it says what the property holds (default: a number under sum, average, min and max,
            a text elsewhere).

    Raises: BadInput: a combination without sense, such as the sum of a text, or another type than the declared.
    """
    _check_numbers(computed)
    field = computed_field(computed, declared)
    found = TraitType.INTEGER if field is None else _result(computed.kind, field)
    if declared is not None and declared != found:
        raise BadInput(
            f"type == '{declared}', but {_words(computed)} is of type '{found}': write that, or leave it out"
        )
    return found


def trait_field(trait: Trait) -> Field:
    """Find the property of `Identify` that holds a stated or imported trait."""
    return property_field(trait.name, trait.type)


def _result(kind: str, field: Field) -> TraitType:
    if field.type not in _READABLE[kind]:
        allowed = ", ".join(sorted(_READABLE[kind]))
        raise BadInput(f"{kind} of {field.name!r}, which is of type '{field.type}', must be one of {allowed}")
    if kind == "unique_list":
        return TraitType.TEXTS
    if kind == "unique_count":
        return TraitType.INTEGER
    if kind == "average" and field.type == TraitType.INTEGER:
        return TraitType.NUMBER
    return field.type


def _implied(computed: Computed, declared: TraitType | None) -> TraitType:
    if computed.kind == "average":
        return TraitType.NUMBER
    if computed.kind in {"unique_list", "unique_count"}:
        return TraitType.TEXT
    if declared in _PROPERTY_TYPES:
        return declared
    return TraitType.NUMBER if computed.kind in {"sum", "min", "max"} else TraitType.TEXT


def _check_numbers(computed: Computed) -> None:
    if computed.window is not None and computed.window.n < 1:
        raise BadInput(f"window == {computed.window.n} {computed.window.unit}s, must be at least 1")
    if computed.at_least < 1:
        raise BadInput(f"at_least == {computed.at_least}, must be at least 1")


def _words(computed: Computed) -> str:
    return f"{computed.kind} of {computed.field!r}" if computed.field else computed.kind
