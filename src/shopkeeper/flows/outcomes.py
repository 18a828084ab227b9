"""Outcomes: what customers did, taken into the log one by one.

When `take` returns, the event is durable, whatever follows the log has come to it, and the next decision knows of it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from shopkeeper.core.errors import BadInput, Conflict
from shopkeeper.flows.collect import Taken
from shopkeeper.flows.collecting.sent import credited
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.following import Follower
from shopkeeper.flows.taker import Taker
from shopkeeper.flows.watch import Transition


class OutcomeAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one event.

    outcome: `accepted` or `duplicate` (the same event came before: no effect). entered, left: names of segments.
    """

    outcome: str
    seq: int
    entered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class Outcomes:
    """Takes events while the shop is being served; `key` signs tokens."""

    def __init__(self, taker: Taker, follower: Follower, *, key: bytes) -> None:
        self._taker = taker
        self._follower = follower
        self._key = key

    async def take(self, wire: Mapping[str, Any], *, source: str, now: datetime) -> OutcomeAnswer:
        """Take one wire event.

        Raises:
            BadInput: It cannot be taken; it waits in quarantine, whole, where it can be replayed. Or, as a Refusal,
                its token is not ours, and nothing is kept.
            Conflict: Another event came under the same id before; this one waits in quarantine.
            StoreError: Send it again: either nothing was taken, or what was will be a duplicate, and waited for.
        """
        taken = await self._taker.take(credited(wire, self._key), Origin(source), now=now)
        require_taken(taken)
        moved = await self.reach(taken.seq)
        return OutcomeAnswer(
            outcome=taken.outcome,
            seq=taken.seq,
            entered=tuple(move.segment for move in moved if move.entered),
            left=tuple(move.segment for move in moved if not move.entered),
        )

    async def reach(self, seq: int) -> list[Transition]:
        """Wait until whatever follows the log has come to an event; return what its customer entered and left.

        Raises: StoreError: the store failed; the event is in the log, and is followed later.
        """
        return await self._follower.reach(seq)


def require_taken(taken: Taken) -> None:
    """Make sure that an event went in, or was in.

    Raises: BadInput: it cannot be taken. Conflict: another event came under its id before. It waits in quarantine.
    """
    waits = f"; it waits in quarantine as {taken.waits_as}" if taken.waits_as else ""
    if taken.outcome == "refused":
        raise BadInput(f"{taken.reason}{waits}")
    if taken.outcome == "conflict":
        raise Conflict(f"{taken.reason}{waits}")
