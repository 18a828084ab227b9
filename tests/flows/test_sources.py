"""Sources: how often each brings something, and when silence is worth a word."""

from datetime import UTC, datetime, timedelta

from shopkeeper.core.event import Event
from shopkeeper.core.instant import micros
from shopkeeper.core.store import Store
from shopkeeper.core.traffic import HOUR, TrafficCount
from shopkeeper.flows.sources.counting import count_traffic
from shopkeeper.flows.sources.overview import sources
from shopkeeper.flows.sources.registry import NewSource, SourceChange, add_source, change_source
from shopkeeper.flows.sources.rhythm import freshness, is_quiet, rhythm_of
from shopkeeper.flows.sources.spans import SECOND, every, in_words
from shopkeeper.testing.shop import seeded

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
LAST = micros(NOW) // HOUR


def till(hours: list[int]) -> list[TrafficCount]:
    return [TrafficCount("till", "Sale", hour, 30, hour * HOUR, hour * HOUR) for hour in hours]


def test_spans_are_said_as_people_say_them() -> None:
    said = [in_words(seconds * SECOND) for seconds in (0, 1, 59, 60, 90, 7200, 259_200)]
    assert said == ["less than a second", "1 second", "59 seconds", "1 minute", "2 minutes", "2 hours", "3 days"]
    assert [every(120 * SECOND), every(86_400 * SECOND), every(0)] == [
        "every 2 minutes",
        "every day",
        "many times a second",
    ]


def test_a_till_that_is_closed_at_night_is_not_quiet_in_the_morning() -> None:
    open_hours = [LAST - 24 * day - hour for day in range(20) for hour in range(12)]
    rhythm = rhythm_of(till(open_hours), last_at=LAST * HOUR)
    assert rhythm is not None
    assert rhythm.longest == 13
    assert not is_quiet(rhythm, last_at=LAST * HOUR, now=(LAST + 13) * HOUR)
    now = (LAST + 72) * HOUR
    assert is_quiet(rhythm, last_at=LAST * HOUR, now=now)
    assert freshness(rhythm, last_at=LAST * HOUR, now=now) == "quiet for 3 days, usually every 4 minutes"


def test_a_file_owes_nothing() -> None:
    assert rhythm_of(till([LAST]), last_at=LAST * HOUR) is None
    assert freshness(None, last_at=LAST * HOUR, now=(LAST + 8000) * HOUR) == "last event 333 days ago"


async def test_what_is_not_counted_yet_is_counted_when_asked(store: Store) -> None:
    happened = [
        Event(source="till", message_id=f"{n}", name="Sale", customer="c", at=NOW - timedelta(days=n), received_at=NOW)
        for n in range(10)
    ]
    await store.append(happened[:6])
    assert await count_traffic(store) == 6
    await store.append(happened[6:])
    found = await sources(store, zone="Europe/Vienna", now=NOW)
    assert [(one.name, one.events, one.week, one.hour) for one in found.sources] == [("till", 10, 8, 1)]
    assert found.sources[0].days[-10:] == (1,) * 10
    assert (await sources(store, zone="Europe/Vienna", now=NOW, tail=3)).behind == 4
    assert await count_traffic(store) == 4
    assert await count_traffic(store) == 0
    assert (await sources(store, zone="Europe/Vienna", now=NOW)).sources == found.sources


async def test_a_source_that_may_not_send_is_not_called_quiet(store: Store) -> None:
    names = {"till": {}, "off": {"disabled": True}, "staging": {"environment": "staging"}}
    for seed, name in enumerate(names):
        await add_source(store, NewSource(name=name, kind="server", basis="contract"), now=NOW, rng=seeded(seed))
        hours = [NOW - timedelta(hours=100 + n) for n in range(200)]
        happened = [
            Event(source=name, message_id=f"{n}", name="Sale", customer="c", at=at, received_at=at)
            for n, at in enumerate(hours)
        ]
        await store.append(happened)
    quiet = [(one.name, one.quiet) for one in (await sources(store, zone="UTC", now=NOW)).sources]
    assert sorted(quiet) == [("off", True), ("staging", True), ("till", True)]
    for name, change in names.items():
        await change_source(store, name, SourceChange(**change), now=NOW)
    quiet = [(one.name, one.quiet) for one in (await sources(store, zone="UTC", now=NOW)).sources]
    assert sorted(quiet) == [("off", False), ("staging", False), ("till", True)]
