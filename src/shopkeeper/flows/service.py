"""The service: everything that answers live over one opened shop, and what runs beside the requests.

Definitions, models and catalogue are one immutable assortment; each second the service looks whether another version
is in force and swaps it whole.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

from shopkeeper.core.clock import Clock
from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput, ShopkeeperError
from shopkeeper.core.store import Store
from shopkeeper.flows.background import Background
from shopkeeper.flows.collecting import reception as collecting
from shopkeeper.flows.collecting.sent import TOKENS
from shopkeeper.flows.contracts.contracts import Contracts, open_contracts
from shopkeeper.flows.deciding.assortment import Assortment, load_assortment, versions_in_force
from shopkeeper.flows.deciding.decide import Decider
from shopkeeper.flows.deciding.visit import Reception
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.following import Follower, Leasing, Led
from shopkeeper.flows.inbox import Clerk, Inbox, Rules
from shopkeeper.flows.journal import Journal
from shopkeeper.flows.learning import Counts, Learner
from shopkeeper.flows.outcomes import Outcomes
from shopkeeper.flows.pressure import seconds_to_wait
from shopkeeper.flows.profiles import Profiles
from shopkeeper.flows.sources.counting import count_traffic
from shopkeeper.flows.sources.registry import Registry
from shopkeeper.flows.taker import Taker
from shopkeeper.flows.ward import Ward
from shopkeeper.flows.watch import Watch

LOOK_EVERY = 1.0
WRITE_EVERY = 1.0
COUNT_EVERY = 5.0
CONTRACTS_EVERY = 3.0


class Service:
    """What endpoints and commands call; its parts are replaced together when another version is in force."""

    def __init__(
        self,
        store: Store,
        definitions: Definitions,
        assortment: Assortment,
        *,
        clock: Clock,
        rng: Random,
        key: bytes,
        journal: Journal,
        models: Path,
    ) -> None:
        self.store = store
        self.clock = clock
        self.journal = journal
        self._rng = rng
        self._key = key
        self._models = models
        self._renewing = asyncio.Lock()
        self.learner = Learner(store, self._spread)
        self.ward = Ward(leased=store.shared)
        self.follower = Follower(store, self.learner, self.ward, clock=clock)
        self.leasing: Leasing | None = None
        self.contracts = Contracts(store)
        self.registry = Registry(store)
        self.background = Background()
        self.inbox = Inbox(store, emptied=self.follower.stir)
        self.install(definitions, assortment, profiles=Profiles(store, definitions, ward=self.ward))

    def install(self, definitions: Definitions, assortment: Assortment, *, profiles: Profiles) -> None:
        """Put another version in force for every request from now on."""
        self.definitions = definitions
        self.profiles = profiles
        self.watch = Watch(self.store, definitions, self.profiles)
        reception = Reception(self.store, definitions, self.profiles, ward=self.ward)
        self.follower.lead(Led(self.profiles, self.watch, reception))
        self.decider = Decider(assortment, reception, journal=self.journal, key=self._key, rng=self._rng)
        items = assortment.products.items
        self.rules = Rules(definitions, items)
        taker = Taker(
            self.store, definitions, items, contracts=self.contracts, follower=self.follower, inbox=self.inbox
        )
        self.outcomes = Outcomes(taker, self.follower, key=self._key)
        self.collecting = collecting.Reception(taker, key=self._key)

    async def renew(self) -> None:
        """Use at once whatever is in force now: definitions, models, catalogue."""
        async with self._renewing:
            await _renew(self, self._models)

    def pressure(self) -> float:
        """Return for how many seconds those who send events should wait; 0: all are welcome."""
        return seconds_to_wait(waiting=self.store.waiting(), backlog=self.follower.backlog, lying=self.inbox.events)

    def _spread(self, counts: Counts) -> None:
        self.decider.assortment.believe(counts)


class Worker(NamedTuple):
    """One of the processes that serve a shop.

    name: No other process ever has it. instead_of: A process that is certainly gone, whose place this one takes.
    alone: Whether no other process empties the inbox.
    """

    name: str
    instead_of: str = ""
    alone: bool = True


@asynccontextmanager
async def open_service(
    store: Store,
    definitions: Definitions,
    models: Path,
    *,
    clock: Clock,
    rng: Random,
    wall: Clock,
    worker: Worker,
) -> AsyncIterator[Service]:
    """Load what decisions need, warm it, run the background work, and end it with everything written.

    Args:
        models: The folder of model files.
        wall: The machine's clock, by which leases run out.
        worker: Who this process is among those that serve the shop.
    """
    assortment = await load_assortment(store, definitions, models, now=clock.now())
    journal = Journal(store)
    key = await store.secret(TOKENS)
    service = Service(store, definitions, assortment, clock=clock, rng=rng, key=key, journal=journal, models=models)
    await service.learner.start()
    await service.contracts.start()
    await service.registry.look()
    await service.follower.start()
    if store.shared:
        leasing = Leasing(store, service.follower, worker=worker.name, clock=wall)
        await leasing.start(instead_of=worker.instead_of)
        service.leasing = leasing
    await service.inbox.start(here=worker.alone)
    journal.start()
    gc.collect()
    gc.freeze()  # the catalogue is hundreds of thousands of objects, which every full collection would walk through
    seldom = gc.get_threshold()
    gc.set_threshold(10_000, 10, 1_000)  # nor should it walk through the warm profiles, or long, between two decisions
    every = service.background.every
    tasks = [
        asyncio.create_task(every(LOOK_EVERY, service.renew)),
        asyncio.create_task(every(LOOK_EVERY, service.registry.look)),
        asyncio.create_task(every(LOOK_EVERY, service.follower.recheck)),
        asyncio.create_task(every(WRITE_EVERY, service.follower.keep)),
        asyncio.create_task(every(COUNT_EVERY, lambda: count_traffic(store))),
        asyncio.create_task(every(CONTRACTS_EVERY, service.contracts.write_back)),
    ]
    if store.parcels is not None and worker.alone:
        clerk = Clerk(store, store.parcels, rules=lambda: service.rules, contracts=service.contracts, clock=clock)
        await clerk.start()
        tasks.append(asyncio.create_task(clerk.work(arrived=service.inbox.arrived, told=service.inbox.note)))
    if store.shared:
        tasks.append(asyncio.create_task(every(LOOK_EVERY, service.learner.refresh)))
    try:
        yield service
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await service.inbox.close()
        gc.set_threshold(*seldom)
        gc.unfreeze()
        await journal.close()
        await service.follower.close()
        if service.leasing is not None:
            await service.leasing.close()
        with suppress(ShopkeeperError):
            await service.contracts.write_back()


@asynccontextmanager
async def emptying_inbox(store: Store, *, clock: Clock) -> AsyncIterator[None]:
    """Empty the inbox of a shop that another process serves.

    Raises: BadInput: no definitions are in force.
    """
    if store.parcels is None:
        raise ShopkeeperError("this store has no inbox; this is a mistake in the program")
    applied = await store.in_force()
    if applied is None:
        raise BadInput("no definitions are in force; run 'shopkeeper apply' first")
    version, rules = applied.version, Rules(load_definitions(applied.files), None)

    async def look() -> None:
        nonlocal version, rules
        now = await store.in_force()
        if now is not None and now.version != version:
            version, rules = now.version, Rules(load_definitions(now.files), None)

    every = Background().every
    async with open_contracts(store) as contracts:
        clerk = Clerk(store, store.parcels, rules=lambda: rules, contracts=contracts, clock=clock)
        await clerk.start()
        works = [clerk.work(), every(LOOK_EVERY, look), every(CONTRACTS_EVERY, contracts.write_back)]
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _renew(service: Service, models: Path) -> None:
    """Swap the assortment if definitions, a model or the catalogue changed."""
    now = service.clock.now()
    if await versions_in_force(service.store, now=now) == service.decider.assortment.loaded:
        return
    applied = await service.store.in_force()
    definitions, profiles = service.definitions, service.profiles
    if applied is not None and applied.version != definitions.version:
        await profiles.write_back()
        definitions = load_definitions(applied.files)
        profiles = Profiles(service.store, definitions, ward=service.ward)
    assortment = await load_assortment(service.store, definitions, models, now=now)
    await profiles.renew_predicted()
    async with service.follower.turn:
        service.install(definitions, assortment, profiles=profiles)
    await service.learner.start()
