"""Holding back: rows of quarantine for what cannot be taken, whole, or the beginning of what is too large."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import msgspec

from shopkeeper.core.errors import BadInput
from shopkeeper.core.instant import micros
from shopkeeper.core.quarantine import Quarantined, write_body
from shopkeeper.flows.collecting.limits import KEPT, WHOLE
from shopkeeper.flows.door.origin import Origin, terms_of
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.door.said import names_itself, what_was_said

UNFORESEEN: Final = "unforeseen"
"""The code under which waits what nobody foresaw."""
_REPORT: Final = "could not be read, which is a mistake in Shopkeeper: please report it, and replay it afterwards"


def unforeseen(error: Exception) -> Refusal:
    """Return why something waits that was stopped by what nobody foresaw, or by a value that no store can hold."""
    return Refusal(UNFORESEEN, str(error) if isinstance(error, BadInput) else _REPORT)


def held_back(
    origin: Origin, refusal: Refusal, body: Any, *, now: datetime, place: int = 0, unseen: str = ""
) -> Quarantined:
    """Write down an event or a body that has to wait, and what its sender is believed.

    An event that is sent again adds nothing; one that could not be known again is another one each time that it comes.

    Args:
        place: Its place among those that came with it. unseen: What else tells it from others, see `unseen_in`.
    """
    text = write_body(body)
    key = text if not isinstance(body, dict) else _known_by(body, text) or f"{micros(now)} {place} {text}"
    key += unseen and f" {unseen}"
    return Quarantined(
        id=_row_id(origin.source, None, key),
        origin=origin.source,
        position=None,
        code=refusal.code,
        reason=str(refusal),
        body=_bounded(text),
        at=now,
        terms=msgspec.json.encode(terms_of(origin)).decode(),
    )


def _known_by(body: Mapping[str, Any], text: str) -> str | None:
    """Return by what an event that waits is known again, None where it names neither its id nor when it happened."""
    if not names_itself(body):
        return None
    wire = msgspec.json.decode(text)  # as it is written: a number that JSON cannot hold is no null there
    if not isinstance(wire, dict):
        return text
    try:
        return what_was_said(wire, at=str(wire.get("originalTimestamp") or wire.get("timestamp"))).hex()
    except Refusal:
        return text


def _bounded(text: str) -> str:
    """Return a body as it may be kept: whole, or as a text its beginning, which takes twice `KEPT` at most."""
    if len(text.encode()) <= WHOLE:
        return text
    beginning = msgspec.json.decode(text) if text.startswith('"') else text
    beginning = beginning.encode()[:KEPT].decode(errors="ignore")
    written = write_body(beginning)
    return written if len(written.encode()) <= 2 * KEPT else write_body(beginning[: KEPT // 3])


def quarantined(
    origin: str, position: int | None, refusal: Refusal, body: Any, *, now: datetime, mapping: str = ""
) -> Quarantined:
    """Write down what has to wait, whole; its id follows from its content, so that a retry adds nothing.

    Args:
        position: Its row in the file. body: Decoded JSON, or rows of a table.
        mapping: The mapping file that read it, for a row of an import.
    """
    text = write_body(body)
    return Quarantined(
        id=_row_id(origin, position, text),
        origin=origin,
        position=position,
        code=refusal.code,
        reason=str(refusal),
        body=text,
        at=now,
        mapping=mapping,
    )


def _row_id(origin: str, position: int | None, key: str) -> str:
    whole = f"{origin}\0{position}\0{key}".encode()
    return f"qua_{blake2b(whole, digest_size=16).hexdigest()}"
