"""What staff write down: notes, tasks and customers' words."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shopkeeper.core.decision import DecideRequest
from shopkeeper.core.definitions import Purpose
from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.flows.customers import notes as flow
from shopkeeper.flows.customers.consents import ConsentLine, ConsentWord, take_consent
from shopkeeper.flows.customers.desk import Desk, desk_of
from shopkeeper.flows.customers.ledger import consent_ledger
from shopkeeper.flows.customers.notes import NoteChange, NoteDraft, NoteLine
from shopkeeper.testing.shop import NOW, seeded, user

DAY = timedelta(days=1)
DICE = seeded(11)


@pytest.fixture
def desk(service) -> Desk:
    return desk_of(service, personal=True)


@pytest.fixture
async def who(desk: Desk) -> str:
    return await desk.named("user_id", user(5))


async def write(desk: Desk, who: str, **rest) -> NoteLine:
    draft = NoteDraft(**{"text": "ring back", **rest})
    return await flow.add_note(desk, who, draft, author="ann", now=NOW, rng=seeded(1))


async def test_a_task_is_written_done_and_taken_back(desk: Desk, who: str) -> None:
    task = await write(desk, who, kind="task", due_at=NOW + DAY, text="  <b>ring</b>\nback ")
    assert (task.text, task.author, task.due, task.overdue) == ("<b>ring</b>\nback", "ann", "due tomorrow", False)
    assert task.who == "user_id u005"
    assert await flow.open_tasks(desk, limit=9, now=NOW) == [task]
    done = await flow.change_note(desk, task.id, NoteChange(done=True), author="bob", now=NOW)
    assert (done.done_at, done.done_by) == (NOW, "bob")
    again = await flow.change_note(desk, task.id, NoteChange(done=True), author="eve", now=NOW + DAY)
    assert (again.done_at, again.done_by) == (NOW, "bob")
    assert await flow.open_tasks(desk, limit=9, now=NOW) == []
    undone = await flow.change_note(desk, task.id, NoteChange(done=False), author="bob", now=NOW)
    assert undone == task


async def test_a_note_is_changed_and_forgotten(desk: Desk, who: str) -> None:
    note = await write(desk, who)
    changed = await flow.change_note(desk, note.id, NoteChange(text="rang"), author="bob", now=NOW)
    assert (changed.text, changed.author) == ("rang", "ann")
    assert await flow.notes_of(desk, who, now=NOW) == [changed]
    assert await flow.remove_note(desk, note.id, now=NOW) == changed
    with pytest.raises(NotFound, match="somebody may have removed it"):
        await flow.remove_note(desk, note.id, now=NOW)


@pytest.mark.parametrize(
    ("days", "told"), [(0, "due today"), (-1, "1 day overdue"), (5, "due in 5 days"), (30, "due on 1 April 2026")]
)
async def test_when_a_task_is_due_is_told_by_the_shops_day(desk: Desk, who: str, days: int, told: str) -> None:
    task = await write(desk, who, kind="task", due_at=NOW + days * DAY - timedelta(hours=9))
    assert (task.due, task.overdue) == (told, days < 0)


async def test_a_date_can_be_taken_away(desk: Desk, who: str) -> None:
    task = await write(desk, who, kind="task", due_at=NOW)
    kept = await flow.change_note(desk, task.id, NoteChange(text="x"), author="ann", now=NOW)
    assert kept.due_at == NOW
    gone = await flow.change_note(desk, task.id, NoteChange(due_at=None), author="ann", now=NOW)
    assert (gone.due_at, gone.due) == (None, "")


@pytest.mark.parametrize(
    "draft",
    [
        {"text": " "},
        {"text": "x" * 2_001},
        {"text": "a\0"},
        {"due_at": NOW},
        {"kind": "task", "due_at": NOW.replace(tzinfo=None)},
    ],
)
async def test_what_cannot_be_written_is_refused_without_its_text(desk: Desk, who: str, draft) -> None:
    with pytest.raises(BadInput) as refused:
        await write(desk, who, **draft)
    assert "xxx" not in str(refused.value)


async def test_a_note_is_neither_done_nor_due(desk: Desk, who: str) -> None:
    note = await write(desk, who)
    for change in (NoteChange(done=True), NoteChange(due_at=NOW)):
        with pytest.raises(BadInput, match="only a task is"):
            await flow.change_note(desk, note.id, change, author="ann", now=NOW)


async def test_nothing_is_written_about_somebody_who_is_gone(desk: Desk) -> None:
    with pytest.raises(NotFound, match="erased"):
        await write(desk, "cus_none")
    with pytest.raises(NotFound):
        await flow.notes_of(desk, "cus_none", now=NOW)


async def say(desk: Desk, service, who: str, purpose: str, *, given: bool, now: datetime = NOW) -> ConsentLine:
    word = ConsentWord(purpose=purpose, given=given)
    lines = await take_consent(desk, service.outcomes, who, word, author="ann", now=now, rng=DICE)
    return next(line for line in lines if line.purpose == purpose)


async def is_personal(service, slot: str) -> bool:
    return (await service.decider.decide(DecideRequest(slot=slot, customer={"user_id": user(5)}), now=NOW)).personal


async def test_an_objection_takes_effect_at_once_and_can_be_taken_back(desk: Desk, service, who: str) -> None:
    assert await is_personal(service, "recommendations")
    line = await say(desk, service, who, "personalization", given=False)
    assert (line.said, line.allowed, line.source, line.since) == ("withdrawn", False, "staff", NOW)
    assert [action.words for action in line.actions] == ["Take back the objection"]
    assert not await is_personal(service, "recommendations")
    back = await say(desk, service, who, "personalization", given=True)
    assert back.allowed
    assert back.since is not None
    assert back.since > NOW
    assert await is_personal(service, "recommendations")


async def test_of_two_words_the_later_counts_even_where_the_clock_was_put_back(desk: Desk, service, who: str) -> None:
    await say(desk, service, who, "personalization", given=False, now=NOW)
    line = await say(desk, service, who, "personalization", given=True, now=NOW - timedelta(hours=1))
    assert line.said == "given"


async def test_unknown_consent_is_no_consent_and_nothing_brings_it_back(desk: Desk, service, who: str) -> None:
    from shopkeeper.flows.page import customer_page

    other = await desk.named("user_id", user(4))
    lines = {line.purpose: line for line in (await customer_page(desk, other, now=NOW)).consents}
    assert (lines["advertising"].said, lines["advertising"].allowed) == ("unknown", False)
    assert [(action.given, action.undo) for action in lines["advertising"].actions] == [(True, False), (False, False)]
    line = await say(desk, service, other, "advertising", given=True)
    assert (line.allowed, [action.undo for action in line.actions]) == (True, [True])


async def test_a_word_on_what_takes_none_is_refused(desk: Desk, service, who: str) -> None:
    with pytest.raises(BadInput, match="did you mean 'advertising'"):
        await say(desk, service, who, "advertisin", given=True)
    purposes = {**desk.definitions.shop.purposes, "delivery": Purpose(basis="contract")}
    shop = msgspec.structs.replace(desk.definitions.shop, purposes=purposes)
    bound = desk._replace(definitions=desk.definitions._replace(shop=shop))
    with pytest.raises(BadInput, match="takes no consent"):
        await say(bound, service, who, "delivery", given=False)
    long = ConsentWord(purpose="advertising", given=True, wording="x" * 501)
    with pytest.raises(BadInput, match="wording"):
        await take_consent(desk, service.outcomes, who, long, author="ann", now=NOW, rng=seeded(1))


async def test_a_word_on_one_channel_is_kept_with_its_notice_and_law_and_changes_no_other(desk, service, who) -> None:
    said = {"channel": "email", "policy_version": "2026-01", "jurisdiction": "AT"}
    word = ConsentWord(purpose="advertising", given=True, **said)
    lines = await take_consent(desk, service.outcomes, who, word, author="ann", now=NOW, rng=DICE)
    assert next(line for line in lines if line.purpose == "advertising").said == "unknown"
    latest = (await consent_ledger(desk, who))[0]
    assert {field: getattr(latest, field) for field in said} == said
    with pytest.raises(BadInput, match="jurisdiction"):
        long = ConsentWord(purpose="advertising", given=True, jurisdiction="x" * 21)
        await take_consent(desk, service.outcomes, who, long, author="ann", now=NOW, rng=DICE)


async def test_nobody_can_consent_for_somebody_who_is_gone(desk: Desk, service) -> None:
    with pytest.raises(NotFound, match="erased"):
        await say(desk, service, "cus_none", "advertising", given=True, now=NOW.astimezone(UTC))
