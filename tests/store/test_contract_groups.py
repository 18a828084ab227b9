"""Who belongs to a group, and since when, follows from when the words were said and not from when they came."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, permutations
from typing import NamedTuple

import pytest

from shopkeeper.core.event import Event
from shopkeeper.core.group import GroupMembership, GroupWord
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.intake import Arrival, Offering
from shopkeeper.core.store import Store
from shopkeeper.testing.arrivals import arrival
from shopkeeper.testing.events import seeded

NOW = datetime(2026, 5, 1, tzinfo=UTC)
_keys = count()


class Told(NamedTuple):
    """A word: in which hour it was said, whether they join or leave, of which part, whether it is only claimed."""

    hour: int
    joined: bool
    of: str = "u"
    claimed: bool = False


def said(one: Told, group: str) -> Arrival:
    at = NOW + timedelta(hours=one.hour)
    event = Event(
        source=f"till-{one.hour}",
        message_id=f"w{next(_keys)}",
        name="Group Joined" if one.joined else "Group Left",
        customer="",
        at=at,
        received_at=NOW + timedelta(days=9),
    )
    return Arrival(event, (name(group, one.of),), group=GroupWord("household", group, one.joined, one.claimed, {}, {}))


def name(group: str, part: str) -> Identifier:
    return Identifier("user_id" if part == "u" else "anonymous_id", f"{group}-{part}")


async def offer(store: Store, *arrivals: Arrival) -> None:
    await store.admit(Offering(list(arrivals), {}, NOW))


async def memberships(store: Store, group: str) -> list[GroupMembership]:
    """Return what is known of a group's members, which every reader has to say alike."""
    found = await store.group_members("household", group)
    sizes = {one.id: one.members for one in await store.groups(limit=500)}
    known = await store.find_group("household", group)
    proven = [one for one in found if not one.claimed]
    assert (0 if known is None else known.size) == sizes.get(group, 0) == len(proven)
    assert found == [each for one in found for each in await store.groups_of(one.customer)]
    return found


def expected(words: Sequence[Told]) -> list[tuple[int, bool]]:
    """Say since which hour somebody belongs to a group, and whether that is only claimed; nothing if they do not."""
    since = None
    believed = [one for one in words if not one.claimed] or words
    for one in sorted(believed):
        since = (one.hour if since is None else since) if one.joined else None
    return [] if since is None else [(since, believed[0].claimed)]


@pytest.mark.parametrize(
    "words",
    [
        [Told(1, True), Told(3, False), Told(5, True)],
        [Told(3, True), Told(5, True)],
        [Told(1, True), Told(2, False), Told(3, True), Told(4, True)],
        [Told(1, True), Told(2, False, "a"), Told(3, True)],
        [Told(1, True), Told(2, False, claimed=True), Told(3, True, claimed=True)],
    ],
    ids=["joined again", "joined twice", "left between", "left by another part", "claimed beside"],
)
async def test_since_when_somebody_belongs_to_a_group_does_not_depend_on_the_order_of_arrival(
    store: Store, words: list[Told]
) -> None:
    for n, mixed in enumerate(permutations(words)):
        group = f"g{n}"
        await offer(store, arrival(name(group, "u"), name(group, "a"), at=NOW))
        for one in mixed:
            await offer(store, said(one, group))
        (found,) = await memberships(store, group)
        ((since, claimed),) = expected(words)
        assert (found.since, found.source, found.claimed) == (NOW + timedelta(hours=since), f"till-{since}", claimed)


async def test_words_of_all_parts_count_in_the_order_in_which_they_were_said(store: Store) -> None:
    """By histories drawn at random: one by one or at once, the parts joined before or after."""
    rng = seeded(7)
    for n in range(60):
        group = f"g{n}"
        hours = rng.sample(range(9), rng.randint(1, 6))
        words = [Told(hour, rng.random() < 0.6, rng.choice("ua"), rng.random() < 0.3) for hour in hours]
        both = arrival(name(group, "u"), name(group, "a"), at=NOW)
        told = [said(one, group) for one in words]
        history = [both, *told] if rng.random() < 0.5 else [*told, both]
        for some in [history] if rng.random() < 0.5 else [[one] for one in history]:
            await offer(store, *some)
        found = [(one.since, one.claimed) for one in await memberships(store, group)]
        assert found == [(NOW + timedelta(hours=hour), claimed) for hour, claimed in expected(words)], words


async def test_of_two_words_of_one_instant_the_one_that_came_later_stands(store: Store) -> None:
    await offer(store, said(Told(1, True), "g1"), said(Told(1, False), "g1"), said(Told(1, False), "g2"))
    await offer(store, said(Told(1, True), "g2"))
    assert (await memberships(store, "g1"), len(await memberships(store, "g2"))) == ([], 1)
