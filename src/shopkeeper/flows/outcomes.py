"""Outcomes: what customers did, taken into the log, the profiles, the segments and what is believed of offers.

When `take` returns, the event is durable and the next decision knows of it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput, Conflict
from shopkeeper.core.event import ORDER_COMPLETED, Event
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import Taken, collect
from shopkeeper.flows.learning import Learner
from shopkeeper.flows.profiles import Profiles
from shopkeeper.flows.watch import Transition, Watch
from shopkeeper.protect.token import read_token

OFFER_REDEEMED = "Offer Redeemed"
SOURCE = "shopkeeper"


class OutcomeAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one event.

    outcome: `accepted` or `duplicate` (the same event came before: no effect). entered, left: names of segments.
    """

    outcome: str
    seq: int
    entered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class Outcomes:
    """Takes events while the shop is being served."""

    def __init__(
        self, store: Store, definitions: Definitions, *, profiles: Profiles, watch: Watch, learner: Learner, key: bytes
    ) -> None:
        self._store = store
        self._definitions = definitions
        self._profiles = profiles
        self._watch = watch
        self._learner = learner
        self._key = key

    async def take(self, wire: Mapping[str, Any], *, source: str, now: datetime) -> OutcomeAnswer:
        """Take one wire event.

        One that came before is followed up again, which changes nothing, unless we fell over before that was done.

        Raises:
            BadInput: It cannot be taken; it waits in quarantine, whole, where it can be replayed. Or its token is not
                ours, and nothing is kept.
            Conflict: Another event came under the same id before; this one waits in quarantine.
            StoreError: Nothing was taken; send it again.
        """
        result = await collect(self._store, self._definitions, [self._credited(wire)], source=source, now=now)
        taken = result.receipts[0]
        _raise_refused(taken)
        moved = await self.follow(result.events or await self._store.read(after=taken.seq - 1, limit=1), now=now)
        return OutcomeAnswer(
            outcome=taken.outcome,
            seq=taken.seq,
            entered=tuple(move.segment for move in moved if move.entered),
            left=tuple(move.segment for move in moved if not move.entered),
        )

    async def follow(self, events: Sequence[Event], *, now: datetime) -> list[Transition]:
        """Let everything that listens know of events that the log has taken."""
        redeemed = [redemption for event in events for redemption in redemptions(event)]
        if redeemed:
            await self._store.append(redeemed)
        customers = sorted({event.customer for event in events if event.customer})
        profiles = await self._profiles.catch_up(customers)
        moved = await self._watch.look(list(profiles.values()), now=now)
        if redeemed or any(event.name.startswith("Offer ") for event in events):
            await self._learner.catch_up()
        return moved

    def _credited(self, wire: Mapping[str, Any]) -> dict[str, Any]:
        """Replace an outcome's token by what it says, so that a credit cannot be made up."""
        given = wire.get("properties")
        if not isinstance(given, dict):
            return dict(wire)
        said = {name: value for name, value in given.items() if name not in {"token", "decision", "slot", "arm"}}
        if "token" in given:
            if not isinstance(given["token"], str):
                raise BadInput("body: properties.token must be the text that a decision's pick carried")
            token = read_token(given["token"], self._key)
            said |= {"decision": token.decision, "slot": token.slot, "offer": token.item, "arm": token.arm}
            said |= {"position": token.place, "probability": token.probability}
        return {**wire, "properties": said}


def redemptions(event: Event) -> list[Event]:
    """Return the `Offer Redeemed` events that an order's lines stand for: one for each coupon on it."""
    if event.name != ORDER_COMPLETED:
        return []
    coupons = sorted({line.coupon for line in event.lines if line.coupon})
    return [
        Event(
            source=SOURCE,
            message_id=f"redeemed:{event.source}:{event.message_id}:{coupon}",
            name=OFFER_REDEEMED,
            customer=event.customer,
            at=event.at,
            received_at=event.received_at,
            place=event.place,
            texts={"offer": coupon},
        )
        for coupon in coupons
    ]


def _raise_refused(taken: Taken) -> None:
    waits = f"; it waits in quarantine as {taken.waits_as}" if taken.waits_as else ""
    if taken.outcome == "refused":
        raise BadInput(f"{taken.reason}{waits}")
    if taken.outcome == "conflict":
        raise Conflict(f"{taken.reason}{waits}")
