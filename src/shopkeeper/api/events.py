"""The log, as it was and as it comes; and events sent to it in the name of a source."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import msgspec
from starlette.responses import StreamingResponse

from shopkeeper.api.operation import Call, operation
from shopkeeper.core.errors import BadInput, ShopkeeperError
from shopkeeper.flows.accounts import role_of
from shopkeeper.flows.collecting.pressure import require_room
from shopkeeper.flows.entrance import IDLE
from shopkeeper.flows.event_lines import EventList, EventWhole, Wanted, list_events, whole_event
from shopkeeper.flows.event_stream import Beat, End, Gap, Message, follow
from shopkeeper.flows.sending import EventsBody, EventsSent, send_events
from shopkeeper.protect.rights import ROLES

_encoder: Final = msgspec.json.Encoder()
_KINDS: Final = {Beat: "beat", Gap: "gap", End: "end"}


@operation("GET", "/v1/events", needs="customers", twin="event tail")
async def events(
    call: Call,
    *,
    after: int = 0,
    before: int | None = None,
    name: str | None = None,
    source: str | None = None,
    customer: str | None = None,
    limit: int = 100,
) -> EventList:
    """List the last events with after < seq < before, latest first, in words and without their properties.

    At most 200,000 events are looked through at once, unless one customer's are asked for; `before` of the answer goes
    on from there.
    """
    wanted = Wanted(name, source, customer)
    definitions = call.app.service.definitions
    return await list_events(call.app.store, definitions, wanted, after=after, before=before, limit=limit)


@operation("POST", "/v1/events", needs="collect", twin="event send")
async def sent_events(call: Call, *, body: EventsBody) -> EventsSent:
    """Take up to 500 events in the name of a source, and say of each what became of it."""
    service = call.app.service
    require_room(service)
    await service.inbox.empty()
    done = await send_events(
        call.app.store,
        service.definitions,
        body,
        contracts=service.contracts,
        now=call.now,
    )
    await service.outcomes.reach(done.last)
    return done.told


@operation("GET", "/v1/events/stream", needs="customers", twin="event tail", media="text/event-stream")
async def stream_events(
    call: Call,
    *,
    after: int | None = None,
    name: str | None = None,
    source: str | None = None,
    customer: str | None = None,
) -> StreamingResponse:
    """Tell events as the log takes them, as server-sent events; `Last-Event-ID` (else `after`) goes on from a number.

    Each message has the event's number as its id. Besides events there are `gap` (so many were passed over, since they
    came too fast), `beat` (a sign of life every ten seconds) and `end` (the server ends, or nobody is signed in any
    more). Sixteen streams may be open at once.
    """
    if after is not None and after < 0:
        raise BadInput(f"query: after == {after}, must be >= 0")
    streams = call.app.backroom.streams
    streams.require_place()
    messages = follow(
        call.app.store,
        lambda: call.app.service.definitions,
        Wanted(name, source, customer),
        after=_last_seen(call) if "last-event-id" in call.request.headers else after,
        streams=streams,
        allowed=lambda: _still_allowed(call),
    )

    async def told() -> AsyncIterator[bytes]:
        with streams.place():
            async for message in messages:
                yield _written(message)

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(told(), media_type="text/event-stream", headers=headers)


@operation("GET", "/v1/events/{seq}", needs="personal", twin="event show")
async def event(call: Call, seq: int) -> EventWhole:
    """Give one event whole: its properties, and how it would be sent again."""
    return await whole_event(call.app.store, call.app.service.definitions, seq)


async def _still_allowed(call: Call) -> bool:
    """Say whether who opened a stream may still read it; a stream that is left open does not keep a session alive."""
    if not call.caller.session:
        return True
    with suppress(ShopkeeperError):
        found = await call.app.store.find_session(call.caller.session)
        if found is None:
            return False
        now = call.app.wall_clock.now()
        alive = now < found.session.expires_at and now - found.session.seen_at < IDLE
        return alive and "customers" in ROLES[role_of(found.account.role)]
    return False


def _last_seen(call: Call) -> int:
    text = call.request.headers["last-event-id"]
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadInput("Last-Event-ID: must be the number of an event")
    return int(text)


def _written(message: Message) -> bytes:
    """Write a message as a server-sent event: JSON has no line breaks, so that one line of data holds it."""
    kind = _KINDS.get(type(message), "event")
    seq = message.upto if isinstance(message, Gap) else getattr(message, "seq", None)
    number = f"id: {seq}\n" if seq is not None else ""
    return f"{number}event: {kind}\ndata: {_encoder.encode(message).decode()}\n\n".encode()


OPERATIONS = (events, sent_events, stream_events, event)
