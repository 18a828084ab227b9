"""What histories drawn at random are made of, and a store to try them on."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from shopkeeper.core.event import ORDER_COMPLETED, ORDER_REFUNDED, Event
from shopkeeper.core.group import GroupWord
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.instant import micros
from shopkeeper.core.intake import Arrival, Offering, Word
from shopkeeper.core.predicate import Moment
from shopkeeper.core.store import Store
from shopkeeper.differentiate.fold import consents
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.profiles import Profiles
from tests.store.identity_model import LIMITS

T = TypeVar("T")
NOW = datetime(2026, 5, 1, tzinfo=UTC)
DEFINITIONS = load_definitions(
    {
        "shop.yaml": """
name: Shop
currency: EUR
time_zone: UTC
identifiers: {user_id: {}, email: {limit: 2}, anonymous_id: {limit: 3}}
purposes: {personalization: {basis: contract}, ads: {basis: consent}, mail: {basis: consent}}
""",
        "traits.yaml": """
orders: {count: Order Completed}
spend: {sum: total, of: Order Completed}
last_order: {last: timestamp, of: Order Completed}
nickname: {stated: text}
name: {stated: text, personal: true}
""",
    }
)
NAMES = [("user_id", n) for n in range(3)] + [("email", n) for n in range(4)] + [("anonymous_id", n) for n in range(5)]
named = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)
words = st.lists(st.tuples(st.sampled_from(["ads", "mail"]), st.booleans()), max_size=1)
GROUPS = range(2)
groups = st.none() | st.tuples(st.sampled_from(GROUPS), st.booleans(), st.booleans())
corrected = st.none() | st.integers(0, 5)
_examples = count()


class Offered(NamedTuple):
    """An event: the names that it proves and claims, what it is worth, the consent that it carries.

    group: Its number, whether they join or leave it, and whether that is only claimed. corrects: The number of an event
    of whose order it takes back the whole; None: it is an order itself.
    """

    names: Sequence[tuple[str, int]]
    claims: Sequence[tuple[str, int]] = ()
    total: int = 0
    words: Sequence[tuple[str, bool]] = ()
    group: tuple[int, bool, bool] | None = None
    corrects: int | None = None


offered = st.builds(Offered, named, st.just(()) | named, st.integers(0, 99), words, groups, corrected)


class Bench:
    """A store, an event loop of its own, and names that belong to one example alone."""

    def __init__(self, store: Store, loop: asyncio.Runner, rng: Random) -> None:
        self.store = store
        self._loop = loop
        self._example = next(_examples)
        self.now = NOW + timedelta(minutes=self._example)
        rng.seed(0)  # so that an example that is run again makes parts of the same order

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(work)

    def name(self, kind: str, n: int) -> Identifier:
        return Identifier(kind, f"{self._example}-{n}")

    def names(self, these: Iterable[tuple[str, int]]) -> tuple[Identifier, ...]:
        return tuple(self.name(*one) for one in these)

    def order(self, n: int) -> str:
        return f"{self._example}-{n}"

    def arrival(self, one: Offered, n: int) -> Arrival:
        event = Event(
            source="till",
            message_id=self.order(n),
            name=ORDER_COMPLETED if one.corrects is None else ORDER_REFUNDED,
            customer="",
            at=NOW + timedelta(seconds=n),
            received_at=NOW,
            order_id=self.order(n if one.corrects is None else one.corrects),
            money={"total": one.total} if one.corrects is None else {},
        )
        carried = tuple(Word(purpose, yes) for purpose, yes in one.words)
        names = self.names(one.names)
        claims = tuple(name for name in self.names(one.claims) if name not in names)
        group = None
        if one.group is not None:
            number, joined, claimed = one.group
            group = GroupWord("household", self.order(number), joined, claimed, {}, {})
        return Arrival(event, names, claims, {"name": f"N{n}"}, words=carried, group=group)

    def offer(self, arrivals: Sequence[Arrival], *, limits: Mapping[str, int] = LIMITS) -> list[Arrival]:
        """Offer events, and return those that have to wait."""
        entries = self.run(self.store.admit(Offering(arrivals, limits, self.now)))
        return [one for one, entry in zip(arrivals, entries, strict=True) if entry.outcome == "waits"]

    def customers(self) -> dict[Identifier, str]:
        return self.run(self.store.find_customers(self.names(NAMES)))

    def whole(self) -> dict[str, Any]:
        """Return all that is derived of everybody: parts, names, traits, consents, orders, personal values."""
        return self.run(self._whole(sorted(set(self.customers().values()))))

    async def _whole(self, customers: Sequence[str]) -> dict[str, Any]:
        moment = Moment(micros(NOW + timedelta(days=1)), DEFINITIONS.shop.zone)
        profiles = Profiles(self.store, DEFINITIONS)
        live = await profiles.get_many(customers)
        views = await self.store.views(customers)
        history = await self.store.history(customers)
        await profiles.write_back()
        names = await self.store.identifiers_of_many(customers)
        return {
            customer: {
                "parts": views[customer].parts,
                "identifiers": names[customer],
                "traits": profiles.values(live[customer], moment),
                "consents": consents(live[customer].state, DEFINITIONS.shop.purposes, NOW + timedelta(days=1)),
                "personal": await self.store.personal(customer),
                "orders": {one.message_id: one.part for one in history if one.customer == customer and one.order_id},
            }
            for customer in customers
        }

    def bonds(self, *, but: int = 0) -> Any:
        """Return what binds everybody to others: the links between parts, claims included, and who is in which group.

        Args:
            but: An event whose links are left out.
        """
        return self.run(self._bonds(sorted(set(self.customers().values())), but))

    async def _bonds(self, customers: Sequence[str], but: int) -> Any:
        found = [link for view in (await self.store.views(customers)).values() for link in view.links]
        for customer in customers:
            found += await self.store.claims(customer, limit=1000)
        found = [link for link in found if link.kind != "apart"]  # of a cut: what it says of who was on which side
        kept = {(link.a, link.b, link.seq): link for link in found if link.seq != but}
        return kept, [await self.store.group_members("household", self.order(n), limit=1000) for n in GROUPS]
