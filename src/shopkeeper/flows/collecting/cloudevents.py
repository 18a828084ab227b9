"""CloudEvents 1.0: from their attributes and data to an event in Segment's shape.

`type` is the event's name, or says the call where it is, or ends in, one of `CALLS`: `io.example.identify`. `subject`
is the user's id, `time` when it happened, `data` the properties (of identify and group: the traits). The extensions
`anonymousid`, `groupid`, `previousid` and `identitytoken` say what their name says; others are passed over. A
CloudEvent is unique by its source and id.

The `cloudevents` package is not used: it knows no batches, and decodes JSON itself, twice the same key included.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import unquote

from shopkeeper.core.errors import BadInput
from shopkeeper.flows.collecting.wire import checked_number
from shopkeeper.flows.door.reading import MAX_NAME, Refusal

CALLS: Final = frozenset({"track", "identify", "page", "screen", "group", "alias"})
_REQUIRED: Final = ("id", "source", "specversion", "type")
_EXTENSIONS: Final = {"anonymousid": "anonymousId", "groupid": "groupId", "previousid": "previousId"}
_HEADER: Final = "ce-"


def attributes_of(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes that the headers of the binary mode carry, with their percent signs undone."""
    return {
        name[len(_HEADER) :].lower(): unquote(value)
        for name, value in headers.items()
        if name.lower().startswith(_HEADER)
    }


def batch_of(given: Any) -> list[Any]:
    """Return the CloudEvents of a batch. Raises: BadInput: it is none, or of more than 2,500."""
    if not isinstance(given, list):
        raise BadInput("body: a batch of CloudEvents must be a list")
    return checked_number(given)


def event_of(given: Any) -> dict[str, Any]:
    """Return the event that a CloudEvent says.

    Args:
        given: Attributes and `data`, as the JSON format has them.

    Raises: Refusal: it is none, or its data is no JSON object.
    """
    if not isinstance(given, dict):
        raise Refusal("bad_event", "a CloudEvent must be an object")
    for name in _REQUIRED:
        if not isinstance(given.get(name), str) or not given[name]:
            raise Refusal("bad_event", f"{name}: a CloudEvent needs it, as a text that is not empty")
    if given["specversion"] != "1.0":
        raise Refusal("bad_event", "specversion: must be '1.0'")
    data = given.get("data", {})
    if not isinstance(data, dict) or "data_base64" in given:
        raise Refusal("bad_event", "data: must be a JSON object")
    said = given["type"].rpartition(".")[2]
    call = said if said in CALLS else "track"
    named = _named(call, data) if said in CALLS else {"event": given["type"]}
    event: dict[str, Any] = {"type": call, "messageId": _message_id(given["source"], given["id"]), **named}
    event["traits" if call in {"identify", "group"} else "properties"] = data
    event |= {"userId": given["subject"]} if given.get("subject") else {}
    event |= {"timestamp": given["time"]} if given.get("time") else {}
    event |= {field: given[name] for name, field in _EXTENSIONS.items() if name in given}
    if "identitytoken" in given:
        event["context"] = {"identityToken": given["identitytoken"]}
    return event


def _named(call: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the name of a call that has one: `data.event` of track, `data.name` of page and screen."""
    if call == "track":
        return {"event": data.get("event")}
    return {"name": data["name"]} if call in {"page", "screen"} and "name" in data else {}


def _message_id(source: str, event: str) -> str:
    """Return an id of both: a source is a URI reference, which holds no blank."""
    whole = f"{source} {event}"
    if len(whole) <= MAX_NAME:
        return whole
    return f"cloudevent:{blake2b(whole.encode(errors='surrogatepass'), digest_size=16).hexdigest()}"
