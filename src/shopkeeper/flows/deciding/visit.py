"""A visit: who asks, whether their data may be used, and in which arm they are."""

import logging
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Final, Literal, Protocol

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput, NotPermitted, StoreError
from shopkeeper.core.identifier import Identifier, Whose
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.core.store import Store
from shopkeeper.core.trait import Value
from shopkeeper.differentiate.fold import consents
from shopkeeper.flows.deciding.signal import keep_signal
from shopkeeper.flows.profiles import Profile
from shopkeeper.flows.ward import Ward
from shopkeeper.identify.names import asked_name
from shopkeeper.protect.assignment import arm_of, treatment
from shopkeeper.protect.consent import Standing
from shopkeeper.protect.permit import permit

Arm = Literal["treated", "holdout", "none"]
ID: Final = "customer"
"""The name under which a customer may be named by the id that Shopkeeper gave them, which no identifier looks like.

It needs no right of its own: it opens nothing that the customer's identifiers do not open, and is harder to guess.
"""
HELD_OUT: Final = "universal holdout: what others see is measured against it"
_log = logging.getLogger(__name__)
_ID = re.compile(r"cus_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Known(Protocol):
    """Gives the profile of a customer, and reads it: as it is now, or as it is supposed to be."""

    async def get(self, customer: str) -> Profile:
        """Return a customer's profile."""
        ...

    def values(self, profile: Profile, moment: Moment, names: Iterable[str] | None = None) -> dict[str, Value]:
        """Return the traits of a profile at a moment."""
        ...


class Visit:
    """What a decision knows of who asks.

    profile: None unless the customer is known and their data may be used. why: What made it personal or not.
    part: Whose identifier named them. arm, crossed: See `protect.assignment.Treatment`. follows: The part whose arm the
    answer follows, where that is another arm than that of `part`, else empty.
    degraded: What failed while finding out, else None.
    """

    def __init__(
        self,
        profiles: Known,
        *,
        moment: Moment,
        customer: str = "",
        part: str = "",
        profile: Profile | None = None,
        arm: Arm = "none",
        crossed: bool = False,
        follows: str = "",
        why: str,
        degraded: str | None = None,
        context: Mapping[str, Value],
    ) -> None:
        self._profiles = profiles
        self._context = context
        self.moment = moment
        self.customer = customer
        self.part = part
        self.profile = profile
        self.arm = arm
        self.crossed = crossed
        self.follows = follows
        self.why = why
        self.degraded = degraded

    @property
    def personal(self) -> bool:
        """Whether the customer's data is used."""
        return self.profile is not None

    @cached_property
    def values(self) -> dict[str, Value]:
        """What rules may read: the facts of the moment, and the traits if the visit is personal."""
        traits = {} if self.profile is None else self._profiles.values(self.profile, self.moment)
        return {**traits, **self._context}


MET = 100_000
"""How many identifiers are remembered."""


class Reception:
    """Receives visits.

    Args:
        ward: Whom this process follows. Where another follows some, it is no longer heard of at once that customers
            were joined or taken apart, and so whose an identifier is, is looked up each time.
    """

    def __init__(self, store: Store, definitions: Definitions, profiles: Known, *, ward: Ward | None = None) -> None:
        self._ward = ward or Ward()
        self._store = store
        self._shop = definitions.shop
        self._profiles = profiles
        self._turned_off = [name for name, purpose in definitions.shop.purposes.items() if purpose.gpc]
        self._met: OrderedDict[Identifier, Whose] = OrderedDict()
        self._names: dict[str, list[Identifier]] = {}
        self._forgotten = 0

    def forget(self, customers: Iterable[str]) -> None:
        """Forget whose identifiers those of some customers are: their parts have changed."""
        self._forgotten += 1
        for customer in customers:
            for name in self._names.pop(customer, ()):
                self._met.pop(name, None)

    async def receive(
        self, named: Mapping[str, str], *, purpose: str, context: Mapping[str, Value], now: datetime, gpc: bool = False
    ) -> Visit:
        """Find out who asks and what may be used.

        Args:
            named: One identifier by kind, the customer's own id under `customer`, or nothing for a stranger.
            gpc: Whether their browser asks by Global Privacy Control; it counts at once, whatever was said before.

        Raises: BadInput: more than one identifier, or of a kind that shop.yaml does not declare.
        """
        moment = Moment(micros(now), self._shop.zone)
        names = [self._name(kind, value) for kind, value in named.items()]
        if len(names) > 1:
            raise BadInput("customer: name one identifier, such as {'user_id': '1023'}")
        if not names:
            return Visit(self._profiles, moment=moment, why="no customer was named", context=context)
        try:
            whose = await self._whose(names[0])
            if whose is None:
                return Visit(self._profiles, moment=moment, why="the customer is not known", context=context)
            profile = await self._read(whose.customer)
        except StoreError:
            why = "the customer cannot be looked up just now"
            return Visit(self._profiles, moment=moment, why=why, degraded="no store", context=context)
        stands = consents(profile.state, self._shop.purposes, now)
        if gpc:
            stands |= dict.fromkeys(self._turned_off, "gpc")
            await self._write_down(whose.part, profile, now)
        return self._known(profile, whose.part, purpose, moment, context, stands=stands, now=now)

    async def _read(self, customer: str) -> Profile:
        """Read a profile. Raises: StoreError: it cannot be, whatever the cause: the caller said nothing wrong."""
        try:
            return await self._profiles.get(customer)
        except StoreError:
            raise
        except Exception as error:
            _log.error("%s cannot be read for a decision: unforeseen %s", customer, type(error).__name__)
            raise StoreError("the profile cannot be read") from error

    async def _write_down(self, part: str, profile: Profile, now: datetime) -> None:
        """Write the signal down where this part has not sent it before: cut off, it will stand by its own words."""
        sent = {
            purpose
            for purpose, words in profile.state.words.items()
            if any(word.via == "gpc" and word.part == part for word in words)
        }
        news = [purpose for purpose in self._turned_off if purpose not in sent]
        if news and not profile.supposed:
            await keep_signal(self._store, self._shop, part, purposes=news, now=now)

    def _name(self, kind: str, value: str) -> Identifier:
        if kind == ID and _ID.fullmatch(value):
            return Identifier(kind, value)
        return asked_name(kind, value, self._shop)

    async def _whose(self, name: Identifier) -> Whose | None:
        """Return whose identifier it is, None if nobody's; who was met lately is remembered, where all is heard of."""
        if not self._ward.everybody:
            self._met.clear()
            self._names.clear()
            self._forgotten += 1
            return await self._find(name)
        whose = self._met.get(name)
        if whose is None:
            before = self._forgotten
            whose = await self._find(name)
            if whose is not None and before == self._forgotten:
                self._remember(name, whose)
        return whose

    def _remember(self, name: Identifier, whose: Whose) -> None:
        self._met[name] = whose
        self._names.setdefault(whose.customer, []).append(name)
        if len(self._met) > MET:
            oldest, (_, customer) = self._met.popitem(last=False)
            rest = [one for one in self._names.pop(customer, ()) if one != oldest]
            if rest:
                self._names[customer] = rest

    async def _find(self, name: Identifier) -> Whose | None:
        if name.kind == ID and _ID.fullmatch(name.value):
            customer = (await self._store.current([name.value])).get(name.value)
            return None if customer is None else Whose(name.value, customer)
        return (await self._store.whose([name])).get(name)

    def _known(
        self,
        profile: Profile,
        part: str,
        purpose: str,
        moment: Moment,
        context: Mapping[str, Value],
        *,
        stands: Mapping[str, Standing],
        now: datetime,
    ) -> Visit:
        customer, holdout = profile.customer, self._shop.holdout
        arms = treatment(customer, profile.state.decided, holdout, parts=profile.state.parts_of(customer))
        abroad = arm_of(part, holdout) != arm_of(arms.follows, holdout)
        used = None
        try:
            given = permit(purpose, self._shop.purposes, customer=customer, consents=stands, now=now)
        except NotPermitted as refusal:
            why = str(refusal)
        else:
            used = profile if arms.treated else None
            why = f"{purpose}, on the basis of {given.basis.replace('_', ' ')}" if arms.treated else HELD_OUT
        return Visit(
            self._profiles,
            moment=moment,
            customer=customer,
            part=part,
            profile=used,
            arm=arms.arm,
            crossed=arms.crossed,
            follows=arms.follows if abroad else "",
            why=why,
            context=context,
        )
