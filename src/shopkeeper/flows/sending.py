"""Sending events by hand or by the file: each through the door, with a word on what became of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, get_args

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput
from shopkeeper.core.source import source_name
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import Taken, collect
from shopkeeper.flows.collecting.faulty import set_aside
from shopkeeper.flows.collecting.sent import TOKENS, ready
from shopkeeper.flows.collecting.strict import read_json
from shopkeeper.flows.contracts.contracts import Contracts
from shopkeeper.flows.door.origin import origin_named
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.door.refusing import Faulty
from shopkeeper.flows.door.said import names_itself

MOST: Final = 500
"""Events of one call."""
API: Final = "api"
"""The source of what comes by the shop's own key."""


class EventsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events to take, at most 500, as `{type, userId, event, properties, …}`; `source`: in whose name."""

    events: list[msgspec.Raw]
    source: str = API


Fate = Literal["accepted", "duplicate", "waits", "discarded"]
_OUTCOMES: Final[Mapping[str, Fate]] = {
    "accepted": "accepted",
    "duplicate": "duplicate",
    "discarded": "discarded",
}


class EventFate(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one event.

    n: Its place, counted from 1. outcome: `accepted`, `duplicate` (it was there already: no effect), `waits`, or
    `discarded` (it may not be kept: its source collects on consent, and it carries none). seq: Of the event in the log.
    code, reason: Why it waits; waits_as: under which id in quarantine.
    """

    n: int
    outcome: Fate
    seq: int
    code: str | None = None
    reason: str | None = None
    waits_as: str | None = None


class EventsSent(msgspec.Struct, frozen=True, kw_only=True):
    """What became of some events; their numbers add up to those that were sent. `words` says it in a sentence."""

    accepted: int
    duplicates: int
    waiting: int
    discarded: int
    events: tuple[EventFate, ...]
    words: str


class Sent(NamedTuple):
    """What became of some events, and the last number that the log gave one of them, 0 if none."""

    told: EventsSent
    last: int


async def send_events(
    store: Store,
    definitions: Definitions,
    body: EventsBody,
    *,
    contracts: Contracts,
    now: datetime,
) -> Sent:
    """Take events in the name of a source.

    Raises: BadInput: too many, or a name that no source may have: nothing was taken.
    """
    if not 1 <= len(body.events) <= MOST:
        raise BadInput(f"events: {len(body.events)}, must be from 1 to {MOST}")
    source = body.source if body.source == API else source_name(body.source)
    origin, key = await origin_named(store, source), await store.secret(TOKENS)
    wires: list[dict[str, Any]] = []
    faulty: dict[int, Faulty] = {}
    for i, raw in enumerate(body.events):
        event, found = _read(bytes(raw), now, key)
        if isinstance(found, Refusal):
            faulty[i] = set_aside(event, found, origin, now=now, place=i)
        else:
            wires.append(found)
    aside = list(faulty.values())
    result = await collect(store, definitions, wires, origin=origin, now=now, contracts=contracts, faulty=aside)
    receipts = iter(result.receipts)
    fates = tuple(
        _aside(i + 1, faulty[i]) if i in faulty else _fate(i + 1, next(receipts)) for i in range(len(body.events))
    )
    return Sent(told(fates), max((fate.seq for fate in fates if fate.outcome == "accepted"), default=0))


def _read(raw: bytes, now: datetime, key: bytes) -> tuple[Any, dict[str, Any] | Refusal]:
    """Read an event as the collection API does; return what it says, and what of it the door reads."""
    try:
        sent = read_json(raw)
    except BadInput as error:
        return raw.decode(errors="backslashreplace"), Refusal("bad_json", str(error))
    try:
        return sent.value, ready(sent.value, doubtful=sent.doubtful, now=now, key=key)
    except Refusal as refusal:
        return sent.value, refusal


def _aside(n: int, faulty: Faulty) -> EventFate:
    row = faulty.row
    if row is None:
        return EventFate(n=n, outcome="discarded", seq=0)
    return EventFate(n=n, outcome="waits", seq=0, code=row.code, reason=row.reason, waits_as=row.id)


def told(fates: Sequence[EventFate]) -> EventsSent:
    """Count what became of events, and say it."""
    outcomes = [fate.outcome for fate in fates]
    accepted, duplicates, waiting, discarded = (outcomes.count(kind) for kind in get_args(Fate))
    parts = [f"{accepted:,} taken"]
    if duplicates:
        parts.append(f"{duplicates:,} {'was' if duplicates == 1 else 'were'} there already")
    if waiting:
        parts.append(f"{waiting:,} {'waits' if waiting == 1 else 'wait'} in quarantine")
    if discarded:
        parts.append(f"{discarded:,} may not be kept and {'is' if discarded == 1 else 'are'} gone")
    return EventsSent(
        accepted=accepted,
        duplicates=duplicates,
        waiting=waiting,
        discarded=discarded,
        events=tuple(fates),
        words=", ".join(parts) + ".",
    )


def _fate(n: int, taken: Taken) -> EventFate:
    outcome = _OUTCOMES.get(taken.outcome, "waits")
    return EventFate(n=n, outcome=outcome, seq=taken.seq, code=taken.code, reason=taken.reason, waits_as=taken.waits_as)


def require_replayable(wire: Any) -> None:
    """Make sure that sending an event again is the same event. Raises: BadInput: it would count twice."""
    if isinstance(wire, dict) and not names_itself(wire):
        raise BadInput("neither messageId nor timestamp: it would count again each time that it is sent")
