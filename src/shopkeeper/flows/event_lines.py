"""The log for people: its events in words, latest first, and one of them whole, with how it would be sent again."""

from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.core.event import IDENTIFY, SCALE, Event, Line
from shopkeeper.core.money import digits
from shopkeeper.core.store import Store
from shopkeeper.flows.door.canonical import OURS
from shopkeeper.flows.events_in_words import Titles, in_words, titles_of

MOST: Final = 500
"""Events of one answer."""
SPAN: Final = 200_000
"""Events that are looked through for one answer: an event that seldom comes is looked for step by step."""


class EventLine(msgspec.Struct, frozen=True, kw_only=True):
    """One event in words.

    customer: The pseudonym, empty where it is nobody's. at: When it happened. received_at: When the log took it.
    """

    seq: int
    at: datetime
    received_at: datetime
    name: str
    source: str
    customer: str
    words: str


class EventList(msgspec.Struct, frozen=True, kw_only=True):
    """Events, latest first.

    head: The last number of the log; a stream after it misses nothing. before: Ask with it for what came earlier;
    None where nothing did. looked_through: How many events were looked through.
    """

    events: tuple[EventLine, ...]
    head: int
    before: int | None
    looked_through: int


class Property(msgspec.Struct, frozen=True, kw_only=True):
    """One property of an event, as people read it."""

    name: str
    text: str


class EventWhole(msgspec.Struct, frozen=True, kw_only=True):
    """One event with all that the log holds of it.

    wire: The JSON that would be sent again, None where Shopkeeper alone writes such events. path: Where to.
    note: What sending it again would do.
    """

    line: EventLine
    message_id: str
    place: str | None
    order_id: str | None
    properties: tuple[Property, ...]
    wire: str | None
    path: str | None
    note: str


class Wanted(NamedTuple):
    """Which events: of a name, from a source, of a customer; None is any."""

    name: str | None = None
    source: str | None = None
    customer: str | None = None

    def holds(self, event: Event) -> bool:
        """Say whether an event is wanted."""
        return (
            (self.name is None or event.name == self.name)
            and (self.source is None or event.source == self.source)
            and (self.customer is None or event.customer == self.customer)
        )


async def list_events(
    store: Store,
    definitions: Definitions,
    wanted: Wanted,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = 100,
) -> EventList:
    """List the last events with after < seq < before, latest first.

    Raises: BadInput: `limit`, `after` or `before` out of bounds.
    """
    if not 1 <= limit <= MOST:
        raise BadInput(f"limit == {limit}, must be from 1 to {MOST}")
    if after < 0 or (before is not None and before < 1):
        raise BadInput(f"after == {after}, before == {before}: numbers of events are counted from 1")
    head = await store.head()
    end = head + 1 if before is None else min(before, head + 1)
    # one customer's events have an index of their own, so that looking through all of them costs nothing
    floor = after if wanted.customer is not None else max(after, end - 1 - SPAN)
    found = await store.passed(after=floor, before=end, limit=limit, **wanted._asdict())
    full = len(found) == limit
    reached = found[-1].seq if full else floor + 1
    return EventList(
        events=await lines(store, definitions, found),
        head=head,
        before=reached if reached > after + 1 else None,
        looked_through=max(0, end - reached),
    )


async def lines(store: Store, definitions: Definitions, events: list[Event]) -> tuple[EventLine, ...]:
    """Put events into words."""
    titles = await titles_of(store, definitions, events)
    return tuple(_line(event, definitions, titles) for event in events)


def _line(event: Event, definitions: Definitions, titles: Titles) -> EventLine:
    return EventLine(
        seq=event.seq,
        at=event.at,
        received_at=event.received_at,
        name=event.name,
        source=event.source,
        customer=event.customer,
        words=in_words(event, definitions=definitions, titles=titles),
    )


async def whole_event(store: Store, definitions: Definitions, seq: int) -> EventWhole:
    """Give one event with its properties, and how it would be sent again. Raises: NotFound: no event of that number."""
    found = await store.read(after=seq - 1, limit=1)
    if not found or found[0].seq != seq:
        raise NotFound(f"event: the log has no number {seq}")
    event = found[0]
    properties = _properties(event, definitions.shop.currency)
    wire, path = None, None
    if event.name not in OURS:
        path = "/v1/identify" if event.name == IDENTIFY else "/v1/track"
        wire = msgspec.json.format(msgspec.json.encode(await _wire(store, event, properties)), indent=2).decode()
    return EventWhole(
        line=(await lines(store, definitions, [event]))[0],
        message_id=event.message_id,
        place=event.place,
        order_id=event.order_id,
        properties=tuple(Property(name=name, text=_text(value)) for name, value in properties.items()),
        wire=wire,
        path=path,
        note=_note(event),
    )


def _note(event: Event) -> str:
    if event.name in OURS:
        return "Shopkeeper writes this event itself; nobody can send it."
    if event.source == "api":
        return "It carries its message id: sent again as it is, it changes nothing. Change the id to send another."
    return f"It came from “{event.source}”: sent through the API it is another event and counts a second time."


def _properties(event: Event, currency: str) -> dict[str, Any]:
    """Give back what the door sorted by type: money in major units, numbers as they were."""
    scale = 10 ** digits(currency)
    found: dict[str, Any] = {**event.extra, **event.texts, **event.flags}
    found |= {name: _number(value, SCALE) for name, value in event.numbers.items()}
    found |= {name: _number(value, scale) for name, value in event.money.items()}
    if event.lines:
        found["products"] = [_product(line, scale) for line in event.lines]
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _number(value: int, scale: int) -> int | float:
    return value // scale if value % scale == 0 else value / scale


def _product(line: Line, scale: int) -> dict[str, Any]:
    plain = msgspec.to_builtins(line)
    return {
        key: _number(value, scale) if key in {"amount", "cost", "discount"} else value for key, value in plain.items()
    }


async def _wire(store: Store, event: Event, properties: dict[str, Any]) -> dict[str, Any]:
    names = {one.kind: one.value for one in reversed(await store.identifiers_of(event.customer))}
    known = {"userId": names.get("user_id"), "anonymousId": names.get("anonymous_id")}
    wire = {key: value for key, value in known.items() if value is not None}
    wire |= {"messageId": event.message_id, "timestamp": event.at.isoformat().replace("+00:00", "Z")}
    if event.name == IDENTIFY:
        return wire | {"traits": properties}
    own = {"place": event.place, "order_id": event.order_id}
    said = {key: value for key, value in own.items() if value is not None} | properties
    return {**wire, "event": event.name, "properties": said}
