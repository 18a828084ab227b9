"""Holding back: rows of quarantine for what cannot be taken, whole."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

import msgspec

from shopkeeper.core.errors import BadInput
from shopkeeper.core.instant import micros
from shopkeeper.core.quarantine import Quarantined, write_body
from shopkeeper.flows.door.origin import Origin, terms_of
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.door.said import names_itself, what_was_said

UNFORESEEN: Final = "unforeseen"
"""The code under which waits what nobody foresaw."""
_REPORT: Final = "could not be read, which is a mistake in Shopkeeper: please report it, and replay it afterwards"


def unforeseen(error: Exception) -> Refusal:
    """Return why something waits that was stopped by what nobody foresaw, or by a value that no store can hold."""
    return Refusal(UNFORESEEN, str(error) if isinstance(error, BadInput) else _REPORT)


def held_back(origin: Origin, refusal: Refusal, body: Any, *, now: datetime, place: int = 0) -> Quarantined:
    """Write down an event or a body that has to wait, and what its sender is believed.

    An event that is sent again adds nothing; one that could not be known again is another one each time that it comes.

    Args:
        place: Its place among those that came with it.
    """
    row = quarantined(origin.source, None, refusal, body, now=now)
    key = row.body if not isinstance(body, dict) else _known_by(body) or f"{micros(now)} {place} {row.body}"
    terms = msgspec.json.encode(terms_of(origin)).decode()
    return msgspec.structs.replace(row, id=_row_id(origin.source, None, key), terms=terms)


def _known_by(wire: Mapping[str, Any]) -> str | None:
    """Return by what an event that waits is known again, None where it names neither its id nor when it happened."""
    if not names_itself(wire):
        return None
    try:
        return what_was_said(wire, at=str(wire.get("originalTimestamp") or wire.get("timestamp"))).hex()
    except Refusal:
        return write_body(wire)


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
