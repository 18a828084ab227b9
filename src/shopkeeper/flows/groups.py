"""Groups for staff: which there are, what is known of one and who belongs to it.

A group's page names its members and nothing that they did: what one member buys is shown to no other.
"""

from datetime import datetime
from typing import Any, Final

import msgspec

from shopkeeper.core.errors import BadInput, NotFound, nearest
from shopkeeper.flows.customers.desk import Desk, title_of
from shopkeeper.identify.names import in_unicode_form

MOST: Final = 500


class GroupLine(msgspec.Struct, frozen=True, kw_only=True):
    """One group; members: how many customers are proven to belong to it."""

    kind: str
    id: str
    members: int


class GroupList(msgspec.Struct, frozen=True, kw_only=True):
    """Groups in order of kind and id. next: Ask again with this as `after`; None: that was all."""

    groups: tuple[GroupLine, ...]
    next: str | None


class GroupMember(msgspec.Struct, frozen=True, kw_only=True):
    """One customer of a group. claimed: Only a browser said so, without proof."""

    customer: str
    title: str
    since: datetime
    source: str
    claimed: bool


class GroupPage(msgspec.Struct, frozen=True, kw_only=True):
    """One group.

    size: How many customers are proven to belong to it. traits: Those that shop.yaml declares. apart: The others, each
    `•••` for who may not see personal data. next: Ask again with this as `after` for more members.
    """

    kind: str
    id: str
    description: str
    size: int
    traits: dict[str, Any]
    apart: dict[str, Any]
    members: tuple[GroupMember, ...]
    next: str | None
    masked: bool


class CustomerGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group that a customer belongs to, since when, by whose word. claimed: Only a browser said so."""

    kind: str
    id: str
    since: datetime
    source: str
    claimed: bool


async def list_groups(desk: Desk, *, kind: str = "", after: str = "", limit: int = 100) -> GroupList:
    """List groups of one kind or of all.

    Args:
        after: `next` of the answer before: the kind and the id after which to go on, with a colon between.

    Raises: BadInput: `limit` out of bounds, or a kind that shop.yaml does not declare.
    """
    _require(limit)
    kinds = desk.definitions.shop.group_kinds
    if kind and kind not in kinds:
        raise BadInput(f"kind == {kind[:60]!r}, must be one of {', '.join(kinds)}{nearest(kind, kinds)}")
    last, _, group = after.partition(":")
    found = await desk.store.groups(kind=kind, after=(last, group), limit=limit + 1)
    shown = found[:limit]
    return GroupList(
        groups=tuple(GroupLine(kind=one.kind, id=one.id, members=one.members) for one in shown),
        next=f"{shown[-1].kind}:{shown[-1].id}" if len(found) > limit else None,
    )


async def group_page(desk: Desk, kind: str, group: str, *, after: str = "", limit: int = 100) -> GroupPage:
    """Tell of one group, and of `limit` of its members in order of id.

    Raises: BadInput: `limit` out of bounds. NotFound: nobody who is believed named such a group.
    """
    _require(limit)
    known = await desk.store.find_group(kind, group) or await desk.store.find_group(kind, in_unicode_form(group))
    if known is None:
        raise NotFound("group: there is none of this kind and id")
    group = known.id
    members = await desk.store.group_members(kind, group, after=after, limit=limit + 1)
    shown = members[:limit]
    names = await desk.store.identifiers_of_many([one.customer for one in shown])
    return GroupPage(
        kind=kind,
        id=group,
        description=_description(desk, kind),
        size=known.size,
        traits=known.traits,
        apart={name: value if desk.personal else desk.shown("") for name, value in known.apart.items()},
        members=tuple(
            GroupMember(
                customer=one.customer,
                title=title_of(desk, one.customer, names.get(one.customer, [])),
                since=one.since,
                source=one.source,
                claimed=one.claimed,
            )
            for one in shown
        ),
        next=shown[-1].customer if len(members) > limit else None,
        masked=not desk.personal,
    )


async def groups_of(desk: Desk, customer: str) -> list[CustomerGroup]:
    """List the groups that a customer belongs to. Raises: NotFound: there is no such customer."""
    customer = await desk.known(customer)
    return [
        CustomerGroup(kind=one.kind, id=one.id, since=one.since, source=one.source, claimed=one.claimed)
        for one in await desk.store.groups_of(customer)
    ]


def _description(desk: Desk, kind: str) -> str:
    declared = desk.definitions.shop.group_kinds.get(kind)
    return "" if declared is None else declared.description


def _require(limit: int) -> None:
    if not 1 <= limit <= MOST:
        raise BadInput(f"limit == {limit}, must be from 1 to {MOST}")
