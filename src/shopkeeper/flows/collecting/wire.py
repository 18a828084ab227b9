"""From a body as clients send it to events in Segment's long shape, each by itself and with its time put right."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from shopkeeper.core.errors import BadInput
from shopkeeper.core.instant import parse_instant
from shopkeeper.flows.collecting.limits import COPIED, EVENT, ITEMS
from shopkeeper.flows.collecting.strict import Doubled, Shared, all_said, has_double_key, shared_by
from shopkeeper.flows.door.reading import Refusal

_MERGED: Final = ("context", "integrations")


class Batch(NamedTuple):
    """The events of a batch, as they came, and what stands beside them for all; `shared`: how that was found."""

    events: list[Any]
    objects: Mapping[str, Any]
    sent_at: Any
    shared: Shared

    def joined(self, event: Any) -> Any:
        """Return an event with what its batch says of all; its own word comes first. What is no object stays."""
        if not isinstance(event, dict):
            return event
        whole = dict(event) if self.sent_at is None else {"sentAt": self.sent_at, **event}
        for name, common in self.objects.items():
            own = whole.get(name)
            if own is None or isinstance(own, dict):
                whole[name] = _over(common, own) if own else common
        return whole


def _over(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of all with an event's own word first; of a key that came twice, all that came stays."""
    if not (has_double_key(common) or has_double_key(own)):
        return {**common, **own}
    return Doubled([*(said for said in all_said(common) if said[0] not in own), *all_said(own)])


def batch_of(body: Any) -> Batch:
    """Return the batch that a body is.

    Raises: BadInput: it is none, of more than 2,500 events, or what it says of all is too much to be kept with each.
    """
    if has_double_key(body):
        raise BadInput("body: a key comes twice; send each once")
    given = body.get("batch") if isinstance(body, dict) else None
    if not isinstance(given, list):
        raise BadInput("batch: must be a list of events")
    events, sent_at = checked_number(given), body.get("sentAt")
    objects = {name: body[name] for name in _MERGED if isinstance(body.get(name), dict)}
    said = objects if sent_at is None else {"sentAt": sent_at, **objects}
    return Batch(events, objects, sent_at, _bounded(shared_by(said), len(events)))


def _bounded(shared: Shared, events: int) -> Shared:
    """Return what is said of so many events if each can hold it, and all together. Raises: BadInput."""
    words = f"body: context, integrations and sentAt of the batch, {shared.size} bytes"
    if shared.size > EVENT:
        raise BadInput(f"{words}, must be at most {EVENT} (32 KB); they are said of each event")
    if shared.size * events > COPIED:
        raise BadInput(f"{words} for each of {events} events, must be at most {COPIED} in sum; send fewer at once")
    return shared


def checked_number(events: list[Any]) -> list[Any]:
    """Return events if they are not too many. Raises: BadInput."""
    if len(events) > ITEMS:
        raise BadInput(f"batch: {len(events)} events, must be at most {ITEMS}; send the rest in another request")
    return events


def in_long_shape(event: Any, *, now: datetime) -> dict[str, Any]:
    """Return an event with `timestamp` by our clock and `originalTimestamp` by its sender's.

    A sender's clock may be wrong: what lies between happening and sending is right by any clock, so `at = now −
    (sentAt − originalTimestamp)`.

    Raises: Refusal: no object, or a merge that does not name two.
    """
    if not isinstance(event, dict):
        raise Refusal("bad_event", "an event must be an object")
    if event.get("type") == "merge":
        _require_pair(event)
    shaped = dict(event)
    if shaped.get("type") == "identify":
        shaped = _with_traits_of_context(shaped)
    stamp = shaped.get("originalTimestamp") or shaped.get("timestamp")
    if stamp is None:
        return shaped
    shaped["originalTimestamp"] = stamp
    shaped["timestamp"] = _by_our_clock(stamp, shaped.get("sentAt"), now) or stamp
    return shaped


def _with_traits_of_context(event: dict[str, Any]) -> dict[str, Any]:
    """Return an `identify` with the traits of its context among its own, where RudderStack's clients put all of them.

    In other calls they say again what an `identify` said before.
    """
    context = event.get("context")
    there = context.get("traits") if isinstance(context, dict) else None
    own = event.get("traits")
    if not isinstance(there, dict) or not (own is None or isinstance(own, dict)):
        return event
    return {**event, "traits": {**there, **(own or {})}}


def _by_our_clock(stamp: Any, sent_at: Any, now: datetime) -> str | None:
    if not isinstance(stamp, str) or not isinstance(sent_at, str):
        return None
    try:
        happened, sent = parse_instant(stamp), parse_instant(sent_at)
        return (now.astimezone(UTC) - (sent - happened)).isoformat()
    except (BadInput, OverflowError):
        return None  # the door says what is wrong with a timestamp; a wrong sentAt corrects nothing


def _require_pair(event: Mapping[str, Any]) -> None:
    """Make sure that RudderStack's `merge` names two. Raises: Refusal."""
    pairs = event.get("mergeProperties")
    if not isinstance(pairs, list) or len(pairs) != 2 or not all(map(_is_identifier, pairs)):
        raise Refusal("bad_event", "mergeProperties: must be two objects, each with a 'type' and a 'value'")


def _is_identifier(pair: Any) -> bool:
    return isinstance(pair, dict) and all(isinstance(pair.get(name), str) and pair[name] for name in ("type", "value"))
