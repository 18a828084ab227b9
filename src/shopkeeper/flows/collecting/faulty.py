"""Faulty events: those that cannot be taken wait whole if they may be kept at all, and what they say no to is heard."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from shopkeeper.core.consent import CONSENT_WITHDRAWN
from shopkeeper.flows.collect import may_be_kept
from shopkeeper.flows.collecting.limits import DEPTH, KEPT
from shopkeeper.flows.collecting.sent import Shape
from shopkeeper.flows.collecting.strict import ALONE, Doubled, Shared, all_said, unseen_in
from shopkeeper.flows.collecting.wire import in_long_shape
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.door.refusing import Faulty, says_no
from shopkeeper.flows.holding import held_back


def set_aside(
    event: Any,
    why: Refusal,
    origin: Origin,
    *,
    now: datetime,
    shape: Shape | None = None,
    place: int = 0,
    shared: Shared = ALONE,
) -> Faulty:
    """Set an event aside that cannot be taken.

    Args:
        shape: Brings it into Segment's shape, if it is not in that.
        place: Its place among those that came with it. shared: What was said of all of them, which `shape` adds.
    """
    shaped = _if_it_has_one(event, shape or dict)
    strict = _strictest(_if_it_has_one(_strictest(event), shape or dict))
    wire = _if_it_has_one(strict, lambda one: in_long_shape(one, now=now))
    kept = may_be_kept(shaped, origin) and may_be_kept(wire, origin)
    unseen = unseen_in(event, shared)
    row = held_back(origin, why, shaped, now=now, place=place, unseen=unseen) if kept else None
    return Faulty(row, wire if says_no(wire, origin) else None)


def set_body_aside(body: bytes, why: Refusal, origin: Origin, *, now: datetime) -> Faulty:
    """Set a body aside that cannot be read as events, cut to a bound; nobody can read in it that it may be kept."""
    if not may_be_kept(None, origin):
        return Faulty(None)
    text = body[:KEPT].decode(errors="backslashreplace").replace("\0", "\\0")
    return Faulty(held_back(origin, why, text, now=now))


def _if_it_has_one(event: Any, shape: Callable[[Any], Any]) -> Any:
    """Return an event in another shape; as it is, where it has none in that."""
    try:
        return shape(event) if isinstance(event, dict) else event
    except Refusal:
        return event


def _strictest(value: Any, *, depth: int = DEPTH) -> Any:
    """Return a value with what restricts most of all that came under a key that came twice; the last of the rest."""
    if not isinstance(value, dict) or depth == 0:
        return value
    said: dict[str, list[Any]] = {}
    for key, part in all_said(value):
        said.setdefault(key, []).append(part)
    return {key: _strictest(_one_of(parts), depth=depth - 1) for key, parts in said.items()}


def _one_of(parts: Sequence[Any]) -> Any:
    """Return what restricts most: a no, a withdrawal; of objects, all that they say."""
    for no in (False, CONSENT_WITHDRAWN):
        if any(part.__class__ is no.__class__ and part == no for part in parts):
            return no
    objects = [part for part in parts if isinstance(part, dict)]
    if len(parts) > 1 and objects:
        return Doubled([pair for part in objects for pair in all_said(part)])
    return parts[-1]
