"""Replaying what waits: after the mapping was mended, or after the order arrived that a refund names."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.quarantine import Quarantined
from shopkeeper.core.store import Store
from shopkeeper.engines.tables.rows import Objects
from shopkeeper.flows.collect import collect
from shopkeeper.flows.importing.mapping import AnyMapping, load_mapping
from shopkeeper.flows.importing.taking import Taker

_PAGE = 500


class ReplayReport(NamedTuple):
    """taken: went in, or was there already. waiting: waits on, by (code, reason) how many."""

    taken: int
    waiting: dict[tuple[str, str], int]


async def replay(
    store: Store,
    definitions: Definitions,
    *,
    now: datetime,
    code: str | None = None,
    origin: str | None = None,
    ids: frozenset[str] | None = None,
    mapping: Path | None = None,
) -> ReplayReport:
    """Offer what waits once more.

    Args:
        code, origin, ids: Only what waits for this reason, from there, under these ids.
        mapping: Reads imported rows by this file instead of the one that read them first.

    Raises: BadInput: a mapping that is gone or wrong; name another one.
    """
    mappings: dict[str, AnyMapping] = {}
    taken = 0
    waiting: dict[tuple[str, str], int] = {}
    async for row in _waiting(store, code=code, origin=origin):
        if ids is not None and row.id not in ids:
            continue
        why = await _offer(store, definitions, row, _mapping_of(row, mapping, mappings), now=now)
        if why is None:
            await store.mark_replayed([row.id], now)
            taken += 1
        else:
            waiting[why] = waiting.get(why, 0) + 1
    return ReplayReport(taken, waiting)


async def _waiting(store: Store, *, code: str | None, origin: str | None) -> AsyncIterator[Quarantined]:
    after = ""
    while page := await store.quarantined(origin=origin, code=code, after=after, limit=_PAGE):
        for row in page:
            yield row
        after = page[-1].id


def _mapping_of(row: Quarantined, given: Path | None, read: dict[str, AnyMapping]) -> AnyMapping | None:
    if not row.mapping:
        return None
    path = row.mapping if given is None else str(given)
    if path not in read:
        read[path] = load_mapping(Path(path))
    return read[path]


async def _offer(
    store: Store, definitions: Definitions, row: Quarantined, mapping: AnyMapping | None, *, now: datetime
) -> tuple[str, str] | None:
    """Offer one; return None if it went in, else why it waits on."""
    body: Any = msgspec.json.decode(row.body)
    if mapping is None:
        result = await collect(store, definitions, [body], source=row.origin, now=now)
        receipt = result.receipts[0]
        return None if receipt.waits_as is None else (receipt.code or "", receipt.reason or "")
    if not isinstance(body, list) or not all(isinstance(record, dict) for record in body):
        return row.code, row.reason
    rows = Objects(body, [row.position or 0] * len(body))
    tally = await Taker(store, definitions, mapping, now=now).take(rows, origin=row.origin, mapping_file=row.mapping)
    return None if not tally.waiting else (tally.waiting[0].code, tally.waiting[0].reason)
