"""Mapping files: which column is which field, and what a table leaves unsaid."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

import msgspec

from shopkeeper.core.consent import CONSENT, Grade
from shopkeeper.core.errors import BadInput, nearest, why_unread
from shopkeeper.core.event import IDENTIFY, ORDER_COMPLETED
from shopkeeper.core.instant import zone
from shopkeeper.core.source import RESERVED
from shopkeeper.engines.tables.opening import Table
from shopkeeper.flows.definitions.mistakes import Mistakes, one_of
from shopkeeper.flows.definitions.node import Node
from shopkeeper.flows.definitions.shape import read_struct
from shopkeeper.flows.definitions.tree import read_tree
from shopkeeper.flows.door.canonical import OURS
from shopkeeper.flows.door.groups import GROUPED
from shopkeeper.flows.door.reading import read_instant

Constant = str | int | float | bool
MAX_HEADER = 20
_UNBOUNDED = datetime(9000, 1, 1, tzinfo=UTC)
_SOME_DAY = datetime(2021, 11, 23)  # noqa: DTZ001 (a day to try forms on)
_OPTIONS = frozenset(
    {
        "kind",
        "source",
        "zone",
        "money",
        "encoding",
        "delimiter",
        "header",
        "decimal",
        "dates",
        "empty",
        "event",
        "constants",
        "cost_share",
        "as_of",
        "offer_kind",
        "purposes",
        "said",
        "evidence",
        "shown",
    }
)


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every mapping may say.

    source: The events' source; `(source, message id)` makes an event unique.
    zone: Of times that name none; without it such times are refused.
    money: Whether amounts are in major units (12.50) or minor units (1250).
    encoding, delimiter: Of a CSV. empty: Texts that mean that there is nothing.
    header: The line of a CSV that names the columns; 0: none does, and they are called `column 1`, `column 2` ….
    decimal: The mark before the decimals, `,` in 1.234,56; where it is named, thousands and currency may be marked too.
    dates: How instants are written that are not ISO 8601, in the codes of `strptime`, tried in order.
    """

    source: str = "import"
    zone: str | None = None
    money: Literal["major", "minor"] = "major"
    encoding: str = "utf-8"
    delimiter: str | None = None
    header: int = 1
    decimal: Literal[".", ","] | None = None
    dates: str | tuple[str, ...] = ()
    empty: tuple[str, ...] = ("",)

    key: ClassVar[str | None] = None
    """The field by which several rows make one thing."""
    writes: ClassVar[bool] = True
    """Whether the log gets events; else the catalogue gets rows, and a row read again replaces the earlier."""

    @property
    def naive(self) -> ZoneInfo | None:
        """The zone of times that name none."""
        return None if self.zone is None else zone(self.zone)

    @property
    def date_forms(self) -> tuple[str, ...]:
        """The forms of instants that are not ISO 8601."""
        return (self.dates,) if isinstance(self.dates, str) else self.dates

    def columns(self) -> list[tuple[str, str]]:
        """Return (field, column) for every column that is named."""
        found: list[tuple[str, str]] = []
        for field in msgspec.structs.fields(type(self)):
            if field.name not in _OPTIONS:
                found.extend(_named(field.name, getattr(self, field.name)))
        return found


def _named(field: str, value: Any) -> list[tuple[str, str]]:
    if value is None:
        return []
    if isinstance(value, dict):
        return [(f"{field}.{key}", column) for key, column in value.items()]
    return [(field, column) for column in ([value] if isinstance(value, str) else value)]


class OrdersMapping(Mapping, frozen=True, kw_only=True):
    """Rows are lines of orders; the rows of one `order_id` become one event.

    customer: Identifier kind → column. event: `Order Completed`, or a correction such as `Order Refunded`.
    amount: What was paid for the line, or else `price`, for one piece. discount: One column or several to add up.
    cost: What the line's goods cost. cost_share: Where no cost is known, assume this share of the price before
    discounts: an assumption of yours, without which there is no net margin.
    properties: Event property → column, read off an order's first row. constants: the same for every order.
    """

    customer: dict[str, str]
    order_id: str
    timestamp: str
    product_id: str
    event: str = ORDER_COMPLETED
    place: str | None = None
    quantity: str | None = None
    amount: str | None = None
    price: str | None = None
    discount: str | tuple[str, ...] = ()
    cost: str | None = None
    cost_share: float | None = None
    coupon: str | None = None
    category: str | None = None
    department: str | None = None
    brand: str | None = None
    properties: dict[str, str] = {}
    constants: dict[str, Constant] = {}

    key: ClassVar[str | None] = "order_id"


class EventsMapping(Mapping, frozen=True, kw_only=True):
    """Each row is an event.

    event: Its name, for all rows; or event_column: where the row says it.
    properties: Property → column, as they come (a CSV's are texts); numbers: the same, read as numbers.
    message_id: A column with an id of each event; without one, equal rows are one event.
    """

    customer: dict[str, str]
    timestamp: str
    event: str | None = None
    event_column: str | None = None
    message_id: str | None = None
    order_id: str | None = None
    place: str | None = None
    properties: dict[str, str] = {}
    numbers: dict[str, str] = {}
    constants: dict[str, Constant] = {}


class CustomersMapping(Mapping, frozen=True, kw_only=True):
    """Each row is a customer and what is known of them: an `Identify` event.

    traits: Trait → column; what is personal or declared nowhere is kept apart from the log.
    timestamp: A column that says when it was so; or as_of: one instant for all rows.
    """

    customer: dict[str, str]
    traits: dict[str, str]
    timestamp: str | None = None
    as_of: str | None = None


class ConsentsMapping(Mapping, frozen=True, kw_only=True):
    """Each row is what a customer said to one purpose or several: consents, refusals, addresses not to be contacted.

    states: Purpose → the column that says yes or no to it. Or else `purpose`, the column that names it, or `purposes`,
    those that all rows are about; with `state`, the column that says yes or no, or `said`, what all rows say.
    timestamp: A column that says when; or as_of: one instant for all rows.
    evidence: How well all rows can be shown where the column `grade` says nothing. shown: The text that all customers
    saw, word for word; or wording: a column with what each saw. constants: policy_version, jurisdiction or channel of
    all rows.
    """

    customer: dict[str, str]
    states: dict[str, str] = {}
    purpose: str | None = None
    purposes: tuple[str, ...] = ()
    state: str | None = None
    said: Literal["given", "withdrawn"] | None = None
    timestamp: str | None = None
    as_of: str | None = None
    channel: str | None = None
    grade: str | None = None
    evidence: Grade = "imported_without_proof"
    wording: str | None = None
    shown: str | None = None
    policy_version: str | None = None
    jurisdiction: str | None = None
    expires_at: str | None = None
    constants: dict[Literal["channel", "policy_version", "jurisdiction"], str] = {}


class ItemsMapping(Mapping, frozen=True, kw_only=True):
    """Each row is an item; `title` is a column or several to join by a space; `price` and `cost` are of one piece."""

    id: str
    title: str | tuple[str, ...] = ()
    category: str | None = None
    department: str | None = None
    brand: str | None = None
    price: str | None = None
    cost: str | None = None
    attributes: dict[str, str] = {}

    writes: ClassVar[bool] = False


class PlacesMapping(Mapping, frozen=True, kw_only=True):
    """Each row is a place."""

    id: str
    title: str | tuple[str, ...] = ()
    attributes: dict[str, str] = {}

    writes: ClassVar[bool] = False


class StockMapping(Mapping, frozen=True, kw_only=True):
    """Each row says whether an item is `available` at a place, and at what price."""

    item: str
    place: str
    available: str | None = None
    price: str | None = None

    writes: ClassVar[bool] = False


class OffersMapping(Mapping, frozen=True, kw_only=True):
    """Each row is an offer, or an offer and one `item` that it covers; rows of one `id` become one offer.

    offer_kind: What the offers are; slots name the kinds that they show. group: A column, so that rules in offers.yaml
    can speak of a whole table.
    """

    id: str
    item: str | None = None
    offer_kind: str = "coupon"
    group: str | None = None
    title: str | tuple[str, ...] = ()
    starts: str | None = None
    ends: str | None = None
    face_value: str | None = None

    key: ClassVar[str | None] = "id"
    writes: ClassVar[bool] = False


AnyMapping = (
    OrdersMapping
    | EventsMapping
    | CustomersMapping
    | ConsentsMapping
    | ItemsMapping
    | PlacesMapping
    | StockMapping
    | OffersMapping
)
KINDS: dict[str, type[AnyMapping]] = {
    "orders": OrdersMapping,
    "events": EventsMapping,
    "customers": CustomersMapping,
    "consents": ConsentsMapping,
    "items": ItemsMapping,
    "places": PlacesMapping,
    "stock": StockMapping,
    "offers": OffersMapping,
}


def kind_of(mapping: AnyMapping) -> str:
    """Return the kind of table that a mapping reads."""
    return next(kind for kind, struct in KINDS.items() if type(mapping) is struct)


def load_mapping(path: Path, *, now: datetime | None = None) -> AnyMapping:
    """Read a mapping file; for `now` see `read_mapping`.

    Raises: BadInput: every mistake in it, with its line and the nearest right name.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as a mapping: {why_unread(error)}") from None
    return read_mapping(path.name, text, now=now)


def read_mapping(file: str, text: str, *, now: datetime | None = None) -> AnyMapping:
    """Read a mapping's text.

    Args:
        file: How messages call it. now: `as_of` may lie no more than a day after; None: the rows are looked at for it.

    Raises: BadInput: every mistake in it.
    """
    mistakes = Mistakes()
    tree = read_tree(file, text, mistakes)
    found = None if tree is None else _read(tree, mistakes, now)
    mistakes.raise_any()
    if found is None:
        raise BadInput(f"{file}: cannot be read as a mapping")
    return found


def _read(tree: Node, mistakes: Mistakes, now: datetime | None) -> AnyMapping | None:
    fields = dict(tree.items())
    kind = fields.pop("kind", None)
    if kind is None:
        mistakes.at(tree, "the field 'kind' is missing", expected=one_of(KINDS))
        return None
    if kind.value not in KINDS:
        mistakes.unknown(kind, "kind", str(kind.value), KINDS)
        return None
    node = Node(tree.file, tree.path, tree.line, tree.column, fields)
    found: AnyMapping | None = read_struct(node, KINDS[str(kind.value)], mistakes)
    if found is not None:
        _check(found, node, mistakes)
        if isinstance(found, CustomersMapping | ConsentsMapping):
            _check_as_of(found, node, mistakes, now)
    return found


def forged(mapping: AnyMapping) -> dict[str, str]:
    """Return which fields of a mapping would write what no file may, each with what to write instead.

    A word of staff lifts what a customer's browser turned off, and by a decision anything can be credited to anybody.
    """
    found = {}
    if mapping.writes and mapping.source.strip().lower() in RESERVED:
        found["source"] = f"a name of the file's own: {', '.join(sorted(RESERVED))} are Shopkeeper's"
    name = mapping.event if isinstance(mapping, OrdersMapping | EventsMapping) else None
    if name is None:
        return found
    if name in OURS:
        found["event"] = "another name: Shopkeeper alone writes such events"
    elif name == IDENTIFY:
        found["event"] = "a mapping of 'kind: customers', which says what is known of customers"
    elif name in CONSENT:
        found["event"] = "a mapping of 'kind: consents', which keeps how each word came"
    elif name in GROUPED and isinstance(mapping, OrdersMapping):
        found["event"] = "a mapping of 'kind: events', whose rows say which group"
    return found


def _check(mapping: AnyMapping, node: Node, mistakes: Mistakes) -> None:
    """Check what one field cannot know of itself."""
    for field, expected in forged(mapping).items():
        mistakes.value(node.get(field), expected)
    _check_writing(mapping, node, mistakes)
    if isinstance(mapping, OrdersMapping | EventsMapping | CustomersMapping | ConsentsMapping) and not mapping.customer:
        mistakes.value(node.get("customer"), "an identifier kind and its column, such as 'user_id: card'")
    match mapping:
        case OrdersMapping() if (mapping.amount is None) == (mapping.price is None):
            mistakes.at(node, "'amount' and 'price'", expected="one of the two: amount for the line, price for a piece")
        case OrdersMapping() if mapping.cost_share is not None and not 0 <= mapping.cost_share <= 1:
            mistakes.value(node.get("cost_share"), "a share from 0 to 1")
        case EventsMapping() if (mapping.event is None) == (mapping.event_column is None):
            mistakes.at(node, "'event' and 'event_column'", expected="one of the two")
        case ConsentsMapping():
            _check_consents(mapping, node, mistakes)


def _check_as_of(
    mapping: CustomersMapping | ConsentsMapping, node: Node, mistakes: Mistakes, now: datetime | None
) -> None:
    if (mapping.timestamp is None) == (mapping.as_of is None):
        mistakes.at(node, "'timestamp' and 'as_of'", expected="one of the two")
    elif mapping.as_of is not None:
        latest = _UNBOUNDED if now is None else now
        _try(lambda: read_instant(mapping.as_of, "as_of", now=latest, naive=mapping.naive), node.get("as_of"), mistakes)


def _check_consents(mapping: ConsentsMapping, node: Node, mistakes: Mistakes) -> None:
    ways = [bool(mapping.states), mapping.purpose is not None, bool(mapping.purposes)]
    if sum(ways) != 1:
        mistakes.at(node, "'states', 'purpose' and 'purposes'", expected="one of the three")
    elif not mapping.states and (mapping.state is None) == (mapping.said is None):
        mistakes.at(node, "'state' and 'said'", expected="one of the two")
    elif mapping.states and (mapping.state is not None or mapping.said is not None):
        mistakes.at(node, "'states' beside 'state' or 'said'", expected="'states' alone: its columns say yes or no")
    if mapping.wording is not None and mapping.shown is not None:
        mistakes.at(node, "'wording' and 'shown'", expected="at most one of the two")
    both = [name for name in mapping.constants if getattr(mapping, name) is not None]
    if both:
        mistakes.at(node.get("constants"), f"{both[0]!r} is a column too", expected="either a column or a constant")


def _check_writing(mapping: AnyMapping, node: Node, mistakes: Mistakes) -> None:
    """Check what a mapping says of how the file is written."""
    if mapping.zone is not None:
        _try(lambda: zone(mapping.zone or ""), node.get("zone"), mistakes)
    if mapping.delimiter is not None and len(mapping.delimiter) != 1:
        mistakes.value(node.get("delimiter"), "one character, such as ';'")
    if not 0 <= mapping.header <= MAX_HEADER:
        mistakes.value(node.get("header"), f"the line of the column names, from 1 to {MAX_HEADER}, or 0 for none")
    for form in mapping.date_forms:
        if not readable_form(form):
            mistakes.value(node.get("dates"), "a form of dates such as '%d.%m.%Y' or '%d.%m.%Y %H:%M'")


def readable_form(form: str) -> bool:
    """Tell whether a form of dates can be read back, with a year in it."""
    written = _SOME_DAY.strftime(form) if "%Y" in form or "%y" in form else ""
    try:
        return datetime.strptime(written, form).date() == _SOME_DAY.date()  # noqa: DTZ007 (only the day is compared)
    except (ValueError, re.error):
        return False


def _try(work: Any, node: Node, mistakes: Mistakes) -> None:
    try:
        work()
    except (BadInput, OverflowError) as error:
        mistakes.at(node, str(error))


def require_columns(mapping: AnyMapping, table: Table) -> None:
    """Check that a table has the columns. Raises: BadInput: every missing one, with the nearest that is there."""
    if not table.names and not table.complete:
        return
    mistakes = Mistakes()
    required = {field.name for field in msgspec.structs.fields(type(mapping)) if field.required}
    for field, column in mapping.columns():
        if column not in table.names and (table.complete or field.partition(".")[0] in required):
            came = f"{field}: no column {column!r}"
            hint = nearest(column, table.names)
            mistakes.in_file(table.path.name, came, expected=one_of(table.names[:40]), hint=hint)
    try:
        mistakes.raise_any()
    except BadInput as error:
        raise BadInput(f"{error}{table.advice}") from None
