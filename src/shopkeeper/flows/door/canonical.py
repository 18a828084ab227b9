"""From the wire to a canonical event: Segment's shape in, typed fields out.

Names and shapes are those of Segment's e-commerce specification, version 2.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.event import (
    CORRECTIONS,
    IDENTIFY,
    MONEY_FIELDS,
    ORDER_COMPLETED,
    Event,
    typed_properties,
)
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.item import Item
from shopkeeper.core.trait import Trait
from shopkeeper.flows.door.lines import product_id, read_lines, sum_amounts
from shopkeeper.flows.door.reading import (
    MAX_NAME,
    Refusal,
    read_instant,
    read_money,
    read_text,
    require_plain,
)
from shopkeeper.flows.door.stated import sort_traits
from shopkeeper.identify.names import usable_names

ORDERS = CORRECTIONS | {ORDER_COMPLETED}
OURS = frozenset({"Decision Made", "Definitions Applied", "Model Put In Force", "Segment Entered", "Segment Exited"})
"""Names that nobody may send: who could write a decision could credit it with anything."""
_TAXONOMY = ("category", "department", "brand")
_OWN_COLUMNS = frozenset({"products", "order_id", "place", "currency"})
_VOLATILE = frozenset({"sentAt", "_metadata", "context", "integrations", "writeKey", "receivedAt"})
"""What clients change on a retry, or what says nothing of the event itself."""


class Draft(NamedTuple):
    """An event that is canonical but for its customer.

    names: Strongest first; the first names the customer. personal: Values to keep apart from the log.
    timed: Whether the sender said when; else `at` is when we received it, and a retry comes with another one.
    """

    names: tuple[Identifier, ...]
    event: Event
    personal: dict[str, str]
    timed: bool = True


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
    source: str,
    now: datetime,
    names: tuple[Identifier, ...] | None = None,
) -> Draft:
    """Turn one decoded wire event into a draft.

    Args:
        wire: `{type, userId, anonymousId, event, properties, traits, messageId, timestamp}`; `type` is `track` or
            `identify`. `context` is not kept: it carries addresses of devices.
        items: What the catalogue says of the items that the event names.
        names: Whose it is, where an import's mapping says so instead of the wire's fields.

    Raises: Refusal: with a stable code and what to mend.
    """
    if not isinstance(wire, dict):
        raise Refusal("bad_event", "an event must be an object")
    kind = wire.get("type")
    if kind not in {"track", "identify"}:
        raise Refusal("bad_event", "type: must be 'track' or 'identify'")
    stamp = wire.get("timestamp") or wire.get("originalTimestamp")
    at = now if stamp is None else read_instant(stamp, "timestamp", now=now)
    bare = Event(
        source=source,
        message_id=_message_id(wire, at),
        name=IDENTIFY if kind == "identify" else _name(wire),
        customer="",
        at=at,
        received_at=now,
    )
    if kind == "identify":
        event, personal = _identify(wire, bare, definitions)
    else:
        event, personal = _track(wire, bare, definitions, items)
    return Draft(_names(wire, definitions) if names is None else names, event, personal, stamp is not None)


def _name(wire: Mapping[str, Any]) -> str:
    name = read_text(wire.get("event"), "event")
    if name is None:
        raise Refusal("bad_event", "event: a name is required on track")
    if name in OURS or name == IDENTIFY:
        raise Refusal(
            "bad_event", f"event: {name!r} is written by Shopkeeper alone (identify calls write {IDENTIFY!r})"
        )
    return name


def _message_id(wire: Mapping[str, Any], at: datetime) -> str:
    given = read_text(wire.get("messageId"), "messageId")
    if given is not None:
        return given
    kept = {key: value for key, value in wire.items() if key not in _VOLATILE}
    require_plain(kept, "event")
    return content_id((kept, at))


def content_id(content: Any) -> str:
    """Derive a message id from what an event says, so that the same content is the same event."""
    body = msgspec.json.encode(content, order="deterministic")
    return f"content:{blake2b(body, digest_size=16).hexdigest()}"


def _names(wire: Mapping[str, Any], definitions: Definitions) -> tuple[Identifier, ...]:
    traits = _mapping(wire, "traits")
    claims = (
        ("user_id", read_text(wire.get("userId"), "userId", limit=320)),
        ("anonymous_id", read_text(wire.get("anonymousId"), "anonymousId", limit=320)),
        ("email", read_text(traits.get("email"), "traits.email", limit=320)),
    )
    names = usable_names(claims, definitions.shop.identifiers)
    if not names:
        raise Refusal(
            "no_customer",
            "userId or anonymousId: one is required, of a kind that shop.yaml declares, and not a blocked value",
        )
    return names


def _mapping(wire: Mapping[str, Any], field: str) -> dict[str, Any]:
    found = wire.get(field)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Refusal("bad_event", f"{field}: must be an object")
    require_plain(found, field)
    if any(len(name) > MAX_NAME for name in found):
        raise Refusal("bad_event", f"{field}: names must be at most {MAX_NAME} characters")
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


def _split_personal(
    properties: Mapping[str, Any], declared: Mapping[str, Trait]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Take out the properties that carry a personal trait, declared or an e-mail by its usual name."""
    names = {name for name in properties if name == "email" or (name in declared and declared[name].personal)}
    personal = {name: str(properties[name]) for name in names if properties[name] is not None}
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
    item = items.get(product_id(properties) or "")
    if item is None:
        return properties
    known = {field: getattr(item, field) for field in _TAXONOMY if properties.get(field) is None}
    return properties | {field: value for field, value in known.items() if value is not None}
