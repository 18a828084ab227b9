"""The desk: home's answer, at once, from what is known; what takes seconds is made apart and kept until it is old."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from shutil import disk_usage
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from shopkeeper.core.account import Account
from shopkeeper.core.definitions import AppliedVersion, Definitions
from shopkeeper.core.event import Event
from shopkeeper.core.instant import from_micros, micros
from shopkeeper.core.model import Manifest
from shopkeeper.core.store import Store
from shopkeeper.flows.apart import Apart
from shopkeeper.flows.contracts.words import list_contracts
from shopkeeper.flows.definitions import DefinitionErrors, load_definitions
from shopkeeper.flows.home.alert import Alert, Facts
from shopkeeper.flows.home.alerts import alerts
from shopkeeper.flows.home.changes import DECIDED, Change, Counted, changes
from shopkeeper.flows.home.crowds import crowds
from shopkeeper.flows.home.lift import LiftView
from shopkeeper.flows.home.reports import Reports
from shopkeeper.flows.home.usual import hours_so_far
from shopkeeper.flows.log_pages import read_much
from shopkeeper.flows.sources.overview import sources

if TYPE_CHECKING:
    from shopkeeper.engines.activity import Activity
    from shopkeeper.engines.lake import Lake
    from shopkeeper.flows.service import Service

FRESH = timedelta(seconds=5)
"""For so long the figures of today are not counted again."""
UNCOUNTED = 5_000
"""Events that are counted by source at once; more of them wait for the counting that runs beside the requests."""
TAIL = 50_000
"""Events beyond the lake that are counted at once; more of them wait for the lake."""


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """The first page.

    today: The shop's day in words. empty: Whether nothing has come in yet. behind: That some events are not counted
    yet, in words; empty where all are.
    """

    shop: str
    now: datetime
    today: str
    empty: bool
    behind: str
    alerts: tuple[Alert, ...]
    lift: LiftView
    changes: tuple[Change, ...]


class Standing(NamedTuple):
    """How the shop is served: models that cannot be read, decisions that wait to be written, or are lost."""

    definitions: Definitions
    unread: tuple[str, ...] = ()
    waiting: int = 0
    lost: int = 0


def standing_of(service: "Service") -> Standing:
    """Return how a service stands now."""
    return Standing(
        service.definitions, service.decider.assortment.unread, service.journal.waiting, service.journal.lost
    )


class _Today(NamedTuple):
    at: datetime
    empty: bool
    behind: str
    changes: tuple[Change, ...]
    facts: Facts


class Desk:
    """Answers what the first page shows.

    Args:
        environment: The shop's.
        feed: Brings the lake up to the log.
    """

    def __init__(
        self, store: Store, lake: "Lake", apart: Apart, *, environment: str, feed: Callable[[], Awaitable[object]]
    ) -> None:
        self._store = store
        self._environment = environment
        self._lake = lake
        self.reports = Reports(apart, feed)
        self._today: _Today | None = None
        self._counting = asyncio.Lock()
        self._activity: Activity | None = None
        self._loaded: dict[str, Definitions] = {}

    async def home(self, standing: Standing, *, days: int, now: datetime) -> Home:
        """Give the first page, without waiting for the report.

        Args:
            days: Over how many the report compares.
        """
        today = await self._counted(standing, now)
        lift = self.reports.view(standing.definitions, days=days, now=now)
        shop = standing.definitions.shop
        return Home(
            shop=shop.name,
            now=now,
            today=f"{now.astimezone(shop.zone):%A, %-d %B %Y}",
            empty=today.empty,
            behind=today.behind,
            alerts=alerts(today.facts._replace(sample_ratio_p=self.reports.sample_ratio_p)),
            lift=lift,
            changes=today.changes,
        )

    async def close(self) -> None:
        """Stop what is being made."""
        await self.reports.close()
        async with self._counting:
            if self._activity is not None:
                self._activity.close()

    async def _counted(self, standing: Standing, now: datetime) -> _Today:
        async with self._counting:
            if self._today is None or not timedelta(0) <= now - self._today.at < FRESH:
                self._today = await self._count(standing, now)
            return self._today

    async def _count(self, standing: Standing, now: datetime) -> _Today:
        definitions, store = standing.definitions, self._store
        upto = await asyncio.to_thread(self._lake.upto)
        lag = await store.head() - upto
        tail = await read_much(store, after=upto, limit=TAIL) if lag > 0 else []
        told = await sources(
            store, zone=definitions.shop.time_zone, now=now, tail=UNCOUNTED, environment=self._environment
        )
        models, since, applied = await store.models_in_force(), await store.in_force_since(), await store.versions()
        shapes = await list_contracts(store, definitions)
        facts = Facts(
            now=now,
            definitions=definitions,
            models=models,
            unread=standing.unread,
            quarantined=await store.count_quarantined(),
            quiet=tuple((one.name, one.freshness) for one in told.sources if one.quiet),
            drifts=tuple((one.source, f"{one.name}: {said}") for one in shapes for said in one.drifts),
            looks_personal=tuple((one.source, f"{one.name}: {said}") for one in shapes for said in one.flags),
            crowded=await crowds(store, definitions.shop, now=now),
            trained_under=self._trained_under(models, applied),
            lag=max(0, lag),
            waiting=standing.waiting,
            lost=standing.lost,
            can_sign_in=any(_can_sign_in(one) for one in await store.accounts()),
        )
        today = [one for one in applied if micros(one.at) >= hours_so_far(now, definitions.shop.zone)[0].low]
        fresh = [(models[name], at) for name, at in since.items() if name in models]
        merged = await store.merged_parts()
        return await asyncio.to_thread(self._work_out, tail, merged, facts, today, fresh)

    def _work_out(
        self,
        tail: Sequence[Event],
        merged: Mapping[str, str],
        facts: Facts,
        applied: Sequence[AppliedVersion],
        models: Sequence[tuple[Manifest, datetime]],
    ) -> _Today:
        from shopkeeper.engines.activity import Activity

        if self._activity is None:
            self._activity = Activity(self._lake)
        activity, now = self._activity, facts.now
        activity.look(tail, merged)
        hours = hours_so_far(now, facts.definitions.shop.zone)
        counted = Counted(activity, hours)
        place = self._lake.path.parent
        disk = disk_usage(place if place.exists() else place.parent)
        last_hour = micros(now - timedelta(hours=1))
        facts = facts._replace(
            degraded=tuple(activity.degraded(DECIDED, since=last_hour, day=hours[1].number)),
            consented=activity.consented(),
            free=disk.free,
            disk=disk.total,
        )
        begun = from_micros(hours[0].low)
        put = sorted((pair for pair in models if pair[1] >= begun), key=lambda pair: pair[1], reverse=True)
        missing = facts.lag - len(tail)
        behind = f"{missing:,} events of the last while are not counted yet." if missing > 0 else ""
        listed = changes(counted, facts.definitions, applied=applied, models=put)
        return _Today(now, counted.known == 0, behind, listed, facts)

    def _trained_under(self, models: dict[str, Manifest], applied: Sequence[AppliedVersion]) -> dict[str, Definitions]:
        """Find the definitions that were in force when each model was trained; an unreadable version tells nothing."""
        found: dict[str, Definitions] = {}
        for name, manifest in models.items():
            then = next((one for one in applied if one.at <= manifest.trained_at), None)
            if then is None:
                continue
            try:
                if then.version not in self._loaded:
                    self._loaded[then.version] = load_definitions(then.files)
            except DefinitionErrors:
                continue
            found[name] = self._loaded[then.version]
        return found


def _can_sign_in(account: Account) -> bool:
    return not account.disabled and (account.password is not None or account.subject is not None)
