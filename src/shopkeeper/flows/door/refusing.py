"""Refusing: what may not be kept, or has to wait, may still say no, and that is heard whatever else it says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from shopkeeper.core.consent import CONSENT_WITHDRAWN
from shopkeeper.core.definitions import Definitions, Purpose, Shop
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.instant import micros
from shopkeeper.core.intake import Refused, Word
from shopkeeper.core.quarantine import Quarantined
from shopkeeper.flows.door.consent import read_channel
from shopkeeper.flows.door.naming import names_of
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.reading import Refusal, read_instant, read_text
from shopkeeper.flows.door.said import digest_of, id_of, what_was_said
from shopkeeper.protect.collection import carried_words, preferences_of


class Faulty(NamedTuple):
    """An event that cannot be taken, whatever the shop's definitions say, or a body that nobody can read.

    row: As which it waits in quarantine; None: it may not be kept, and is counted as refused. wire: What of it can be
    read, where that may say no; else None.
    """

    row: Quarantined | None
    wire: Any = None

    @property
    def fate(self) -> str:
        """What becomes of it, in words for its sender."""
        if self.row is None:
            return "it is not kept, as it carries no consent to be collected"
        return f"it waits in quarantine as {self.row.id}"


def says_no(wire: Any, origin: Origin) -> bool:
    """Say whether a wire event may take back what was given: by what it is or carries, or by Global Privacy Control."""
    if not isinstance(wire, dict):
        return False
    preferences = preferences_of(wire.get("context"))
    return origin.gpc or withdraws(wire) or (preferences is not None and False in preferences.values())


def withdraws(wire: Mapping[str, Any]) -> bool:
    """Say whether a wire event is itself a withdrawal of consent."""
    name = wire.get("event")
    return wire.get("type") == "track" and isinstance(name, str) and name.strip() == CONSENT_WITHDRAWN


def refusals_of(wire: Any, definitions: Definitions, *, origin: Origin, now: datetime) -> Refused | None:
    """Return what a wire event says no to that is not let in; None: nothing, or nobody can say whose it is.

    Only that is read which a no needs, and what of it cannot be read is taken for what restricts most: a currency that
    is wrong leaves it a no.
    """
    if not says_no(wire, origin):
        return None
    names = _names(wire, definitions.shop, origin, now)
    at = _instant(wire, now)
    purposes = definitions.shop.purposes
    carried = carried_words(preferences_of(wire.get("context")), purposes, at=min(at, now), gpc=origin.gpc)
    words = (*_own(wire, purposes), *(word for word in carried if not word.given))
    if not names or not words:
        return None
    return Refused(origin.source, _message_id(wire, at) or id_of(digest_of((names, words))), at, now, names, words)


def _own(wire: Mapping[str, Any], purposes: Mapping[str, Purpose]) -> list[Word]:
    """Return the word that an event is; on a channel that cannot be read it is about all."""
    properties = wire.get("properties")
    if not withdraws(wire) or not isinstance(properties, dict):
        return []
    name = properties.get("purpose")
    purpose = purposes.get(name) if isinstance(name, str) else None
    if purpose is None or purpose.basis == "contract":
        return []
    try:
        channel = read_channel(properties.get("channel"))
    except Refusal:
        channel = None
    return [Word(str(name), given=False, via="event", basis=purpose.basis, channel=channel)]


def _names(wire: Mapping[str, Any], shop: Shop, origin: Origin, now: datetime) -> tuple[Identifier, ...]:
    """Return by whom it is; where one of several names cannot be read, by its visitor's."""
    for told in (wire, {"anonymousId": wire.get("anonymousId")}):
        try:
            return names_of(told, shop, origin, now=now).names
        except Refusal:
            continue
    return ()


def _instant(wire: Mapping[str, Any], now: datetime) -> datetime:
    stamp = wire.get("timestamp") or wire.get("originalTimestamp")
    try:
        return now if stamp is None else read_instant(stamp, "timestamp", now=now)
    except Refusal:
        return now


def _message_id(wire: Mapping[str, Any], at: datetime) -> str | None:
    """Return the id of an event; None where neither that nor what it says can be read."""
    try:
        return read_text(wire.get("messageId"), "messageId") or id_of(what_was_said(wire, at=micros(at)))
    except Refusal:
        return None
