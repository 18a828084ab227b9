"""The report, made apart and kept until it is old: home shows the last one at once, and says that another is made."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput, ShopkeeperError
from shopkeeper.flows.apart import Apart, Task
from shopkeeper.flows.home.lift import NO_HOLDOUT, LiftView, lift_view, without_rows
from shopkeeper.flows.report import LiftReport

FRESH = timedelta(minutes=15)
SOON = timedelta(minutes=1)
"""After a failure the report is tried again so soon."""

_log = logging.getLogger(__name__)


class _Kept(NamedTuple):
    """A report that was made, or why it could not be, under which definitions and when."""

    at: datetime
    version: str
    report: LiftReport | None
    why: str = ""
    lasting: bool = True


class Reports:
    """Keeps the last report over each number of days.

    Args:
        feed: Brings the lake up to the log.
    """

    def __init__(self, apart: Apart, feed: Callable[[], Awaitable[object]]) -> None:
        self._apart = apart
        self._feed = feed
        self._reports: dict[int, _Kept] = {}
        self._making: dict[int, asyncio.Task[None]] = {}

    @property
    def sample_ratio_p(self) -> float | None:
        """How probable arms so unequal are, as a report found; None where none did."""
        found = (kept.report.sample_ratio_p for kept in self._reports.values() if kept.report is not None)
        return next(found, None)

    async def settled(self) -> None:
        """Wait until no report is being made."""
        while self._making:
            await asyncio.gather(*self._making.values(), return_exceptions=True)

    async def close(self) -> None:
        """Stop what is being made."""
        for task in self._making.values():
            task.cancel()
        await self.settled()

    def view(self, definitions: Definitions, *, days: int, now: datetime) -> LiftView:
        """Give the last report over so many days in words, and begin another where it is old or there is none."""
        if definitions.shop.holdout.share == 0:
            return without_rows(days=days, computing=False, unavailable=NO_HOLDOUT)
        kept = self._reports.get(days)
        if self._is_old(kept, definitions, now) and days not in self._making:
            self._making[days] = asyncio.create_task(self._make(definitions, days, now))
        computing = days in self._making
        if kept is None or kept.version != definitions.version:
            return without_rows(days=days, computing=computing)
        if kept.report is None:
            return without_rows(days=days, computing=computing, as_of=kept.at, unavailable=kept.why)
        return lift_view(kept.report, definitions, computing=computing)

    def _is_old(self, kept: _Kept | None, definitions: Definitions, now: datetime) -> bool:
        if kept is None or kept.version != definitions.version:
            return True
        return now - kept.at > (FRESH if kept.lasting else SOON)

    async def _make(self, definitions: Definitions, days: int, now: datetime) -> None:
        try:
            await self._feed()
            found = await self._apart.run(Task(kind="report", now=now, days=days))
            kept = _Kept(now, definitions.version, msgspec.json.decode(found, type=LiftReport))
        except BadInput as error:
            kept = _Kept(now, definitions.version, None, str(error))
        except ShopkeeperError as error:
            kept = _Kept(now, definitions.version, None, f"{error}; it will be tried again", lasting=False)
        except Exception as error:
            _log.error("unforeseen %s in making the report", type(error).__name__)
            kept = _Kept(now, definitions.version, None, "The report failed; it will be tried again", lasting=False)
        finally:
            self._making.pop(days, None)
        self._reports[days] = kept
