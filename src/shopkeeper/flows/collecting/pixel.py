"""The pixel: an event in the query of an image's address, for mails and pages without scripts."""

from collections.abc import Iterable
from typing import Any, Final

from shopkeeper.core.errors import BadInput
from shopkeeper.flows.collecting.strict import read_json

GIF: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01D\x00;"
)
"""One transparent pixel."""
_OBJECTS: Final = frozenset({"properties", "traits", "context"})


def event_of(call: str, query: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the event of a query: `properties.price=4.5` is a property, `properties={…}` are several.

    Args:
        call: `track` or `page`.
    """
    event: dict[str, Any] = {"type": call}
    for name, text in query:
        field, dot, inner = name.partition(".")
        if name == "writeKey":
            continue
        if dot and field in _OBJECTS and inner:
            held = event.setdefault(field, {})
            if isinstance(held, dict):
                held[inner] = text
        elif name in _OBJECTS:
            held = event.get(name)
            event[name] = {**_object(text), **held} if held else _object(text)
        else:
            event[name] = text.strip("'\"") if name == "anonymousId" else text
    return event


def _object(text: str) -> dict[str, Any]:
    try:
        found = read_json(text.encode(errors="surrogatepass")).value
    except BadInput:
        return {}
    return found if isinstance(found, dict) else {}
