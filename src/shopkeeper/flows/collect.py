"""Collecting: wire events in, a receipt for each; what cannot be taken waits in quarantine, whole.

accepted + duplicates + quarantined + discarded = events offered, always; all of it is written in one commit.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import Conflict, StoreError
from shopkeeper.core.intake import HELD_BACK, Entry, Offering, Span
from shopkeeper.core.item import Item
from shopkeeper.core.quarantine import Quarantined
from shopkeeper.core.store import Store
from shopkeeper.flows.contracts.contracts import Contracts
from shopkeeper.flows.door.admission import Admission, Outcome, admission, arrival
from shopkeeper.flows.door.canonical import Draft, canonical, named_items
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.door.refusing import Faulty, refusals_of, says_no
from shopkeeper.flows.holding import held_back, unforeseen
from shopkeeper.protect.collection import may_keep, preferences_of

T = TypeVar("T")
_log = logging.getLogger(__name__)
TURN: Final = 20
"""Events that are read, of several who brought some, before others get their turn: that takes as long as an answer."""


class Taken(NamedTuple):
    """What became of one offered event.

    outcome: `refused` and `conflict` wait in quarantine under `waits_as`, with `code` and `reason`; `discarded` may not
    be kept, and is gone. seq: Of the event that the log holds under its id, 0 if none. customer: Whose it is, if that
    is known.
    """

    outcome: Outcome
    seq: int
    customer: str | None
    code: str | None = None
    reason: str | None = None
    waits_as: str | None = None


class CollectResult(NamedTuple):
    """Receipts in the order offered, and how many of each outcome there are.

    quarantined: All that wait, conflicts (same id, another body; the first was kept) included.
    """

    receipts: tuple[Taken, ...]
    accepted: int
    duplicates: int
    conflicts: int
    quarantined: int
    discarded: int = 0


class Brought(NamedTuple):
    """Wire events that came together: decoded JSON, each `{type, userId, event, properties, …}`; see `door.canonical`.

    now: When they came. waiting: What has to wait whatever it says. faulty: What came with them and cannot be taken.
    """

    wires: Sequence[Any]
    origin: Origin
    now: datetime
    waiting: Sequence[Quarantined] = ()
    faulty: Sequence[Faulty] = ()


async def collect(
    store: Store,
    definitions: Definitions,
    incoming: Sequence[Any],
    *,
    origin: Origin,
    now: datetime,
    contracts: Contracts | None = None,
    faulty: Sequence[Faulty] = (),
    items: Mapping[str, Item] | None = None,
) -> CollectResult:
    """Take wire events into the log; for the arguments see `Brought` and `collect_all`.

    What is faulty is in none of the numbers that are returned.

    An event that stops all in a way that nobody foresaw waits in quarantine, and the others go in.

    Raises: StoreError: offer all again; those that were taken will be duplicates.
    """
    brought = Brought(incoming, origin, now, faulty=faulty)
    try:
        (result,) = await collect_all(store, definitions, [brought], contracts=contracts, items=items)
    except StoreError:
        raise
    except Exception as error:
        _log.error("unforeseen %s while events were taken; each is tried alone", type(error).__name__)
        receipts, aside = await collect_each(store, definitions, brought, contracts=contracts, items=items)
        await lay_aside(store, definitions, brought, aside, items=items)
        return _result(receipts)
    return result


async def collect_each(
    store: Store,
    definitions: Definitions,
    brought: Brought,
    *,
    contracts: Contracts | None,
    items: Mapping[str, Item] | None,
) -> tuple[list[Taken], list[Faulty]]:
    """Take events that cannot be taken together one by one.

    Returns: What became of each, and what has to wait and is not written yet, see `lay_aside`.

    Raises: StoreError: offer all again; those that were taken will be duplicates.
    """
    receipts: list[Taken] = []
    aside: list[Faulty] = []
    for place, wire in enumerate(brought.wires):
        alone = brought._replace(wires=[wire], waiting=(), faulty=())
        try:
            (result,) = await collect_all(store, definitions, [alone], contracts=contracts, items=items)
        except StoreError:
            raise
        except Exception as error:
            row = held_back(brought.origin, unforeseen(error), wire, now=brought.now, place=place)
            aside.append(Faulty(row, wire if says_no(wire, brought.origin) else None))
            receipts.append(Taken("refused", 0, None, row.code, row.reason, row.id))
        else:
            receipts += result.receipts
    return receipts, aside


async def lay_aside(
    store: Store,
    definitions: Definitions,
    brought: Brought,
    aside: Sequence[Faulty],
    *,
    items: Mapping[str, Item] | None,
    parcels: Span | None = None,
) -> None:
    """Keep what is left once `collect_each` has gone through what came, and hear what it says no to.

    Where that stops it, too, in a way that nobody foresaw, it is kept all the same.

    Raises: StoreError: nothing was kept; offer all again. Conflict: somebody else took these parcels.
    """
    faulty = [*brought.faulty, *aside]

    async def keep(some: Sequence[Faulty]) -> None:
        rest = brought._replace(wires=(), faulty=some)
        await (await read_all(store, definitions, [rest], items=items)).take(store, parcels=parcels)

    try:
        await keep(faulty)
    except (StoreError, Conflict):
        raise
    except Exception as error:
        _log.error("unforeseen %s while refusals were heard; what says them waits", type(error).__name__)
        await keep([one._replace(wire=None) for one in faulty])


async def collect_all(
    store: Store,
    definitions: Definitions,
    brought: Sequence[Brought],
    *,
    contracts: Contracts | None = None,
    items: Mapping[str, Item] | None = None,
) -> list[CollectResult]:
    """Take what came from several, in order and in one commit; return what became of each.

    Args:
        items: The catalogue, where it is at hand; None: what the events name is looked up.
        contracts: What checks events and learns from those that are taken.

    Raises: StoreError: nothing was taken; offer all again.
    """
    return await (await read_all(store, definitions, brought, contracts=contracts, items=items)).take(store)


async def read_all(
    store: Store,
    definitions: Definitions,
    brought: Sequence[Brought],
    *,
    contracts: Contracts | None = None,
    items: Mapping[str, Item] | None = None,
) -> "Readings":
    """Read what came from several, as far as that can be done before it is let in; see `collect_all`."""
    if items is None:
        items = await store.find_items(sorted(named_items([wire for one in brought for wire in one.wires])))
    read = [
        _Reading(one, _read_all(one, definitions, items, contracts), definitions)
        async for one in gently(brought, events=lambda one: len(one.wires) + len(one.faulty))
    ]
    return Readings(read, definitions.shop.limits, contracts)


class Readings:
    """What came from several, read and not yet taken."""

    def __init__(self, read: "Sequence[_Reading]", limits: Mapping[str, int], contracts: Contracts | None) -> None:
        self._read = read
        self._limits = limits
        self._contracts = contracts

    async def take(self, store: Store, *, parcels: Span | None = None) -> list[CollectResult]:
        """Take it, in one commit; return what became of each.

        Args:
            parcels: The parcels of the inbox that this is the whole of.

        Raises: StoreError: nothing was taken; offer all again. Conflict: somebody else took these parcels.
        """
        offering = Offering(
            [arrival for each in self._read for arrival in each.arrivals],
            self._limits,
            self._read[-1].brought.now,
            [row for each in self._read for row in each.waiting],
            sum((each.refused for each in self._read), Counter()),
            parcels,
            [no for each in self._read for no in each.refusals],
        )
        entries = iter(await store.admit(offering))
        whole = gently(self._read, events=lambda each: len(each.brought.wires))
        return [each.result(entries, self._contracts) async for each in whole]


async def gently(some: Iterable[T], *, events: Callable[[T], int]) -> AsyncIterator[T]:
    """Go through things that hold events, and let others have their turn after some of these."""
    since = 0
    for one in some:
        if since >= TURN:
            await asyncio.sleep(0)
            since = 0
        yield one
        since += events(one)


class _Reading:
    """What came together, read, and what of it is offered."""

    def __init__(self, brought: Brought, drafts: Sequence[Draft | Refusal | None], definitions: Definitions) -> None:
        self.brought = brought
        self._drafts = drafts
        self.kept = {i: self._hold(i, draft) for i, draft in enumerate(drafts) if isinstance(draft, Refusal)}
        self.arrivals = [
            arrival(draft, wait_as=partial(self._wait_as, i))
            for i, draft in enumerate(drafts)
            if isinstance(draft, Draft)
        ]
        faulty = [one.row for one in brought.faulty]
        self.waiting = [*self.kept.values(), *brought.waiting, *(row for row in faulty if row is not None)]
        self.refused = Counter({brought.origin.source: drafts.count(None) + faulty.count(None)})
        left_out = [brought.wires[i] for i, draft in enumerate(drafts) if not isinstance(draft, Draft)]
        left_out += [one.wire for one in brought.faulty]
        said = [refusals_of(wire, definitions, origin=brought.origin, now=brought.now) for wire in left_out]
        self.refusals = [no for no in said if no is not None]

    def _wait_as(self, place: int, code: str, reason: str) -> Quarantined:
        return self._hold(place, Refusal(code, reason))

    def _hold(self, place: int, why: Refusal) -> Quarantined:
        return held_back(self.brought.origin, why, self.brought.wires[place], now=self.brought.now, place=place)

    def result(self, entries: Iterator[Entry], contracts: Contracts | None) -> CollectResult:
        """Say what became of each, taking an entry for each arrival, and learn from those that went in."""
        mine = iter([next(entries) for _ in self.arrivals])
        receipts = []
        for i, draft in enumerate(self._drafts):
            if isinstance(draft, Draft):
                entry = next(mine)
                receipts.append(_taken(entry))
                if entry.outcome == "accepted" and contracts is not None:
                    contracts.learn(self.brought.wires[i], self.brought.origin.source, now=self.brought.now)
            elif draft is None:
                receipts.append(Taken("discarded", 0, None))
            else:
                receipts.append(Taken("refused", 0, None, draft.code, str(draft), self.kept[i].id))
        return _result(receipts)


async def offer_again(
    store: Store,
    definitions: Definitions,
    row: Quarantined,
    wire: Mapping[str, Any],
    *,
    origin: Origin,
    now: datetime,
    contracts: Contracts | None = None,
) -> Admission:
    """Offer an event that waits once more; what goes in, or is in already, is marked so in the same commit.

    It is read as when it came: what it says of when it happened, and by which tokens it proves who it is of.
    """
    items = await store.find_items(sorted(named_items([wire])))
    (draft,) = _read_all(Brought([wire], origin, row.at), definitions, items, contracts)
    if not isinstance(draft, Draft):
        reason = Refusal("no_consent", "the event may not be kept: it carries no consent to be collected")
        return Admission("refused", None, 0, reason if draft is None else draft)
    offering = Offering([arrival(draft, settles=row.id)], definitions.shop.limits, now)
    (entry,) = await store.admit(offering)
    if contracts is not None and entry.outcome == "accepted":
        contracts.learn(wire, origin.source, now=now)
    return admission(draft.event, entry)


def _read_all(
    one: Brought, definitions: Definitions, items: Mapping[str, Item], contracts: Contracts | None
) -> list[Draft | Refusal | None]:
    """Read wire events; None where one may not be kept."""

    def read(wire: Any) -> Draft | Refusal | None:
        if not may_be_kept(wire, one.origin):
            return None
        broken = None if contracts is None else contracts.check(wire, one.origin.source)
        if broken is not None:
            return broken
        try:
            return canonical(wire, definitions, items, origin=one.origin, now=one.now)
        except Refusal as refusal:
            return refusal

    return [read(wire) for wire in one.wires]


def may_be_kept(wire: Any, origin: Origin) -> bool:
    """Say whether a wire event may be kept, see `protect.collection.may_keep`."""
    context = wire.get("context") if isinstance(wire, dict) else None
    return may_keep(origin.basis, origin.category, preferences_of(context))


def _taken(entry: Entry) -> Taken:
    code, reason = HELD_BACK.get(entry.outcome, (None, None))
    outcome = "refused" if entry.outcome == "waits" else entry.outcome
    return Taken(outcome, entry.seq, entry.customer or None, code, reason, entry.waits_as)


def _result(receipts: Sequence[Taken]) -> CollectResult:
    outcomes = Counter(receipt.outcome for receipt in receipts)
    return CollectResult(
        receipts=tuple(receipts),
        accepted=outcomes["accepted"],
        duplicates=outcomes["duplicate"],
        conflicts=outcomes["conflict"],
        quarantined=outcomes["conflict"] + outcomes["refused"],
        discarded=outcomes["discarded"],
    )
