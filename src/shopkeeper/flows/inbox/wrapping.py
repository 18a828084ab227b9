"""Wrapping: the events of one request as a parcel, and back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from shopkeeper.core.consent import CONSENT_WITHDRAWN
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.parcel import Parcel
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import Brought, may_be_kept
from shopkeeper.flows.door.origin import Origin, Terms, origin_on, terms_of
from shopkeeper.flows.door.refusing import says_no, withdraws
from shopkeeper.identify.names import EMAIL, PHONE


class _Body(Terms, frozen=True, kw_only=True, omit_defaults=True):
    """What a parcel holds; `at`: microseconds."""

    source: str
    at: int
    wires: list[Any]


_NAMING: Final = (
    "messageId",
    "userId",
    "anonymousId",
    "previousId",
    "timestamp",
    "originalTimestamp",
    "mergeProperties",
)
_WITHDRAWING: Final = ("purpose", "channel")
_SAYING: Final = ("consent", "identityToken", "externalIds")
_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(_Body)


def wrap(wires: Sequence[Any], origin: Origin, *, now: datetime) -> Parcel:
    """Make a parcel of the events that one request brought.

    Of one that may not be kept, who says no is left; of one that says nothing, nothing.
    """
    kept = [one if may_be_kept(one, origin) else _refusal_in(one, origin) for one in wires]
    terms = msgspec.structs.asdict(terms_of(origin))
    body = _Body(**terms, source=origin.source, at=micros(now), wires=kept)
    return Parcel(origin.source, len(wires), _encoder.encode(body).decode())


def _refusal_in(wire: Any, origin: Origin) -> Any:
    """Return what is left of an event that may not be kept: whose it is, by all that says so, and that they say no."""
    if not says_no(wire, origin):
        return None
    context = wire.get("context", {})
    left = {"type": "page", **_only(_NAMING, wire), "context": _only(_SAYING, context)}
    if wire.get("type") != "group":
        left["traits"] = _only((EMAIL, PHONE), wire.get("traits"))
        left["context"]["traits"] = _only((EMAIL, PHONE), _field(context, "traits"))
    if withdraws(wire):
        left |= {"type": "track", "event": CONSENT_WITHDRAWN}
        left["properties"] = _only(_WITHDRAWING, wire.get("properties"))
    return left


def _field(of: Any, name: str) -> Any:
    return of.get(name) if isinstance(of, dict) else None


def _only(fields: Sequence[str], of: Any) -> dict[str, Any]:
    return {field: of[field] for field in fields if field in of} if isinstance(of, dict) else {}


async def unwrap(parcel: Parcel, store: Store) -> Brought:
    """Return what a parcel holds; tokens are checked by the secret that its source has now, if it still has one."""
    body = _decoder.decode(parcel.body)
    return Brought(body.wires, await origin_on(body, body.source, store), from_micros(body.at))
