"""The experiments: which there are, on which stores, and where their shops are made."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from faults.full_disk import full_disk
from faults.kills import kills, worker_kills
from faults.overload import backlog, overload
from faults.postgres import Cluster, cluster
from faults.report import Finding
from faults.shop import Shop, make_shop
from faults.stopped import Way, stopped
from faults.trace import trace

Told = Callable[[str, int, int], None]
"""Called with what is done, how much of it is, and how much there is."""


class Plan(NamedTuple):
    """What to do."""

    experiments: tuple[str, ...]
    stores: tuple[str, ...]
    kills: int
    plant: str
    told: Told


class Place:
    """Where experiments make their shops: a folder, and a PostgreSQL that is started when it is first needed."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._cluster: Cluster | None = None
        self._made = 0

    @property
    def cluster(self) -> Cluster:
        """A PostgreSQL of our own."""
        if self._cluster is None:
            self._cluster = self._stack.enter_context(cluster())
        return self._cluster

    def folder(self) -> Path:
        """Return an empty folder."""
        self._made += 1
        made = self._folder / str(self._made)
        made.mkdir()
        return made

    def shop(self, store: str) -> Shop:
        """Make a shop."""
        return make_shop(self.folder() / "shop", None if store == "sqlite" else self.cluster.database())


def _kills(plan: Plan, place: Place) -> Iterator[Finding]:
    for store in plan.stores:

        def told(done: int, store: str = store) -> None:
            plan.told(f"kills, {store}", done, plan.kills)

        yield kills(place.shop(store), plan.kills, plant=plan.plant, told=told)


def _worker_kills(plan: Plan, place: Place) -> Iterator[Finding]:
    for store in plan.stores:

        def told(done: int, store: str = store) -> None:
            plan.told(f"worker kills, {store}", done, plan.kills)

        yield worker_kills(place.shop(store), plan.kills, plant=plan.plant, told=told)


def _full_disk(plan: Plan, place: Place) -> Iterator[Finding]:
    if "sqlite" in plan.stores:
        yield full_disk(place.folder(), plant=plan.plant)


def _trace(plan: Plan, place: Place) -> Iterator[Finding]:
    for store in plan.stores:
        shop = place.shop(store)
        yield trace(shop, processes=list if store == "sqlite" else place.cluster.processes, plant=plan.plant)


def _overload(plan: Plan, place: Place) -> Iterator[Finding]:
    for store in plan.stores:
        yield overload(place.shop(store), plant=plan.plant)
        yield backlog(place.shop(store), plant=f"follow_slowly,{plan.plant}")


def _stopped(plan: Plan, place: Place) -> Iterator[Finding]:
    ways: tuple[Way, ...] = ("frozen", "stopped", "crashed") if "postgres" in plan.stores else ()
    for way in ways:
        yield stopped(place.cluster, place.shop("postgres"), way, plant=plan.plant)


EXPERIMENTS: Final[dict[str, Callable[[Plan, Place], Iterator[Finding]]]] = {
    "trace": _trace,
    "full-disk": _full_disk,
    "stopped": _stopped,
    "overload": _overload,
    "kills": _kills,
    "worker-kills": _worker_kills,
}


def run(plan: Plan) -> Iterator[Finding]:
    """Do the experiments of a plan, one after the other."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="faults"))
        place = Place(Path(folder), stack)
        for name in plan.experiments:
            plan.told(name, 0, 0)
            yield from EXPERIMENTS[name](plan, place)
