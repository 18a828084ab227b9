"""Sources: what comes in from where, and what of it waits."""

from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.sources.overview import Sources
from shopkeeper.flows.sources.overview import sources as look_over
from shopkeeper.flows.waiting import (
    MendedBody,
    Replayed,
    ReplayWish,
    Waiting,
    WaitingRow,
    offer_again,
    offer_mended,
    waiting,
    waiting_row,
)


@operation("GET", "/v1/sources", needs="see", twin="source list")
async def sources(call: Call) -> Sources:
    """List every source: what it brought lately and ever, how fresh it is, and how much of it waits."""
    zone = call.app.service.definitions.shop.time_zone
    return await look_over(call.app.store, zone=zone, now=call.now)


@operation("GET", "/v1/quarantine", needs="see", twin="quarantine list")
async def quarantine(
    call: Call, origin: str | None = None, code: str | None = None, after: str = "", limit: int = 50
) -> Waiting:
    """List what could not be taken, grouped and row by row; bodies need the right `personal`."""
    personal = call.caller.may("personal")
    return await waiting(call.app.store, origin=origin, code=code, after=after, limit=max(limit, 1), personal=personal)


@operation("POST", "/v1/quarantine/replay", needs="edit", twin="quarantine replay")
async def quarantine_replay(call: Call, *, body: ReplayWish) -> Replayed:
    """Offer rows that wait once more, such as refunds whose order has arrived; what goes in cannot be taken out."""
    service = call.app.service
    done, customers = await offer_again(
        call.app.store, service.definitions, body, now=call.now, contracts=service.contracts
    )
    return _told(call, done, customers)


@operation("GET", "/v1/quarantine/{row}", needs="see", twin="quarantine show")
async def quarantine_row(call: Call, row: str) -> WaitingRow:
    """Show one row that waits; its body needs the right `personal`."""
    return await waiting_row(call.app.store, row, personal=call.caller.may("personal"))


@operation("POST", "/v1/quarantine/{row}/replay", needs="edit", twin="quarantine replay")
async def quarantine_mend(call: Call, row: str, *, body: MendedBody) -> Replayed:
    """Offer one row with a mended body; what came first is kept beside it, with who mended it."""
    service = call.app.service
    done, customers = await offer_mended(
        call.app.store,
        service.definitions,
        row,
        body,
        by=call.caller.name,
        now=call.now,
        contracts=service.contracts,
    )
    return _told(call, done, customers)


def _told(call: Call, done: Replayed, customers: frozenset[str]) -> Replayed:
    """Let whatever follows the log know of what went in."""
    if customers:
        call.app.imports.settle_soon(customers)
    return done


OPERATIONS = (sources, quarantine, quarantine_replay, quarantine_row, quarantine_mend)
