"""Replaying what waits: after the mapping was mended, or after the order arrived that a refund names."""

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import Conflict, NotFound
from shopkeeper.core.quarantine import Quarantined, write_body
from shopkeeper.core.store import Store
from shopkeeper.engines.tables.rows import Objects
from shopkeeper.flows.collect import offer_again
from shopkeeper.flows.collecting.sent import TOKENS, ready, ready_again
from shopkeeper.flows.collecting.strict import FAULTS, UNSEEN
from shopkeeper.flows.collecting.wire import in_long_shape
from shopkeeper.flows.contracts.contracts import Contracts
from shopkeeper.flows.door.admission import customers_of
from shopkeeper.flows.door.origin import Terms, origin_named, origin_on
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.importing.mapping import AnyMapping, load_mapping
from shopkeeper.flows.importing.mapping_place import mapping_at
from shopkeeper.flows.importing.taking import Taker

_PAGE = 500
HERE = Path()


class ReplayReport(NamedTuple):
    """taken: went in, or was there already. waiting: waits on, by (code, reason) how many.

    customers: Whom the log learned something of. duplicates: Of those taken, how many the log had already.
    """

    taken: int
    waiting: dict[tuple[str, str], int]
    customers: frozenset[str] = frozenset()
    duplicates: int = 0


class Offered(NamedTuple):
    """What became of one row that was offered again.

    why: It waits on, (code, reason), or None where it went in. duplicate: It had gone in before.
    """

    why: tuple[str, str] | None
    customers: frozenset[str]
    duplicate: bool = False


async def replay(
    store: Store,
    definitions: Definitions,
    *,
    now: datetime,
    code: str | None = None,
    origin: str | None = None,
    ids: frozenset[str] | None = None,
    mapping: Path | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    contracts: Contracts | None = None,
    shop: Path = HERE,
) -> ReplayReport:
    """Offer what waits once more.

    Args:
        code, origin, ids: Only what waits for this reason, from there, under these ids.
        mapping: Reads imported rows by this file instead of the one that read them first.
        since, until: Only what came with since <= at < until.
        contracts: What checks events, and learns from those that go in.
        shop: The shop's folder, in which the mappings are that read its files.

    Raises: BadInput: a mapping that is gone or wrong; name another one. NotFound, Conflict: see `require_waiting`.
    """
    mappings: dict[str, AnyMapping] = {}
    taken = duplicates = 0
    waiting: dict[tuple[str, str], int] = {}
    customers: set[str] = set()
    async for row in _waiting(store, code=code, origin=origin, ids=ids):
        if not _came_within(row, since, until):
            continue
        body = msgspec.json.decode(row.body)
        read_by = _mapping_of(row, mapping, mappings, shop)
        done = await _offer(store, definitions, row, body, read_by, now=now, contracts=contracts)
        customers |= done.customers
        if done.why is None:
            await store.mark_replayed([row.id], now)
            taken += 1
            duplicates += done.duplicate
        else:
            waiting[done.why] = waiting.get(done.why, 0) + 1
    return ReplayReport(taken, waiting, frozenset(customers), duplicates)


def _came_within(row: Quarantined, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or row.at >= since) and (until is None or row.at < until)


async def replay_mended(
    store: Store,
    definitions: Definitions,
    row: Quarantined,
    body: Any,
    *,
    by: str,
    now: datetime,
    contracts: Contracts | None = None,
    shop: Path = HERE,
) -> Offered:
    """Offer one row that waits with another body; what came first is kept, and who wrote what went in instead.

    Args:
        body: An event, or the rows of the table as a list of objects, as the row's own body is.

    Raises: BadInput: the mapping that read it is gone or wrong. Conflict: it was taken meanwhile.
    """
    if row.replayed_at is not None:
        raise _taken(row)
    read_by = _mapping_of(row, None, {}, shop)
    done = await _offer(store, definitions, row, body, read_by, now=now, contracts=contracts)
    if done.why is None:
        await store.mark_mended(row.id, write_body(body), by=by, now=now)
    return done


async def find_waiting(store: Store, row: str) -> Quarantined:
    """Find one row, whether it waits or was taken. Raises: NotFound."""
    found = await store.find_quarantined(row)
    if found is None:
        raise NotFound(f"nothing waits under the id {row!r}; 'shopkeeper quarantine list' lists the ids")
    return found


async def require_waiting(store: Store, row: str) -> Quarantined:
    """Find one row that waits. Raises: NotFound: there is none of this id. Conflict: it was taken already."""
    found = await find_waiting(store, row)
    if found.replayed_at is not None:
        raise _taken(found)
    return found


def _taken(row: Quarantined) -> Conflict:
    return Conflict(f"{row.id}: was taken already, on {row.replayed_at:%Y-%m-%d at %H:%M} UTC; it waits no more")


async def _waiting(
    store: Store, *, code: str | None, origin: str | None, ids: frozenset[str] | None
) -> AsyncIterator[Quarantined]:
    if ids is not None:
        for row in [await require_waiting(store, one) for one in sorted(ids)]:
            if (code is None or row.code == code) and (origin is None or row.origin == origin):
                yield row
        return
    after = ""
    while page := await store.quarantined(origin=origin, code=code, after=after, limit=_PAGE):
        for row in page:
            yield row
        after = page[-1].id


def _mapping_of(row: Quarantined, given: Path | None, read: dict[str, AnyMapping], shop: Path) -> AnyMapping | None:
    if not row.mapping:
        return None
    name = row.mapping if given is None else str(given)
    if name not in read:
        read[name] = load_mapping(mapping_at(row.mapping, shop) if given is None else given)
    return read[name]


async def _offer(
    store: Store,
    definitions: Definitions,
    row: Quarantined,
    body: Any,
    mapping: AnyMapping | None,
    *,
    now: datetime,
    contracts: Contracts | None,
) -> Offered:
    """Offer one; what is refused adds no row of its own, since this one waits on."""
    if mapping is None:
        return await _offer_event(store, definitions, row, body, now=now, contracts=contracts)
    if not isinstance(body, list) or not body or not all(isinstance(record, dict) for record in body):
        return Offered((row.code, row.reason), frozenset())
    rows = Objects(body, [row.position or 0] * len(body))
    tally = await Taker(store, definitions, mapping, now=now).offer(rows, origin=row.origin, mapping_file=row.mapping)
    waits = tally.waiting
    why = (waits[0].code, waits[0].reason) if waits else None
    return Offered(why, tally.customers, tally.duplicates > 0 and not tally.accepted)


async def _offer_event(
    store: Store, definitions: Definitions, row: Quarantined, body: Any, *, now: datetime, contracts: Contracts | None
) -> Offered:
    """Offer an event: looked through as when it came, and its sender believed no more than then."""
    try:
        wire = await _read(store, row, body)
    except Refusal as refusal:
        return Offered((refusal.code, str(refusal)), frozenset())
    if row.terms is None:
        origin = await origin_named(store, row.origin)
    else:
        origin = await origin_on(msgspec.json.decode(row.terms, type=Terms), row.origin, store)
    admission = await offer_again(store, definitions, row, wire, origin=origin, now=now, contracts=contracts)
    refused = admission.refusal
    why = None if refused is None else (refused.code, str(refused))
    return Offered(why, customers_of([admission]), admission.outcome == "duplicate")


async def _read(store: Store, row: Quarantined, body: Any) -> dict[str, Any]:
    """Read an event that waits. Raises: Refusal: it waits on.

    What was looked through when it came has grown since, and is not measured again: what an `identify` says in its
    context stands among its traits too, and earlier versions did not measure what a batch says of all.
    """
    mended = write_body(body) != row.body
    if row.code in UNSEEN and not mended:
        raise Refusal(row.code, row.reason)
    if row.terms is None and row.code != "bad_token" and not mended and isinstance(body, dict):
        return in_long_shape(body, now=row.at)  # an earlier version wrote what a token says in its place
    read = partial(ready, doubtful=True) if mended or row.code in FAULTS else ready_again
    return read(body, now=row.at, key=await store.secret(TOKENS))
