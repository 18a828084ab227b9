"""Everybody at one instant: who is in it, when it is made anew, and what it agrees with."""

import asyncio
from datetime import timedelta

import pytest

import shopkeeper.flows.crowd as crowd_module
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.intake import Offering
from shopkeeper.core.predicate import Moment, parse_predicate
from shopkeeper.core.trait import Trait, TraitType
from shopkeeper.engines.crowd import figures, members, moves, rows
from shopkeeper.flows.crowd import Crowd, make_people
from shopkeeper.flows.rules.comparison import standardized_difference
from shopkeeper.flows.segments import refresh_memberships
from shopkeeper.testing.arrivals import arrival
from shopkeeper.testing.shop import CUSTOMERS, NOW, basket, user


@pytest.fixture
async def crowd(app):
    made = Crowd(app.store, app.lake, clock=app.clock, definitions=lambda: app.definitions, feed=app.feed_lake, old=0)
    yield made
    await made.close()


def rule(app, text):
    schema = {name: trait.type for name, trait in app.definitions.traits.items()}
    return parse_predicate(text, schema, place="test", digits=2)


async def count(app, crowd, text):
    return await crowd.ask(lambda people: figures(people.table, rule(app, text), moment=people.moment))


async def test_it_holds_for_everybody_what_their_page_says(app, crowd, service):
    people = await crowd.table()
    names = sorted(service.profiles.plan.recipes)
    held = await crowd.ask(
        lambda them: rows(them.table, rule(app, "orders_ever >= 0"), names, moment=them.moment, n=CUSTOMERS)
    )
    profiles = await service.profiles.catch_up([row["customer"] for row in held])
    moment = Moment(people.moment.micros, people.moment.zone)
    assert len(held) == CUSTOMERS
    for row in held:
        live = service.profiles.values(profiles[row["customer"]], moment)
        assert {name: row[name] for name in names} == {name: live.get(name) for name in names}


async def test_who_has_done_nothing_yet_is_counted_as_their_page_says(app, crowd):
    cookies = [Identifier("anonymous_id", value) for value in ("own", "kiosk")]
    visits = [arrival(Identifier("user_id", user(0)), cookie, at=NOW) for cookie in cookies]
    await app.store.admit(Offering(visits, {"anonymous_id": 1}, NOW))
    assert (await count(app, crowd, "orders_ever = 0")).matches == 1
    assert (await count(app, crowd, "last_order is null")).matches == 1
    await refresh_memberships(app.store, app.batch, app.definitions, now=NOW)
    assert (await crowd.table()).customers == CUSTOMERS + 1


async def test_it_is_made_anew_while_somebody_asks_once_the_log_moved(app, crowd, service):
    first = await crowd.table()
    before = (await count(app, crowd, "orders_90d >= 1")).matches
    await asyncio.wait({crowd._start(only_if_moved=True)})
    assert crowd.ready() is first
    await service.outcomes.take(basket("nobody-yet", ["tea-0"], key="b", at=NOW), source="test", now=NOW)
    assert crowd.ready() is first
    await asyncio.wait({crowd._start(only_if_moved=True)})
    assert (await crowd.table()).upto > first.upto
    assert (await count(app, crowd, "orders_90d >= 1")).matches == before + 1


async def test_another_day_moves_windows(app, crowd):
    first = await crowd.table()
    app.clock.move(timedelta(days=1))
    assert await crowd._moved(first)


async def test_never_two_are_made_at_once(app, crowd, monkeypatch):
    made = []

    async def counted(*given, **named):
        made.append(1)
        return await make_people(*given, **named)

    monkeypatch.setattr("shopkeeper.flows.crowd.make_people", counted)
    first, second = await asyncio.gather(crowd.table(), crowd.table())
    assert first is second
    assert made == [1]


async def test_a_predicted_trait_is_joined(app, crowd):
    ids = sorted((await app.store.find_customers([Identifier("user_id", user(n)) for n in range(5)])).values())
    await app.store.put_predicted("p_alive", "alive", dict.fromkeys(ids[:3], 0.5))
    told = Trait(name="p_alive", type=TraitType.NUMBER, source="predicted", purpose="personalization", model="alive")
    app._definitions = app.definitions._replace(traits={**app.definitions.traits, "p_alive": told})
    assert await crowd.ask(lambda them: members(them.table, rule(app, "p_alive < 0.6"), moment=them.moment)) == ids[:3]


async def test_a_snapshot_that_does_not_fit_the_traits_is_not_used(app, crowd):
    first = await crowd.table()
    without = {name: trait for name, trait in app.definitions.traits.items() if name != "pets_28d"}
    app._definitions = app.definitions._replace(traits=without)
    assert crowd.ready() is None
    assert "pets_28d" not in (await crowd.table()).table.table.columns
    assert first is not await crowd.table()


async def test_who_enters_and_leaves_adds_up(app, crowd):
    old, new = rule(app, "orders_90d >= 8"), rule(app, "bread_90d >= 10")
    entered, left = await crowd.ask(lambda them: moves(them.table, old, new, moment=them.moment))
    before = (await count(app, crowd, old.text)).matches
    assert before + entered - left == (await count(app, crowd, new.text)).matches


async def test_a_failure_is_told_and_the_next_question_tries_again(app, crowd, monkeypatch):
    def broken():
        raise OSError("no lake")

    with monkeypatch.context() as patched:
        patched.setattr(app.lake, "upto", broken)
        with pytest.raises(OSError, match="no lake"):
            await crowd.table()
    assert (await crowd.table()).customers == CUSTOMERS


async def test_closing_breaks_off_what_is_being_made(app, crowd, monkeypatch):
    begun = asyncio.Event()

    async def never_made(*_args, **_more):
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(crowd_module, "make_people", never_made)
    crowd.ready()
    making = crowd._making
    await begun.wait()
    await crowd.close()
    assert making.cancelled()


def test_the_standardized_difference_of_a_published_table() -> None:
    """Austin (2009), section 3.1: the difference by the root of the mean variance; of shares, p (1 - p)."""
    from shopkeeper.engines.crowd_shape import Side

    assert standardized_difference(Side(9, 9, 68.0, 100.0), Side(9, 9, 63.0, 100.0)) == 0.5
    shares = (Side(9, 9, 0.5, 0.25), Side(9, 9, 0.4, 0.24))
    assert standardized_difference(*shares) == pytest.approx(0.2020305)
    assert standardized_difference(Side(9, 9, 1.0, 0.0), Side(9, 9, 1.0, 0.0)) == 0
    assert standardized_difference(Side(9, 9, 1.0, 0.0), Side(9, 9, 2.0, 0.0)) is None
