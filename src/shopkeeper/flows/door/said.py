"""What a sender said: by that, and not by what we make of it, a repetition is told from another event.

What we make of an event follows from the catalogue and the definitions, which change between an event and its
repetition; and of what is kept apart from the log, the log could not tell two apart.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

import msgspec

from shopkeeper.flows.door.reading import Refusal, require_plain

_CHANGING: Final = frozenset(
    {"sentAt", "_metadata", "receivedAt", "integrations", "writeKey", "context", "timestamp", "originalTimestamp"}
)
"""Fields that clients change when they send again, or that say nothing of the event; instants are looked at apart."""
_OF_CONTEXT: Final = ("traits", "externalIds", "consent", "groupId", "group_id", "groupType", "group_type")
"""What is read of a context; the rest tells of the device and the connection."""
_encoder: Final = msgspec.json.Encoder(order="deterministic")


def digest_of(content: Any) -> bytes:
    """Return 16 bytes that are the same for the same content, whatever the order of its keys."""
    return blake2b(_encoder.encode(content), digest_size=16).digest()


def content_id(content: Any) -> str:
    """Derive a message id from what an event says, so that the same content is the same event."""
    return id_of(digest_of(content))


def id_of(digest: bytes) -> str:
    """Return the message id of an event that names none, by what it says."""
    return f"content:{digest.hex()}"


def what_was_said(wire: Mapping[str, Any], *, at: int | str) -> bytes:
    """Return a digest of what a wire event says.

    Args:
        at: When it happened as the sender has it: microseconds, or as it is written.

    Raises: Refusal: it holds what JSON cannot.
    """
    kept = {name: value for name, value in wire.items() if name not in _CHANGING}
    context = wire.get("context")
    if isinstance(context, dict):
        kept |= {f"context.{name}": context[name] for name in _OF_CONTEXT if name in context}
        kept["context.identityToken"] = bool(context.get("identityToken"))  # whose text is another each time
    try:
        return digest_of((kept, at))
    except (ValueError, OverflowError, TypeError, RecursionError):
        require_plain(kept, "event")
        raise Refusal("bad_value", "event: holds what JSON cannot") from None


def names_itself(wire: Any) -> bool:
    """Say whether an event that is sent again is known again: by its id, or by what it says and when."""
    return isinstance(wire, dict) and any(wire.get(name) for name in ("messageId", "timestamp", "originalTimestamp"))
