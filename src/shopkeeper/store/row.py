"""An event as a row of the log, and back."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from shopkeeper.core.errors import BadInput
from shopkeeper.core.event import Event, Line
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.store.dialect import Row


class _Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """What of an event has no column of its own."""

    place: str | None = None
    texts: dict[str, str] = {}
    numbers: dict[str, int] = {}
    money: dict[str, int] = {}
    flags: dict[str, bool] = {}
    lines: tuple[Line, ...] = ()
    extra: dict[str, Any] = {}


_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(_Body).decode


def rows_of(offered: Sequence[Event]) -> list[Row]:
    """Encode events whose customer is known as rows without a number. Raises: BadInput: see `row_of`."""
    return [seal(row_of(event), event.part or event.customer) for event in offered]


def row_of(event: Event) -> Row:
    """Encode one event, but for the part that holds it. Raises: BadInput: a value that no store can hold."""
    try:
        body = _encode(
            _Body(event.place, event.texts, event.numbers, event.money, event.flags, event.lines, event.extra)
        )
        for column in (event.source, event.message_id, event.name, event.order_id or "", event.customer):
            column.encode()
    except (OverflowError, ValueError, TypeError):
        raise BadInput(
            f"{event.name}: a value that cannot be kept (an integer beyond 64 bits or a broken character)"
        ) from None
    row = {
        "source": event.source,
        "message_id": event.message_id,
        "name": event.name,
        "order_id": event.order_id,
        "at": micros(event.at),
        "received_at": micros(event.received_at),
        "body": body,
    }
    for column in ("source", "message_id", "name", "order_id"):
        if row[column] is not None and "\0" in str(row[column]):
            raise BadInput(f"{column}: holds the character NUL, which PostgreSQL cannot keep")
    return row


def seal(row: Row, part: str, said: bytes | None = None) -> Row:
    """Write into a row whose it is, and the digest that tells a duplicate from a conflict.

    Args:
        said: A digest of what the sender said; None: the event itself is what was said.
    """
    row["part"] = part
    if said is None:
        key = _encode((row["name"], part, row["order_id"], row["at"]))
        said = blake2b(key + row["body"], digest_size=16).digest()
    row["digest"] = said
    return row


def content(row: Row) -> tuple[Any, ...]:
    """Return what the log holds of an event, but for when it came."""
    return row["name"], row["part"], row["order_id"], row["at"], row["body"]


def as_event(row: Row) -> Event:
    """Return the event of a row that has its number and its part."""
    keys = ("seq", "source", "message_id", "name", "part", "part", "order_id", "at", "received_at", "body")
    return event_of([row[key] for key in keys])


def event_of(row: Any) -> Event:
    """Return the event of a row as it is read: with the customer as well as the part."""
    seq, source, message_id, name, part, customer, order_id, at, received_at, body = row
    rest = _decode(body)
    return Event(
        source=source,
        message_id=message_id,
        name=name,
        customer=customer,
        at=from_micros(at),
        received_at=from_micros(received_at),
        seq=seq,
        part=part,
        place=rest.place,
        order_id=order_id,
        texts=rest.texts,
        numbers=rest.numbers,
        money=rest.money,
        flags=rest.flags,
        lines=rest.lines,
        extra=rest.extra,
    )
