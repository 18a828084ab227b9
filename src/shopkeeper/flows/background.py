"""What is done again and again beside the requests, and goes on whatever fails: a shop window must stay open."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final

from shopkeeper.core.errors import ShopkeeperError, StoreError

LONGEST: Final = 8.0
"""Seconds, at most, until what failed is tried again."""
_log = logging.getLogger(__name__)


class Background:
    """The work of one process, and what is wrong with it: a cause is logged once, however many works it stops."""

    def __init__(self) -> None:
        self._numbers = count()
        self._failing: dict[int, str] = {}

    @property
    def is_troubled(self) -> bool:
        """Whether some of the work failed the last time that it was tried."""
        return bool(self._failing)

    async def every(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        """Do some work again and again; what fails is tried again less and less often."""
        number, pause = next(self._numbers), seconds
        while True:
            await asyncio.sleep(pause)
            try:
                await work()
            except ShopkeeperError as error:
                self._fail(number, f"{error.code}: {error}", logging.WARNING)
            except Exception as error:
                self._fail(number, f"unforeseen {type(error).__name__}", logging.ERROR)
            else:
                pause = seconds
                self._succeed(number)
                continue
            pause = max(seconds, min(2 * pause, LONGEST))

    def _fail(self, number: int, cause: str, level: int) -> None:
        known = cause in self._failing.values()
        self._failing[number] = cause
        if not known:
            _log.log(level, "background work failed and will be tried again: %s", cause)

    def _succeed(self, number: int) -> None:
        cause = self._failing.pop(number, None)
        if cause is not None and not self._failing:
            over = "the store answers again" if cause.startswith(StoreError.code) else "what failed succeeds again"
            _log.warning("background work goes on: %s", over)
