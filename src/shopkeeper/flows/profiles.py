"""Profiles: the live state of each customer, folded from the log when first asked for, kept warm, written back.

A state is a fold over the customer's events up to `seq`, in log order: never ahead of the log, never guessed. A
stored state spares the older part of that fold; one of other definitions is folded again from the start.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import StoreError
from shopkeeper.core.event import Event
from shopkeeper.core.money import digits
from shopkeeper.core.predicate import Moment
from shopkeeper.core.profile import Membership, StoredProfile
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Value
from shopkeeper.differentiate.fold import State, decode_state, empty_state, encode_state, fold, plan_traits, values

WRITTEN, ENCODED = 256, 8
"""How many states one write takes, and how many are encoded before others get their turn."""
CAPACITY = 50_000
"""How many live states are kept warm; the least recently used is written back and let go."""


class Profile:
    """One customer's live state; `seq` is the last event folded in, `changed` the traits since the last look.

    supposed: Not as the log has it but as somebody supposes; nothing that is worked out of it may be kept for others.
    """

    __slots__ = ("changed", "customer", "dirty", "memberships", "predicted", "seq", "state", "supposed")

    def __init__(self, customer: str, state: State, *, seq: int, supposed: bool = False) -> None:
        self.customer = customer
        self.state = state
        self.seq = seq
        self.supposed = supposed
        self.dirty = False
        self.changed: set[str] | None = None
        self.predicted: Mapping[str, Value] = {}
        self.memberships: dict[str, Membership] = {}


class Profiles:
    """The live states of one process."""

    def __init__(self, store: Store, definitions: Definitions, *, capacity: int = CAPACITY) -> None:
        self.definitions = definitions
        self.plan = plan_traits(
            definitions.traits, zone=definitions.shop.zone, digits=digits(definitions.shop.currency)
        )
        self._store = store
        self._capacity = capacity
        self._live: OrderedDict[str, Profile] = OrderedDict()

    async def get(self, customer: str) -> Profile:
        """Return one customer's live state, folding it now if it is not warm."""
        profile = self._live.get(customer)
        if profile is None:
            profile = (await self.get_many([customer]))[customer]
        else:
            self._live.move_to_end(customer)
        return profile

    async def get_many(self, customers: Sequence[str]) -> dict[str, Profile]:
        """Return the live states of some customers; the cold ones are read and folded together."""
        found = {customer: self._live[customer] for customer in customers if customer in self._live}
        cold = [customer for customer in customers if customer not in found]
        if cold:
            found.update(await self._warm(cold))
        return found

    async def catch_up(self, customers: Sequence[str]) -> dict[str, Profile]:
        """Fold in whatever the log holds beyond the live states, in log order, and return them."""
        found = await self.get_many(customers)
        if found:
            events = await self._store.history(list(found), after=min(p.seq for p in found.values()))
            self._fold(found, events)
        return found

    def forget(self, customers: Iterable[str]) -> None:
        """Let go of live states that are ahead of what the store could take; they are read again when asked for."""
        for customer in customers:
            self._live.pop(customer, None)

    async def write_back(self) -> int:
        """Write every state that changed since it was last written; return how many."""
        dirty = [profile for profile in self._live.values() if profile.dirty]
        await self._save(dirty)
        return len(dirty)

    async def renew_predicted(self) -> None:
        """Read the predicted traits of the warm profiles again, after a model has written others."""
        found = await self._store.predicted(list(self._live))
        for customer, profile in self._live.items():
            profile.predicted = found.get(customer, {})

    def values(self, profile: Profile, moment: Moment, names: Iterable[str] | None = None) -> dict[str, Value]:
        """Return the traits of a profile at a moment, predicted ones included.

        Args:
            names: Which folded traits are needed; None: all.
        """
        found = values(self.plan, profile.state, moment, names)
        found.update(profile.predicted)
        return found

    async def _warm(self, cold: Sequence[str]) -> dict[str, Profile]:
        stored = await self._store.load_profiles(cold)
        predicted = await self._store.predicted(cold)
        memberships = await self._store.memberships(cold)
        fresh = {customer: self._restore(customer, stored.get(customer)) for customer in cold}
        for profile in fresh.values():
            profile.predicted = predicted.get(profile.customer, {})
            profile.memberships = {m.segment: m for m in memberships.get(profile.customer, [])}
        await self._make_room(len(fresh))
        for at in sorted({profile.seq for profile in fresh.values()}):
            group = {c: p for c, p in fresh.items() if p.seq == at}
            self._fold(group, await self._store.history(list(group), after=at))
        for customer, profile in fresh.items():
            profile.changed = None
            fresh[customer] = self._live.setdefault(customer, profile)
        return fresh

    def _restore(self, customer: str, stored: StoredProfile | None) -> Profile:
        if stored is None or stored.version != self.definitions.version:
            return Profile(customer, empty_state(), seq=0)
        try:
            return Profile(customer, decode_state(stored.state), seq=stored.seq)
        except msgspec.DecodeError:
            return Profile(customer, empty_state(), seq=0)

    def _fold(self, profiles: Mapping[str, Profile], events: Iterable[Event]) -> None:
        for event in events:
            profile = profiles[event.customer]
            if event.seq > profile.seq:
                changed = fold(self.plan, profile.state, event)
                profile.seq = event.seq
                profile.dirty = True
                if profile.changed is not None:
                    profile.changed.update(changed)

    async def _make_room(self, wanted: int) -> None:
        surplus = len(self._live) + wanted - self._capacity
        if surplus > 0:
            leaving = [profile for _, profile in zip(range(surplus), self._live.values(), strict=False)]
            await self._save([profile for profile in leaving if profile.dirty])
            for profile in leaving:
                if not profile.dirty:
                    self._live.pop(profile.customer, None)

    async def _save(self, profiles: Sequence[Profile]) -> None:
        """Write states, a few at a time: encoding thousands in one go would hold up every decision meanwhile."""
        for start in range(0, len(profiles), WRITTEN):
            batch = profiles[start : start + WRITTEN]
            states: list[StoredProfile] = []
            for profile in batch:
                states.append(self._written(profile))
                if len(states) % ENCODED == 0:
                    await asyncio.sleep(0)
            try:
                await self._store.save_profiles(states)
            except StoreError:
                for profile in batch:
                    profile.dirty = True
                raise

    def _written(self, profile: Profile) -> StoredProfile:
        profile.dirty = False
        return StoredProfile(profile.customer, encode_state(profile.state), profile.seq, self.definitions.version)
