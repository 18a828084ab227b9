"""Reading much of the log: some thousand events at a time, since one answer may not be as long as all of them."""

from typing import Final

from shopkeeper.core.event import Event, EventLog

PAGE: Final = 5_000


async def read_much(log: EventLog, *, after: int, limit: int) -> list[Event]:
    """Return up to `limit` events with seq > `after`, in order."""
    found: list[Event] = []
    while len(found) < limit:
        asked = min(PAGE, limit - len(found))
        page = await log.read(after=found[-1].seq if found else after, limit=asked)
        found += page
        if len(page) < asked:
            break
    return found
