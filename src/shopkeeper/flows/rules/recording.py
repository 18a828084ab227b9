"""Recording who is in segments that changed, in the background, while the shop is served."""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from shopkeeper.core.clock import Clock
from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import ShopkeeperError
from shopkeeper.core.store import Store
from shopkeeper.flows.crowd import Crowd
from shopkeeper.flows.profiles import Profiles
from shopkeeper.flows.segments import record_members, segment_predicates

_log = logging.getLogger(__name__)


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """How far a segment's members are recorded. done: Of how many rows, `of`; text: The same in words."""

    state: Literal["recorded", "waiting", "running", "failed"]
    done: int = 0
    of: int = 0
    text: str = ""


RECORDED = Recording(state="recorded")


class Recorder:
    """Brings the record of members up to date where a segment's rule changed.

    Args:
        definitions, profiles: Those in force, looked up when they are needed.
    """

    def __init__(
        self,
        store: Store,
        crowd: Crowd,
        *,
        clock: Clock,
        definitions: Callable[[], Definitions],
        profiles: Callable[[], Profiles | None],
    ) -> None:
        self._store = store
        self._crowd = crowd
        self._clock = clock
        self._definitions = definitions
        self._profiles = profiles
        self._states: dict[str, Recording] = {}
        self._working: asyncio.Task[None] | None = None

    def state_of(self, name: str) -> Recording:
        """Say how far the members of a segment are recorded."""
        return self._states.get(name, RECORDED)

    def begin(self, names: Iterable[str]) -> None:
        """Record the members of some segments in the background; a segment that is gone loses its members."""
        for name in names:
            self._states[name] = Recording(state="waiting", text="Its members are about to be recorded.")
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())

    async def finish(self) -> None:
        """Wait until everything that was begun is recorded."""
        if self._working is not None:
            await asyncio.wait({self._working})

    async def close(self) -> None:
        """Break off; `shopkeeper segment refresh` records what is left."""
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)

    async def _work(self) -> None:
        while name := next((name for name, one in self._states.items() if one.state == "waiting"), None):
            try:
                await self._record(name)
                del self._states[name]
            except Exception as error:
                code = error.code if isinstance(error, ShopkeeperError) else type(error).__name__
                _log.warning("the members of a segment could not be recorded: %s", code)
                said = "Its members could not be recorded; run 'shopkeeper segment refresh'."
                self._states[name] = Recording(state="failed", text=said)

    async def _record(self, name: str) -> None:
        from shopkeeper.engines.crowd import members

        self._states[name] = Recording(state="running", text="Everybody is being looked at.")
        definitions = self._definitions()
        inside, upto = list[str](), sys.maxsize  # of a segment that is gone, nothing keeps a member
        if name in definitions.segments:
            rule = segment_predicates(definitions)[name]
            inside, upto = await self._crowd.ask(
                lambda people: (members(people.table, rule, moment=people.moment), people.upto)
            )

        def told(done: int, of: int) -> None:
            text = f"{done:,} of {of:,} memberships are recorded."
            self._states[name] = Recording(state="running", done=done, of=of, text=text)

        now = self._clock.now()
        moved = await record_members(self._store, definitions, name, inside, upto=upto, now=now, told=told)
        profiles = self._profiles()
        if profiles is not None:
            profiles.forget(moved)  # warm ones hold what was recorded before
