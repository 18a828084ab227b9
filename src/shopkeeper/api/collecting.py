"""Collecting: what customers do and say, as the clients of Segment, RudderStack and others send it.

Each meaning is one operation; the short and the other vendors' paths are its aliases. Who shows a write key gets the
answer that its client expects, once all is durable; the shop's own key and people also learn what followed.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.responses import Response

from shopkeeper.api.bodies import Body
from shopkeeper.api.keys import BOTH, ForKeys
from shopkeeper.api.operation import Call, Handler, Operation, operation
from shopkeeper.api.privacy_control import gpc_of
from shopkeeper.core.errors import BadInput
from shopkeeper.flows.collecting import cloudevents as ce
from shopkeeper.flows.collecting import pixel as dots
from shopkeeper.flows.collecting.pressure import require_room
from shopkeeper.flows.collecting.reception import Collected
from shopkeeper.flows.collecting.wire import batch_of
from shopkeeper.flows.door.origin import OWN, Origin, origin_of
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.outcomes import OutcomeAnswer

_IN_BODY: Final = ForKeys(BOTH, within="body")
_IN_QUERY: Final = ForKeys(BOTH, within="query")
_CLOUD: Final = "application/cloudevents"


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """That a client's figures about itself came, and how many series they were; nothing of it is kept."""

    success: bool
    dropped: int


def _taking(path: str, *aliases: str) -> Callable[[Handler], Operation]:
    """Declare a call that clients send; what they add to the query is theirs."""
    return operation("POST", path, needs="collect", twin="event send", strict=False, keys=_IN_BODY, aliases=aliases)


def _call(call: str, *short: str) -> Callable[[Handler], Operation]:
    """Declare one of Segment's calls, with its short name and the paths of Dittofeed and Jitsu."""
    return _taking(f"/v1/{call}", *short, f"/api/public/apps/{call}", f"/api/s/{call}", f"/api/s/s2s/{call}")


@_call("track", "/v1/t")
async def track(call: Call, *, body: Body) -> OutcomeAnswer | Collected:
    """Take something that a customer did; answered after it is durable."""
    return await _take(call, body, "track")


@_call("identify", "/v1/i")
async def identify(call: Call, *, body: Body) -> OutcomeAnswer | Collected:
    """Take what a customer states about themselves."""
    return await _take(call, body, "identify")


@_call("page", "/v1/p")
async def page(call: Call, *, body: Body) -> OutcomeAnswer | Collected:
    """Take that a customer looked at a page."""
    return await _take(call, body, "page")


@_call("screen", "/v1/s")
async def screen(call: Call, *, body: Body) -> OutcomeAnswer | Collected:
    """Take that a customer looked at a screen of an app."""
    return await _take(call, body, "screen")


@_call("group", "/v1/g")
async def group(call: Call, *, body: Body) -> OutcomeAnswer | Collected:
    """Take that a customer belongs to a group: a household, a company."""
    return await _take(call, body, "group")


@_call("alias", "/v1/a")
async def alias(call: Call, *, body: Body) -> OutcomeAnswer | Collected:
    """Take that `previousId` and `userId` name one customer."""
    return await _take(call, body, "alias")


@_taking("/v1/merge")
async def merge(call: Call, *, body: Body) -> OutcomeAnswer | Collected:
    """Take that the two identifiers of `mergeProperties` name one customer, as RudderStack has it."""
    return await _take(call, body, "merge")


@_taking("/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch", "/api/public/apps/batch")
async def batch(call: Call, *, body: Body) -> Collected:
    """Take up to 2,500 events of any of these calls; one that cannot be taken waits and holds up no other."""
    origin = _welcome(call)
    try:
        sent = body.read()
        found = batch_of(sent.value)
    except BadInput as error:
        raise await _kept(call, body, origin, error) from None
    return await call.app.service.collecting.take_all(
        found.events, origin, shape=found.joined, doubtful=sent.doubtful, now=call.now, shared=found.shared
    )


@operation("POST", "/v1/cloudevents", needs="collect", twin="event send", strict=False, keys=_IN_QUERY)
async def cloudevents(call: Call, *, body: Body) -> Collected:
    """Take CloudEvents 1.0: one in binary or structured mode, or a batch."""
    origin, media = _welcome(call), call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    reception = call.app.service.collecting
    attributes = {} if media.startswith(_CLOUD) else ce.attributes_of(call.request.headers)
    if attributes and not body.size:
        return await reception.take_one(attributes, origin, shape=ce.event_of, doubtful=True, now=call.now)
    try:
        sent = body.read()
        if media == f"{_CLOUD}-batch+json":
            events = ce.batch_of(sent.value)
            return await reception.take_all(events, origin, shape=ce.event_of, doubtful=sent.doubtful, now=call.now)
    except BadInput as error:
        raise await _kept(call, body, origin, error) from None
    given = sent.value if media == f"{_CLOUD}+json" else {**attributes, "data": sent.value}
    return await reception.take_one(given, origin, shape=ce.event_of, doubtful=sent.doubtful, now=call.now)


@operation(
    "GET", "/pixel/v1/{call_name}", needs="collect", twin="event send", media="image/gif", strict=False, keys=_IN_QUERY
)
async def pixel(call: Call, call_name: str) -> Response:
    """Take a `track` or `page` out of the query of an image's address, for mails and pages without scripts."""
    if call_name not in {"track", "page"}:
        raise BadInput("path: must be /pixel/v1/track or /pixel/v1/page")
    origin = _welcome(call)
    if call.caller.source is None:
        raise BadInput("query: 'writeKey' is missing; an image is asked for by any page, so it needs a source's key")
    event = dots.event_of(call_name, call.request.query_params.multi_items())
    await call.app.service.collecting.take_one(event, origin, shape=dict, doubtful=True, now=call.now)
    return Response(dots.GIF, media_type="image/gif")


# Open to keys although nobody needs one here: what is open to a browser's, pages of other sites may send.
@operation("POST", "/v1/m", needs=None, twin=None, keys=ForKeys(BOTH))
async def metrics(_call: Call, *, body: Body) -> Dropped:
    """Accept what Segment's browser client measures of itself, and drop it; nothing is kept, not even how much came."""
    sent = body.read().value
    series = sent.get("series") if isinstance(sent, dict) else None
    return Dropped(success=True, dropped=len(series) if isinstance(series, list) else 0)


def _welcome(call: Call) -> Origin:
    """Say where events come from. Raises: Overloaded: what follows the log is too far behind."""
    require_room(call.app.service)
    source = call.caller.source
    if source is None:
        return OWN
    return origin_of(source, gpc=gpc_of(call.request.headers))


async def _take(call: Call, body: Body, kind: str) -> OutcomeAnswer | Collected:
    origin, service = _welcome(call), call.app.service
    try:
        sent = body.read()
        if not isinstance(sent.value, dict):
            raise BadInput("body: must be an object")
    except BadInput as error:
        raise await _kept(call, body, origin, error) from None

    def shaped(event: dict[str, Any]) -> dict[str, Any]:
        return {**event, "type": kind}

    if call.caller.source is None:
        wire = service.collecting.read(sent.value, shaped, doubtful=sent.doubtful, now=call.now)
        if not isinstance(wire, Refusal):  # what cannot be read waits, as everybody's does
            return await service.outcomes.take(wire, source=origin.source, now=call.now)
    return await service.collecting.take_one(sent.value, origin, shape=shaped, doubtful=sent.doubtful, now=call.now)


async def _kept(call: Call, body: Body, origin: Origin, error: BadInput) -> BadInput:
    """Keep a body that cannot be read, if there is something in it and that may be; return the error that says so."""
    if not body.data:
        return error
    why = error if isinstance(error, Refusal) else Refusal("bad_body", str(error))
    fate = await call.app.service.collecting.keep_body(body.data, origin, why, now=call.now)
    return BadInput(f"{error}; {fate}")


OPERATIONS = (track, identify, page, screen, group, alias, merge, batch, cloudevents, pixel, metrics)
