"""A rehearsal: what scanning a basket would change for a customer, tried on a copy of the profile."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from shopkeeper.core.decision import DecideRequest
from shopkeeper.core.event import Event
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.core.trait import Value
from shopkeeper.differentiate.fold import decode_state, encode_state, fold
from shopkeeper.flows.deciding.decide import consider
from shopkeeper.flows.deciding.visit import ID, Known, Reception
from shopkeeper.flows.door.canonical import canonical
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.profiles import Profile, Profiles
from shopkeeper.flows.tour.basket import Basket, as_event
from shopkeeper.flows.tour.known import Known as Candidate

if TYPE_CHECKING:
    from shopkeeper.flows.service import Service

Shown = frozenset[tuple[str, str]]
"""What somebody is shown and is in: (slot, item), ('', segment)."""


class _Along:
    """Gives profiles as if one more event had happened; it stands where the live ones do."""

    def __init__(self, live: Profiles, event: Event) -> None:
        self._live = live
        self._event = event

    async def get(self, customer: str) -> Profile:
        today = await self._live.get(customer)
        found = Profile(customer, decode_state(encode_state(today.state)), seq=self._event.seq, supposed=True)
        found.predicted = today.predicted
        fold(self._live.plan, found.state, self._event)
        return found

    def values(self, profile: Profile, moment: Moment, names: Iterable[str] | None = None) -> dict[str, Value]:
        return self._live.values(profile, moment, names)


async def shown(service: "Service", customer: str, slots: Sequence[str], *, now: datetime) -> Shown:
    """Return what a customer would be shown in some slots now, and the segments that they are in."""
    return await _shown(service, service.profiles, customer, slots, now)


async def shown_after(
    service: "Service", candidate: Candidate, basket: Basket, slots: Sequence[str], *, now: datetime
) -> Shown:
    """Return the same as if a basket had just been scanned."""
    items = await service.store.find_items([line.product_id for line in basket.lines])
    wire = as_event(basket, key="rehearsal")
    draft = canonical(wire, service.definitions, items, origin=Origin("tour"), now=now, names=(candidate.name,))
    event = replace(draft.event, customer=candidate.customer, seq=candidate.profile.seq + 1)
    return await _shown(service, _Along(service.profiles, event), candidate.customer, slots, now)


async def _shown(service: "Service", profiles: Known, customer: str, slots: Sequence[str], now: datetime) -> Shown:
    definitions, shelf = service.definitions, service.decider.assortment
    reception = Reception(service.store, definitions, profiles)
    found: set[tuple[str, str]] = set()
    for slot in slots:
        asked = DecideRequest(slot=slot, customer={ID: customer})
        choice = (await consider(shelf, reception, asked, now=now, seed=customer)).choice
        found |= {(slot, pick.item) for pick in choice.chosen}
    moment = Moment(micros(now), definitions.shop.zone)
    values = profiles.values(await profiles.get(customer), moment)
    return frozenset(found | {("", segment) for segment in service.watch.segments_of(values, moment)})
