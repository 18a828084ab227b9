"""Naming: which identifiers a wire event carries, and which of them it proves."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from shopkeeper.core.definitions import Shop
from shopkeeper.core.identifier import Identifier
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.reading import Refusal, read_text
from shopkeeper.identify.names import ANONYMOUS, EMAIL, PHONE, USER, usable_names
from shopkeeper.protect.identity_token import proven_names

LONGEST = 320
_NAMING = ((USER, "userId"), (ANONYMOUS, "anonymousId"), (ANONYMOUS, "previousId"))
NO_COOKIES: Final = "shop.yaml declares no `anonymous_id`; add `anonymous_id: {limit: 5}` under identifiers and apply"
"""Why nobody is known by a cookie, and so nothing can be taken from a site."""
MOST_EXTERNAL = 20
"""External ids and merge properties of one event that are looked at."""


class Named(NamedTuple):
    """The identifiers of an event: those that it proves, strongest first, and those that it only claims."""

    names: tuple[Identifier, ...]
    claims: tuple[Identifier, ...] = ()


def names_of(wire: Mapping[str, Any], shop: Shop, origin: Origin, *, now: datetime) -> Named:
    """Read the identifiers of an event: `userId`, `anonymousId`, e-mail and phone of its traits, `externalIds`.

    What cannot be read as an identifier is passed over where another one names the customer.

    Raises: Refusal: none is usable, or a browser's event names nobody whom it may speak for.
    """
    unread: list[Refusal] = []
    said = usable_names(((kind, _read(value, field, unread)) for kind, field, value in _said(wire)), shop)
    if origin.trusted:
        if not said:
            reason = (
                "userId or anonymousId: one is required, of a kind that shop.yaml declares, and not a blocked value"
            )
            raise _nobody(_undeclared(wire, shop) or reason, unread)
        return Named(said)
    signed = signed_names(_context(wire).get("identityToken"), origin, shop, now=now)
    unread.clear()
    own = (ANONYMOUS, _read(wire.get("anonymousId"), "anonymousId", unread))
    proven = usable_names([*signed, own], shop)
    if not proven:
        reason = "anonymousId: a browser's event must carry it, or context.identityToken that signs the user id"
        raise _nobody(_undeclared(wire, shop) or reason, unread)
    return Named(proven, tuple(name for name in said if name not in proven))


def signed_names(token: Any, origin: Origin, shop: Shop, *, now: datetime) -> tuple[Identifier, ...]:
    """Return what an identity token proves of a browser's visitor; none, or one that is not good, proves nothing."""
    if not isinstance(token, str) or origin.secret is None:
        return ()
    return usable_names(proven_names(token, origin.secret, shop.identifiers, now=now), shop)


def _nobody(reason: str, unread: Sequence[Refusal]) -> Refusal:
    """Say why an event names nobody: of what could not be read, the first is what its sender has to mend."""
    return unread[0] if unread else Refusal("no_customer", reason)


def _undeclared(wire: Mapping[str, Any], shop: Shop) -> str:
    """Say that an event carries a cookie where the shop knows nobody by one; empty where that is not why."""
    return f"anonymousId: {NO_COOKIES}" if wire.get("anonymousId") and knows_no_cookie(shop) else ""


def knows_no_cookie(shop: Shop) -> bool:
    """Say whether a shop knows nobody by a browser's cookie, by which alone a site's visitors have a name."""
    return ANONYMOUS not in shop.identifiers


def _read(value: Any, field: str, unread: list[Refusal]) -> str | None:
    """Read what may be an identifier; of what cannot be one, note why."""
    try:
        return read_text(value, field, limit=LONGEST)
    except Refusal as refusal:
        unread.append(refusal)
        return None


def _said(wire: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Return (kind, field, value) of all that an event says of whose it is."""
    for kind, field in _NAMING:
        if field in wire:
            yield kind, field, wire[field]
    context = _context(wire)
    for traits, field in ((wire.get("traits"), "traits"), (context.get("traits"), "context.traits")):
        if isinstance(traits, dict) and wire.get("type") != "group":
            for kind in (EMAIL, PHONE):
                yield kind, f"{field}.{kind}", traits.get(kind)
    for field, entries, kind, value in (
        ("context.externalIds", context.get("externalIds"), "type", "id"),
        ("mergeProperties", wire.get("mergeProperties"), "type", "value"),
    ):
        for entry in entries[:MOST_EXTERNAL] if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get(kind), str):
                yield entry[kind], f"{field}.{value}", entry.get(value)


def _context(wire: Mapping[str, Any]) -> Mapping[str, Any]:
    found = wire.get("context")
    return found if isinstance(found, dict) else {}
