"""Words of consent at the door: checked against shop.yaml, and stripped of what a sender may not say of themselves."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from shopkeeper.core.consent import CONSENT, GRADES, HEARD_FROM, STAFF, Grade, Via
from shopkeeper.core.definitions import Purpose
from shopkeeper.core.errors import BadInput, nearest
from shopkeeper.core.event import Event
from shopkeeper.core.instant import micros, parse_instant
from shopkeeper.flows.door.reading import MAX_TEXT, Refusal, read_text, refuse_nul
from shopkeeper.protect.collection import end_of

_CHANNELS: Final = 60
FREE: Final[Mapping[str, int]] = {"channel": _CHANNELS, "policy_version": 100, "jurisdiction": 20, "wording": MAX_TEXT}
"""What a sender may say of a word as it likes, and how long it may be."""
_OURS: Final = frozenset({"via", "basis", "grade", "expires_at", "purpose", "taken_by", "wording_hash", HEARD_FROM})


def heard(event: Event, purposes: Mapping[str, Purpose], *, proves: bool, via: Via = "event") -> Event:
    """Return an event as it may go into the log: a word of consent with what the ledger keeps of it, others as is.

    Args:
        proves: Whether its source is trusted. What a browser says of its own evidence counts as a single opt-in, for
            `via`, `basis` and `grade` decide what a word may override.
        via: How it came; what staff write says so by its source.

    Raises: Refusal: no purpose that shop.yaml declares, or something about the word that cannot be read.
    """
    if event.name not in CONSENT:
        return event
    texts = event.texts
    purpose = _purpose(texts.get("purpose"), purposes)
    came: Via = "staff" if via == "event" and event.source == STAFF else via  # no file is staff, whatever it is called
    kept: dict[str, str] = {"purpose": texts["purpose"], "via": came, "basis": purpose.basis}
    for name, limit in FREE.items():
        text = _wording(texts) if name == "wording" else read_text(texts.get(name), name, limit=limit)
        if text:
            kept[name] = text
    if channel := read_channel(_said(event, "channel")):
        kept["channel"] = channel
    if grade := _grade(texts.get("grade"), proves=proves):
        kept["grade"] = grade
    if came == "staff" and "taken_by" in texts:
        kept["taken_by"] = texts["taken_by"]
    ends = _end(event, purpose)
    numbers = {name: value for name, value in event.numbers.items() if name not in _OURS}
    loose = {name: text for name, text in texts.items() if name not in _OURS | FREE.keys()}
    return msgspec.structs.replace(
        event, texts=loose | kept, numbers=numbers if ends is None else numbers | {"expires_at": ends}
    )


def _said(event: Event, name: str) -> Any:
    """Return what an event says under a name, of whatever type it was taken for."""
    typed: tuple[Mapping[str, Any], ...] = (event.texts, event.numbers, event.flags, event.money, event.extra)
    return next((said[name] for said in typed if name in said), None)


def read_channel(value: Any) -> str | None:
    """Read what alone a word is about, in one form; None: all channels. Raises: Refusal: no text."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise Refusal("bad_consent", "channel: must be a text such as 'email', or absent for all channels")
    text = read_text(value, "channel", limit=_CHANNELS)
    return None if text is None else text.casefold()


def _wording(texts: Mapping[str, str]) -> str | None:
    """Return the text that was shown to the letter: its hash is what proves it."""
    text = texts.get("wording")
    return None if text is None else refuse_nul(text, "wording")


def _purpose(name: str | None, purposes: Mapping[str, Purpose]) -> Purpose:
    if name is None or name not in purposes:
        hint = "" if name is None else nearest(name, purposes)
        raise Refusal("bad_consent", f"purpose: must be one that shop.yaml declares{hint}")
    if purposes[name].basis == "contract":
        raise Refusal("bad_consent", "purpose: is needed to fulfil a contract, and so takes no consent or objection")
    return purposes[name]


def _grade(text: str | None, *, proves: bool) -> Grade | None:
    found = next((grade for grade in GRADES if grade == text), None)
    if text is not None and found is None:
        raise Refusal("bad_consent", f"grade: must be one of {', '.join(GRADES)}")
    return found if proves else None


def _end(event: Event, purpose: Purpose) -> int | None:
    """Return when a consent ends (microseconds): as was said or as shop.yaml has it, whichever comes first."""
    if not CONSENT[event.name]:
        return None
    said = _said(event, "expires_at")
    declared = end_of(purpose, min(event.at, event.received_at)) if purpose.basis == "consent" else None
    ends = [] if declared is None else [micros(declared)]
    if said is not None:
        try:
            if not isinstance(said, str):
                raise BadInput("no text")
            ends.append(micros(parse_instant(said)))
        except (BadInput, OverflowError):
            raise Refusal("bad_consent", "expires_at: must be an ISO 8601 instant with a zone") from None
    return min(ends, default=None)
