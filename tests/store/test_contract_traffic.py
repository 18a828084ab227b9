"""The counts of each source: what the log holds, once, on each database."""

from datetime import UTC, datetime, timedelta

import pytest

from shopkeeper.core.errors import Conflict
from shopkeeper.core.event import Event
from shopkeeper.core.instant import micros
from shopkeeper.core.quarantine import ImportProgress, Quarantined
from shopkeeper.core.store import Store
from shopkeeper.core.traffic import CURSOR, HOUR, TrafficTotal

NOW = datetime(2017, 12, 4, 10, 59, tzinfo=UTC)


def happened(number: int, *, source: str = "till", name: str = "Sale") -> Event:
    at = NOW + timedelta(minutes=number)
    return Event(source=source, message_id=str(number), name=name, customer="c", at=at, received_at=NOW)


async def test_the_log_is_counted_by_source_name_and_hour(store: Store) -> None:
    await store.append([happened(0), happened(1), happened(2), happened(3, source="api")])
    counts = sorted(await store.count_events(after=0, upto=3))
    hour = micros(NOW) // HOUR
    assert [(one.source, one.hour, one.events) for one in counts] == [("till", hour, 1), ("till", hour + 1, 2)]
    assert counts[1].last_at == micros(NOW + timedelta(minutes=2))


async def test_runs_add_up_and_none_is_counted_twice(store: Store) -> None:
    await store.append([happened(number) for number in range(5)])
    for start, stop in [(0, 3), (3, 5)]:
        counts = await store.count_events(after=start, upto=stop)
        await store.put_traffic(counts, expected=start, to=stop)
    with pytest.raises(Conflict):
        await store.put_traffic(counts, expected=3, to=5)
    last = micros(NOW + timedelta(minutes=4))
    assert await store.traffic_totals() == [TrafficTotal("till", "Sale", 5, last, micros(NOW))]
    assert await store.cursor(CURSOR) == 5
    assert [one.events for one in await store.traffic_since(micros(NOW) // HOUR + 1)] == [4]


async def test_what_somebody_mended_stands_beside_what_came(store: Store) -> None:
    row = Quarantined(id="q", origin="f", position=1, code="c", reason="r", body='{"a":1}', at=NOW)
    await store.quarantine([row])
    await store.mark_mended("q", '{"a":2}', by="ann", now=NOW)
    found = await store.find_quarantined("q")
    assert found is not None
    assert (found.body, found.mended, found.mended_by, found.replayed_at) == ('{"a":1}', '{"a":2}', "ann", NOW)
    assert await store.quarantined() == []
    assert await store.find_quarantined("x") is None


async def test_an_import_keeps_when_it_began_and_why_it_stopped(store: Store) -> None:
    known = {"rows": 1, "accepted": 1, "duplicates": 0, "quarantined": 0, "done": False}
    kept = ImportProgress(job="i", file="f", total=9, source="till", kind="orders", begun_at=NOW, stopped="x", **known)
    await store.put_import_progress(kept)
    assert await store.imports() == [kept]
