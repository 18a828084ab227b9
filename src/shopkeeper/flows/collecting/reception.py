"""Reception: what a source sent is taken into the log, or waits in quarantine; the answer says how much of which."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from shopkeeper.core.errors import BadInput
from shopkeeper.flows.collecting.faulty import set_aside, set_body_aside
from shopkeeper.flows.collecting.sent import Shape, ready
from shopkeeper.flows.collecting.strict import ALONE, Shared
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.door.refusing import Faulty
from shopkeeper.flows.outcomes import require_taken
from shopkeeper.flows.taker import Taker


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the events of one request, all of it durable.

    accepted: In the log now. pending: Durable, and will be in the log once it is their turn, or in quarantine; told
    where many come at once. duplicates: Came before, no effect. quarantined: Wait, to be mended; among them
    `conflicts`, which came under the id of another event. refused: May not be kept, and are not.
    """

    success: Literal[True] = True
    accepted: int = 0
    pending: int = 0
    duplicates: int = 0
    conflicts: int = 0
    quarantined: int = 0
    refused: int = 0


_ONE = {
    "accepted": Collected(accepted=1),
    "duplicate": Collected(duplicates=1),
    "discarded": Collected(refused=1),
}
"""What became of the event of a call of its own, by its outcome; for any other it is told as an error."""


_LEFT = Collected(pending=1)


class Reception:
    """Takes what sources send, while the shop is being served; `key` signs tokens."""

    def __init__(self, taker: Taker, *, key: bytes) -> None:
        self._taker = taker
        self._key = key

    async def take_one(self, event: Any, origin: Origin, *, shape: Shape, doubtful: bool, now: datetime) -> Collected:
        """Take the event of a call of its own.

        Args:
            event, doubtful: See `strict.read_json`.
            shape: Brings it into Segment's shape.

        Raises:
            BadInput: It cannot be taken; it waits in quarantine, whole, where it can be mended, if it may be kept.
            Conflict: Another event came under the same id before; this one waits.
            StoreError: Nothing was taken; send it again.
        """
        found = self.read(event, shape, doubtful=doubtful, now=now)
        if isinstance(found, Refusal):
            aside = set_aside(event, found, origin, now=now, shape=shape)
            await self._taker.take_all([], origin, now=now, faulty=[aside])
            raise BadInput(f"{found}; {aside.fate}")
        if self._taker.crowded:
            await self._taker.leave([found], origin, now=now)
            return _LEFT
        taken = await self._taker.take(found, origin, now=now)
        require_taken(taken)
        return _ONE[taken.outcome]

    async def take_all(
        self,
        events: Sequence[Any],
        origin: Origin,
        *,
        shape: Shape,
        doubtful: bool,
        now: datetime,
        shared: Shared = ALONE,
    ) -> Collected:
        """Take the events of a batch; what cannot be taken waits, and does not hold up the others.

        A no is heard after all that came before it, of which something may lie in the inbox: in one that has a fault,
        and so cannot be left there, it waits with its batch until that is empty.

        Args:
            shared: What the batch says of all, which `shape` adds to each.

        Raises: StoreError: nothing was taken; send it again.
        """
        wires: list[Any] = []
        faulty: list[Faulty] = []
        for place, event in enumerate(events):
            found = self.read(event, shape, doubtful=doubtful, now=now, shared=shared)
            if isinstance(found, Refusal):
                faulty.append(set_aside(event, found, origin, now=now, shape=shape, place=place, shared=shared))
            else:
                wires.append(found)
        refused = sum(one.row is None for one in faulty)
        waiting = len(faulty) - refused
        if self._taker.crowded and all(one.wire is None for one in faulty):
            if faulty:
                await self._taker.take_all([], origin, now=now, faulty=faulty)
            await self._taker.leave(wires, origin, now=now)
            return Collected(pending=len(wires), quarantined=waiting, refused=refused)
        result = await self._taker.take_all(wires, origin, now=now, faulty=faulty)
        return Collected(
            accepted=result.accepted,
            duplicates=result.duplicates,
            conflicts=result.conflicts,
            quarantined=result.quarantined + waiting,
            refused=result.discarded + refused,
        )

    async def keep_body(self, body: bytes, origin: Origin, why: Refusal, *, now: datetime) -> str:
        """Keep a body that cannot be read as events, if it may be kept; return what becomes of it, in words."""
        aside = set_body_aside(body, why, origin, now=now)
        await self._taker.take_all([], origin, now=now, faulty=[aside])
        return aside.fate

    def read(
        self, event: Any, shape: Shape, *, doubtful: bool, now: datetime, shared: Shared = ALONE
    ) -> dict[str, Any] | Refusal:
        """Read one event as the door does, or say why that cannot be; see `take_one`."""
        try:
            return ready(event, doubtful=doubtful, now=now, key=self._key, shape=shape, shared=shared)
        except Refusal as refusal:
            return refusal
