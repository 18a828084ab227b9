"""Trying a mapping: the first rows are read as an import would read them, and nothing is written."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput
from shopkeeper.core.event import IDENTIFY, Event
from shopkeeper.core.item import Item, Place, Stock
from shopkeeper.core.money import format_money
from shopkeeper.core.store import Store
from shopkeeper.engines.tables.rows import Objects, Rows
from shopkeeper.flows.definitions.mistakes import DefinitionErrors, Mistake
from shopkeeper.flows.door.admission import NEW, Admission, foresee
from shopkeeper.flows.door.canonical import Draft
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.events_in_words import in_words, titles_of
from shopkeeper.flows.importing.job import open_mapped
from shopkeeper.flows.importing.mapping import AnyMapping, read_mapping, require_columns
from shopkeeper.flows.importing.reading import Reading
from shopkeeper.flows.importing.taking import Taker
from shopkeeper.flows.importing.writing import write_mapping

ROWS = 1_000
SHOWN = 8
REFUSED = 50
_NAME = "mapping"


class TriedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a row, or the rows of one order, would become. who: An identifier, hidden from who may not see it."""

    row: int
    who: str
    at: datetime | None
    text: str


class RefusedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that would wait in quarantine, counted as its file counts them, and why."""

    row: int
    code: str
    reason: str


class RefusedReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why rows would wait, and how many for this reason."""

    code: str
    reason: str
    rows: int


class MappingMistake(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong in a mapping: its place, such as `customer.user_id`, empty for the whole, and what is wrong."""

    path: str
    message: str


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What an import would do to the first rows, in figures and in words; nothing was written.

    rows: How many were read. taken, known, refused: Rows that would go in, are in already, would wait. summary: The
    same in a sentence. mistakes: What is wrong with the mapping; then nothing was read. yaml: The mapping as it stands.
    """

    rows: int = 0
    taken: int = 0
    known: int = 0
    refused: int = 0
    summary: str = ""
    first: tuple[TriedRow, ...] = ()
    reasons: tuple[RefusedReason, ...] = ()
    refusals: tuple[RefusedRow, ...] = ()
    mistakes: tuple[MappingMistake, ...] = ()
    yaml: str = ""


async def try_mapping(
    store: Store,
    definitions: Definitions,
    file: Path,
    mapping: dict[str, Any],
    *,
    now: datetime,
    personal: bool = True,
) -> Trial:
    """Try a mapping on the first rows of a file.

    Args:
        mapping: As a mapping file says it.
        personal: Whether identifiers may be shown.
    """
    yaml = write_mapping(mapping)
    try:
        known = read_mapping(_NAME, yaml, now=now)
        tried = await try_rows(store, definitions, file, known, now=now, personal=personal)
    except DefinitionErrors as error:
        return Trial(mistakes=tuple(_mistake(one) for one in error.mistakes), yaml=yaml)
    except BadInput as error:
        return Trial(mistakes=(MappingMistake(path="", message=str(error)),), yaml=yaml)
    return msgspec.structs.replace(tried, yaml=yaml)


async def try_rows(
    store: Store, definitions: Definitions, file: Path, known: AnyMapping, *, now: datetime, personal: bool = True
) -> Trial:
    """Try a mapping that was read. Raises: BadInput: it does not fit the file, or the file cannot be read so."""
    table = open_mapped(file, known)
    require_columns(known, table)
    for rows in table.batches():
        return await _tried(store, definitions, known, _grouped(rows, known), now=now, personal=personal)
    raise BadInput(f"{file.name}: has no rows")


def _mistake(one: Mistake) -> MappingMistake:
    wish = one.hint or (f", must be {one.expected}" if one.expected else "")
    return MappingMistake(path=one.path, message=f"{one.came}{wish}")


def _grouped(rows: Rows, mapping: AnyMapping) -> Objects:
    """Take the first rows, those that make one thing together; of the last thing some may lie beyond."""
    n = min(len(rows), ROWS)
    places = list(range(n))
    if mapping.key is not None:
        keys = rows.part(0, n).column(getattr(mapping, mapping.key))
        first: dict[Any, int] = {}
        places.sort(key=lambda i: first.setdefault(keys[i], i) if keys[i] is not None else i)
    records = [rows.spoiled[i] if i in rows.spoiled else rows.row(i) for i in places]
    return Objects(records, [rows.positions[i] for i in places])


async def _tried(
    store: Store,
    definitions: Definitions,
    mapping: AnyMapping,
    rows: Objects,
    *,
    now: datetime,
    personal: bool,
) -> Trial:
    readings = await Taker(store, definitions, mapping, now=now).read(rows)
    drafts = [one.what for one in readings if isinstance(one.what, Draft)]
    foreseen = iter(await foresee(store, drafts))
    outcomes = [next(foreseen) if isinstance(one.what, Draft) else one.what for one in readings]
    events = [one.event for one in outcomes if isinstance(one, Admission) and one.event is not None]
    titles = await titles_of(store, definitions, events[: 4 * SHOWN])
    counts: Counter[str] = Counter()
    first: list[TriedRow] = []
    refusals: list[RefusedRow] = []
    reasons: Counter[tuple[str, str]] = Counter()
    for reading, outcome in zip(readings, outcomes, strict=True):
        refusal = (
            outcome.refusal if isinstance(outcome, Admission) else outcome if isinstance(outcome, Refusal) else None
        )
        size = reading.stop - reading.start
        place = rows.positions[reading.at if refusal else reading.start]
        if refusal is not None:
            counts["refused"] += size
            refusals.append(RefusedRow(row=place, code=refusal.code, reason=str(refusal)))
            reasons[refusal.code, str(refusal)] += size
            continue
        counts["known" if isinstance(outcome, Admission) and outcome.outcome == "duplicate" else "taken"] += size
        if len(first) < SHOWN:
            first.append(_shown(place, reading, outcome, definitions, titles, personal=personal))
    return Trial(
        rows=len(rows),
        taken=counts["taken"],
        known=counts["known"],
        refused=counts["refused"],
        summary=_summary(len(rows), counts, outcomes),
        first=tuple(first),
        reasons=tuple(RefusedReason(code=code, reason=why, rows=n) for (code, why), n in reasons.most_common(20)),
        refusals=tuple(refusals[:REFUSED]),
    )


def _shown(
    place: int, reading: Reading, outcome: Any, definitions: Definitions, titles: Any, *, personal: bool
) -> TriedRow:
    if not isinstance(reading.what, Draft) or not isinstance(outcome, Admission) or outcome.event is None:
        return TriedRow(row=place, who="", at=None, text=_thing(reading.what, definitions))
    name = reading.what.names[0]
    said = _said(outcome.event, reading.what, definitions, titles)
    who = f"{name.kind} {name.value if personal else '•••'}"
    return TriedRow(row=place, who=who, at=outcome.event.at, text=said)


def _said(event: Event, draft: Draft, definitions: Definitions, titles: Any) -> str:
    apart = f" Kept apart from the log: {', '.join(sorted(draft.personal))}." if draft.personal else ""
    if event.name == IDENTIFY and draft.personal and not (event.texts or event.numbers or event.money or event.flags):
        return apart.strip()
    return f"{in_words(event, definitions=definitions, titles=titles)}{apart}"


def _thing(thing: Any, definitions: Definitions) -> str:
    currency = definitions.shop.currency
    if isinstance(thing, Stock):
        return f"{thing.item} at {thing.place}: {'available' if thing.available else 'not available'}."
    if isinstance(thing, Item):
        price = "" if thing.price is None else f", {format_money(thing.price, currency)}"
        return f"{thing.id}: {thing.title or 'no title'}{f', {thing.category}' if thing.category else ''}{price}."
    if isinstance(thing, Place):
        return f"{thing.id}: {thing.title or 'no title'}."
    worth = f", takes off {format_money(thing.face_value, currency)}" if thing.face_value else ""
    return f"{thing.id}: {thing.title or 'no title'}, covers {len(thing.items):,} products{worth}."


def _summary(rows: int, counts: Counter[str], outcomes: Sequence[Any]) -> str:
    """Say in a sentence what would become of the rows."""
    whole = "All" if rows == counts["taken"] else f"{counts['taken']:,} of"
    parts = [f"{whole} {'the first ' if rows == ROWS else ''}{rows:,} rows would be taken"]
    customers = {one.event.customer for one in outcomes if isinstance(one, Admission) and one.event is not None}
    if customers:
        fresh = sum(customer.startswith(NEW) for customer in customers)
        parts.append(f"about {_count(len(customers), 'customer')}, {fresh or 'none'} of them new")
    if counts["known"]:
        parts.append(f"{counts['known']:,} are in already")
    if counts["refused"]:
        parts.append(f"{counts['refused']:,} would wait in quarantine")
    return ", ".join(parts) + "."


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
