"""Collecting: what customers do and say."""

from typing import Any

from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.outcomes import OutcomeAnswer

SOURCE = "api"


@operation("POST", "/v1/track", needs="collect", twin="import")
async def track(call: Call, *, body: dict[str, Any]) -> OutcomeAnswer:
    """Take something that a customer did; answered after it is durable and folded in."""
    return await call.app.service.outcomes.take({**body, "type": "track"}, source=SOURCE, now=call.now)


@operation("POST", "/v1/identify", needs="collect", twin="import")
async def identify(call: Call, *, body: dict[str, Any]) -> OutcomeAnswer:
    """Take what a customer states about themselves."""
    return await call.app.service.outcomes.take({**body, "type": "identify"}, source=SOURCE, now=call.now)


OPERATIONS = (track, identify)
