"""Asking: what a customer should see."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from shopkeeper.api.keys import BOTH, ForKeys
from shopkeeper.api.operation import Call, operation
from shopkeeper.api.privacy_control import gpc_of
from shopkeeper.core.decision import DecideRequest, Decision, RankRequest
from shopkeeper.core.errors import NotPermitted

Asked = TypeVar("Asked", DecideRequest, RankRequest)


@operation("POST", "/v1/decide", needs="decide", twin="decide", keys=ForKeys(BOTH))
async def decide(call: Call, *, body: DecideRequest) -> Decision:
    """Decide what this customer should see in a slot now."""
    _require_own_visitor(call, body.customer)
    return await call.app.service.decider.decide(_signalled(call, body), now=call.now)


@operation("POST", "/v1/rank", needs="decide", twin="rank", keys=ForKeys(BOTH))
async def rank(call: Call, *, body: RankRequest) -> Decision:
    """Put the caller's own list in this customer's order."""
    _require_own_visitor(call, body.customer)
    return await call.app.service.decider.rank(_signalled(call, body), now=call.now)


def _signalled(call: Call, body: Asked) -> Asked:
    """Take the visitor's privacy signal from the header; that of staff's own browsers says nothing of a customer."""
    visitors = not call.caller.session and gpc_of(call.request.headers)
    return msgspec.structs.replace(body, gpc=True) if visitors else body


def _require_own_visitor(call: Call, customer: Mapping[str, str]) -> None:
    """Let a browser's key ask about its own visitor alone. Raises: NotPermitted: it names somebody otherwise.

    An anonymous id is known to its browser only; a user id or an e-mail address anybody can type.
    """
    source = call.caller.source
    if source is not None and source.kind == "browser" and customer.keys() - {"anonymous_id"}:
        raise NotPermitted("customer: a browser's write key asks about its own visitor, by 'anonymous_id' alone")


OPERATIONS = (decide, rank)
