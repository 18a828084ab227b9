"""What is said, decided and told between a merge and an unmerge: it goes to whom it concerned."""

from datetime import timedelta

import pytest

from shopkeeper.core.decision import DecideRequest
from shopkeeper.flows.collect import collect
from shopkeeper.flows.customers.desk import desk_of
from shopkeeper.flows.customers.merging import Merge, Unmerge, merge_customers, unmerge_customer
from shopkeeper.flows.customers.notes import NoteDraft, add_note, notes_of, open_tasks
from shopkeeper.flows.deciding.recorded import recorded_decision, recorded_decisions
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.page import customer_page
from shopkeeper.flows.report import lift_report
from shopkeeper.protect.assignment import arm_of
from shopkeeper.testing.shop import NOW, basket, seeded, user

DAY = timedelta(days=1)


class Pair:
    """A visitor's cookie, and somebody whom the shop knows; staff join them and take them apart."""

    def __init__(self, service, known, visitor):
        self.service, self.desk = service, desk_of(service, personal=True)
        self.known, self.visitor = known, visitor

    async def join(self):
        wish = Merge(other=self.visitor)
        await merge_customers(self.desk, self.service.outcomes.reach, self.known, wish, by="jo", now=NOW)

    async def part(self):
        wish = Unmerge(parts=(self.visitor,))
        await unmerge_customer(self.desk, self.service.outcomes.reach, self.known, wish, by="jo", now=NOW)

    async def decide(self, **named):
        ask = DecideRequest(slot="recommendations", customer=named)
        found = await self.service.decider.decide(ask, now=NOW)
        await self.service.journal.close()
        await self.service.outcomes.reach(await self.service.store.head())
        return found

    async def decisions(self, customer):
        return [one.id for one in (await recorded_decisions(self.desk, customer=customer)).decisions]

    async def told(self, customer, after=0):
        names = ["Segment Entered", "Segment Exited"]
        events = await self.service.store.history([customer], after=after, names=names)
        return [(event.name, event.texts["segment"]) for event in events]


async def bought(service, key, items=("tea-0",), *, now=NOW, **who):
    wire = {**basket("", list(items), key=key, at=now), "userId": None, **who}
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


async def test_a_member_by_history_who_is_joined_to_a_cookie_as_they_buy_is_told_to_leave(service):
    known = await desk_of(service, personal=True).named("user_id", user(10))
    assert "lapsing" in {one.segment for one in (await service.store.memberships([known]))[known]}
    both = await bought(service, "b", userId=user(10), anonymousId="a-77")
    assert await Pair(service, both, "").told(both) == [("Segment Exited", "lapsing")]


async def test_who_entered_while_joined_and_does_not_belong_there_alone_is_told_to_leave(pair):
    await pair.join()
    await bought(pair.service, "p", ["pets-0", "pets-1", "pets-2"], userId="new")
    assert await pair.told(pair.visitor) == [("Segment Entered", "pet_owners")]
    await pair.part()
    assert await pair.told(pair.visitor) == [("Segment Entered", "pet_owners"), ("Segment Exited", "pet_owners")]
    assert await pair.told(pair.known) == [("Segment Entered", "pet_owners")]


async def in_arms(service, visitor_in, known_in):
    """Let two in, the cookie first, who are in some arms."""
    holdout = service.definitions.shop.holdout
    kinds = (("anonymousId", "a", visitor_in, NOW - DAY), ("userId", "u", known_in, NOW))
    found = []
    for kind, name, arm, now in kinds:
        for n in range(200):
            customer = await bought(service, f"{name}-{n}", **{kind: f"{name}-{n}"}, now=now)
            if arm_of(customer, holdout) == arm:
                found.append((customer, f"{name}-{n}"))
                break
    (visitor, cookie), (known, user_id) = found
    assert visitor < known
    pair = Pair(service, known, visitor)
    pair.cookie, pair.user_id = cookie, user_id
    return pair


async def arms_now(pair):
    """Return in which arm each of the two counts, whether they crossed, and whether their answer is personal."""
    answers = [await pair.decide(anonymous_id=pair.cookie), await pair.decide(user_id=pair.user_id)]
    pages = [await customer_page(pair.desk, one, now=NOW) for one in (pair.visitor, pair.known)]
    assert [(one.arm, one.crossed) for one in pages] == [(one.arm, one.crossed) for one in answers]
    return [(one.arm, one.crossed, one.personal) for one in answers]


async def test_a_decision_and_what_came_of_it_stay_with_whom_it_was_made_for(pair):
    await pair.join()
    answer, other = await pair.decide(user_id="new"), await pair.decide(anonymous_id="a-77")
    shown = {"type": "track", "event": "Offer Shown", "messageId": "s", "userId": "new"}
    shown["properties"] = {"token": answer.picks[0].token}
    await pair.service.outcomes.take(shown, source="web", now=NOW)
    assert await pair.decisions(pair.known) == [other.id, answer.id]
    await pair.part()
    assert await pair.decisions(pair.known) == [answer.id]
    assert await pair.decisions(pair.visitor) == [other.id]
    record = await recorded_decision(pair.desk, answer.id)
    assert (record.line.customer, [one.name for one in record.outcomes]) == (pair.known, ["Offer Shown"])


async def test_who_is_held_out_and_saw_what_a_treated_cookie_sees_is_crossed_once_apart(app, service):
    pair = await in_arms(service, "treated", "holdout")
    await pair.join()
    assert await arms_now(pair) == [("treated", False, True)] * 2
    assert await arms_now(pair) == [("treated", False, True)] * 2, "a decision draws no arm of its own"
    await pair.part()
    assert await arms_now(pair) == [("treated", False, True), ("holdout", True, False)]
    page = await customer_page(pair.desk, pair.known, now=NOW)
    assert "followed both arms" in page.arm_words and "sees what a stranger sees" in page.arm_words
    await app.feed_lake()
    assert (await lift_report(app.store, app.batch, app.definitions, days=28, now=NOW)).crossed == 1
    service.profiles.forget([pair.known, pair.visitor])
    assert await arms_now(pair) == [("treated", False, True), ("holdout", True, False)]


async def test_who_is_treated_and_was_left_alone_with_a_cookie_gets_their_own_arm_again(app, service):
    pair = await in_arms(service, "holdout", "treated")
    await pair.join()
    assert await arms_now(pair) == [("holdout", False, False)] * 2
    await pair.part()
    assert await arms_now(pair) == [("holdout", False, False), ("treated", True, True)]
    page = await customer_page(pair.desk, pair.known, now=NOW)
    assert "counted as treated, and gets personal answers" in page.arm_words
    await pair.join()
    assert await arms_now(pair) == [("holdout", True, False)] * 2


async def test_who_was_left_alone_stays_so_when_an_older_part_that_is_treated_joins(app, service):
    """Every decision was made for the treated one of the two, and followed the arm of the one that is held out."""
    pair = await in_arms(service, "holdout", "treated")
    await pair.join()
    await pair.decide(user_id=pair.user_id)
    older = await bought(service, "o", anonymousId="o", now=NOW - 2 * DAY)
    for n in range(99):
        if arm_of(older, service.definitions.shop.holdout) == "treated":
            break
        older = await bought(service, f"o-{n}", anonymousId=f"o-{n}", now=NOW - 2 * DAY)
    await merge_customers(pair.desk, service.outcomes.reach, pair.visitor, Merge(other=older), by="jo", now=NOW)
    answer = await pair.decide(user_id=pair.user_id)
    assert (answer.arm, answer.crossed, answer.personal) == ("treated", True, False)
    await app.feed_lake()
    report = await lift_report(app.store, app.batch, app.definitions, days=28, now=NOW)
    assert report.crossed == 1
