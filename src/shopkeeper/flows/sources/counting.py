"""Counting the log: each event once, in runs, beside whatever else is done.

A question about sources must not read the log, which may hold ten million events; nor can the lake answer it, since
it holds only what was flushed. So a small table of counts follows the log, and a question adds the few events that
came after the last run. The counts and the cursor move in one commit: a crash counts nothing twice.
"""

from contextlib import suppress
from typing import NamedTuple

from shopkeeper.core.errors import Conflict
from shopkeeper.core.store import Store
from shopkeeper.core.traffic import CURSOR, TrafficCount, TrafficTotal

RUN = 50_000
"""Events counted in one go: a read of about 0.1 s in a thread, and a commit of a few hundred rows."""
TAIL = 200_000
"""Events that a question counts itself; beyond them it answers by what is counted, and says so."""


class Traffic(NamedTuple):
    """What each source brought; `behind`: how many events of the log are not in it yet."""

    totals: list[TrafficTotal]
    recent: list[TrafficCount]
    behind: int


async def count_traffic(store: Store) -> int:
    """Count what the log holds beyond the counts; return how many events that were."""
    counted = 0
    with suppress(Conflict):  # another process counts the same log; its work is as good
        done, head = await store.cursor(CURSOR), await store.head()
        while done < head:
            upto = min(done + RUN, head)
            await store.put_traffic(await store.count_events(after=done, upto=upto), expected=done, to=upto)
            counted += upto - done
            done = upto
    return counted


async def read_traffic(store: Store, *, since: int, tail: int | None = TAIL) -> Traffic:
    """Return what was counted, and what came since then.

    Args:
        since: The hour from which counts are wanted by the hour.
        tail: How many uncounted events to count now at most; None: however many there are.
    """
    done = -1
    while done != (now_at := await store.cursor(CURSOR)):  # a run that lands between two reads would count twice
        done = now_at
        totals, recent = await store.traffic_totals(), await store.traffic_since(since)
    head = await store.head()
    if head == done:
        return Traffic(totals, recent, 0)
    if tail is not None and head - done > tail:
        return Traffic(totals, recent, head - done)
    fresh = await store.count_events(after=done, upto=head)
    return Traffic(_added(totals, fresh), [*recent, *(one for one in fresh if one.hour >= since)], 0)


def _added(totals: list[TrafficTotal], fresh: list[TrafficCount]) -> list[TrafficTotal]:
    known = {(one.source, one.name): one for one in totals}
    for one in fresh:
        before = known.get((one.source, one.name), TrafficTotal(one.source, one.name, 0, 0, 0))
        known[one.source, one.name] = TrafficTotal(
            one.source,
            one.name,
            before.events + one.events,
            max(before.last_at, one.last_at),
            max(before.last_received_at, one.last_received_at),
        )
    return [known[key] for key in sorted(known)]
