"""The overview of sources: what each brought, how fresh it is, and what of its waits."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
from msgspec.structs import replace

from shopkeeper.core.instant import from_micros, local_day, micros, start_of_day
from shopkeeper.core.quarantine import ImportProgress
from shopkeeper.core.source import PRODUCTION, EventSource, why_elsewhere
from shopkeeper.core.store import Store
from shopkeeper.core.traffic import HOUR, TrafficCount, TrafficTotal
from shopkeeper.flows.sources.counting import TAIL, Traffic, read_traffic
from shopkeeper.flows.sources.registry import Registered, registered
from shopkeeper.flows.sources.rhythm import WINDOW, freshness, is_quiet, per_day, rhythm_of

DAYS = 28
"""Calendar days of the series, the last of which is today."""


class NamedTraffic(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one name that a source brought.

    events: Ever. week: In the last 7 days. days: On each of the last 28 calendar days of the shop, the oldest first.
    """

    name: str
    events: int
    week: int
    days: tuple[int, ...]
    last_at: datetime
    last_received_at: datetime


class SourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One source of events.

    events: Ever. hour, day, week: That happened since the instants that `Sources` names. days: On each of the last 28
    calendar days of the shop, the oldest first. last_at, last_received_at: When its last event happened, and came.
    freshness: In words, with what is usual. quiet: Silent for longer than it ever was, though it may send. waiting:
    Rows in quarantine. refused: Events that were answered and, as they carried no consent, not kept; refused_words says
    so, empty where none were. imports: How many files brought its events. registered: On which terms it may send, None
    for a file's, and for what Shopkeeper itself writes. elsewhere: Why nothing is taken from it, where it is registered
    for another environment than the shop's; else empty.
    """

    name: str
    events: int
    hour: int
    day: int
    week: int
    days: tuple[int, ...]
    last_at: datetime | None
    last_received_at: datetime | None
    freshness: str
    quiet: bool
    waiting: int
    refused: int
    refused_words: str
    imports: int
    names: tuple[NamedTraffic, ...]
    registered: Registered | None = None
    elsewhere: str = ""


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Every source that is registered, that the log knows or that waits, in order of its last event, the latest first.

    hour_since, day_since, week_since: From when events are counted as of the last hour, day and week; the start of an
    hour. first_day: The first day of the series. behind: How many events of the log are not counted yet, 0 as a rule.
    note: What that means, in words, or empty. waiting: Rows in quarantine from everywhere.
    """

    hour_since: datetime
    day_since: datetime
    week_since: datetime
    first_day: datetime
    behind: int
    note: str
    waiting: int
    sources: tuple[SourceLine, ...]


class _Span:
    """The bounds that one overview counts by, in hours since 1970."""

    def __init__(self, now: datetime, traffic: Traffic, zone: str) -> None:
        from shopkeeper.core.instant import zone as known

        where = known(zone)
        today = local_day(now, where)
        starts = [start_of_day(today - timedelta(days=DAYS - 1 - i), where) for i in range(DAYS + 1)]
        self.now = micros(now)
        self.first_day = starts[0]
        edges = [micros(start) // HOUR for start in starts]
        self.days = list(pairwise(edges))
        current = self.now // HOUR
        self.hour, self.day, self.week = current - 1, current - 24, current - 7 * 24
        self.recent: dict[str, list[TrafficCount]] = defaultdict(list)
        for one in traffic.recent:
            self.recent[one.source].append(one)


async def sources(
    store: Store,
    *,
    zone: str,
    now: datetime,
    wall: datetime | None = None,
    tail: int | None = TAIL,
    environment: str = PRODUCTION,
) -> Sources:
    """Look over all sources.

    Args:
        wall: The machine's time, by which keys end, where the shop's is another.
        zone: The shop's time zone, whose days the series counts.
        tail: How many events that are not counted yet to count now at most; None: all.
        environment: The shop's.
    """
    since = micros(now) // HOUR - 3 * WINDOW
    traffic = await read_traffic(store, since=since, tail=tail)
    waiting = await store.count_quarantined()
    imports = await store.imports()
    span = _Span(now, traffic, zone)
    held = _held(waiting, imports)
    refused = {one.source: one.refused for one in await store.intake_counts()}
    known = {one.name: one for one in await store.sources()}
    totals: dict[str, list[TrafficTotal]] = defaultdict(list)
    for one in traffic.totals:
        totals[one.source].append(one)
    lines = [
        _termed(
            replace(_line(name, totals[name], span, held.get(name, 0), imports), refused=refused.get(name, 0)),
            known.get(name),
            environment,
            wall or now,
        )
        for name in totals.keys() | held.keys() | known.keys()
    ]
    behind = f"{traffic.behind:,} events of the log are being counted and are not in these figures yet."
    return Sources(
        hour_since=from_micros(span.hour * HOUR),
        day_since=from_micros(span.day * HOUR),
        week_since=from_micros(span.week * HOUR),
        first_day=span.first_day,
        behind=traffic.behind,
        note=behind if traffic.behind else "",
        waiting=sum(waiting.values()),
        sources=tuple(sorted(lines, key=lambda line: (-micros(line.last_at) if line.last_at else 0, line.name))),
    )


def _termed(line: SourceLine, source: EventSource | None, environment: str, now: datetime) -> SourceLine:
    """Write the terms of a source on its line."""
    if source is None:
        return line
    elsewhere = why_elsewhere(source, environment)
    quiet = line.quiet and not source.disabled and not elsewhere
    words = _refused_words(line.refused, source.category)
    terms = registered(source, now=now)
    return replace(line, registered=terms, elsewhere=elsewhere, quiet=quiet, refused_words=words)


def _refused_words(refused: int, category: str | None) -> str:
    """Say that events were not kept for want of consent: their sender was told of success."""
    if refused == 0:
        return ""
    came, were = ("event", "was") if refused == 1 else ("events", "were")
    to = "" if category is None else f" to '{category}'"
    return f"{refused:,} {came} came without consent{to} and {were} not kept"


def _held(waiting: dict[tuple[str, str], int], imports: list[ImportProgress]) -> dict[str, int]:
    """Count what waits by source: a file's rows are those of the source that its mapping names, where that is kept."""
    files = {one.file: one.source for one in imports}
    found: dict[str, int] = defaultdict(int)
    for (origin, _), n in waiting.items():
        source = files.get(origin, origin)
        if source is not None:
            found[source] += n
    return found


def _line(
    name: str, totals: list[TrafficTotal], span: _Span, waiting: int, imports: list[ImportProgress]
) -> SourceLine:
    recent = span.recent[name]
    last_at = max((one.last_at for one in totals), default=None)
    rhythm = None if last_at is None else rhythm_of(recent, last_at=last_at)
    return SourceLine(
        name=name,
        events=sum(one.events for one in totals),
        hour=_since(recent, span.hour),
        day=_since(recent, span.day),
        week=_since(recent, span.week),
        days=tuple(per_day(recent, span.days)),
        last_at=None if last_at is None else from_micros(last_at),
        last_received_at=from_micros(max(one.last_received_at for one in totals)) if totals else None,
        freshness="nothing taken yet" if last_at is None else freshness(rhythm, last_at=last_at, now=span.now),
        quiet=last_at is not None and is_quiet(rhythm, last_at=last_at, now=span.now),
        waiting=waiting,
        refused=0,
        refused_words="",
        imports=sum(1 for one in imports if one.source == name),
        names=tuple(_named(one, [r for r in recent if r.name == one.name], span) for one in totals),
    )


def _named(total: TrafficTotal, recent: list[TrafficCount], span: _Span) -> NamedTraffic:
    return NamedTraffic(
        name=total.name,
        events=total.events,
        week=_since(recent, span.week),
        days=tuple(per_day(recent, span.days)),
        last_at=from_micros(total.last_at),
        last_received_at=from_micros(total.last_received_at),
    )


def _since(recent: list[TrafficCount], hour: int) -> int:
    return sum(one.events for one in recent if one.hour >= hour)
