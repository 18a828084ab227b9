"""From the wire to a canonical event: Segment's shape in, typed fields out.

Names and shapes are those of Segment's e-commerce specification, version 2.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput
from shopkeeper.core.event import (
    CORRECTIONS,
    IDENTIFY,
    MONEY_FIELDS,
    ORDER_COMPLETED,
    Event,
    typed_properties,
)
from shopkeeper.core.group import GROUP_JOINED, GroupWord
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.instant import micros, parse_instant
from shopkeeper.core.intake import Word
from shopkeeper.core.item import Item
from shopkeeper.core.trait import Trait
from shopkeeper.flows.door.consent import heard
from shopkeeper.flows.door.groups import GROUPED, read_group
from shopkeeper.flows.door.lines import product_id, read_lines, sum_amounts
from shopkeeper.flows.door.naming import Named, names_of
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.reading import (
    MAX_NAME,
    Refusal,
    read_instant,
    read_money,
    read_text,
    refuse_nul,
    require_plain,
)
from shopkeeper.flows.door.said import id_of, what_was_said
from shopkeeper.flows.door.stated import sort_traits
from shopkeeper.protect.collection import carried_words, preferences_of

ORDERS = CORRECTIONS | {ORDER_COMPLETED}
KINDS: Final[Mapping[str, str | None]] = {
    "track": None,
    "identify": IDENTIFY,
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "group": GROUP_JOINED,
    "alias": "Alias",
    "merge": "Alias",
}
"""Kinds of calls, and the name of the event that each writes; `track` brings its own."""
BROWSER_REACH = timedelta(days=30)
"""How old an event of a browser may be: it may have waited there while its user was away."""
OURS = frozenset(
    {
        "Decision Made",
        "Definitions Applied",
        "Model Put In Force",
        "Segment Entered",
        "Segment Exited",
        "Customers Merged",
        "Customer Unmerged",
    }
)
"""Names that nobody may send: who could write a decision could credit it with anything."""
_TAXONOMY = ("category", "department", "brand")
_OWN_COLUMNS = frozenset({"products", "order_id", "place", "currency"})


class Draft(NamedTuple):
    """An event that is canonical but for its customer; see `core.intake.Arrival` for the fields."""

    names: tuple[Identifier, ...]
    event: Event
    personal: dict[str, str]
    said: bytes
    claims: tuple[Identifier, ...] = ()
    words: tuple[Word, ...] = ()
    group: GroupWord | None = None


def named_items(wires: Iterable[Any]) -> set[str]:
    """Gather the ids of the items that some wire events name, as far as they can be read."""
    found = set()
    for wire in wires:
        properties = wire.get("properties") if isinstance(wire, dict) else None
        if not isinstance(properties, dict):
            continue
        products = properties.get("products")
        for product in [properties, *(products if isinstance(products, list) else [])]:
            try:
                item = product_id(product) if isinstance(product, dict) else None
            except Refusal:
                continue
            if item is not None:
                found.add(item)
    return found


def canonical(
    wire: Any,
    definitions: Definitions,
    items: Mapping[str, Item],
    *,
    origin: Origin,
    now: datetime,
    names: tuple[Identifier, ...] | None = None,
) -> Draft:
    """Turn one decoded wire event into a draft.

    Args:
        wire: `{type, userId, anonymousId, event, properties, traits, messageId, timestamp}`; `type` is one of `KINDS`.
            Of `context` only consent, traits that name somebody, external ids and the identity token are read: it
            carries addresses of devices.
        items: What the catalogue says of the items that the event names.
        names: Whose it is, where an import's mapping says so instead of the wire's fields.

    Raises: Refusal: with a stable code and what to mend.
    """
    if not isinstance(wire, dict):
        raise Refusal("bad_event", "an event must be an object")
    kind = wire.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Refusal("bad_event", f"type: must be one of {', '.join(KINDS)}")
    stamp = wire.get("timestamp") or wire.get("originalTimestamp")
    at = now if stamp is None else read_instant(stamp, "timestamp", now=now)
    if not origin.history and now - at > BROWSER_REACH:
        raise Refusal(
            "bad_timestamp", f"timestamp: more than {BROWSER_REACH.days} days ago; history needs a server's key"
        )
    said_at = _said_at(wire, at)
    said = what_was_said(wire, at=said_at)
    bare = Event(
        source=origin.source,
        message_id=read_text(wire.get("messageId"), "messageId")
        or id_of(said if said_at else what_was_said(wire, at=micros(at))),
        name=KINDS[kind] or _name(wire),
        customer="",
        at=at,
        received_at=now,
    )
    group = None
    if bare.name in GROUPED:
        told = _mapping(wire, "traits" if kind == "group" else "properties")
        event, group = read_group(wire, told, bare, definitions.shop, trusted=origin.trusted)
        personal: dict[str, str] = {}
    else:
        event, personal = _sorted(kind, wire, bare, definitions, items)
    event = heard(event, definitions.shop.purposes, proves=origin.trusted)
    whose = Named(names) if names is not None else names_of(wire, definitions.shop, origin, now=now)
    carried, when = preferences_of(wire.get("context")), min(at, now)
    words = carried_words(carried, definitions.shop.purposes, at=when, gpc=origin.gpc)
    return Draft(whose.names, event, personal, said, whose.claims, words, group)


def _sorted(
    kind: str, wire: Mapping[str, Any], bare: Event, definitions: Definitions, items: Mapping[str, Item]
) -> tuple[Event, dict[str, str]]:
    """Type what an event says, and take apart what is personal."""
    if kind == "identify":
        return _identify(wire, bare, definitions)
    if kind in {"page", "screen"}:
        named = {field: wire[field] for field in ("name", "category") if isinstance(wire.get(field), str)}
        return _track({"properties": named | _mapping(wire, "properties")}, bare, definitions, items)
    if kind in {"alias", "merge"}:
        return bare, {}
    return _track(wire, bare, definitions, items)


def _said_at(wire: Mapping[str, Any], at: datetime) -> int:
    """Return when it happened by the sender's own clock, which a retry does not change; 0: it does not say."""
    own = wire.get("originalTimestamp")
    if own is None:
        return micros(at) if wire.get("timestamp") is not None else 0
    try:
        return micros(parse_instant(own)) if isinstance(own, str) else micros(at)
    except (BadInput, OverflowError):
        return micros(at)


def _name(wire: Mapping[str, Any]) -> str:
    name = read_text(wire.get("event"), "event")
    if name is None:
        raise Refusal("bad_event", "event: a name is required on track")
    if name in OURS or name == IDENTIFY:
        raise Refusal(
            "bad_event", f"event: {name!r} is written by Shopkeeper alone (identify calls write {IDENTIFY!r})"
        )
    return name


def _mapping(wire: Mapping[str, Any], field: str) -> dict[str, Any]:
    found = wire.get(field)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Refusal("bad_event", f"{field}: must be an object")
    require_plain(found, field)
    if found and max(map(len, found)) > MAX_NAME:
        raise Refusal("bad_event", f"{field}: names must be at most {MAX_NAME} characters")
    refuse_nul("".join(found), f"{field}: a name")
    return found


def _identify(wire: Mapping[str, Any], bare: Event, definitions: Definitions) -> tuple[Event, dict[str, str]]:
    stated = sort_traits(_mapping(wire, "traits"), definitions.traits, currency=definitions.shop.currency)
    texts, numbers, money, flags, extra, personal = stated
    event = msgspec.structs.replace(bare, texts=texts, numbers=numbers, money=money, flags=flags, extra=extra)
    return event, personal


def _track(
    wire: Mapping[str, Any], bare: Event, definitions: Definitions, items: Mapping[str, Item]
) -> tuple[Event, dict[str, str]]:
    properties, personal = _split_personal(_mapping(wire, "properties"), definitions.traits)
    currency = definitions.shop.currency
    _require_currency(properties, currency)
    refund = bare.name in CORRECTIONS
    lines, rest = read_lines(properties.get("products"), items, currency=currency, refund=refund)
    money = {
        field: read_money(properties[field], field, currency)
        for field in sorted(MONEY_FIELDS & properties.keys())
        if properties[field] is not None
    }
    order_id = read_text(properties.get("order_id"), "order_id")
    if bare.name in ORDERS:
        _complete_order(bare.name, order_id, money, sum_amounts(lines) if lines else None)
    loose = properties
    if not _OWN_COLUMNS.isdisjoint(properties):
        loose = {name: value for name, value in properties.items() if name not in _OWN_COLUMNS}
    texts, numbers, flags, extra = typed_properties(_with_taxonomy(loose, items), money=money)
    event = msgspec.structs.replace(
        bare,
        place=read_text(properties.get("place"), "place"),
        order_id=order_id,
        texts=texts,
        numbers=numbers,
        money=money,
        flags=flags,
        lines=lines,
        extra=extra | {"products": rest} if rest else extra,
    )
    return event, personal


def _split_personal(properties: dict[str, Any], declared: Mapping[str, Trait]) -> tuple[dict[str, Any], dict[str, str]]:
    """Take out the properties that carry a personal trait, declared or an e-mail by its usual name."""
    names = {name for name in properties.keys() & declared.keys() if declared[name].personal}
    if "email" in properties:
        names.add("email")
    if not names:
        return properties, {}
    personal = {name: refuse_nul(str(properties[name]), name) for name in names if properties[name] is not None}
    return {name: value for name, value in properties.items() if name not in names}, personal


def _require_currency(properties: Mapping[str, Any], currency: str) -> None:
    given = properties.get("currency")
    if given is not None and (not isinstance(given, str) or given.strip().upper() != currency):
        raise Refusal("bad_currency", f"currency: must be the shop's, {currency}")


def _complete_order(name: str, order_id: str | None, money: dict[str, int], paid: int | None) -> None:
    """Require an order's id; where no total was sent, it is what the lines say."""
    if order_id is None:
        raise Refusal("no_order_id", f"{name}: order_id is required")
    if "total" not in money and paid is not None:
        money["total"] = paid
    if name in CORRECTIONS and money.get("total", 0) < 0:
        raise Refusal("bad_amount", f"{name}: what is taken back is a positive figure")


def _with_taxonomy(properties: dict[str, Any], items: Mapping[str, Item]) -> dict[str, Any]:
    """Fill in an event about one item (Product Viewed) as lines are filled in."""
    item = items.get(product_id(properties) or "") if "product_id" in properties or "sku" in properties else None
    if item is None:
        return properties
    known = {}
    for field in _TAXONOMY:
        if properties.get(field) is None and (value := getattr(item, field)) is not None:
            known[field] = value
    return properties | known if known else properties
