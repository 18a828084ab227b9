"""The store over SQL: every port, as the plain functions of this package run through one database's door."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from datetime import datetime
from functools import partial, wraps
from random import Random
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

from shopkeeper.core.event import Event, Receipt
from shopkeeper.core.ids import new_id
from shopkeeper.core.intake import Entry, Offering
from shopkeeper.store import (
    account,
    arms,
    catalogue,
    consent,
    contract,
    definition,
    directory,
    identity,
    imported,
    lease,
    log,
    model,
    note,
    offer,
    profile,
    secret,
    source,
    traffic,
)
from shopkeeper.store import admit as intake
from shopkeeper.store import ground as grounds
from shopkeeper.store import groups as grouped
from shopkeeper.store import history as past
from shopkeeper.store import quarantine as held

if TYPE_CHECKING:
    from shopkeeper.store.parcels import SqliteParcels

P = ParamSpec("P")
T = TypeVar("T")
SMALL = 64
"""Lookups of at most so many keys are points."""
GROUNDS = 4
"""Those of what live states are made of, at most of so many customers: each is a handful of lookups."""


class Door(Protocol):
    """How one database is reached. Every error that leaves it is the house's.

    shared: Whether several processes may follow customers in it, by leases.
    """

    shared: bool

    async def point(self, work: Callable[[Connection], T]) -> T:
        """Run a read of few rows, as soon as possible."""
        ...

    async def scan(self, work: Callable[[Connection], T]) -> T:
        """Run a read of any size without holding up the event loop."""
        ...

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a write as one unit; when this returns, it is durable."""
        ...

    async def append(self, events: Sequence[Event]) -> list[Receipt]:
        """Append to the log in one commit with others; when this returns, it is durable."""
        ...

    async def admit(self, offering: Offering) -> list[Entry]:
        """Let events in, in one commit with others; when this returns, it is durable."""
        ...

    async def close(self) -> None:
        """Finish what is being written and let go."""
        ...


def _method(
    operation: Callable[Concatenate[Connection, P], T],
    way: Literal["point", "scan", "sized", "write"],
    *,
    small: int = SMALL,
) -> Callable[Concatenate["SqlStore", P], Coroutine[Any, Any, T]]:
    """Make a store's method of an operation: reads of a few keys are points, of many keys scans."""

    @wraps(operation)
    async def method(self: "SqlStore", /, *args: P.args, **kwargs: P.kwargs) -> T:
        def work(conn: Connection) -> T:
            return operation(conn, *args, **kwargs)

        if way == "write":
            return await self.door.write(work)
        keys: Any = args[0] if args else next(iter(kwargs.values()), ())
        if way == "point" or (way == "sized" and len(keys) <= small):
            return await self.door.point(work)
        return await self.door.scan(work)

    return method


class SqlStore:
    """The operational store on SQLite or PostgreSQL; see `core.store.Store` and the ports that it gathers."""

    def __init__(self, door: Door, rng: Random, *, parcels: "SqliteParcels | None" = None) -> None:
        self.door = door
        self.parcels = parcels
        self._rng = rng
        self._waiting = 0

    @property
    def shared(self) -> bool:
        """Whether several processes may follow customers in this store, by leases."""
        return self.door.shared

    def waiting(self) -> int:
        """Return how many events wait for their commit."""
        return self._waiting

    async def append(self, events: Sequence[Event]) -> list[Receipt]:
        """Commit events durably, in order, all or none; return a receipt for each."""
        if not events:
            return []
        return await self._queued(len(events), self.door.append(events))

    async def admit(self, offering: Offering) -> list[Entry]:
        """Take all or nothing of an offering, durably, in order; return an entry for each arrival."""
        return await self._queued(len(offering.arrivals), self.door.admit(offering))

    async def _queued(self, events: int, work: Awaitable[T]) -> T:
        self._waiting += events
        try:
            return await work
        finally:
            self._waiting -= events

    intake_counts = _method(intake.intake_counts, "scan")

    current = _method(identity.current, "sized")
    views = _method(identity.views, "sized")
    claims = _method(identity.claims, "scan")
    part_records = _method(identity.part_records, "scan")
    shapes = _method(identity.shapes, "sized")
    reshaped = _method(identity.reshaped, "scan")
    crowded = _method(identity.crowded, "scan")
    refusals = _method(identity.refusals, "scan")
    decided = _method(arms.decided, "scan")
    parted_parts = _method(arms.parted_parts, "scan")
    merged_parts = _method(identity.merged_parts, "scan")

    async def merge(self, first: str, second: str, *, limits: Mapping[str, int], by: str, now: datetime) -> int:
        """Join two customers by a link of staff; return the number of the event that says so."""
        said = new_id("mrg", now, self._rng)
        joined = partial(identity.merge, first=first, second=second, limits=limits, by=by, now=now, event_id=said)
        return await self.door.write(joined)

    async def unmerge(self, customer: str, parts: Collection[str], *, by: str, now: datetime) -> int:
        """Cut every link between some parts of a customer and its others; return the number of the event."""
        said = new_id("cut", now, self._rng)
        apart = partial(identity.unmerge, customer=customer, apart=parts, by=by, now=now, event_id=said)
        return await self.door.write(apart)

    async def history_pages(
        self,
        customers: Sequence[str],
        *,
        after: int = 0,
        upto: int | None = None,
        names: Sequence[str] | None = None,
    ) -> AsyncIterator[list[Event]]:
        """Go through the events of some customers with after < seq <= upto, in order, some thousands at a time."""
        end = await self.head() if upto is None else upto
        while after < end:
            events, after = await self._history_page(customers, after=after, upto=end, names=names)
            if events:
                yield events

    async def history(
        self,
        customers: Sequence[str],
        *,
        after: int = 0,
        upto: int | None = None,
        names: Sequence[str] | None = None,
    ) -> list[Event]:
        """Return the events of some customers with after < seq <= upto, in order; `names`: only events of these."""
        pages = self.history_pages(customers, after=after, upto=upto, names=names)
        return [event async for page in pages for event in page]

    head = _method(log.head, "point")
    read = _method(log.read, "scan")
    _history_page = _method(past.history_page, "scan")
    find_event = _method(log.find_event, "point")
    held_under = _method(log.held_under, "sized")
    orders_known = _method(log.orders_known, "sized")
    timeline = _method(log.timeline, "scan")
    passed = _method(log.passed, "scan")
    count_events_of = _method(log.count_events_of, "scan")
    cursor = _method(log.cursor, "point")
    advance = _method(log.advance, "write")

    find_customers = _method(directory.find_customers, "sized")
    whose = _method(directory.whose, "sized")
    identifiers_of = _method(directory.identifiers_of, "point")
    list_customers = _method(directory.list_customers, "scan")
    known_customers = _method(directory.known_customers, "sized")
    search_identifiers = _method(directory.search_identifiers, "scan")
    identifiers_of_many = _method(directory.identifiers_of_many, "sized")

    read_of_shards = _method(log.read_of_shards, "scan")
    beat = _method(lease.beat, "write")
    take_leases = _method(lease.take_leases, "write")
    release_leases = _method(lease.release_leases, "write")
    advance_leases = _method(lease.advance_leases, "write")
    leave = _method(lease.leave, "write")
    followed_by_all = _method(lease.followed_by_all, "point")
    pass_leases_over = _method(lease.pass_leases_over, "write")

    ground = _method(grounds.ground, "sized", small=GROUNDS)
    news = _method(grounds.news, "sized", small=GROUNDS)
    save_profiles = _method(lease.save_profiles, "write")
    put_predicted = _method(profile.put_predicted, "write")
    predicted = _method(profile.predicted, "sized")
    personal = _method(profile.personal, "point")
    search_personal = _method(profile.search_personal, "scan")
    members = _method(profile.members, "scan")
    count_members = _method(profile.count_members, "scan")
    memberships = _method(profile.memberships, "sized")
    change_memberships = _method(lease.change_memberships, "write")
    record_memberships = _method(lease.record_memberships, "write")
    due_memberships = _method(profile.due_memberships, "scan")

    put_items = _method(catalogue.put_items, "write")
    put_places = _method(catalogue.put_places, "write")
    put_stock = _method(catalogue.put_stock, "write")
    items = _method(catalogue.items, "scan")
    find_items = _method(catalogue.find_items, "sized")
    places = _method(catalogue.places, "scan")
    stock = _method(catalogue.stock, "scan")
    catalogue_version = _method(catalogue.catalogue_version, "point")

    put_offers = _method(offer.put_offers, "write")
    offers = _method(offer.offers, "scan")
    learn = _method(offer.learn, "write")
    learned = _method(offer.learned, "scan")

    in_force = _method(definition.in_force, "point")
    put_version = _method(definition.put_version, "write")
    versions = _method(definition.versions, "scan")

    put_model = _method(model.put_model, "write")
    models_in_force = _method(model.models_in_force, "point")
    model_versions = _method(model.model_versions, "scan")
    all_model_versions = _method(model.all_model_versions, "scan")
    in_force_since = _method(model.in_force_since, "point")
    use_model = _method(model.use_model, "write")

    quarantine = _method(held.quarantine, "write")
    quarantined = _method(held.quarantined, "scan")
    latest_quarantined = _method(held.latest_quarantined, "scan")
    count_quarantined = _method(held.count_quarantined, "scan")
    mark_replayed = _method(held.mark_replayed, "write")
    find_quarantined = _method(held.find_quarantined, "point")
    mark_mended = _method(held.mark_mended, "write")

    import_progress = _method(held.import_progress, "point")
    put_import_progress = _method(held.put_import_progress, "write")
    imports = _method(held.imports, "scan")
    told_of = _method(held.told_of, "scan")
    count_told_of = _method(held.count_told_of, "scan")
    note_history = _method(imported.note_history, "write")
    histories = _method(imported.histories, "point")

    count_events = _method(traffic.count_events, "scan")
    put_traffic = _method(traffic.put_traffic, "write")
    traffic_since = _method(traffic.traffic_since, "scan")
    traffic_totals = _method(traffic.traffic_totals, "scan")

    learn_contracts = _method(contract.learn_contracts, "write")
    contracts = _method(contract.contracts, "scan")
    strict_contracts = _method(contract.strict_contracts, "scan")
    find_contract = _method(contract.find_contract, "scan")
    change_contract = _method(contract.change_contract, "write")

    consent_records = _method(consent.consent_records, "sized")
    divided_consents = _method(consent.divided_consents, "scan")
    consents_after = _method(consent.consents_after, "scan")
    wordings = _method(consent.wordings, "sized")
    keep_wordings = _method(consent.keep_wordings, "write")

    sources = _method(source.sources, "scan")
    find_source = _method(source.find_source, "point")
    add_source = _method(source.add_source, "write")
    change_source = _method(source.change_source, "write")
    remove_source = _method(source.remove_source, "write")
    first_received = _method(source.first_received, "scan")
    note_first_event = _method(source.note_first_event, "write")

    accounts = _method(account.accounts, "scan")
    find_account = _method(account.find_account, "point")
    add_account = _method(account.add_account, "write")
    change_account = _method(account.change_account, "write")
    remove_account = _method(account.remove_account, "write")
    rehash = _method(account.rehash, "write")
    add_session = _method(account.add_session, "write")
    find_session = _method(account.find_session, "point")
    touch_session = _method(account.touch_session, "write")
    end_session = _method(account.end_session, "write")
    add_link = _method(account.add_link, "write")
    use_link = _method(account.use_link, "write")

    find_group = _method(grouped.find_group, "point")
    groups = _method(grouped.groups, "scan")
    group_members = _method(grouped.group_members, "scan")
    groups_of = _method(grouped.groups_of, "point")

    add_note = _method(note.add_note, "write")
    find_note = _method(note.find_note, "point")
    change_note = _method(note.change_note, "write")
    remove_note = _method(note.remove_note, "write")
    notes_of = _method(note.notes_of, "point")
    open_tasks = _method(note.open_tasks, "scan")

    async def secret(self, name: str) -> bytes:
        """Return 32 random bytes kept under a name, made at the first call."""
        found = await self.door.point(partial(secret.find_secret, name=name))
        if found is not None:
            return found
        return await self.door.write(partial(secret.keep_secret, name=name, proposed=self._rng.randbytes(32)))

    async def close(self) -> None:
        """Finish what is being written and let go of the database."""
        if self.parcels is not None:
            await self.parcels.close()
        await self.door.close()
