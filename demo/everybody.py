"""Decide for every household, in both slots, through the same flow that answers the API."""

from collections import Counter
from collections.abc import Sequence
from time import perf_counter

from rich.console import Console
from rich.progress import track

from demo.result import Decided
from shopkeeper.app import App
from shopkeeper.core.decision import DecideRequest

SLOTS = ("recommendations", "coupons")


async def decide_everybody(app: App, households: Sequence[str], console: Console) -> Decided:
    """Ask for both slots of every household; the decisions are events in the shop's log."""
    roles: Counter[str] = Counter()
    holdout = 0
    async with app.serving() as service:
        began = perf_counter()
        for household in track(households, "deciding", console=console, transient=True):
            for slot in SLOTS:
                asked = DecideRequest(slot=slot, customer={"user_id": household})
                decision = await service.decider.decide(asked, now=app.clock.now())
                holdout += decision.arm == "holdout" and slot == SLOTS[0]
                roles.update(str(pick.details["role"] or "no role") for pick in decision.picks if slot == "coupons")
        seconds = perf_counter() - began
    return Decided(
        households=len(households),
        decisions=len(households) * len(SLOTS),
        seconds=seconds,
        holdout=holdout,
        coupons=sum(roles.values()),
        roles=dict(roles.most_common()),
    )
