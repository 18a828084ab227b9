"""The desk: what every question about a single customer needs, and who may see which of the answers."""

from typing import TYPE_CHECKING, Final, NamedTuple

from shopkeeper.core.definitions import Definitions
from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.store import Store
from shopkeeper.flows.profiles import Profiles
from shopkeeper.flows.watch import Watch
from shopkeeper.identify.names import by_strength, kept_name

if TYPE_CHECKING:
    from shopkeeper.flows.service import Service

MASK: Final = "•••"
"""Stands for what the caller may not see; it is as long for every value."""


class Desk(NamedTuple):
    """A shop's store and definitions, and its live profiles and segments.

    personal: Whether who asks may see identifiers and values that name a person.
    """

    store: Store
    definitions: Definitions
    profiles: Profiles
    watch: Watch
    personal: bool = True

    def shown(self, value: str) -> str:
        """Return a personal value, or the mask."""
        return value if self.personal else MASK

    async def known(self, customer: str) -> str:
        """Return a customer's id of now, which is another one where they were joined to an older customer since.

        Raises: NotFound: there is no such customer, or no longer.
        """
        found = (await self.store.current([customer])).get(customer)
        if found is None:
            raise NotFound(f"customer: there is no {customer}; they may have been erased")
        return found

    async def asked(self, text: str) -> str:
        """Return the id of whom an id `cus_…` or `KIND:VALUE` names.

        Raises: BadInput: neither of the two. NotFound: nobody is called so.
        """
        if text.startswith("cus_"):
            return await self.known(text)
        name = self.name_of(text)
        return await self.named(name.kind, name.value)

    def name_of(self, text: str) -> Identifier:
        """Read `KIND:VALUE`. Raises: BadInput: no kind that shop.yaml declares before a colon, or no value."""
        kind, colon, value = text.partition(":")
        if not colon or not value:
            raise BadInput("customer: must be KIND:VALUE, such as user_id:1023, or an id cus_…")
        return kept_name(kind, value, self.definitions.shop)

    async def named(self, kind: str, value: str) -> str:
        """Return the id of whom an identifier names, or named until shop.yaml blocked it.

        Raises: BadInput: a kind that shop.yaml does not declare. NotFound: nobody has that identifier.
        """
        name = kept_name(kind, value, self.definitions.shop)
        customer = (await self.store.find_customers([name])).get(name)
        if customer is None:
            raise NotFound(f"{name.kind}: no customer has this identifier")
        return customer


def open_desk(store: Store, definitions: Definitions) -> Desk:
    """Make a desk for one answer, outside of a running service."""
    profiles = Profiles(store, definitions)
    return Desk(store, definitions, profiles, Watch(store, definitions, profiles))


def desk_of(service: "Service", *, personal: bool) -> Desk:
    """Make a desk over what a running service keeps warm."""
    return Desk(service.store, service.definitions, service.profiles, service.watch, personal)


def title_of(desk: Desk, customer: str, names: list[Identifier]) -> str:
    """Say in a few characters who is meant: their strongest identifier, or the end of their id."""
    if desk.personal and names:
        name = by_strength(names)[0]
        return f"{name.kind} {name.value}"
    return f"customer …{customer[-6:]}"
