"""Profiles: the live state of each customer, folded from the log when first asked for, kept warm, written back.

A state is a fold over the events of all the customer's parts up to `seq`, in log order: never ahead of the log, never
guessed. A stored state spares the older part of that fold; one of other definitions, or of other parts (another
*shape*), is folded again from the start.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.event import Event
from shopkeeper.core.money import digits
from shopkeeper.core.predicate import Moment
from shopkeeper.core.profile import Ground, Membership, News, StoredProfile, version_of
from shopkeeper.core.shard import shard_of
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Value
from shopkeeper.differentiate.fold import State, decode_state, empty_state, fold, plan_traits, values
from shopkeeper.differentiate.seen import Seen
from shopkeeper.flows.ward import Ward
from shopkeeper.flows.writing_back import WRITTEN, is_due, write_states
from shopkeeper.protect.consent import joins_of

FOLDED = 16
"""How many events are folded, or states read, before others get their turn."""
SOUGHT = 2_000
"""How many live states are looked through for changed ones before others get their turn."""
TOGETHER = 64
"""How many customers' events are read together."""
CAPACITY = 50_000
"""How many live states are kept warm; the least recently used is written back and let go."""

_log = logging.getLogger(__name__)


class Profile:
    """One customer's live state; `seq` is the last event folded in, `changed` the traits since the last look.

    memberships: In which segments they are, of who is in the ward. seen: The trait values of the last look. shape:
    Which parts the customer had when this was folded, see `IdentityIndex.shapes`. upto: Up to where the log was read
    for it, >= seq. supposed: Not as the log has it but as somebody supposes; nothing that is worked out of it may be
    kept for others. dirty: Not stored as it is. unsaved: How many events were folded in since it was. unwritable: It
    cannot be stored.
    """

    __slots__ = (
        "changed",
        "customer",
        "dirty",
        "memberships",
        "outside_until",
        "predicted",
        "seen",
        "seq",
        "shape",
        "state",
        "supposed",
        "unsaved",
        "unwritable",
        "upto",
    )

    def __init__(self, customer: str, state: State, *, seq: int, shape: int = 0, supposed: bool = False) -> None:
        self.customer = customer
        self.state = state
        self.seq = seq
        self.shape = shape
        self.upto = seq
        self.supposed = supposed
        self.dirty = False
        self.unsaved = 0
        self.unwritable = False
        self.changed: set[str] | None = None
        self.predicted: Mapping[str, Value] = {}
        self.seen: Seen | None = None
        self.memberships: dict[str, Membership] = {}
        self.outside_until: int | None = None


class _Run(NamedTuple):
    """A run of the log up to a number; see `Profiles.follow`."""

    upto: int
    shapes: Mapping[str, int]
    elsewhere: frozenset[str]

    def fits(self, profile: Profile) -> bool:
        """Say whether a live state becomes whole by the run's events."""
        whole = profile.upto >= self.upto or profile.customer not in self.elsewhere
        return whole and profile.shape >= self.shapes.get(profile.customer, 0)


class Profiles:
    """The live states of one process.

    position: How far in the log `follow` has come: the live states of customers in the ward hold all that it says of
    them up to there. Those of others are kept too, and brought up to the log whenever they are asked for.
    unrecorded: Who was looked at, by customer, look by look: where they stand is noted in these, and not in the store
    until the look is recorded.
    """

    def __init__(
        self, store: Store, definitions: Definitions, *, capacity: int = CAPACITY, ward: Ward | None = None
    ) -> None:
        self.definitions = definitions
        self.plan = plan_traits(
            definitions.traits, zone=definitions.shop.zone, digits=digits(definitions.shop.currency)
        )
        self.position = 0
        self.ward = ward or Ward()
        self._store = store
        self._capacity = capacity
        self._ahead = 0
        self._renewals = 0
        self.unrecorded: list[Mapping[str, Profile]] = []
        self._live: OrderedDict[str, Profile] = OrderedDict()

    async def get(self, customer: str) -> Profile:
        """Return one customer's live state, folding it now if it is not warm.

        Where several processes serve the shop, it is brought up to the log first: whoever was told by another process
        that an event is in reads what it did.
        """
        if not self.ward.everybody:
            return (await self.catch_up([customer]))[customer]
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
        live = {customer: self._live[customer] for customer in customers if customer in self._live}
        read_on = await self._read_on(live)
        cold = [customer for customer in customers if customer not in live]
        return read_on | await self._warm(cold) if cold else read_on

    async def follow(
        self,
        events: Sequence[Event],
        customers: Collection[str],
        *,
        upto: int,
        shapes: Mapping[str, int],
        elsewhere: Collection[str],
    ) -> dict[str, Profile]:
        """Fold a run of the log, whatever of it lies behind `position`, into live states, and return them.

        Args:
            events: What the run says of `customers`. upto: The last number of the run.
            shapes: Of the customers whose parts have changed since `position`; what is of an earlier one is let go of.
            elsewhere: Of whom the run says more than is in `events`; what is live of them is read anew.
        """
        run = _Run(upto, shapes, frozenset(elsewhere))
        found = await self._fit(sorted(customers), run)
        # Nothing is awaited between these: who becomes warm later reads the log up to `upto` or beyond.
        self._let_go(run)
        self._ahead = max(self._ahead, upto)
        live = {customer: self._live.get(customer, profile) for customer, profile in found.items()}
        await self._fold(live, events)
        self.position = max(self.position, upto)
        return live

    async def _fit(self, customers: Sequence[str], run: _Run) -> dict[str, Profile]:
        """Return live states that hold everything which the run's events do not say."""
        while True:
            self._let_go(run)
            found = await self.get_many(customers)
            if all(run.fits(profile) for profile in found.values()):
                return found

    def _let_go(self, run: _Run) -> None:
        for customer in (*run.shapes, *run.elsewhere):
            live = self._live.get(customer)
            if live is not None and not run.fits(live):
                del self._live[customer]

    def forget(self, customers: Iterable[str]) -> None:
        """Let go of live states that are ahead of what the store could take; they are read again when asked for."""
        for customer in customers:
            self._live.pop(customer, None)

    def forget_shards(self, shards: Collection[int]) -> None:
        """Let go of the live states of some shards, whose lease has changed hands."""
        self._renewals += 1
        self.forget([customer for customer in self._live if shard_of(customer) in shards])

    async def write_back(self) -> int:
        """Write the states of the ward that changed since they were written, large ones seldom; return how many."""
        dirty: list[Profile] = []
        live = list(self._live.values())
        for start in range(0, len(live), SOUGHT):
            dirty += [one for one in live[start : start + SOUGHT] if self._must_be_kept(one) and is_due(one)]
            await asyncio.sleep(0)
        return await self._save(dirty)

    async def _save(self, profiles: Sequence[Profile]) -> int:
        return await write_states(self._store, profiles, version=self._version, ward=self.ward)

    def _must_be_kept(self, profile: Profile) -> bool:
        return profile.dirty and not profile.unwritable and self.ward.holds(profile.customer)

    async def renew_predicted(self) -> None:
        """Read the predicted traits of the warm profiles again, after a model has written others."""
        warm = list(self._live)
        found = await self._store.predicted(warm)
        for profile in filter(None, map(self._live.get, warm)):
            profile.predicted = found.get(profile.customer, {})
            profile.seen = None

    async def renew_memberships(self) -> None:
        """Read again in which segments the warm customers of the ward are, after others have recorded that.

        Of whom that is news, the next look asks the log what it told, as of somebody who is met for the first time.
        """
        self._renewals += 1
        warm = list(self._live)
        for start in range(0, len(warm), WRITTEN):
            some = list(filter(self.ward.holds, warm[start : start + WRITTEN]))
            found = await self._store.memberships(some)
            for profile in filter(None, map(self._live.get, some)):
                now = {one.segment: one for one in found.get(profile.customer, ())}
                if now.keys() != profile.memberships.keys():
                    profile.changed = None
                profile.memberships = now

    def values(self, profile: Profile, moment: Moment, names: Iterable[str] | None = None) -> dict[str, Value]:
        """Return the traits of a profile at a moment, predicted ones included.

        Args:
            names: Which folded traits are needed; None: all.
        """
        found = values(self.plan, profile.state, moment, names)
        found.update(profile.predicted)
        return found

    async def _warm(self, cold: Sequence[str]) -> dict[str, Profile]:
        renewals = self._renewals
        fresh = await self._read(cold)
        await self._make_room(len(fresh))
        # `follow` may have gone on meanwhile, or be about to.
        while min(profile.upto for profile in fresh.values()) < max(self.position, self._ahead):
            fresh = await self._read_on(fresh)
        if renewals != self._renewals:
            return await self._warm(cold)
        for customer, profile in fresh.items():
            profile.changed = None
            for looked_at in self.unrecorded:
                if customer in looked_at:
                    profile.memberships = looked_at[customer].memberships
            fresh[customer] = self._live.setdefault(customer, profile)
        return fresh

    async def _read(self, customers: Sequence[str]) -> dict[str, Profile]:
        """Fold states anew from what is stored and the log beyond it.

        A merge between the two reads would make a state of no shape at all, and so they are done again.
        """
        watched = [customer for customer in customers if self.ward.holds(customer)]
        while True:
            ground = await self._store.ground(customers, version=self.definitions.version, watched=watched)
            found, news = await self._restored(customers, ground), ground.news
            if any(profile.seq < news.after for profile in found.values()):
                news = news._replace(tail=None)  # the stored state is one that this version cannot read
            await self._fold_tails(found, news)
            if news.tail is not None or news.shapes == await self._store.shapes(customers):
                return found

    async def _restored(self, customers: Sequence[str], ground: Ground) -> dict[str, Profile]:
        found: dict[str, Profile] = {}
        for n, customer in enumerate(customers, 1):
            profile = self._restore(customer, ground.stored.get(customer), ground.news.shapes.get(customer, 0))
            profile.predicted = ground.predicted.get(customer, {})
            profile.memberships = {m.segment: m for m in ground.memberships.get(customer, ())}
            if customer in ground.links:
                profile.state.joins = joins_of(ground.links[customer])
            found[customer] = profile
            if n % FOLDED == 0:
                await asyncio.sleep(0)
        return found

    async def _fold_tails(self, profiles: Mapping[str, Profile], news: News) -> None:
        """Fold in the log up to a number; those that end near each other are read together."""
        ordered = sorted(profiles.values(), key=lambda profile: profile.upto)
        for start in range(0, len(ordered), TOGETHER):
            some = {profile.customer: profile for profile in ordered[start : start + TOGETHER]}
            after = ordered[start].upto
            if news.tail is not None:
                await self._fold(some, news.tail)
            elif after < news.upto:
                async for page in self._store.history_pages(list(some), after=after, upto=news.upto):
                    await self._fold(some, page)
            for profile in some.values():
                profile.upto = max(profile.upto, news.upto)

    async def _read_on(self, found: dict[str, Profile]) -> dict[str, Profile]:
        """Bring states up to the log; those whose customers have other parts by now are folded anew."""
        if not found:
            return found
        for customer, profile in found.items():
            if self._live.get(customer) is profile and self.ward.holds(customer):
                profile.upto = max(profile.upto, self.position)
        after = min(profile.upto for profile in found.values())
        news = await self._store.news(list(found), after=after)
        if news.upto <= after:
            return found
        stale = [customer for customer, profile in found.items() if profile.shape != news.shapes.get(customer, 0)]
        await self._fold_tails({c: p for c, p in found.items() if c not in stale}, news)
        if not stale:
            return found
        for customer in stale:
            if self._live.get(customer) is found[customer]:
                del self._live[customer]
        return found | await self.get_many(stale)

    def _restore(self, customer: str, stored: StoredProfile | None, shape: int) -> Profile:
        if stored is None or stored.version != self._version(shape):
            return Profile(customer, empty_state(), seq=0, shape=shape)
        try:
            return Profile(customer, decode_state(stored.state), seq=stored.seq, shape=shape)
        except msgspec.DecodeError:
            return Profile(customer, empty_state(), seq=0, shape=shape)

    def _version(self, shape: int) -> str:
        return version_of(self.definitions.version, shape)

    async def _fold(self, profiles: Mapping[str, Profile], events: Sequence[Event]) -> None:
        """Fold events in, in order; who else folds them into the same states meanwhile does so in order too."""
        for n, event in enumerate(events, 1):
            profile = profiles.get(event.customer)  # None: a merge just now has given the event to somebody else
            if profile is not None and event.seq > profile.seq:
                changed = fold(self.plan, profile.state, event)
                profile.seq = event.seq
                profile.dirty = True
                profile.unsaved += 1
                if profile.changed is not None:
                    profile.changed.update(changed)
            if n % FOLDED == 0:
                await asyncio.sleep(0)

    async def _make_room(self, wanted: int) -> None:
        surplus = len(self._live) + wanted - self._capacity
        if surplus > 0:
            leaving = [profile for _, profile in zip(range(surplus), self._live.values(), strict=False)]
            await self._save([profile for profile in leaving if self._must_be_kept(profile)])
            for profile in leaving:
                if not self._must_be_kept(profile):
                    self._live.pop(profile.customer, None)
