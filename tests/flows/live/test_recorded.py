"""What was decided is read back from the log with what came of it."""

import pytest

from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.core.event import DECISION_MADE
from shopkeeper.flows.customers.desk import MASK, desk_of
from shopkeeper.flows.deciding.recorded import recorded_decision, recorded_decisions
from shopkeeper.testing.shop import NOW, basket, track, user


@pytest.fixture
async def made(decide, service, treated):
    """Decisions in the log: by slot, one of a stranger's too."""
    found = {
        "coupons": await decide("coupons", treated),
        "recommendations": await decide("recommendations", treated, place="s1", n=3),
        "stranger": await decide("recommendations"),
        "spread": await decide("spread", treated, context={"channel": "web", "basket": 3, "member": True}),
    }
    await service.journal.close()
    service.journal.start()
    return found


@pytest.fixture
def desk(service):
    return desk_of(service, personal=True)


async def test_decisions_are_listed_latest_first_in_pages(desk, made, ids, treated):
    everything = (await recorded_decisions(desk)).decisions
    assert [one.id for one in everything] == [made[k].id for k in ("spread", "stranger", "recommendations", "coupons")]
    assert everything[0].who == f"user_id {user(treated)}"
    assert (everything[1].who, everything[1].customer) == ("a stranger", "")
    first = await recorded_decisions(desk, customer=ids[treated], limit=2)
    rest = await recorded_decisions(desk, customer=ids[treated], limit=2, before=first.before)
    assert [one.slot for one in (*first.decisions, *rest.decisions)] == ["spread", "recommendations", "coupons"]
    assert rest.before is None


async def test_a_list_of_one_slot_holds_no_other(desk, made):
    found = await recorded_decisions(desk, slot="recommendations", limit=1)
    assert [one.id for one in found.decisions] == [made["stranger"].id]
    found = await recorded_decisions(desk, slot="recommendations", limit=1, before=found.before)
    assert [one.id for one in found.decisions] == [made["recommendations"].id]


async def test_a_record_says_what_was_asked_and_answered(desk, made):
    found = await recorded_decision(desk, made["spread"].id)
    assert found.context == {"channel": "web", "basket": 3, "member": True}
    assert (found.n, found.versions, found.candidates) == (6, made["spread"].versions, made["spread"].candidates)
    assert [(pick.item, pick.title) for pick in found.picks] == [(one.item, one.title) for one in made["spread"].picks]
    assert (await recorded_decision(desk, made["recommendations"].id)).line.place_title == "High Street"
    assert (await recorded_decision(desk, made["coupons"].id)).picks[0].score_text.startswith("€")


async def test_outcomes_come_back_by_token_and_by_the_till(desk, made, take, treated):
    first, second = made["coupons"].picks[:2]
    for name, pick in (("Offer Shown", first), ("Offer Shown", second), ("Offer Clicked", first)):
        await take(track(user(treated), name, {"token": pick.token}, key=f"{name}{pick.place}", at=NOW))
    await take(basket(user(treated), ["bread-1"], coupon=second.item, key="till", at=NOW))
    found = await recorded_decision(desk, made["coupons"].id)
    assert found.picks[0].outcomes == ("Offer Shown", "Offer Clicked")
    assert found.picks[1].outcomes == ("Offer Shown", "Offer Redeemed")
    assert [one.token for one in found.outcomes] == [True, True, True, False]


@pytest.fixture
def clicked_early(decide, take, service, treated):
    """Decide, and click before the decision's row is written, which waits while the answer travels."""

    async def clicked(asked):
        await service.journal.close()
        decision = await decide("recommendations", asked)
        await take(track(user(treated), "Offer Clicked", {"token": decision.picks[0].token}, key="early", at=NOW))
        service.journal.start()
        await service.journal.close()
        service.journal.start()
        return decision

    return clicked


@pytest.mark.parametrize("stranger", [True, False])
async def test_what_came_of_a_decision_may_stand_before_it_in_the_log(desk, clicked_early, treated, stranger):
    decision = await clicked_early(None if stranger else treated)
    assert (await recorded_decision(desk, decision.id)).picks[0].outcomes == ("Offer Clicked",)


async def test_a_strangers_outcomes_are_found_too(desk, made, take):
    token = made["stranger"].picks[0].token
    await take({**track("", "Offer Clicked", {"token": token}, key="c", at=NOW), "userId": None, "anonymousId": "a-1"})
    found = await recorded_decision(desk, made["stranger"].id)
    assert found.picks[0].outcomes == ("Offer Clicked",)


async def test_who_may_not_see_names_sees_none(service, made):
    found = await recorded_decisions(desk_of(service, personal=False), limit=1)
    assert user(0)[:1] + "0" not in found.decisions[0].who
    assert found.decisions[0].who.startswith("customer …") or found.decisions[0].who == MASK


async def test_what_is_not_there_is_said(desk, made):
    with pytest.raises(NotFound, match="holds none of this id"):
        await recorded_decision(desk, "dec_nothing")
    with pytest.raises(NotFound, match="there is no cus_"):
        await recorded_decisions(desk, customer="cus_00000000-0000-7000-8000-000000000000")
    with pytest.raises(BadInput, match="limit == 0"):
        await recorded_decisions(desk, limit=0)


async def test_decisions_are_found_by_their_own_index(app, made):
    """A log of a year is not read through for the last of them."""
    from sqlalchemy import create_engine, text

    sql = f"EXPLAIN QUERY PLAN SELECT seq FROM events WHERE seq < 9 AND name = '{DECISION_MADE}' ORDER BY seq DESC"
    with create_engine(app.settings.database).connect() as conn:
        plan = " ".join(str(row) for row in conn.execute(text(sql)))
    assert "ix_events_decisions" in plan
