"""A run of the log: what is done with some events that came one after another."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from shopkeeper.core.event import Event
from shopkeeper.core.store import Store
from shopkeeper.flows.deciding.visit import Reception
from shopkeeper.flows.following.redemptions import redemptions
from shopkeeper.flows.learning import Learner
from shopkeeper.flows.profiles import Profiles
from shopkeeper.flows.watch import Looked, Transition, Watch

READER: Final = "follower"
"""The name of the durable cursor, where no leases keep it."""


class Led(NamedTuple):
    """What is led on: all of one version of the definitions."""

    profiles: Profiles
    watch: Watch
    reception: Reception


class Run(NamedTuple):
    """Events with after < seq <= upto; the log holds more in between where others follow those.

    due: Says whether an event is to be followed here for a customer or a part of theirs.
    """

    events: Sequence[Event]
    after: int
    upto: int
    due: Callable[[str, int], bool]


class Step(NamedTuple):
    """A run that was looked at, and has to be recorded; `learns`: whether it has something for the learner."""

    run: Run
    looked: Looked
    learns: bool


async def look_at_run(
    store: Store, led: Led, run: Run, *, now: datetime, recorded: Callable[[], Awaitable[None]]
) -> Step:
    """Fold a run and look at whom it tells of; `record_run` does the rest.

    Doing it again changes nothing, once a look that was not recorded is forgotten.

    Redemptions are written where the order's part is followed, and all else where its customer is: the part's shard
    never changes, and so no merge makes two workers leave an order to each other.

    Args:
        recorded: Waits until the run before is recorded, as it must be before a merge hands on what was.
    """
    imported, lived = await _parted(store, run.events)
    shapes, reshaped = await _reshape(store, led, run, recorded)
    await asyncio.sleep(0)
    redeemed = await _redeem(store, [event for event in lived if run.due(event.part, event.seq)])
    here = [event for event in lived if run.due(event.customer, event.seq)]
    holds = led.profiles.ward.holds
    whom = {event.customer for event in here} | {one for one in reshaped - imported if holds(one)}
    profiles = await led.profiles.follow(here, whom, upto=run.upto, shapes=shapes, elsewhere=imported)
    behind = {customer for customer in redeemed if holds(customer)}
    if behind:
        profiles |= await led.profiles.catch_up(sorted(behind))
    looked = await led.watch.look(list(profiles.values()), now=now, reshaped=reshaped)
    return Step(run, looked, bool(redeemed) or any(event.name.startswith("Offer ") for event in run.events))


async def record_run(led: Led, learner: Learner, step: Step) -> list[Transition]:
    """Record whom a run moved, and let the learner count; return who entered and left which segments."""
    moved = await led.watch.record(step.looked)
    if step.learns:
        await learner.catch_up()
    return moved


async def _parted(store: Store, events: Sequence[Event]) -> tuple[set[str], list[Event]]:
    """Part whom imported history tells of, which is not lived through again, from the events that just happened."""
    histories = await store.histories()
    past = {event.seq for event in events if (event.source, event.received_at) in histories}
    imported = {event.customer for event in events if event.seq in past}
    return imported, [event for event in events if event.customer and event.seq not in past]


async def _reshape(
    store: Store, led: Led, run: Run, recorded: Callable[[], Awaitable[None]]
) -> tuple[dict[str, int], set[str]]:
    """Forget whoever has other parts by now.

    An event is read as its customer's of now, and so a merge that comes later in the log counts already.

    Returns: The shapes of whose parts changed by now; and whom this run reshaped and who are customers still.
    """
    changed = await store.reshaped(after=run.after)
    if not changed:
        return {}, set()
    await recorded()
    led.reception.forget(changed.keys())
    shapes = {customer: last for customer, (_, last) in changed.items()}
    within = {customer for customer, (first, _) in changed.items() if first <= run.upto}
    whose = await store.current(sorted(within)) if within else {}
    holds = led.profiles.ward.holds
    heirs = {part: whose[part] for part in sorted(within) if whose.get(part, part) != part}
    if heirs:
        await led.watch.inherit({part: heir for part, heir in heirs.items() if holds(heir)})
    return shapes, {customer for customer in within if whose.get(customer) == customer}


async def _redeem(store: Store, orders: Sequence[Event]) -> set[str]:
    """Write down the redemptions that orders stand for; return whose."""
    redeemed = [redemption for event in orders for redemption in redemptions(event)]
    if redeemed:
        await store.append(redeemed)
    return {event.customer for event in orders if redemptions(event)}
