"""What waits in quarantine, for people: grouped by where it came from and why, row by row, and offered again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.quarantine import Quarantined, QuarantinePlace, place_of
from shopkeeper.core.store import Store
from shopkeeper.flows.contracts.contracts import Contracts
from shopkeeper.flows.importing.replay import HERE, ReplayReport, find_waiting, replay, replay_mended

MOST = 500


class WaitingGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that wait from one place for one reason, and how many."""

    origin: str
    code: str
    waiting: int


class WaitingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row or event that waits.

    position: Its row in the file, counted from 1, None for an event. mapping: The mapping file that read it, by its
    name. body: As it came, None for who may not see it. replayed_at: When it was taken after all, None: it waits.
    mended, mended_by: What went in instead, and who wrote that.
    """

    id: str
    origin: str
    position: int | None
    code: str
    reason: str
    at: datetime
    mapping: str
    body: Any = None
    replayed_at: datetime | None = None
    mended: Any = None
    mended_by: str | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What waits: the groups of all of it, and a page of rows, the latest first; `next`: `after` of the next page."""

    groups: tuple[WaitingGroup, ...]
    rows: tuple[WaitingRow, ...]
    next: str | None


class ReplayWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rows to offer again: those of some ids, or all from one origin, for one code, that came in some time."""

    ids: tuple[str, ...] = ()
    origin: str | None = None
    code: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class MendedBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to offer instead of what came: an event, or the rows of a table as a list of objects."""

    body: dict[str, Any] | list[dict[str, Any]]


class WaitsOn(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that wait on, and why."""

    code: str
    reason: str
    waiting: int


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of rows that were offered again.

    taken: Went in, or were in already; duplicates: how many of them were in already. words: A sentence.
    """

    taken: int
    waiting: tuple[WaitsOn, ...]
    words: str
    duplicates: int = 0


async def waiting(
    store: Store, *, origin: str | None, code: str | None, after: str, limit: int, personal: bool
) -> Waiting:
    """Look at what waits.

    Args:
        after: `next` of the page before; empty begins with the latest.
        personal: Whether bodies may be shown.

    Raises: BadInput: `after` is no `next`.
    """
    counts = await store.count_quarantined()
    place = _read_place(after) if after else None
    rows = await store.latest_quarantined(origin=origin, code=code, after=place, limit=min(limit, MOST) + 1)
    page = rows[: min(limit, MOST)]
    return Waiting(
        groups=tuple(WaitingGroup(origin=where, code=why, waiting=n) for (where, why), n in _most_first(counts)),
        rows=tuple(_shown(row, personal=personal) for row in page),
        next=_write_place(page[-1]) if len(rows) > len(page) and page else None,
    )


def _write_place(row: Quarantined) -> str:
    place = place_of(row)
    return f"{micros(place.at)}.{place.position}.{place.id}"


def _read_place(text: str) -> QuarantinePlace:
    at, _, rest = text.partition(".")
    position, _, row = rest.partition(".")
    try:
        place = QuarantinePlace(from_micros(int(at)), int(position), row)
    except (ValueError, OverflowError):
        place = None
    if place is None or not 0 <= place.position < 1 << 62 or not row.isprintable():
        raise BadInput("after: must be the 'next' of a page")
    return place


async def waiting_row(store: Store, row: str, *, personal: bool) -> WaitingRow:
    """Look at one row. Raises: NotFound."""
    return _shown(await find_waiting(store, row), personal=personal)


async def offer_again(
    store: Store,
    definitions: Definitions,
    wish: ReplayWish,
    *,
    now: datetime,
    contracts: Contracts | None = None,
    shop: Path = HERE,
) -> tuple[Replayed, frozenset[str]]:
    """Offer rows again; return what became of them, and whom the log learned something of.

    Raises: BadInput: nothing was named, or the mapping that read a row is gone. NotFound: an id that is none. Conflict:
        one of what was taken already.
    """
    named = (wish.ids or None, wish.origin, wish.code, wish.since, wish.until)
    if all(one is None for one in named):
        raise BadInput("body: name 'ids', an 'origin', a 'code', 'since' or 'until'")
    for at in (wish.since, wish.until):
        if at is not None and at.tzinfo is None:
            raise BadInput("body: since, until: must name a zone, such as 2026-11-22T09:00:00Z")
    ids = frozenset(wish.ids) or None
    done = await replay(
        store,
        definitions,
        now=now,
        code=wish.code,
        origin=wish.origin,
        ids=ids,
        since=wish.since,
        until=wish.until,
        contracts=contracts,
        shop=shop,
    )
    return replayed(done), done.customers


async def offer_mended(
    store: Store,
    definitions: Definitions,
    row: str,
    body: MendedBody,
    *,
    by: str,
    now: datetime,
    contracts: Contracts | None = None,
    shop: Path = HERE,
) -> tuple[Replayed, frozenset[str]]:
    """Offer one row with another body. Raises: NotFound. Conflict: it was taken meanwhile. BadInput: see `replay`."""
    found = await find_waiting(store, row)
    done = await replay_mended(store, definitions, found, body.body, by=by, now=now, contracts=contracts, shop=shop)
    waits = {} if done.why is None else {done.why: 1}
    report = ReplayReport(int(done.why is None), waits, duplicates=int(done.duplicate))
    return replayed(report), done.customers


def replayed(done: ReplayReport) -> Replayed:
    """Put a replay's report into figures and words."""
    left = tuple(WaitsOn(code=code, reason=why, waiting=n) for (code, why), n in _most_first(done.waiting))
    rest = sum(one.waiting for one in left)
    went = f"{done.taken:,} taken" if done.taken else "Nothing was taken"
    if done.duplicates:
        went += f", {done.duplicates:,} of which {'was' if done.duplicates == 1 else 'were'} there already"
    words = f"{went}, {rest:,} wait on." if rest else f"{went}."
    return Replayed(taken=done.taken, waiting=left, words=words, duplicates=done.duplicates)


def _most_first(counts: Mapping[tuple[str, str], int]) -> Sequence[tuple[tuple[str, str], int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _shown(row: Quarantined, *, personal: bool) -> WaitingRow:
    return WaitingRow(
        id=row.id,
        origin=row.origin,
        position=row.position,
        code=row.code,
        reason=row.reason,
        at=row.at,
        mapping=row.mapping.rpartition("/")[2],
        body=msgspec.json.decode(row.body) if personal else None,
        replayed_at=row.replayed_at,
        mended=msgspec.json.decode(row.mended) if personal and row.mended is not None else None,
        mended_by=row.mended_by,
    )
