"""Asking: what a customer should see."""

from typing import TypeVar

import msgspec

from shopkeeper.api.keys import BOTH, ForKeys
from shopkeeper.api.operation import Call, operation
from shopkeeper.api.privacy_control import gpc_of
from shopkeeper.core.decision import DecideRequest, Decision, RankRequest
from shopkeeper.core.errors import NotPermitted
from shopkeeper.flows.door.naming import signed_names
from shopkeeper.flows.door.origin import origin_of
from shopkeeper.identify.names import ANONYMOUS, asked_name

Asked = TypeVar("Asked", DecideRequest, RankRequest)


@operation("POST", "/v1/decide", needs="decide", twin="decide", keys=ForKeys(BOTH))
async def decide(call: Call, *, body: DecideRequest) -> Decision:
    """Decide what this customer should see in a slot now."""
    _require_own_visitor(call, body)
    return await call.app.service.decider.decide(_signalled(call, body), now=call.now)


@operation("POST", "/v1/rank", needs="decide", twin="rank", keys=ForKeys(BOTH))
async def rank(call: Call, *, body: RankRequest) -> Decision:
    """Put the caller's own list in this customer's order."""
    _require_own_visitor(call, body)
    return await call.app.service.decider.rank(_signalled(call, body), now=call.now)


def _signalled(call: Call, body: Asked) -> Asked:
    """Take the visitor's privacy signal from the header; that of staff's own browsers says nothing of a customer."""
    visitors = not call.caller.session and gpc_of(call.request.headers)
    return msgspec.structs.replace(body, gpc=True) if visitors else body


def _require_own_visitor(call: Call, body: DecideRequest | RankRequest) -> None:
    """Let a browser's key ask about its own visitor alone. Raises: NotPermitted: it names somebody otherwise.

    An anonymous id is known to its browser only; a user id or an e-mail address anybody can type, and so a token that
    the shop's server signed must prove it.
    """
    source = call.caller.source
    others = body.customer.keys() - {ANONYMOUS}
    if source is None or source.kind != "browser" or not others:
        return
    shop = call.app.service.definitions.shop
    proven = signed_names(body.identity_token, origin_of(source), shop, now=call.now)
    declared = others <= shop.identifiers.keys()
    if not declared or not {asked_name(kind, body.customer[kind], shop) for kind in others} <= set(proven):
        raise NotPermitted(
            "customer: a browser's write key asks about its own visitor: by 'anonymous_id', or by what a good "
            "'identity_token' proves"
        )


OPERATIONS = (decide, rank)
