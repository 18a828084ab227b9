"""The rhythm of a source: how often it usually brings something, and whether it is quieter than it ever was."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from shopkeeper.core.traffic import HOUR, TrafficCount
from shopkeeper.flows.sources.spans import every, in_words

WINDOW = 28 * 24
"""Hours before its last event over which a source's rhythm is read."""
ENOUGH = 24
"""Hours with events that make a rhythm; a source that brought less is a file or a mailing, which owes nothing."""
SLACK = 1.5
"""How much longer than ever a source may be quiet: tills close at night and on Sundays, and on a feast for longer."""


class Rhythm(NamedTuple):
    """every: Microseconds from one event to the next, on average. longest: Hours of the longest pause between two."""

    every: int
    longest: int


def rhythm_of(hours: Iterable[TrafficCount], *, last_at: int) -> Rhythm | None:
    """Read a rhythm off what one source brought before its last event; None where that is too little.

    Args:
        last_at: Of its last event, microseconds.
    """
    first = last_at // HOUR - WINDOW
    counted = [one for one in hours if one.hour >= first]
    active = sorted({one.hour for one in counted})
    if len(active) < ENOUGH:
        return None
    events = sum(one.events for one in counted)
    span = max(last_at - active[0] * HOUR, HOUR)
    return Rhythm(span // max(events, 1), max(b - a for a, b in pairwise(active)))


def is_quiet(rhythm: Rhythm | None, *, last_at: int, now: int) -> bool:
    """Say whether a source has been quiet for longer than it ever was."""
    return rhythm is not None and now - last_at > (SLACK * rhythm.longest + 1) * HOUR


def freshness(rhythm: Rhythm | None, *, last_at: int, now: int) -> str:
    """Say how fresh a source is: `quiet for 3 days, usually every 2 minutes`."""
    since = max(now - last_at, 0)
    usually = "" if rhythm is None else f", usually {every(rhythm.every)}"
    if is_quiet(rhythm, last_at=last_at, now=now):
        return f"quiet for {in_words(since)}{usually}"
    return f"last event {in_words(since)} ago{usually}" if since >= HOUR // 3600 else f"last event just now{usually}"


def per_day(hours: Sequence[TrafficCount], days: Sequence[tuple[int, int]]) -> list[int]:
    """Count events by day.

    Args:
        days: First and last hour of each day, [start, stop).
    """
    found = [0] * len(days)
    for one in hours:
        for i, (start, stop) in enumerate(days):
            if start <= one.hour < stop:
                found[i] += one.events
    return found
