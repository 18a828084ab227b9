"""Reach: how many customers may be reached for each purpose before a file of consents goes in, and after."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Final, get_args

import msgspec

from shopkeeper.core.consent import ConsentRecord, Said, record_of
from shopkeeper.core.definitions import Definitions, Shop
from shopkeeper.core.errors import BadInput, NotPermitted
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.store import Store
from shopkeeper.flows.door.canonical import Draft
from shopkeeper.flows.importing.consents import ConsentsReader
from shopkeeper.flows.importing.job import open_mapped
from shopkeeper.flows.importing.mapping import AnyMapping, ConsentsMapping, require_columns
from shopkeeper.flows.importing.reach_in_words import change_in_words, title_of, whole_in_words
from shopkeeper.flows.importing.reading import Reading, Terms
from shopkeeper.protect.consent import Join, Standing, joins_of, stand, take, terms_of
from shopkeeper.protect.permit import permit

_PAGE: Final = 2_000
_CUSTOMERS: Final = 10_000
_CHANNELS: Final = 5
"""How many channels of a purpose are told apart: those that the file speaks of most."""
_STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
Words = dict[str, list[Said]]
"""The words of a customer by purpose, as far as they may count."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How many customers may be reached for a purpose, and why the others may not.

    reachable + the sum of `others` is all customers. others: By where they stand: unknown, withdrawn (or objected to),
    turned off by Global Privacy Control (`gpc`), expired, or with weaker evidence than shop.yaml demands (`weak`).
    """

    reachable: int
    others: dict[str, int]


class PurposeReach(msgspec.Struct, frozen=True, kw_only=True):
    """One purpose before and after the file, on all channels or on one that the file speaks of.

    channel: None: on all. title: Both, as people say it. words: What the file changes, and why not the others.
    """

    purpose: str
    channel: str | None
    title: str
    basis: str
    before: Reach
    after: Reach
    words: str


class ReachReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of consents would change; nothing was written.

    rows: Of the file. refused: Those that would wait in quarantine. customers, fresh: How many there are, and how many
    the file would add. summary: The same in a sentence. purposes: Those that take a word.
    """

    rows: int
    refused: int
    customers: int
    fresh: int
    summary: str
    purposes: tuple[PurposeReach, ...]


async def reach_of(
    store: Store, definitions: Definitions, file: Path, mapping: AnyMapping, *, now: datetime
) -> ReachReport:
    """Foresee whom a file of consents would let the shop reach.

    The words of the file are held in memory; the ledger is read by the page.

    Raises: BadInput: the mapping is of another kind, does not fit the file, or the file cannot be read so.
    """
    if not isinstance(mapping, ConsentsMapping):
        raise BadInput("kind: the report on who may be reached is about files of the kind 'consents'")
    heard = await _read(store, definitions, file, mapping, now=now)
    merged = await store.merged_parts()
    count = _Count(definitions.shop, heard.channels, now)
    async for customer, words, joins in _everybody(store, merged, heard.by_customer):
        count.add(words, _with(words, heard.by_customer.get(customer, {})), joins)
    for said in heard.by_name.values():
        count.add(None, said, ())
    customers, fresh = await _count_customers(store), len(heard.by_name)
    return ReachReport(
        rows=heard.rows,
        refused=heard.refused,
        customers=customers,
        fresh=fresh,
        summary=whole_in_words(heard.rows, heard.refused, customers=customers, fresh=fresh),
        purposes=count.report(customers, customers + fresh),
    )


class _Heard:
    """What a file says: by customer, and by identifier where nobody has it yet; and on which channels, by purpose."""

    def __init__(self) -> None:
        self.rows = 0
        self.refused = 0
        self.channels: dict[str, Counter[str]] = {}
        self.by_customer: dict[str, Words] = {}
        self.by_name: dict[Identifier, Words] = {}


async def _read(
    store: Store, definitions: Definitions, file: Path, mapping: ConsentsMapping, *, now: datetime
) -> _Heard:
    table = open_mapped(file, mapping)
    require_columns(mapping, table)
    reader = ConsentsReader(mapping, Terms(definitions, now))
    heard = _Heard()
    latest = await store.head() + 1  # they will come after all that the log holds
    for rows in table.batches():
        readings = await asyncio.to_thread(reader.readings, rows, {})
        heard.rows += len(rows)
        heard.refused += sum(not isinstance(reading.what, Draft) for reading in readings)
        latest = await _hear(store, heard, readings, latest)
    return heard


async def _hear(store: Store, heard: _Heard, readings: Sequence[Reading], latest: int) -> int:
    drafts = [reading.what for reading in readings if isinstance(reading.what, Draft)]
    found = await store.find_customers(sorted({draft.names[0] for draft in drafts}))
    for number, draft in enumerate(drafts, start=latest):
        name = draft.names[0]
        who = found.get(name)
        words = heard.by_name.setdefault(name, {}) if who is None else heard.by_customer.setdefault(who, {})
        record = record_of(msgspec.structs.replace(draft.event, seq=number, part=who or "new"))
        if record is not None:
            take(words.setdefault(record.purpose, []), record.said)
            if record.channel is not None:
                heard.channels.setdefault(record.purpose, Counter())[record.channel] += 1
    return latest + len(drafts)


async def _everybody(
    store: Store, merged: Mapping[str, str], heard: Mapping[str, Words]
) -> AsyncIterator[tuple[str, Words, Sequence[Join]]]:
    """Give everybody of whom the ledger or the file holds a word, with the words and the joins of the ledger."""
    joined: dict[str, Words] = {customer: {} for customer in merged.values() if customer in heard}
    left = set(heard) - joined.keys()
    heads, after = set(merged.values()), ""
    while records := await store.consents_after(after, limit=_PAGE):
        after = records[-1].part
        for part, said in groupby(records, key=lambda record: record.part):
            customer = merged.get(part, part)
            if customer in heads:
                _add(joined.setdefault(customer, {}), said)
            else:
                left.discard(customer)
                yield customer, _add({}, said), ()
    whole = sorted(joined)
    for start in range(0, len(whole), _PAGE):
        for customer, view in (await store.views(whole[start : start + _PAGE])).items():
            yield customer, joined[customer], joins_of(view.links)
    for customer in sorted(left):
        yield customer, {}, ()


def _add(words: Words, records: Iterable[ConsentRecord]) -> Words:
    for record in records:
        take(words.setdefault(record.purpose, []), record.said)
    return words


def _with(words: Words, others: Words) -> Words:
    found = {purpose: list(said) for purpose, said in words.items()}
    for purpose, said in others.items():
        for word in said:
            take(found.setdefault(purpose, []), word)
    return found


class _Count:
    """Counts where people stand before and after, by purpose and channel."""

    def __init__(self, shop: Shop, channels: Mapping[str, Counter[str]], now: datetime) -> None:
        self._purposes = {name: one for name, one in shop.purposes.items() if one.basis != "contract"}
        self._terms = {name: terms_of(purpose, now) for name, purpose in self._purposes.items()}
        self._now = now
        self._uses: list[tuple[str, str | None]] = [
            (name, channel)
            for name in self._purposes
            for channel in (None, *(said for said, _ in channels.get(name, Counter[str]()).most_common(_CHANNELS)))
        ]
        self._before = {use: Counter[Standing]() for use in self._uses}
        self._after = {use: Counter[Standing]() for use in self._uses}

    def add(self, before: Words | None, after: Words, joins: Sequence[Join]) -> None:
        """Count somebody; `before` is None for who is not a customer yet."""
        for use in self._uses:
            (name, channel), terms = use, self._terms[use[0]]
            if before is not None:
                self._before[use][stand(before.get(name, ()), joins, terms, channel=channel).standing] += 1
            self._after[use][stand(after.get(name, ()), joins, terms, channel=channel).standing] += 1

    def report(self, customers: int, later: int) -> tuple[PurposeReach, ...]:
        """Return the counts, those of whom nobody heard included: how many customers there are, and will be."""
        found = []
        for use in self._uses:
            (name, channel), basis = use, self._purposes[use[0]].basis
            before, after = self._reach(name, self._before[use], customers), self._reach(name, self._after[use], later)
            words = change_in_words(basis, before.reachable, after.reachable, others=after.others)
            title = title_of(name, channel)
            found.append(
                PurposeReach(
                    purpose=name, channel=channel, title=title, basis=basis, before=before, after=after, words=words
                )
            )
        return tuple(found)

    def _reach(self, name: str, counted: Counter[Standing], everybody: int) -> Reach:
        silent = Counter[Standing]({"unknown": everybody - counted.total()})
        whole = counted + silent
        allowed = {standing for standing in _STANDINGS if self._allowed(name, standing)}
        others: dict[str, int] = {one: whole[one] for one in _STANDINGS if one not in allowed and whole[one]}
        return Reach(reachable=sum(whole[standing] for standing in allowed), others=others)

    def _allowed(self, name: str, standing: Standing) -> bool:
        try:
            permit(name, self._purposes, customer="", consents={name: standing}, now=self._now)
        except NotPermitted:
            return False
        return True


async def _count_customers(store: Store) -> int:
    count, last = 0, ""
    while page := await store.list_customers(after=last, limit=_CUSTOMERS):
        count += len(page)
        last = page[-1]
    return count
