"""What stands, live and in batch alike: expiry by the clock, merges, unmerges, and the crowd that may be reached."""

from datetime import timedelta

import pytest

from shopkeeper.core.clock import StoppedClock
from shopkeeper.engines.crowd import REACHABLE
from shopkeeper.flows.crowd import make_people
from shopkeeper.flows.customers.consents import consent_lines
from shopkeeper.flows.customers.desk import desk_of
from shopkeeper.flows.customers.ledger import consent_ledger
from shopkeeper.flows.definitions.versions import apply
from shopkeeper.protect.assignment import arm_of
from shopkeeper.testing.shop import DEFINITIONS, NOW, track, user

LIMITS = {"user_id": 5, "anonymous_id": 5}
FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}


async def put_in_force(app, service, purposes):
    files = FILES | {"shop.yaml": FILES["shop.yaml"].replace("advertising: {basis: consent}", purposes)}
    await apply(app.store, files, who="ann", now=NOW, expected=(await app.store.in_force()).version)
    await service.renew()


@pytest.fixture
def two(arms):
    """Two treated customers of whom one consented to advertising and one said nothing."""
    given = next(number for number in arms["treated"] if number % 3 == 0)
    silent = next(number for number in arms["treated"] if number % 3)
    return given, silent


async def reach(app, service, *, now):
    """Who may be reached for advertising, live and in batch."""
    await app.feed_lake()
    shop = service.definitions.shop
    alone = service.definitions._replace(
        shop=type(shop)(**{**_fields(shop), "purposes": {"advertising": shop.purposes["advertising"]}}), traits={}
    )
    people = await make_people(app.store, app.batch, alone, now=now)
    table = people.table.table
    batch = set(table.filter(table[REACHABLE]).select("customer").to_pyarrow()["customer"].to_pylist())
    people.table.close()
    everybody = await app.store.list_customers(limit=1000)
    desk = desk_of(service, personal=True)
    live = set()
    for customer, profile in (await desk.profiles.catch_up(everybody)).items():
        lines = {line.purpose: line for line in await consent_lines(desk, profile, now=now)}
        if lines["advertising"].allowed and arm_of(customer, shop.holdout) != "holdout":
            live.add(customer)
    return live, batch


def _fields(struct):
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


async def test_a_consent_expires_for_decisions_and_in_the_crowd_on_the_same_day(app, service, decide, ids, two):
    """Words of the test kit are 100 days old: with 101 days they stand, a day later they do not."""
    await put_in_force(app, service, "advertising: {basis: consent, expires_after: 101 days}")
    given, _ = two
    for late, personal in ((timedelta(), True), (timedelta(days=1), False)):
        now = NOW + late
        app.clock = StoppedClock(now)
        found = await decide("advertising", given)
        assert found.personal is personal
        live, batch = await reach(app, service, now=now)
        assert live == batch
        assert bool(live) is personal
    assert found.why == "advertising: the consent has expired"


async def test_merged_customers_stand_by_the_most_restrictive_word_live_and_in_the_crowd(app, service, take, ids, two):
    given, other = two
    await take(track(user(other), "Consent Withdrawn", {"purpose": "advertising"}, key="no", at=NOW))
    before = await reach(app, service, now=NOW)
    await app.store.merge(ids[given], ids[other], limits=LIMITS, by="ann", now=NOW)
    await service.follower.reach(await app.store.head())
    merged = min(ids[given], ids[other])
    live, batch = await reach(app, service, now=NOW)
    assert live == batch
    assert merged not in live
    later = NOW + timedelta(minutes=1)
    await take(track(user(given), "Consent Given", {"purpose": "advertising"}, key="yes", at=later))
    live, batch = await reach(app, service, now=later)
    assert live == batch
    assert (merged in live) == (arm_of(merged, service.definitions.shop.holdout) == "treated")
    await app.store.unmerge(merged, [max(ids[given], ids[other])], by="ann", now=later)
    await service.follower.reach(await app.store.head())
    live, batch = await reach(app, service, now=later)
    assert (live, batch) == before


async def test_the_page_and_the_ledger_name_the_part_the_evidence_and_the_wording(app, service, take, ids, two):
    given, other = two
    said = {"purpose": "advertising", "wording": "Yes, advertise to me.", "grade": "double_opt_in"}
    await take(track(user(other), "Consent Given", said, key="yes", at=NOW))
    await app.store.merge(ids[given], ids[other], limits=LIMITS, by="ann", now=NOW)
    await service.follower.reach(await app.store.head())
    merged = min(ids[given], ids[other])
    desk = desk_of(service, personal=True)
    profile = (await desk.profiles.catch_up([merged]))[merged]
    lines = {line.purpose: line for line in await consent_lines(desk, profile, now=NOW)}
    line = lines["advertising"]
    assert (line.said, line.grade, line.via, line.wording) == ("given", "double_opt_in", "event", said["wording"])
    assert line.who == f"user_id {user(other)}"
    words = await consent_ledger(desk, merged)
    assert [word.who for word in words] == [f"user_id {user(other)}", f"user_id {user(given)}"]
    blind = await consent_ledger(desk._replace(personal=False), merged)
    assert user(other) not in repr(blind)
    assert blind[0].wording == said["wording"]


async def test_without_the_joins_the_fold_would_restrict_and_never_allow(app, service, take, ids, two):
    """Planted bug: forget the links, and a word said after the merge covers nobody else."""
    given, other = two
    await take(track(user(other), "Consent Withdrawn", {"purpose": "advertising"}, key="no", at=NOW))
    await app.store.merge(ids[given], ids[other], limits=LIMITS, by="ann", now=NOW)
    later = NOW + timedelta(minutes=1)
    await take(track(user(given), "Consent Given", {"purpose": "advertising"}, key="yes", at=later))
    merged = min(ids[given], ids[other])
    desk = desk_of(service, personal=True)
    profile = (await desk.profiles.catch_up([merged]))[merged]
    for joins, allowed in ((profile.state.joins, True), ((), False)):
        profile.state.joins = joins
        lines = {line.purpose: line for line in await consent_lines(desk, profile, now=later)}
        assert lines["advertising"].allowed is allowed
