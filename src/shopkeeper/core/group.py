"""Groups: households, companies and whatever else customers belong to, several of them at once.

A membership stands under the part whose identifier the event bore, so that it follows a merge and an unmerge by
itself. What is known of a group is its own, never its members'.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import msgspec

GROUP_JOINED = "Group Joined"
GROUP_LEFT = "Group Left"


class GroupWord(NamedTuple):
    """What one event says of a group and one who belongs to it, or no longer does.

    id: As the shop calls the group; it stands in the log, and so names nobody. claimed: Said by a browser, without
    proof: it changes nothing that is proven, and nothing of the group itself. traits: Declared ones, which stand in
    the log too. apart: The others, kept apart from the log as personal data of the group.
    """

    kind: str
    id: str
    joined: bool
    claimed: bool
    traits: Mapping[str, Any]
    apart: Mapping[str, str]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group and what was said last of each of its traits; `apart` are those that are personal data.

    size: How many customers are proven to belong to it.
    """

    kind: str
    id: str
    size: int
    traits: dict[str, Any]
    apart: dict[str, str]


class GroupSize(NamedTuple):
    """A group and how many customers are proven to belong to it."""

    kind: str
    id: str
    members: int


class GroupMembership(NamedTuple):
    """That a customer belongs to a group: since when, and by which event of which source.

    claimed: Only browsers said so.
    """

    customer: str
    kind: str
    id: str
    since: datetime
    seq: int
    source: str
    claimed: bool


class GroupShelf(Protocol):
    """Keeps groups and who belongs to them; what events say of them comes in with the events, see `Intake.admit`."""

    async def find_group(self, kind: str, group: str) -> Group | None:
        """Return one group, None where no proven event named it."""
        ...

    async def groups(self, *, kind: str = "", after: tuple[str, str] = ("", ""), limit: int = 100) -> list[GroupSize]:
        """Return groups, of one kind or all, in order of (kind, id), after one of them."""
        ...

    async def group_members(self, kind: str, group: str, *, after: str = "", limit: int = 100) -> list[GroupMembership]:
        """Return who belongs to a group now, each customer once, in order of their id, after one of them."""
        ...

    async def groups_of(self, customer: str) -> list[GroupMembership]:
        """Return the groups that a customer belongs to now, each once, in order of (kind, id)."""
        ...
