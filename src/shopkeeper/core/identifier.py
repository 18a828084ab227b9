"""Identifiers: what a person is called in some system (a card number, a user id, a cookie)."""

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from shopkeeper.core.errors import BadInput

_KIND = re.compile(r"[a-z][a-z0-9_]{0,62}")
_BLOCKED = re.compile(r"[0-]*|-1|null|none|undefined|anonymous|nan", re.IGNORECASE)


class Identifier(NamedTuple):
    """One name of one customer: a kind declared in shop.yaml and a value. The value is personal data."""

    kind: str
    value: str


class Whose(NamedTuple):
    """Whose an identifier is: the part that it brought, for good, and the customer whose part that is now."""

    part: str
    customer: str


def identifier(kind: str, value: str) -> Identifier:
    """Check and strip an identifier.

    Raises: BadInput: a malformed kind, or a value that many strangers share, such as `undefined`.
    """
    if not _KIND.fullmatch(kind):
        raise BadInput(f"identifier kind == {kind!r}, must be lower-case letters, digits and _")
    stripped = value.strip()
    if _BLOCKED.fullmatch(stripped) or len(stripped) > 320:
        raise BadInput(f"{kind}: a blocked value (empty, zeros, null, undefined, anonymous, or over 320 characters)")
    return Identifier(kind, stripped)


class Directory(Protocol):
    """Keeps which identifier belongs to which customer."""

    async def find_customers(self, names: Sequence[Identifier]) -> dict[Identifier, str]:
        """Return the customer id of each identifier that is known."""
        ...

    async def whose(self, names: Sequence[Identifier]) -> dict[Identifier, Whose]:
        """Return whose each identifier is that is known."""
        ...

    async def identifiers_of(self, customer: str) -> list[Identifier]:
        """Return every identifier of one customer, by kind and value."""
        ...

    async def identifiers_of_many(self, customers: Sequence[str]) -> dict[str, list[Identifier]]:
        """Return every identifier of some customers, by kind and value; who has none is absent."""
        ...

    async def known_customers(self, customers: Sequence[str]) -> set[str]:
        """Return which customer ids there are."""
        ...

    async def search_identifiers(self, beginnings: Sequence[str], *, limit: int) -> list[tuple[Identifier, str]]:
        """Return identifiers of any kind that begin with one of some texts, with their customers, at most `limit`."""
        ...

    async def list_customers(self, *, after: str = "", limit: int = 1000) -> list[str]:
        """Return customer ids in order of id, after `after`."""
        ...
