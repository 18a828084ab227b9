from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from shopkeeper.core.event import Event
from shopkeeper.core.instant import micros
from shopkeeper.engines.activity import Activity, Span, Tally
from shopkeeper.engines.lake import Lake

START = datetime(2026, 3, 2, 5, tzinfo=UTC)
"""Midnight in New York, whose days the lake counts."""
DAY = (START - datetime(1970, 1, 1, 5, tzinfo=UTC)).days


def event(seq: int, name: str = "Order Completed", *, customer: str = "a", hours: float = 1, **rest: object) -> Event:
    at = START + timedelta(hours=hours)
    return Event(source="t", message_id=f"m{seq}", name=name, customer=customer, at=at, received_at=at, seq=seq, **rest)


EVENTS = [
    event(1, hours=-20, money={"total": 500}),
    event(2, money={"total": 100}),
    event(3, customer="b", money={"total": 250}),
    event(4, "Segment Entered", texts={"segment": "lapsing"}),
    event(5, "Decision Made", flags={"personal": True}, texts={"slot": "s", "degraded": "no store"}),
    event(6, "Decision Made", flags={"personal": False}, texts={"slot": "s"}),
    event(7, "Consent Given", texts={"purpose": "advertising"}, hours=-100),
]
TODAY = Span(micros(START), micros(START + timedelta(hours=12)), DAY, DAY)
YESTERDAY = Span(micros(START - timedelta(days=1)), micros(START - timedelta(hours=12)), DAY - 1, DAY - 1)


@pytest.fixture
def activity(lake: Lake) -> Iterator[Activity]:
    made = Activity(lake)
    yield made
    made.close()


@pytest.mark.parametrize("flushed", [0, 3, 7])
def test_lake_and_tail_count_as_one(lake: Lake, activity: Activity, flushed: int) -> None:
    if flushed:
        lake.append_batch(EVENTS[:flushed])
    activity.look(EVENTS, {})
    assert activity.count([TODAY, YESTERDAY]) == [
        Tally(0, "Decision Made", "", 2, 0, 1),
        Tally(0, "Order Completed", "", 2, 350, 0),
        Tally(0, "Segment Entered", "lapsing", 1, 0, 0),
        Tally(1, "Order Completed", "", 1, 500, 0),
    ]
    assert activity.first_seen([TODAY, YESTERDAY]) == {0: 1}
    assert activity.degraded("Decision Made", since=micros(START), day=DAY) == [("s", "no store", 1)]
    assert activity.degraded("Decision Made", since=micros(START + timedelta(hours=2)), day=DAY) == []
    assert activity.consented() == {"advertising"}
    assert activity.first_day() == DAY - 5


def test_an_empty_shop_has_nothing_to_count(activity: Activity) -> None:
    activity.look([], {})
    assert activity.count([TODAY]) == []
    assert activity.first_seen([TODAY]) == {}
    assert activity.first_day() is None


def test_a_look_takes_the_lake_as_it_stands_then(lake: Lake, activity: Activity) -> None:
    activity.look(EVENTS[:2], {})
    assert sum(one.events for one in activity.count([TODAY])) == 1
    lake.append_batch(EVENTS)
    activity.look([], {})
    assert sum(one.events for one in activity.count([TODAY])) == 5
