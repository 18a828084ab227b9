"""Reception: what a source sent is taken into the log, or waits in quarantine; the answer says how much of which."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from shopkeeper.core.errors import BadInput
from shopkeeper.core.quarantine import Quarantined
from shopkeeper.flows.collecting.limits import KEPT
from shopkeeper.flows.collecting.sent import Shape, ready
from shopkeeper.flows.collecting.strict import ALONE, Shared, unseen_in
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.door.reading import Refusal
from shopkeeper.flows.holding import held_back
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
            BadInput: It cannot be taken; it waits in quarantine, whole, where it can be mended.
            Conflict: Another event came under the same id before; this one waits.
            StoreError: Nothing was taken; send it again.
        """
        found = self.read(event, shape, doubtful=doubtful, now=now)
        if isinstance(found, Refusal):
            row = held_back(origin, found, _shaped(event, shape), now=now, unseen=unseen_in(event))
            await self._taker.take_all([], origin, now=now, waiting=[row])
            raise BadInput(f"{row.reason}; it waits in quarantine as {row.id}")
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

        Args:
            shared: What the batch says of all, which `shape` adds to each.

        Raises: StoreError: nothing was taken; send it again.
        """
        wires: list[Any] = []
        faults: list[Quarantined] = []
        for place, event in enumerate(events):
            found = self.read(event, shape, doubtful=doubtful, now=now, shared=shared)
            if isinstance(found, Refusal):
                unseen = unseen_in(event, shared)
                faults.append(held_back(origin, found, _shaped(event, shape), now=now, place=place, unseen=unseen))
            else:
                wires.append(found)
        if self._taker.crowded:
            if faults:
                await self._taker.take_all([], origin, now=now, waiting=faults)
            await self._taker.leave(wires, origin, now=now)
            return Collected(pending=len(wires), quarantined=len(faults))
        result = await self._taker.take_all(wires, origin, now=now, waiting=faults)
        return Collected(
            accepted=result.accepted,
            duplicates=result.duplicates,
            conflicts=result.conflicts,
            quarantined=result.quarantined + len(faults),
            refused=result.discarded,
        )

    async def keep_body(self, body: bytes, origin: Origin, why: Refusal, *, now: datetime) -> str:
        """Keep a body that cannot be read as events, cut to a bound; return the id under which it waits."""
        text = body[:KEPT].decode(errors="backslashreplace").replace("\0", "\\0")
        row = held_back(origin, why, text, now=now)
        await self._taker.take_all([], origin, now=now, waiting=[row])
        return row.id

    def read(
        self, event: Any, shape: Shape, *, doubtful: bool, now: datetime, shared: Shared = ALONE
    ) -> dict[str, Any] | Refusal:
        """Read one event as the door does, or say why that cannot be; see `take_one`."""
        try:
            return ready(event, doubtful=doubtful, now=now, key=self._key, shape=shape, shared=shared)
        except Refusal as refusal:
            return refusal


def _shaped(event: Any, shape: Shape) -> Any:
    """Return an event in the shape in which it may be offered again, if it has one."""
    try:
        return shape(event) if isinstance(event, dict) else event
    except Refusal:
        return event
