"""Sources: what comes in from where, and what of it waits."""

from shopkeeper.api.clients import base_of
from shopkeeper.api.operation import Call, operation
from shopkeeper.flows.sources import registry
from shopkeeper.flows.sources.overview import Sources
from shopkeeper.flows.sources.overview import sources as look_over
from shopkeeper.flows.sources.page import SourcePage, source_page
from shopkeeper.flows.sources.registry import NewSource, Registered, Rotation, SourceChange, SourceKeys, SourceRemoved
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
    app, zone = call.app, call.app.service.definitions.shop.time_zone
    environment, wall = app.settings.environment, app.wall_clock.now()
    return await look_over(app.store, zone=zone, environment=environment, now=call.now, wall=wall)


@operation("POST", "/v1/sources", needs="edit", twin="source add")
async def add_source(call: Call, *, body: NewSource) -> SourceKeys:
    """Register a source; its write key stands in this answer and nowhere else."""
    app = call.app
    now, environment = app.wall_clock.now(), app.settings.environment
    shop = app.service.definitions.shop
    added = await registry.add_source(app.store, body, now=now, rng=app.rng, environment=environment, shop=shop)
    await app.service.registry.look()
    return added


@operation("GET", "/v1/sources/{name}", needs="see", twin="source show")
async def source(call: Call, name: str) -> SourcePage:
    """Show a registered source: its terms and keys, how each client is wired to it, and what it brought so far."""
    app, shop = call.app, call.app.service.definitions.shop
    environment, wall = app.settings.environment, app.wall_clock.now()
    return await source_page(
        app.store, name, base=base_of(call), shop=shop, environment=environment, now=call.now, wall=wall
    )


@operation("PATCH", "/v1/sources/{name}", needs="edit", twin="source disable")
async def change_source(call: Call, name: str, *, body: SourceChange) -> Registered:
    """Change a source's terms, disable it, or let it send again."""
    changed = await registry.change_source(call.app.store, name, body, now=call.app.wall_clock.now())
    await call.app.service.registry.look()
    return changed


@operation("POST", "/v1/sources/{name}/rotate", needs="edit", twin="source rotate")
async def rotate_source(call: Call, name: str, *, body: Rotation) -> SourceKeys:
    """Replace a source's write key, which works on for a while, or its identity secret, which ends at once."""
    app = call.app
    made = await registry.rotate(app.store, name, body, now=app.wall_clock.now(), rng=app.rng)
    await app.service.registry.look()
    return made


@operation("DELETE", "/v1/sources/{name}", needs="edit", twin="source remove")
async def remove_source(call: Call, name: str) -> SourceRemoved:
    """Forget a source and its keys; the events that it brought stay."""
    await call.app.store.remove_source(name)
    await call.app.service.registry.look()
    return SourceRemoved(name=name)


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
    await service.inbox.empty()
    done, customers = await offer_again(
        call.app.store,
        service.definitions,
        body,
        now=call.now,
        contracts=service.contracts,
        shop=call.app.folder,
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
    await service.inbox.empty()
    done, customers = await offer_mended(
        call.app.store,
        service.definitions,
        row,
        body,
        by=call.caller.name,
        now=call.now,
        contracts=service.contracts,
        shop=call.app.folder,
    )
    return _told(call, done, customers)


def _told(call: Call, done: Replayed, customers: frozenset[str]) -> Replayed:
    """Let whatever follows the log know of what went in."""
    if customers:
        call.app.imports.settle_soon(customers)
    return done


OPERATIONS = (
    sources,
    add_source,
    source,
    change_source,
    rotate_source,
    remove_source,
    quarantine,
    quarantine_replay,
    quarantine_row,
    quarantine_mend,
)
