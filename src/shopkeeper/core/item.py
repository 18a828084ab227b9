"""Items and places: what is sold, and where it is in stock at what price."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item of the catalogue; money in minor units."""

    id: str
    title: str = ""
    category: str | None = None
    department: str | None = None
    brand: str | None = None
    price: int | None = None
    cost: int | None = None
    attributes: dict[str, str] = {}


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One place where the shop sells: a store, a country's web shop."""

    id: str
    title: str = ""
    attributes: dict[str, str] = {}


class Stock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An item at a place: `available` False keeps it out of every decision there; `price` overrides the item's."""

    item: str
    place: str
    available: bool = True
    price: int | None = None


class Catalogue(Protocol):
    """Keeps items, places and stock; a later row of one id replaces the earlier."""

    async def put_items(self, items: Sequence[Item]) -> None:
        """Write items."""
        ...

    async def put_places(self, places: Sequence[Place]) -> None:
        """Write places."""
        ...

    async def put_stock(self, stock: Sequence[Stock]) -> None:
        """Write stock rows."""
        ...

    async def items(self) -> list[Item]:
        """Return the whole catalogue in order of id."""
        ...

    async def find_items(self, ids: Sequence[str]) -> Mapping[str, Item]:
        """Return the items that exist among `ids`."""
        ...

    async def places(self) -> list[Place]:
        """Return every place in order of id."""
        ...

    async def stock(self) -> list[Stock]:
        """Return every stock row."""
        ...

    async def catalogue_version(self) -> int:
        """Return a number that grows with every write to items, places, stock or imported offers."""
        ...
