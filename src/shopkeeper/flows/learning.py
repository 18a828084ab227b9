"""Learning: outcomes in the log become counts of shown and taken, each exactly once, by a cursor of its own.

A taking is credited to the arm in which the offer was last shown to that customer; one that was never shown by a
decision of ours teaches nothing about our decisions and is left out.
"""

from asyncio import Lock
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress

from shopkeeper.core.errors import Conflict
from shopkeeper.core.event import Event
from shopkeeper.core.store import Store

READER = "learning"
SHOWN = "Offer Shown"
TAKEN = "Offer Redeemed"
BATCH = 5_000

Counts = Mapping[tuple[str, str], tuple[int, int]]


class Learner:
    """Keeps the counts up to the log and hands them to whoever decides."""

    def __init__(self, store: Store, on_change: Callable[[Counts], None]) -> None:
        self._store = store
        self._on_change = on_change
        self._lock = Lock()
        self._handed: Counts = {}

    async def start(self) -> None:
        """Read what happened while nobody listened, and hand out the counts."""
        await self._read_on()
        self._hand_out(await self._store.learned())

    async def catch_up(self) -> None:
        """Count what is new in the log; hand out the counts if anything was."""
        if await self._read_on():
            self._hand_out(await self._store.learned())

    async def refresh(self) -> None:
        """Hand out the counts if another process has learned something."""
        learned = await self._store.learned()
        if learned != self._handed:
            self._hand_out(learned)

    def _hand_out(self, learned: Counts) -> None:
        self._handed = learned
        self._on_change(learned)

    async def _read_on(self) -> bool:
        async with self._lock:
            return await self._count_on()

    async def _count_on(self) -> bool:
        found = False
        while True:
            at, head = await self._store.cursor(READER), await self._store.head()
            if at >= head:
                return found
            events = await self._store.read(after=at, limit=BATCH, names=(SHOWN, TAKEN))
            counts = await self._count(events)
            to = events[-1].seq if len(events) == BATCH else max(head, *(event.seq for event in events), 0)
            with suppress(Conflict):  # another process has counted these: read on from where it stands
                await self._store.learn(
                    [(*key, *count) for key, count in counts.items()], reader=READER, expected=at, to=to
                )
            found = found or bool(counts)

    async def _count(self, events: list[Event]) -> dict[tuple[str, str], tuple[int, int]]:
        shown: Counter[tuple[str, str]] = Counter()
        taken: Counter[tuple[str, str]] = Counter()
        offered = {offer for offer, _ in await self._store.learned()}
        for event in events:
            if event.name == SHOWN and "decision" in event.texts:
                shown[_key(event)] += 1
                offered.add(event.texts.get("offer", ""))
            elif event.name == TAKEN and event.texts.get("offer") in offered:
                key = await self._credit(event)
                if key is not None:
                    taken[key] += 1
        return {key: (shown[key], taken[key]) for key in shown.keys() | taken.keys()}

    async def _credit(self, event: Event) -> tuple[str, str] | None:
        if "decision" in event.texts:
            return _key(event)
        last: Event | None = None
        async for page in self._store.history_pages([event.customer], upto=event.seq, names=(SHOWN,)):
            for shown in page:
                if "decision" in shown.texts and shown.texts.get("offer") == event.texts.get("offer"):
                    last = shown
        return None if last is None else _key(last)


def _key(event: Event) -> tuple[str, str]:
    return event.texts.get("offer", ""), event.texts.get("arm", "")
