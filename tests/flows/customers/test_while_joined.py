"""What is said, decided and told between a merge and an unmerge: it goes to whom it concerned."""

from datetime import timedelta

import pytest

from shopkeeper.flows.collect import collect
from shopkeeper.flows.customers.desk import desk_of
from shopkeeper.flows.customers.merging import Merge, Unmerge, merge_customers, unmerge_customer
from shopkeeper.flows.customers.notes import NoteDraft, add_note, notes_of, open_tasks
from shopkeeper.flows.door.origin import Origin
from shopkeeper.testing.shop import NOW, basket, seeded, user

DAY = timedelta(days=1)
COOKIE = "anonymous_id:a-77"


class Pair:
    """A visitor's cookie, and somebody whom the shop knows; staff join them and take them apart."""

    def __init__(self, service, known, visitor):
        self.service, self.desk = service, desk_of(service, personal=True)
        self.known, self.visitor = known, visitor

    async def join(self):
        wish = Merge(other=self.visitor)
        await merge_customers(self.desk, self.service.outcomes.reach, self.known, wish, by="jo", now=NOW)

    async def part(self):
        wish = Unmerge(parts=(COOKIE,))
        await unmerge_customer(self.desk, self.service.outcomes.reach, self.known, wish, by="jo", now=NOW)

    async def told(self, customer, after=0):
        events = await self.service.store.history([customer], after=after, source="shopkeeper")
        return [(event.name, event.texts["segment"]) for event in events if event.name.startswith("Segment ")]


async def bought(service, key, items=("tea-0",), *, now=NOW, **who):
    wire = {**basket("", list(items), key=key, at=NOW), "userId": None, **who}
    found = await collect(service.store, service.definitions, [wire], origin=Origin("web"), now=now)
    await service.outcomes.reach(found.receipts[0].seq)
    return found.receipts[0].customer


@pytest.fixture
async def pair(service):
    """The cookie is the older of the two, and so theirs is the id of both."""
    visitor = await bought(service, "v", anonymousId="a-77", now=NOW - DAY)
    known = await bought(service, "u", userId="new")
    assert visitor < known
    return Pair(service, known, visitor)


async def test_a_note_about_a_known_customer_is_not_a_visitors_once_they_are_apart(pair):
    await pair.join()
    written = await add_note(pair.desk, pair.visitor, NoteDraft(text="her knee"), author="jo", now=NOW, rng=seeded(1))
    asked = NoteDraft(text="ring back", kind="task")
    task = await add_note(pair.desk, pair.known, asked, author="jo", now=NOW, rng=seeded(2))
    assert written.customer == task.customer == pair.visitor
    assert [one.text for one in await notes_of(pair.desk, pair.known, now=NOW)] == ["ring back", "her knee"]
    assert [(one.customer, one.who) for one in await open_tasks(pair.desk, limit=9, now=NOW)] == [
        (pair.visitor, "user_id new")
    ]
    await pair.part()
    assert await notes_of(pair.desk, pair.visitor, now=NOW) == []
    assert [one.text for one in await notes_of(pair.desk, pair.known, now=NOW)] == ["ring back", "her knee"]
    assert [one.customer for one in await open_tasks(pair.desk, limit=9, now=NOW)] == [pair.known]


@pytest.mark.parametrize("entered", ["by history", "while followed"])
async def test_who_was_never_told_to_be_inside_is_not_told_to_leave(service, entered):
    desk = desk_of(service, personal=True)
    visitor = await bought(service, "v", anonymousId="a-77", now=NOW - DAY)
    pair = Pair(service, await desk.named("user_id", user(5)), visitor)
    if entered == "while followed":
        await bought(service, "p", ["pets-0", "pets-1", "pets-2"], userId=user(5))
        assert ("Segment Entered", "pet_owners") in await pair.told(pair.known)
    before, head = await service.store.memberships([pair.known, visitor]), await service.store.head()
    await pair.join()
    await pair.part()
    assert [await pair.told(one, after=head) for one in (pair.known, visitor)] == [[], []]
    after = await service.store.memberships([pair.known, visitor])
    assert [
        {one.segment for one in after.get(who, ()) if one.since is not None}
        == {one.segment for one in before.get(who, ()) if one.since is not None}
        for who in (pair.known, visitor)
    ] == [True, True]


async def test_who_entered_while_joined_and_does_not_belong_there_alone_is_told_to_leave(pair):
    await pair.join()
    await bought(pair.service, "p", ["pets-0", "pets-1", "pets-2"], userId="new")
    assert await pair.told(pair.visitor) == [("Segment Entered", "pet_owners")]
    await pair.part()
    assert await pair.told(pair.visitor) == [("Segment Entered", "pet_owners"), ("Segment Exited", "pet_owners")]
    assert await pair.told(pair.known) == [("Segment Entered", "pet_owners")]
