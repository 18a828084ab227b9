"""Supposed profiles: a customer as of another instant, or without something that happened; nothing of it is kept."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from shopkeeper.core.event import CORRECTIONS, ORDER_COMPLETED, Event
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Value
from shopkeeper.differentiate.fold import empty_state, fold
from shopkeeper.flows.profiles import Profile, Profiles
from shopkeeper.flows.turns import in_turns
from shopkeeper.protect.consent import forbids

ORDERS = CORRECTIONS | {ORDER_COMPLETED}


class Without(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to suppose never happened, as reasons name it.

    traits: Names of traits that rules are to find unknown. items: Ids of items whose purchases are left out.
    orders: Ids of orders that are left out whole, with what corrected them.
    """

    traits: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether there is something to leave out."""
        return bool(self.traits or self.items or self.orders)


class _Left(NamedTuple):
    """What is left of a history: nothing after an instant (microseconds), nothing of some items and orders."""

    until: int | None
    items: Collection[str]
    orders: Collection[str]

    def of(self, event: Event) -> Event | None:
        if self.until is not None and micros(event.at) > self.until:
            return None
        if event.name not in ORDERS:
            return event
        if (event.order_id or str(event.seq)) in self.orders:
            return None
        lines = tuple(line for line in event.lines if line.product_id not in self.items)
        if lines or not event.lines:
            return event if len(lines) == len(event.lines) else replace(event, lines=lines)
        return None


class SupposedProfiles:
    """Gives profiles as they would be; it stands where the live ones do.

    What a customer forbids today counts at any instant: a withdrawn consent is never supposed away.

    Args:
        until: The customer's events after this instant (microseconds) are left out; None: none are.
    """

    def __init__(self, store: Store, live: Profiles, *, until: int | None, without: Without) -> None:
        self._store = store
        self._live = live
        self._left = _Left(until, frozenset(without.items), frozenset(without.orders))
        self._unknown = frozenset(without.traits)

    async def get(self, customer: str) -> Profile:
        """Fold what is left of a customer's history."""
        today = await self._live.get(customer)
        found = Profile(customer, empty_state(), seq=0, supposed=True)
        async for event in in_turns(self._store.history_pages([customer], upto=today.seq)):
            left = self._left.of(event)
            if left is not None:
                fold(self._live.plan, found.state, left)
                found.seq = left.seq
        found.predicted = today.predicted
        found.state.joins = today.state.joins
        for name, purpose in self._live.definitions.shop.purposes.items():
            words = today.state.words.get(name, ())
            if forbids(words, today.state.joins, purpose):
                found.state.words[name] = list(words)
        return found

    def values(self, profile: Profile, moment: Moment, names: Iterable[str] | None = None) -> dict[str, Value]:
        """Return the traits of a profile at a moment, those that are to be unknown left out."""
        found = self._live.values(profile, moment, names)
        return {name: value for name, value in found.items() if name not in self._unknown}
