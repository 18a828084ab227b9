"""Customers as the tour looks at them: what they bought lately, how firm their habits are, what they said."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import NotPermitted
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.core.predicate.sentence import trait_words
from shopkeeper.differentiate.facts import Purchase
from shopkeeper.differentiate.fold import consents, purchase_history
from shopkeeper.flows.customers.beliefs import value_text
from shopkeeper.flows.likes import category_orders, lately
from shopkeeper.flows.profiles import Profile, Profiles
from shopkeeper.protect.assignment import arm_of
from shopkeeper.protect.permit import permit

if TYPE_CHECKING:
    from shopkeeper.flows.service import Service

PURPOSE = "personalization"
ON_THE_WIRE = ("user_id", "anonymous_id")
"""Kinds of identifiers by which an event can name its customer."""
MOST_FACTS = 5


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a customer said of themselves, or that others said of them: what it is, and what was said."""

    label: str
    text: str


class Known(NamedTuple):
    """One customer. shares: By category, on which share of their orders of 180 days it is."""

    customer: str
    name: Identifier
    profile: Profile
    purchases: Sequence[Purchase]
    shares: Mapping[str, float]
    facts: tuple[Fact, ...]

    def habit(self, n: int) -> int:
        """Return on how many orders the n-th of their most bought products is: what a new one competes with."""
        counts = Counter(product for one in self.purchases for product in set(one.products))
        return sorted(counts.values(), reverse=True)[n - 1] if len(counts) >= n else 0


async def know(service: "Service", customers: Sequence[str], *, now: datetime) -> list[Known]:
    """Look at some customers; those whom no event can name are left out."""
    definitions = service.definitions
    names = await service.store.identifiers_of_many(customers)
    profiles = await service.profiles.get_many(customers)
    found = []
    for customer in customers:
        name = next((one for one in names.get(customer, []) if one.kind in ON_THE_WIRE), None)
        if name is None:
            continue
        profile = profiles[customer]
        purchases = lately(purchase_history(profile.state), now)
        orders = category_orders(purchases, definitions.shop.not_recommended)
        shares = {category: count / len(purchases) for category, count in orders.items()}
        facts = facts_of(service.profiles, profile, Moment(micros(now), definitions.shop.zone))
        found.append(Known(customer, name, profile, purchases, shares, facts))
    return found


def facts_of(profiles: Profiles, profile: Profile, moment: Moment) -> tuple[Fact, ...]:
    """Write down what was said of a customer, as far as it neither names them nor is sensitive."""
    definitions = profiles.definitions
    said = {
        name: trait
        for name, trait in definitions.traits.items()
        if trait.source in {"stated", "imported"} and not trait.personal and not trait.sensitive
    }
    values = profiles.values(profile, moment, said)
    known = [(name, values[name]) for name in said if values.get(name) is not None]
    return tuple(
        Fact(label=_capital(trait_words(name)), text=value_text(said[name].type, value, definitions.shop.currency))
        for name, value in known[:MOST_FACTS]
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def treated(customer: str, definitions: Definitions) -> bool:
    """Say whether a customer is outside of the universal holdout."""
    return arm_of(customer, definitions.shop.holdout) != "holdout"


def permitted(known: Known, definitions: Definitions, *, now: datetime) -> bool:
    """Say whether a customer may be answered personally."""
    given = consents(known.profile.state, definitions.shop.purposes, now)
    try:
        permit(PURPOSE, definitions.shop.purposes, customer=known.customer, consents=given, now=now)
    except NotPermitted:
        return False
    return True
