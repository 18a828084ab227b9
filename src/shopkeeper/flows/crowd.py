"""The crowd: a snapshot of everybody's traits, so that a rule is counted while it is typed.

It is made in batch from the lake, beside the requests and in threads of its own. While somebody asks, it is made anew
in the background once it is old and the log or the day has moved on; it is made anew at once where traits, purposes or
the holdout changed. Every answer says as of when it holds. Segments and offers may change without it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from shopkeeper.core.clock import Clock
from shopkeeper.core.definitions import Definitions, Holdout
from shopkeeper.core.errors import NotPermitted, ShopkeeperError
from shopkeeper.core.instant import local_day, micros
from shopkeeper.core.money import digits
from shopkeeper.core.predicate import Moment
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Trait, TraitType
from shopkeeper.differentiate.fold import empty_state, plan_traits, values
from shopkeeper.flows.arms import left_alone
from shopkeeper.protect.assignment import arm_of
from shopkeeper.protect.consent import Standing, Terms, joins_of, stand, terms_of
from shopkeeper.protect.permit import permit

if TYPE_CHECKING:
    import pyarrow as pa

    from shopkeeper.engines.batch import Batch
    from shopkeeper.engines.crowd import CrowdTable
    from shopkeeper.engines.crowd_shape import Category, Spread
    from shopkeeper.engines.lake import Lake

PAGE = 10_000
TOP = 12
"""How many of the most usual values of a text are suggested."""
OLD = 60.0
"""Seconds after which a snapshot may be made anew; more where making it takes long: see `_PATIENCE`."""
_PATIENCE = 10
"""A snapshot lives at least so many times as long as it took to make: a large shop is not counted without pause."""

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Shape(NamedTuple):
    """How one trait's values are spread. top: The values of a text that most customers have."""

    spread: "Spread"
    top: Sequence["Category"]


class People(NamedTuple):
    """Everybody as of one instant.

    upto: The log position up to which events are counted in. customers: How many there are. version: Of the
    definitions that the traits are from. purpose: For which people are reachable; empty where the shop has none.
    shapes: How traits are spread that are not sensitive, by name; empty where nobody asked for it.
    """

    table: "CrowdTable"
    moment: Moment
    as_of: datetime
    upto: int
    version: str
    customers: int
    purpose: str
    shapes: Mapping[str, Shape]


class Crowd:
    """Keeps one snapshot of everybody.

    Args:
        definitions: Those in force, looked up at each question.
        feed: Brings the lake up to the log.
    """

    def __init__(
        self,
        store: Store,
        lake: "Lake",
        *,
        clock: Clock,
        definitions: Callable[[], Definitions],
        feed: Callable[[], Awaitable[object]],
        old: float = OLD,
    ) -> None:
        self._store = store
        self._lake = lake
        self._clock = clock
        self._definitions = definitions
        self._feed = feed
        self._old = old
        self._people: People | None = None
        self._made_of: object = None
        self._fresh_until = 0.0
        self._making: asyncio.Task[None] | None = None
        self._asking = ThreadPoolExecutor(1, "crowd")
        self._looking = ThreadPoolExecutor(1, "crowd-beside")

    async def table(self) -> People:
        """Return everybody, made now if there is no snapshot that fits the definitions.

        Raises: StoreError, Conflict: the lake or the store does not answer.
        """
        while (people := self.ready()) is None:
            await asyncio.shield(self._start())
        return people

    def ready(self) -> People | None:
        """Return everybody if a snapshot is there; where it is missing or old, one is made in the background."""
        people = self._people
        if people is None or self._made_of != _base(self._definitions()):
            self._start()
            return None
        if perf_counter() > self._fresh_until:
            self._start(only_if_moved=True)
        return people

    async def soon(self, seconds: float) -> People | None:
        """Return everybody, or None if that would take longer than so many seconds."""
        people = self.ready()
        if people is None:
            await asyncio.wait({self._start()}, timeout=seconds)
            people = self.ready()
        return people

    async def ask(self, question: Callable[[People], T]) -> T:
        """Put a question to the snapshot in its own thread, one at a time."""
        return await self.ask_of(await self.table(), question)

    async def ask_long(self, question: Callable[[People], T]) -> T:
        """Put a long question, which must look at `table.beside` alone."""
        people = await self.table()
        return await asyncio.get_running_loop().run_in_executor(self._looking, question, people)

    async def ask_of(self, people: People, question: Callable[[People], T]) -> T:
        """Put a question to a snapshot that `ready` or `soon` gave, at once: it is let go when another is made."""
        return await asyncio.get_running_loop().run_in_executor(self._asking, question, people)

    async def renew(self) -> People:
        """Make a snapshot now, whatever is there, and return it."""
        if self._making is not None:
            await asyncio.wait({self._making})
        await asyncio.shield(self._start())
        return await self.table()

    async def close(self) -> None:
        """End what is being made and let go of the snapshot."""
        if self._making is not None:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)
        self._let_go(self._people)
        self._people = None
        await asyncio.to_thread(self._looking.shutdown)
        await asyncio.to_thread(self._asking.shutdown)

    def _start(self, *, only_if_moved: bool = False) -> "asyncio.Task[None]":
        """Make a snapshot in the background, never two at once."""
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._make(only_if_moved))
            self._making.add_done_callback(_note_failure)
        return self._making

    async def _make(self, only_if_moved: bool) -> None:
        if only_if_moved and self._people is not None and not await self._moved(self._people):
            self._fresh_until = perf_counter() + self._old
            return
        from shopkeeper.engines.batch import Batch

        began = perf_counter()
        definitions = self._definitions()
        await self._feed()
        batch = Batch(self._lake, threads=1)
        try:
            people = await make_people(self._store, batch, definitions, now=self._clock.now(), shapes=True)
        finally:
            await asyncio.to_thread(batch.close)
        took = perf_counter() - began
        self._people, before = people, self._people
        self._made_of = _base(definitions)
        self._fresh_until = perf_counter() + max(self._old, _PATIENCE * took)
        self._let_go(before)
        _log.info("counted %d customers in %.1f s", people.customers, took)

    async def _moved(self, people: People) -> bool:
        """Say whether another snapshot would differ: events came in, or another day began and windows moved."""
        zone = people.moment.zone
        another_day = local_day(self._clock.now(), zone) != local_day(people.as_of, zone)
        return another_day or await self._store.head() > people.upto

    def _let_go(self, people: People | None) -> None:
        """Close a snapshot behind the questions that are still put to it."""
        if people is not None:
            self._looking.submit(self._asking.submit, people.table.close)


def _note_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        code = error.code if isinstance(error, ShopkeeperError) else type(error).__name__
        _log.warning("the crowd could not be counted, which will be tried again: %s", code)


def _base(definitions: Definitions) -> object:
    """Return what a snapshot depends on: the rest of the definitions may change without it."""
    shop = definitions.shop
    return (definitions.traits, shop.purposes, shop.holdout, shop.time_zone, shop.currency)


async def make_people(
    store: Store,
    batch: "Batch",
    definitions: Definitions,
    *,
    now: datetime,
    only: frozenset[str] | None = None,
    shapes: bool = False,
) -> People:
    """Compute everybody's traits as the lake has them, and who may be reached.

    Args:
        only: The traits that are needed; None: all that are not personal.
        shapes: Also look how they are spread.

    Raises: StoreError, Conflict: the lake or the store does not answer.
    """
    from shopkeeper.engines.crowd import CrowdTable

    traits = {
        name: trait
        for name, trait in definitions.traits.items()
        if not trait.personal and (only is None or name in only)
    }
    table = await asyncio.to_thread(CrowdTable, batch.lake.path.parent / "spill")
    try:
        merged = await store.merged_parts()
        alone = await left_alone(store, merged, definitions.shop.holdout)
        await _gather(table, store, definitions, traits, alone)
        await _gather_divided(table, store, definitions, upto=batch.lake.upto(), now=now)
        computed = partial(_computed, table, batch, definitions, merged, traits=traits, now=now, shapes=shapes)
        working = asyncio.ensure_future(asyncio.to_thread(computed))
        try:
            return await asyncio.shield(working)
        finally:
            while not working.done():
                table.interrupt()
                await asyncio.wait({working}, timeout=0.2)
            working.exception()
    except BaseException:
        await asyncio.to_thread(table.close)
        raise


async def _gather(
    table: "CrowdTable", store: Store, definitions: Definitions, traits: dict[str, Trait], alone: frozenset[str]
) -> None:
    """Bring in what the lake does not hold: who there is, who is held out, and what models predict."""
    predicted = {name: trait for name, trait in traits.items() if trait.source == "predicted"}
    last: str | None = ""
    while last is not None:
        page = await store.list_customers(after=last, limit=PAGE)
        known = await store.predicted(page) if predicted else {}
        put = partial(_put, table, page, known, predicted, holdout=definitions.shop.holdout, alone=alone)
        await asyncio.to_thread(put)
        last = page[-1] if page else None


async def _gather_divided(
    table: "CrowdTable", store: Store, definitions: Definitions, *, upto: int, now: datetime
) -> None:
    """Bring in where customers stand of whom several parts have spoken: what joins parts is not in the lake."""
    import pyarrow as pa

    name = main_purpose(definitions)
    purpose = definitions.shop.purposes.get(name)
    records = {} if purpose is None else await store.divided_consents(name)
    if purpose is None or not records:
        return
    terms = terms_of(purpose, now)
    found: dict[str, str] = {}
    customers = sorted(records)
    for start in range(0, len(customers), PAGE):
        for customer, view in (await store.views(customers[start : start + PAGE])).items():
            words = [record.said for record in records[customer] if record.seq <= upto]
            found[customer] = stand(words, joins_of(view.links), terms).standing
    rows = {"customer": pa.array(list(found), pa.string()), "sk__divided": pa.array(list(found.values()), pa.string())}
    await asyncio.to_thread(table.put_divided, pa.table(rows))


def _put(
    table: "CrowdTable",
    page: list[str],
    known: dict[str, dict[str, Any]],
    predicted: dict[str, Trait],
    *,
    holdout: Holdout,
    alone: frozenset[str],
) -> None:
    table.put_everybody(_held_out(page, holdout, alone))
    if predicted:
        table.put_predicted(_predicted_rows(page, known, predicted))


def _held_out(page: list[str], holdout: Holdout, alone: frozenset[str]) -> "pa.Table":
    import pyarrow as pa

    from shopkeeper.engines.crowd import HELD_OUT

    held = [customer in alone or arm_of(customer, holdout) == "holdout" for customer in page]
    return pa.table({"customer": pa.array(page, pa.string()), HELD_OUT: pa.array(held, pa.bool_())})


def _predicted_rows(page: list[str], known: dict[str, dict[str, Any]], traits: dict[str, Trait]) -> "pa.Table":
    import pyarrow as pa

    columns = {
        name: pa.array([known.get(customer, {}).get(name) for customer in page], _arrow_type(trait.type))
        for name, trait in traits.items()
    }
    return pa.table({"customer": pa.array(page, pa.string()), **columns})


def _arrow_type(kind: TraitType) -> Any:
    import pyarrow as pa

    whole = {TraitType.INTEGER, TraitType.MONEY, TraitType.INSTANT}
    if kind in whole:
        return pa.int64()
    others = {TraitType.BOOLEAN: pa.bool_(), TraitType.NUMBER: pa.float64(), TraitType.TEXT: pa.string()}
    return others.get(kind, pa.list_(pa.string()))


def _computed(
    table: "CrowdTable",
    batch: "Batch",
    definitions: Definitions,
    merged: Mapping[str, str],
    *,
    traits: dict[str, Trait],
    now: datetime,
    shapes: bool,
) -> People:
    shop = definitions.shop
    moment = Moment(micros(now), shop.zone)
    plan = plan_traits(traits, zone=shop.zone, digits=digits(shop.currency))
    upto = batch.lake.upto()
    purpose = main_purpose(definitions)
    table.compute(
        batch,
        plan,
        merged=merged,
        moment=moment,
        upto=upto,
        purpose=purpose,
        terms=terms_of(shop.purposes[purpose], now) if purpose else Terms(micros(now)),
        allowed=partial(_allowed, definitions, purpose, now),
        empty=values(plan, empty_state(), moment),
    )
    shown = {name: trait.type for name, trait in traits.items() if shapes and not trait.sensitive}
    return People(table, moment, now, upto, definitions.version, table.customers, purpose, _shapes(table, shown))


def _shapes(table: "CrowdTable", types: Mapping[str, TraitType]) -> dict[str, Shape]:
    from shopkeeper.engines.crowd_shape import spreads, top_values

    texts = {TraitType.TEXT, TraitType.TEXTS}
    return {
        name: Shape(spread, top_values(table, name, types[name], n=TOP) if types[name] in texts else ())
        for name, spread in spreads(table, types).items()
    }


def main_purpose(definitions: Definitions) -> str:
    """Return the purpose for which people are reachable: `personalization`, or the first that the shop declares."""
    purposes = definitions.shop.purposes
    return "personalization" if "personalization" in purposes else next(iter(purposes), "")


def _allowed(definitions: Definitions, purpose: str, now: datetime, standing: Standing) -> bool:
    """Say whether a permit would be given to who stands so towards the purpose."""
    try:
        permit(purpose, definitions.shop.purposes, customer="", consents={purpose: standing}, now=now)
    except NotPermitted:
        return False
    return True
