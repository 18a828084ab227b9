"""What became of everything that was ever sent."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.accounting import Accounting, account


@operation("GET", "/v1/accounting", needs="see", twin="event accounting")
async def accounting(call: Call) -> Accounting:
    """Say what became of every event that was accepted, by source and in all; the difference must be 0."""
    return await account(call.app.store)


OPERATIONS = (accounting,)
