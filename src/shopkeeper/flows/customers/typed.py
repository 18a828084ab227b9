"""Texts that staff type."""

from shopkeeper.core.errors import BadInput
from shopkeeper.flows.door.reading import Refusal, read_text


def typed_text(text: str, field: str, *, limit: int) -> str:
    """Return a text without the space around it. Raises: BadInput: it is too long, or no store can keep it."""
    try:
        return read_text(text, field, limit=limit) or ""
    except Refusal as refusal:
        raise BadInput(str(refusal)) from None
