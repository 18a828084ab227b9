"""What was seen at the last look: whatever happens since, segments are those that evaluating all of them would say."""

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper.core.event import Event
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.core.trait import Computed, Segment, Trait, TraitType, Value, Window
from shopkeeper.differentiate.cuts import CutIndex
from shopkeeper.differentiate.fold import empty_state, fold, plan_traits, values
from shopkeeper.differentiate.plan import TraitPlan
from shopkeeper.differentiate.seen import Seen
from shopkeeper.differentiate.segments import IndexedSegment, SegmentIndex
from shopkeeper.testing.events import START, random_log, seeded
from shopkeeper.testing.traits import random_traits

ZONE = ZoneInfo("Europe/Vienna")
DAY = 86_400_000_000
BEGIN = micros(START)
NUMERIC = {TraitType.INTEGER, TraitType.NUMBER, TraitType.MONEY}


class Watched:
    """One customer, as the watch keeps them: where they are, and when to look again."""

    def __init__(self, plan: TraitPlan, index: SegmentIndex) -> None:
        self.plan, self.index = plan, index
        self.state, self.seen = empty_state(), Seen(index, plan)
        self.changed: set[str] | None = None
        self.inside: dict[str, int | None] = {}
        self.outside: int | None = None

    def fold(self, event: Event) -> None:
        changed = fold(self.plan, self.state, event)
        if self.changed is not None:
            self.changed |= changed

    @property
    def soonest(self) -> int | None:
        return min((at for at in (*self.inside.values(), self.outside) if at is not None), default=None)

    def look(self, at: int, *, late: bool = False) -> None:
        """Look at what changed and, unless rechecks are late, at what is due."""
        due = [name for name, until in self.inside.items() if not late and until is not None and until <= at]
        everything = self.changed is None or (not late and self.outside is not None and self.outside <= at)
        changed = None if everything else frozenset(self.changed or ())
        found = self.seen.shift(self.state, changed, Moment(at, ZONE), inside=self.inside, due=due)
        assert set(found.entered).isdisjoint(self.inside)
        assert set(found.left) <= set(self.inside)
        self.changed = set()
        for name in found.left:
            del self.inside[name]
        self.inside.update(found.rechecks)
        outside = [one for one in (found.outside, None if everything else self.outside) if one is not None]
        self.outside = min(outside, default=None)

    def holding(self, at: int) -> set[str]:
        known = values(self.plan, self.state, Moment(at, ZONE))
        return {one.name for one in self.index.segments if one.passes(known, Moment(at, ZONE))}


def condition(rng: Random, traits: dict[str, Trait], depth: int = 2) -> str:
    if depth and rng.random() < 0.6:
        parts = [condition(rng, traits, depth - 1) for _ in range(rng.randint(2, 3))]
        joined = rng.choice((" and ", " or ")).join(f"({part})" for part in parts)
        return rng.choice((joined, joined, f"not ({joined})"))
    name = rng.choice(sorted(traits))
    kind, op = traits[name].type, rng.choice(("=", "<>", "<", "<=", ">", ">="))
    if rng.random() < 0.15:
        return f"{name} is {rng.choice(('', 'not '))}null"
    if kind in NUMERIC:
        n = rng.choice((-1, 0, 1, 2, 3, 5, 10, 50, 100))
        alike = [other for other in sorted(traits) if traits[other].type == kind]
        forms = (f"{name} {op} {n}", f"{n} {op} {name}", f"{name} between {n} and {2 * n + 1}")
        others = (f"{name} in ({n}, {n + 1})", f"{name} {op} {rng.choice(alike)}", f"{name} + 1 {op} {n}")
        return rng.choice((*forms, *others))
    if kind == TraitType.INSTANT:
        return f"{name} {op} now() - interval {rng.randint(1, 30)} {rng.choice(('day', 'hour'))}"
    if kind == TraitType.BOOLEAN:
        return name
    if kind == TraitType.TEXTS:
        return f"contains({name}, 'cheese')"
    word = rng.choice(("cheese", "card", "Wine", "p1"))
    return rng.choice((f"{name} {op} '{word}'", f"{name} in ('{word}', 'cash')", f"{name} like '%e%'"))


def live_equals_whole(rng: Random) -> None:
    """Follow a customer through a random log."""
    traits = random_traits(rng, 25)
    plan = plan_traits(traits, zone=ZONE, digits=2)
    segments = {f"s{n}": Segment(name=f"s{n}", where=condition(rng, traits)) for n in range(40)}
    schema = {name: trait.type for name, trait in traits.items()}
    watched = Watched(plan, SegmentIndex(segments, schema, digits=2))
    log, at = random_log(rng, customers=1, events=60), BEGIN + 5 * DAY
    while log:
        for _ in range(rng.choice((0, 1, 1, 1, 2, 4))):
            if log:
                watched.fold(log.pop(0))
        if rng.random() < 0.2:
            watched.look(at, late=True)
        watched.look(at)
        assert set(watched.inside) == watched.holding(at)
        soonest = watched.soonest
        assert soonest is None or soonest > at
        until = at + 30 * DAY if soonest is None else soonest
        between = rng.randrange(at, until)
        assert set(watched.inside) == watched.holding(between)
        at = rng.choice((between, at + rng.randrange(DAY), at, until if until < at + 40 * DAY else between))


@settings(deadline=None, max_examples=60)
@given(rng=st.randoms(use_true_random=True))
def test_segments_are_those_that_hold_after_every_event_and_as_time_passes(rng: Random) -> None:
    live_equals_whole(rng)


def falls(monkeypatch: pytest.MonkeyPatch, holder: type, name: str, wrong: object) -> bool:
    """Say whether the property above finds a mistake that is planted."""
    with monkeypatch.context() as planted:
        planted.setattr(holder, name, wrong)
        for seed in range(60):
            try:
                live_equals_whole(seeded(seed))
            except AssertionError:
                return True
    return False


def test_a_change_that_crosses_no_bound_it_should_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    real = CutIndex.crossed

    def blind(self: CutIndex, trait: str, before: Value, after: Value) -> int:
        return 0 if before == 2 else real(self, trait, before, after)

    assert falls(monkeypatch, CutIndex, "crossed", blind)


def test_values_that_are_kept_past_their_time_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert falls(monkeypatch, Seen, "_stands", lambda seen, _at: seen._until != 0)


def windowed(name: str, days: int) -> Trait:
    computed = Computed(kind="count", of="Page Viewed", window=Window(n=days, unit="day"))
    return Trait(name=name, type=TraitType.INTEGER, source="computed", purpose="p", computed=computed)


def test_only_what_a_change_may_change_is_evaluated() -> None:
    traits = {"month": windowed("month", 30), "year": windowed("year", 365)}
    where = {"once": "month >= 1", "twice": "month >= 2", "often": "year > 9", "both": "month >= 2 and year >= 2"}
    segments = {name: Segment(name=name, where=text) for name, text in where.items()}
    index = SegmentIndex(segments, {name: one.type for name, one in traits.items()}, digits=2)
    watched = Watched(plan_traits(traits, zone=ZONE, digits=2), index)
    evaluated: list[str] = []

    def counted(one: IndexedSegment) -> IndexedSegment:
        def passes(known: Mapping[str, Value], moment: Moment) -> bool | None:
            evaluated.append(one.name)
            return one.passes(known, moment)

        return one._replace(passes=passes)

    index.segments = tuple(map(counted, index.segments))

    def looked(seq: int) -> tuple[list[str], set[str]]:
        evaluated.clear()
        at = START + timedelta(days=1, seconds=seq)
        told: dict[str, Any] = {"source": "s", "message_id": str(seq), "name": "Page Viewed", "customer": "c"}
        watched.fold(Event(**told, at=at, received_at=at, seq=seq))
        watched.look(micros(at))
        return sorted(evaluated), set(watched.inside)

    watched.look(BEGIN)
    assert looked(1) == (["once"], {"once"})
    assert looked(2) == (["both", "twice"], {"once", "twice", "both"})
    assert looked(3) == ([], {"once", "twice", "both"})
