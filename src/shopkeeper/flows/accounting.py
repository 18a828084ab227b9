"""Accounting: every event that was ever answered with success is somewhere, once.

accepted = applied + pending + quarantined + refused, of each source and in all. What is accepted is counted in the
commit that keeps it; the rest is counted where it is. So a difference says that something was lost, or kept twice.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from shopkeeper.core.intake import INBOX, IntakeCount
from shopkeeper.core.store import Store
from shopkeeper.flows.following import followed_upto
from shopkeeper.flows.sources.counting import read_traffic

OWN: Final = frozenset({"shopkeeper", "staff"})
"""Sources of what Shopkeeper and its people write themselves, which nobody sends."""
TRIES: Final = 4
"""How often the counts are read until nothing comes in meanwhile."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The account of one source, or of all.

    accepted: Answered with success, each event once. applied: In the log, and followed. pending: In the inbox, or in
    the log and not yet followed. quarantined: Waits. refused: May not be kept; only counted. duplicates: Came again,
    without effect. conflicts: Came under another event's id; they wait, or went in since. difference: accepted less
    the four; 0.
    """

    source: str
    accepted: int
    applied: int
    pending: int
    quarantined: int
    refused: int
    duplicates: int
    conflicts: int
    difference: int


class Accounting(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts. steady: Whether nothing came in while they were read; else a difference may be only that."""

    sources: tuple[Account, ...]
    total: Account
    steady: bool
    words: str


async def account(store: Store) -> Accounting:
    """Draw up the accounts of all sources."""
    for _ in range(TRIES):
        before = await store.intake_counts()
        lines = await _lines(store, {one.source: one for one in before})
        steady = before == await store.intake_counts()
        if steady:
            break
    total = _sum(lines)
    return Accounting(sources=tuple(lines), total=total, steady=steady, words=_words(total, steady=steady))


async def _lines(store: Store, counts: Mapping[str, IntakeCount]) -> list[Account]:
    upto = await followed_upto(store)
    lying = await _lying(store)
    traffic = await read_traffic(store, since=1 << 62, tail=None)
    logged, pending, quarantined = Counter[str](), Counter[str](), Counter[str]()
    for total in traffic.totals:
        logged[total.source] += total.events
    for fresh in await store.count_events(after=upto, upto=await store.head()):
        pending[fresh.source] += fresh.events
    for (origin, _code), waiting in (await store.count_quarantined()).items():
        quarantined[origin] += waiting
    sources = sorted((logged.keys() | quarantined.keys() | counts.keys() | lying.keys()) - OWN)
    return [
        _line(counts.get(one) or IntakeCount(one, 0, 0, 0, 0), logged, pending, quarantined, lying) for one in sources
    ]


async def _lying(store: Store) -> Counter[str]:
    """Count the events of each source that lie in the inbox: accepted, and not in the log yet."""
    if store.parcels is None:
        return Counter()
    return Counter(await store.parcels.held(after=await store.cursor(INBOX)))


def _line(
    count: IntakeCount, logged: Counter[str], pending: Counter[str], quarantined: Counter[str], lying: Counter[str]
) -> Account:
    source = count.source
    return Account(
        source=source,
        accepted=count.accepted + lying[source],
        applied=logged[source] - pending[source],
        pending=pending[source] + lying[source],
        quarantined=quarantined[source],
        refused=count.refused,
        duplicates=count.duplicates,
        conflicts=count.conflicts,
        difference=count.accepted - logged[source] - quarantined[source] - count.refused,
    )


def _sum(lines: list[Account]) -> Account:
    figures = [name for name in Account.__struct_fields__ if name != "source"]
    return Account(source="", **{name: sum(getattr(line, name) for line in lines) for name in figures})


def _words(total: Account, *, steady: bool) -> str:
    if total.difference == 0:
        return f"Of {total.accepted:,} accepted events, each is in the log, in quarantine or counted as refused."
    if not steady:
        return "Events came in while this was counted; ask again."
    way = "are nowhere" if total.difference > 0 else "are there that nobody accepted"
    return f"{abs(total.difference):,} events {way}: this is a mistake in Shopkeeper, please report it."
