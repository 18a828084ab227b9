"""Asking: what a customer should see."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.core.decision import DecideRequest, Decision, RankRequest


@operation("POST", "/v1/decide", needs="decide", twin="decide")
async def decide(call: Call, *, body: DecideRequest) -> Decision:
    """Decide what this customer should see in a slot now."""
    return await call.app.service.decider.decide(body, now=call.now)


@operation("POST", "/v1/rank", needs="decide", twin="rank")
async def rank(call: Call, *, body: RankRequest) -> Decision:
    """Put the caller's own list in this customer's order."""
    return await call.app.service.decider.rank(body, now=call.now)


OPERATIONS = (decide, rank)
