"""Who is who by histories drawn at random, on both databases: arrivals, claims, merges and cuts beside a model."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any, ClassVar, NamedTuple

import pytest
from _pytest.outcomes import Failed as DidNotRaise
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, delete

from shopkeeper.core.errors import Conflict
from shopkeeper.core.event import CORRECTIONS
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.identity import Link
from shopkeeper.core.intake import Arrival
from shopkeeper.core.store import Store
from shopkeeper.store import identity, open_store
from shopkeeper.store.joining import Joining
from shopkeeper.store.orders import Orders
from shopkeeper.store.schema import group_members, links
from shopkeeper.testing.arrivals import arrive
from shopkeeper.testing.events import seeded
from tests.store.identity_bench import NAMES, Bench, Offered, offered
from tests.store.identity_model import LIMITS, Model, within_limits


class Told(NamedTuple):
    """What went in of an event: what it is worth, and the number of the event that it takes back."""

    total: int
    corrects: int | None


class Identities(RuleBasedStateMachine):
    """What the store makes of a history, beside what the model makes of it."""

    store: ClassVar[Store]
    loop: ClassVar[asyncio.Runner]
    rng: ClassVar[Random]

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(self.store, self.loop, self.rng)
        self.model = Model()
        self.events: dict[int, Told] = {}
        self.offered = 0
        self.gone: dict[str, Identifier] = {}

    def _arrival(self, one: Offered) -> Arrival:
        n, self.offered = self.offered, self.offered + 1
        arrival = self.bench.arrival(one, n)
        if self.model.arrive(arrival.names, n, corrects=one.corrects):
            self.events[n] = Told(one.total, one.corrects)
        return arrival

    @rule(batch=st.lists(offered, min_size=1, max_size=4))
    def arrive(self, batch: list[Offered]) -> None:
        self._offer(batch)

    def _offer(self, batch: Sequence[Offered]) -> None:
        self.model.begin()
        self.bench.offer([self._arrival(one) for one in batch])
        named = {name for customer in self.model.customers for name in customer}
        for was in sorted(named - _named(named) - set(self.gone.values())):
            self.gone[self._part_left(Identifier("anonymous_id", was.value.rsplit("-", 1)[0]))] = was

    def _part_left(self, cookie: Identifier) -> str:
        """Return the part that a cookie was, by the link that says that it was let go."""
        now = self.bench.run(self.bench.store.whose([cookie]))[cookie]
        links = self.bench.run(self.bench.store.views([now.customer]))[now.customer].links
        ends = [{link.a, link.b} for link in links if link.kind == "shared" and now.part in {link.a, link.b}]
        was = set().union(*ends) - {now.part, *self.gone}
        assert len(was) == 1
        return was.pop()

    def _known(self) -> list[set[Identifier]]:
        """Return the customers of whom anybody knows a name."""
        return [customer for customer in self.model.customers if _named(customer)]

    def _two(self, data: st.DataObject) -> tuple[set[Identifier], set[Identifier]]:
        order = st.permutations(sorted(self._known(), key=min))
        first, second, *_ = data.draw(order)
        return first, second

    def _merge(self, first: set[Identifier], second: set[Identifier]) -> int | None:
        """Merge two customers; return the number of the event that says so, None if they may not be one."""
        whose = self.bench.customers()
        a, b = sorted(whose[min(_named(side))] for side in (first, second))
        views = self.bench.run(self.bench.store.views([a, b]))
        ends = (part for view in views.values() for part in view.parts if part.id in {a, b})
        allowed = self.model.merge(first, second, frozenset(part.identifier or self.gone[part.id] for part in ends))
        merging = self.bench.store.merge(a, b, limits=LIMITS, by="jo", now=self.bench.now)
        if allowed:
            return self.bench.run(merging)
        with pytest.raises(Conflict):
            self.bench.run(merging)
        return None

    def _unmerge(self, customer: set[Identifier], leaving: Iterable[Identifier]) -> None:
        whose = self.bench.customers()
        found = whose[min(_named(customer))]
        view = self.bench.run(self.bench.store.views([found]))[found]
        parts = {part.identifier or self.gone[part.id]: part.id for part in view.parts}
        self.bench.run(self.bench.store.unmerge(found, [parts[name] for name in leaving], by="jo", now=self.bench.now))
        self.model.unmerge(customer, list(leaving))

    @precondition(lambda self: len(self._known()) > 1)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        self._merge(*self._two(data))

    @precondition(lambda self: any(len(customer) > 1 for customer in self._known()))
    @rule(data=st.data())
    def unmerge(self, data: st.DataObject) -> None:
        several = sorted((one for one in self._known() if len(one) > 1), key=min)
        customer = data.draw(st.sampled_from(several))
        leaving = data.draw(st.lists(st.sampled_from(sorted(customer)), min_size=1, max_size=len(customer) - 1))
        self._unmerge(customer, set(leaving))

    @precondition(lambda self: len(self._known()) > 1)
    @rule(data=st.data(), between=st.lists(offered, max_size=2))
    def merge_and_unmerge(self, data: st.DataObject, between: list[Offered]) -> None:
        """Merge, let some events in, unmerge: all is as before, but for the cut link and what the events brought."""
        first, second = self._two(data)
        leaving = set(second)
        before = self.bench.whole(), self.bench.bonds()
        merged = self._merge(first, second)
        if merged is None:
            return
        if between:
            self._offer(between)
        joined = next(one for one in self.model.customers if leaving & one)
        if leaving & joined != joined:  # all but a cookie, which was let go
            self._unmerge(joined, leaving & joined)
        if not between:
            assert (self.bench.whole(), self.bench.bonds(but=merged)) == before

    @invariant()
    def all_follows_from_what_was_said(self) -> None:
        whose, whole = self.bench.customers(), self.bench.whole()
        found = {customer: {name for name, of in whose.items() if of == customer} for customer in whole}
        assert sorted(map(sorted, found.values())) == sorted(sorted(_named(one)) for one in self._known())
        assert all(map(within_limits, found.values()))
        for customer, derived in whole.items():
            self._is_one(customer, found[customer], derived)

    def _is_one(self, customer: str, names: set[Identifier], derived: Any) -> None:
        part_of = {part.identifier or self.gone[part.id]: part.id for part in derived["parts"]}
        assert _named(part_of) == set(derived["identifiers"]) == names
        assert customer == min(part_of.values())
        theirs = {n: part_of[name] for n, name in self.model.held.items() if name in part_of}
        assert derived["orders"] == {self.bench.order(n): part for n, part in theirs.items()}
        told = {n: self.events[n] for n in theirs}
        refunded = {event.corrects for event in told.values()}
        left = [event.total for n, event in told.items() if event.corrects is None and n not in refunded]
        assert (derived["traits"]["orders"], derived["traits"]["spend"]) == (len(left), sum(left))


def _named(names: Iterable[Identifier]) -> set[Identifier]:
    """Leave out what cookies brought before they were let go: that has no name any more."""
    return {name for name in names if name.kind != "gone"}


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def rng() -> Random:
    return seeded(0)


@pytest.fixture
def opened(ready_url: str, loop: asyncio.Runner, rng: Random) -> Iterator[Store]:
    store = loop.run(open_store(ready_url, rng=rng))
    yield store
    loop.run(store.close())


_SETTINGS = settings(max_examples=20, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))
_HASTY = settings(_SETTINGS, max_examples=400, phases=[Phase.generate], derandomize=True, database=None)


def _machine(store: Store, loop: asyncio.Runner, rng: Random) -> type[Identities]:
    return type("Machine", (Identities,), {"store": store, "loop": loop, "rng": rng})


def test_histories_of_arrivals_merges_and_cuts(
    opened: Store, loop: asyncio.Runner, rng: Random, ready_url: str
) -> None:
    examples = 14 if ready_url.startswith("sqlite") else 5
    run_state_machine_as_test(_machine(opened, loop, rng), settings=settings(_SETTINGS, max_examples=examples))


def _joins_without_limit(joining: Joining, a: str, b: str, limits: Mapping[str, int]) -> bool:
    return _may_join(joining, a, b, {})


def _joins_what_was_cut(joining: Joining, a: str, b: str, limits: Mapping[str, int]) -> bool:
    joining._cut.clear()
    return _may_join(joining, a, b, limits)


def _joins_a_shared_cookie(joining: Joining, first: str, name: Identifier, *rest: Any) -> None:
    joining._shared.clear()
    _join(joining, first, name, *rest)


def _is_nobodys(joining: Joining, part: str) -> bool:
    return False


def _keeps_only_the_linked_apart(*sides: Any, **cut: Any) -> list[Link]:
    return []


def _joins_what_is_claimed(joining: Joining, arrival: Arrival, index: int, limits: Mapping[str, int]) -> str:
    names = arrival.names[:1] + arrival.claims + arrival.names[1:]
    return _place(joining, arrival._replace(names=names, claims=()), index, limits)


def _corrections_prove_nothing(joining: Joining, arrival: Arrival, index: int, limits: Mapping[str, int]) -> str:
    if arrival.event.name in CORRECTIONS:
        arrival = arrival._replace(names=arrival.names[:1])
    return _place(joining, arrival, index, limits)


def _looks_for_the_order_of_the_first(orders: Orders, correction: Arrival) -> str | None:
    return _part_with(orders, correction._replace(names=correction.names[:1]))


def _pairs_of_claims_too(joining: Joining, arrivals: Iterable[Arrival], *, claimed: bool) -> Any:
    return _pairs(joining, arrivals, claimed=True)


def _writes_over_what_stood(conn: Connection, made: Sequence[Link], *, proved: Sequence[tuple[str, str]] = ()) -> None:
    for link in made:
        conn.execute(delete(links).where(links.c.a == link.a, links.c.b == link.b))
    _write_links(conn, made, proved=proved)


def _fuses_groups(conn: Connection, whose: Mapping[str, str]) -> None:
    joined = [part for part, customer in whose.items() if part != customer]
    conn.execute(delete(group_members).where(group_members.c.part.in_(joined)))
    _write_members(conn, whose)


_may_join, _join, _place, _pairs = Joining._may_join, Joining._join, Joining.place, Joining._pairs
_part_with = Orders.part_with
_write_links, _write_members = identity.write_links, identity.write_members
BUGS: dict[str, list[tuple[Any, str, Any]]] = {
    "no limit": [(Joining, "_may_join", _joins_without_limit)],
    "a cut is forgotten": [(Joining, "_may_join", _joins_what_was_cut)],
    "the sides of a cut are forgotten": [(identity, "_apart", _keeps_only_the_linked_apart)],
    "a cookie stays its first person's": [(Joining, "_is_a_persons", _is_nobodys)],
    "a cookie that two share is joined again": [(Joining, "_join", _joins_a_shared_cookie)],
    "a claim is believed": [(Joining, "place", _joins_what_is_claimed), (Joining, "_pairs", _pairs_of_claims_too)],
    "a correction proves nothing": [(Joining, "place", _corrections_prove_nothing)],
    "a correction waits beside its order": [(Orders, "part_with", _looks_for_the_order_of_the_first)],
    "a link is written over": [(identity, "write_links", _writes_over_what_stood)],
    "groups are fused": [(identity, "write_members", _fuses_groups)],
}


@pytest.mark.parametrize("ready_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_seen(
    opened: Store, loop: asyncio.Runner, rng: Random, monkeypatch: pytest.MonkeyPatch, bug: str
) -> None:
    for planted in BUGS[bug]:
        monkeypatch.setattr(*planted)
    with pytest.raises((AssertionError, Conflict, DidNotRaise)):
        run_state_machine_as_test(_machine(opened, loop, rng), settings=_HASTY)


def _by_first_name(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Name customers and parts alike in two examples: by the kind and number of their identifiers."""
    short = {part.id: _short(part.identifier) for found in whole.values() for part in found["parts"] if part.identifier}
    return {
        short[customer]: {
            "identifiers": sorted(map(_short, found["identifiers"])),
            "orders": sorted((order.split("-")[1], short[part]) for order, part in found["orders"].items()),
            "traits": found["traits"],
            "personal": found["personal"],
        }
        for customer, found in whole.items()
    }


def _short(name: Identifier) -> str:
    return f"{name.kind}-{name.value.split('-')[1]}"


def test_below_the_limits_the_order_of_arrivals_does_not_matter(
    opened: Store, loop: asyncio.Runner, rng: Random
) -> None:
    def derived(events: Sequence[tuple[int, Offered]], *, at_once: bool) -> dict[str, Any]:
        bench = Bench(opened, loop, rng)
        for n, name in enumerate(NAMES):
            loop.run(arrive(opened, bench.names([name]), now=bench.now + timedelta(milliseconds=n)))
        arrivals = [bench.arrival(one, n) for n, one in events]
        waiting = []
        for some in [arrivals] if at_once else [[one] for one in arrivals]:
            waiting += bench.offer(some, limits={})
        while len(left := bench.offer(waiting, limits={})) < len(waiting):  # as somebody replays what waits
            waiting = left
        return _by_first_name(bench.whole())

    @settings(_SETTINGS, max_examples=8)
    @given(st.lists(offered, min_size=2, max_size=6), st.randoms(use_true_random=False), st.booleans())
    def same(events: list[Offered], mixer: Random, at_once: bool) -> None:
        numbered = list(enumerate(events))
        mixed = sorted(numbered, key=lambda _: mixer.random())
        assert derived(numbered, at_once=False) == derived(mixed, at_once=at_once)

    same()


@pytest.mark.parametrize("kind", ["email", "anonymous_id"])
def test_a_value_that_many_share_swallows_nobody(opened: Store, loop: asyncio.Runner, rng: Random, kind: str) -> None:
    bench, many = Bench(opened, loop, rng), 1000
    shared = bench.name(kind, 0)
    arrivals = [
        bench.arrival(Offered([("user_id", n)]), n)._replace(names=(bench.name("user_id", n), shared))
        for n in range(many)
    ]
    for start in range(0, many, 100):
        bench.offer(arrivals[start : start + 100])
        bench.offer(arrivals[start : start + 1])  # what comes again counts once
    users = [bench.name("user_id", n) for n in range(many)]
    assert len(set(loop.run(opened.find_customers(users)).values())) == many
    (alarm,) = loop.run(opened.crowded(since=bench.now, least=2))
    assert (alarm.identifier, alarm.refused) == (shared, many - 1)


def test_a_name_that_all_visitors_give_swallows_nobody(opened: Store, loop: asyncio.Runner, rng: Random) -> None:
    """`guest` is the user id that a till sends beside each of a thousand cookies."""
    bench, many = Bench(opened, loop, rng), 1000
    guest, cookies = bench.name("user_id", 0), [bench.name("anonymous_id", n) for n in range(many)]
    arrivals = [bench.arrival(Offered([]), n)._replace(names=(guest, cookie)) for n, cookie in enumerate(cookies)]
    bench.offer(arrivals)
    whose = loop.run(opened.find_customers([guest, *cookies]))
    assert len(loop.run(opened.identifiers_of(whose[guest]))) == 1 + LIMITS["anonymous_id"]
    (alarm,) = loop.run(opened.crowded(since=bench.now, least=2))
    assert (alarm.identifier, alarm.refused) == (guest, many - LIMITS["anonymous_id"])


def test_what_a_browser_claims_joins_nothing_until_it_is_proven(
    opened: Store, loop: asyncio.Runner, rng: Random
) -> None:
    bench = Bench(opened, loop, rng)
    visitor, victim = ("anonymous_id", 0), ("email", 0)
    bench.offer([bench.arrival(Offered([victim], total=5), 0), bench.arrival(Offered([visitor], [victim]), 1)])
    whose = bench.customers()
    assert len(set(whose.values())) == 2
    for customer in whose.values():
        assert [link.kind for link in loop.run(opened.claims(customer))] == ["claimed"]
        assert loop.run(opened.views([customer]))[customer].links == ()
    bench.offer([bench.arrival(Offered([victim, visitor]), 2)])
    (customer,) = set(bench.customers().values())
    assert [link.kind for link in loop.run(opened.views([customer]))[customer].links] == ["proven"]
    assert loop.run(opened.claims(customer)) == []
