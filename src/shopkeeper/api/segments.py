"""Segments."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.watch import SegmentLine


@operation("GET", "/v1/segments", needs="see", twin="segment count")
async def segments(call: Call) -> list[SegmentLine]:
    """List every segment with its sentence and how many are recorded in it."""
    return await call.app.service.watch.overview()


OPERATIONS = (segments,)
