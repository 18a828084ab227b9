"""Everybody at one instant, after a merge and after it was undone: who is counted, with which traits."""

from shopkeeper.core.decision import DecideRequest
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import parse_predicate
from shopkeeper.engines import crowd as engine
from shopkeeper.engines.activity import Activity, Span
from shopkeeper.engines.baskets import read_bought
from shopkeeper.engines.crowd import HELD_OUT, rows, rows_of
from shopkeeper.flows.crowd import make_people
from shopkeeper.flows.report import lift_report
from shopkeeper.flows.segments import refresh_memberships, segment_customers
from shopkeeper.protect.assignment import arm_of
from shopkeeper.testing.arrivals import arrive
from shopkeeper.testing.shop import CUSTOMERS, NOW


async def everybody(app, service):
    people = await make_people(app.store, app.batch, app.definitions, now=NOW)
    schema = {name: trait.type for name, trait in app.definitions.traits.items()}
    rule = parse_predicate("orders_ever >= 0", schema, place="test", digits=2)
    names = sorted(service.profiles.plan.recipes)
    try:
        found = rows(people.table, rule, names, moment=people.moment, n=CUSTOMERS)
        return {row["customer"]: row for row in found}, people.moment
    finally:
        people.table.close()


async def live(app, service, customers, moment):
    profiles = await service.profiles.catch_up(customers)
    names = sorted(service.profiles.plan.recipes)
    found = {who: service.profiles.values(profile, moment) for who, profile in profiles.items()}
    return {who: {name: one.get(name) for name in names} for who, one in found.items()}


async def merged(app, first: int = 3, second: int = 4):
    everyone = await app.store.list_customers()
    kept, hidden = sorted((everyone[first], everyone[second]))
    await app.store.merge(kept, hidden, limits={}, by="anna", now=NOW)
    await app.feed_lake()
    return kept, hidden


async def test_who_was_merged_is_one_customer_with_the_traits_of_both(app, service):
    kept, hidden = await merged(app)
    found, moment = await everybody(app, service)
    assert len(found) == CUSTOMERS - 1 and hidden not in found
    names = sorted(service.profiles.plan.recipes)
    says = {who: {name: row[name] for name in names} for who, row in found.items()}
    assert says == await live(app, service, list(found), moment)
    await app.store.unmerge(kept, [hidden], by="anna", now=NOW)
    await app.feed_lake()
    again, moment = await everybody(app, service)
    assert len(again) == CUSTOMERS and again[kept] != found[kept]
    says = {who: {name: row[name] for name in names} for who, row in again.items()}
    assert says == await live(app, service, list(again), moment)


async def test_a_crowd_that_forgets_who_was_merged_is_caught(app, service, monkeypatch):
    kept, _ = await merged(app)
    compute = engine.CrowdTable.compute
    monkeypatch.setattr(engine.CrowdTable, "compute", lambda *a, merged, **rest: compute(*a, merged={}, **rest))
    found, moment = await everybody(app, service)
    expected = (await live(app, service, [kept], moment))[kept]
    assert {name: found[kept][name] for name in expected} != expected


async def test_segments_hold_no_hidden_customer_and_give_them_back(app, service):
    name = next(iter(app.definitions.segments))
    before = await segment_customers(app.store, app.batch, app.definitions, name, now=NOW)
    kept, hidden = await merged(app)
    await refresh_memberships(app.store, app.batch, app.definitions, now=NOW)
    assert hidden not in await segment_customers(app.store, app.batch, app.definitions, name, now=NOW)
    assert hidden not in {member.customer for member in await app.store.members(name)}
    await app.store.unmerge(kept, [hidden], by="anna", now=NOW)
    await app.feed_lake()
    assert await segment_customers(app.store, app.batch, app.definitions, name, now=NOW) == before


async def test_training_and_the_report_count_the_merged_once(app, service):
    kept, hidden = await merged(app)
    whose = await app.store.merged_parts()
    bought = read_bought(app.batch, merged=whose, before=micros(NOW)).lines["customer"].to_pylist()
    apart = read_bought(app.batch, merged={}, before=micros(NOW)).lines["customer"].to_pylist()
    assert hidden in apart and hidden not in bought
    assert bought.count(kept) == apart.count(kept) + apart.count(hidden)
    report = await lift_report(app.store, app.batch, app.definitions, days=140, now=NOW)
    assert report.treated + report.holdout == CUSTOMERS - 1


async def held_out(app):
    people = await make_people(app.store, app.batch, app.definitions, now=NOW)
    try:
        everyone = await app.store.list_customers()
        return {row["customer"] for row in rows_of(people.table, everyone, [HELD_OUT]) if row[HELD_OUT]}
    finally:
        people.table.close()


async def test_who_is_left_alone_by_the_arm_of_a_joined_part_is_held_out_as_decisions_have_it(app, service):
    holdout, everyone = app.definitions.shop.holdout, await app.store.list_customers()
    held = [one for one in everyone if arm_of(one, holdout) == "holdout"]
    treated = [one for one in everyone if arm_of(one, holdout) == "treated"]
    first = next(one for one in treated if one < held[-1])
    second = next(one for one in treated if one != first and one < held[-2])
    await service.decider.decide(DecideRequest(slot="recommendations", customer={"customer": held[-1]}), now=NOW)
    await service.journal.close()
    for kept, hidden in ((first, held[-1]), (second, held[-2])):  # of the second nobody decided anything
        await app.store.merge(kept, hidden, limits={}, by="anna", now=NOW)
    await app.feed_lake()
    assert await held_out(app) == {*held[:-2], first}
    await app.store.unmerge(first, [held[-1]], by="anna", now=NOW)
    await app.feed_lake()
    assert await held_out(app) == {*held[:-2], held[-1]}


async def test_a_merged_customer_is_first_seen_once(app, service):
    span = Span(0, 1 << 62, 0, 1 << 20)
    activity = Activity(app.lake)
    activity.look([], {})
    before = activity.first_seen([span])[0]
    await merged(app)
    activity.look([], await app.store.merged_parts())
    assert activity.first_seen([span])[0] == before - 1
    activity.close()


async def test_a_prediction_for_the_hidden_is_kept_for_the_day_when_they_are_not(store):
    made = await arrive(store, [Identifier("user_id", "a"), Identifier("user_id", "b")], now=NOW)
    kept, hidden = sorted(made.values())
    await store.put_predicted("likes", "m-1", {kept: 0.25, hidden: 0.75})
    await store.merge(kept, hidden, limits={}, by="anna", now=NOW)
    standing = await store.list_customers()
    assert await store.predicted(standing) == {kept: {"likes": 0.25}}
    await store.unmerge(kept, [hidden], by="anna", now=NOW)
    assert await store.predicted([kept, hidden]) == {kept: {"likes": 0.25}, hidden: {"likes": 0.75}}
