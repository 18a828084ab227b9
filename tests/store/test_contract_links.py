"""What stands on record between two parts, on both databases: staff's merges and cuts are written beside it."""

from datetime import UTC, datetime, timedelta

from shopkeeper.core.identifier import Identifier
from shopkeeper.core.identity import Link
from shopkeeper.core.intake import Offering
from shopkeeper.core.store import Store
from shopkeeper.testing.arrivals import arrival, arrive

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
COOKIE, ADDRESS = Identifier("anonymous_id", "c-1"), Identifier("email", "a@example.org")


async def two(store: Store) -> tuple[str, str]:
    """Make two customers of one identifier each; return their ids, the older first."""
    made = await arrive(store, [COOKIE, ADDRESS], now=NOW)
    return min(made.values()), max(made.values())


async def say(store: Store, *, proven: bool) -> None:
    """Let an event name both, with or without proof."""
    visit = arrival(*([COOKIE, ADDRESS] if proven else [COOKIE]), at=NOW)
    await store.admit(Offering([visit if proven else visit._replace(claims=(ADDRESS,))], {}, NOW))


async def on_record(store: Store, customer: str) -> list[Link]:
    return [*(await store.views([customer]))[customer].links, *await store.claims(customer)]


async def merge(store: Store, a: str, b: str, *, by: str, days: int) -> None:
    await store.merge(a, b, limits={}, by=by, now=NOW + timedelta(days=days))


async def cut(store: Store, a: str, b: str, *, by: str, days: int) -> None:
    await store.unmerge(a, [b], by=by, now=NOW + timedelta(days=days))


async def test_a_claim_stands_through_a_merge_and_after_it_was_undone(store: Store) -> None:
    a, b = await two(store)
    await say(store, proven=False)
    (claim,) = await on_record(store, a)
    await merge(store, a, b, by="Ann", days=1)
    assert claim in await on_record(store, a)
    await cut(store, a, b, by="Bo", days=2)
    for customer in (a, b):
        staffs, kept = await on_record(store, customer)
        assert (kept, staffs.kind, staffs.by, staffs.cut_by) == (claim, "staff", "Ann", "Bo")


async def test_each_cut_stays_on_record_with_its_reason_and_who_made_it(store: Store) -> None:
    a, b = await two(store)
    await say(store, proven=True)
    await cut(store, a, b, by="Ann", days=1)
    (first,) = await on_record(store, a)
    assert (first.kind, first.cut_by) == ("proven", "Ann")
    await merge(store, a, b, by="Bo", days=2)
    await cut(store, a, b, by="Cy", days=3)
    second = (await on_record(store, a))[1:]
    await merge(store, a, b, by="Di", days=4)
    assert (await on_record(store, a))[:2] == [first, *second]
    await cut(store, a, b, by="Ed", days=5)
    told = [(link.kind, link.by, link.cut_by) for link in await on_record(store, b)]
    assert told == [("proven", None, "Ann"), ("staff", "Bo", "Cy"), ("staff", "Di", "Ed")]


async def test_a_claim_says_nothing_beside_what_staff_made(store: Store) -> None:
    a, b = await two(store)
    await say(store, proven=False)
    for days in (1, 3):
        await merge(store, a, b, by="Ann", days=days)
        await say(store, proven=True)
        assert [link.joins for link in await on_record(store, a)] == [*[False] * (days // 2), True, False]
        await cut(store, a, b, by="Bo", days=days + 1)
        await say(store, proven=True)
        assert set((await store.find_customers([COOKIE, ADDRESS])).values()) == {a, b}
    assert [link.kind for link in await on_record(store, a)] == ["staff", "staff", "claimed"]
    assert await store.refusals([a, b]) == {}  # Who was cut apart is no crowd.


async def test_a_proof_takes_the_place_of_the_claim_and_of_no_other(store: Store) -> None:
    a, _ = await two(store)
    other = Identifier("email", "b@example.org")
    await arrive(store, [other], now=NOW)
    await say(store, proven=False)
    await store.admit(Offering([arrival(COOKIE, at=NOW)._replace(claims=(other,))], {}, NOW))
    await say(store, proven=True)
    assert [link.kind for link in await on_record(store, a)] == ["proven", "claimed"]


async def test_a_cut_holds_between_its_two_sides_when_one_of_them_is_cut_further(store: Store) -> None:
    first, second, third, fourth = names = [Identifier("anonymous_id", f"c-{n}") for n in range(4)]
    for n, pair in enumerate([(first, second), (third, fourth), (second, third)]):
        await store.admit(Offering([arrival(*pair, at=NOW + timedelta(hours=n))], {}, NOW))
    whose = await store.whose(names)
    (customer,) = {one.customer for one in whose.values()}
    part = {name: whose[name].part for name in names}
    await store.unmerge(customer, [part[first], part[second]], by="Ann", now=NOW)
    whole = (await store.find_customers([first]))[first]
    await store.unmerge(whole, [part[first]], by="Bo", now=NOW)
    await store.admit(Offering([arrival(first, fourth, at=NOW + timedelta(days=1))], {}, NOW))
    found = await store.find_customers(names)
    assert found[third] == found[fourth]
    assert len({found[first], found[second], found[third]}) == 3
    assert await store.refusals([part[first], part[fourth]]) == {}
    await store.merge(found[first], found[fourth], limits={}, by="Cy", now=NOW)
    assert len(set((await store.find_customers([first, fourth])).values())) == 1


async def test_a_lowered_limit_keeps_nobody_from_a_new_browser(store: Store) -> None:
    user, browser = Identifier("user_id", "u"), Identifier("anonymous_id", "new")
    limits = {"user_id": 1, "email": 3, "anonymous_id": 5}
    for n in range(3):
        await store.admit(Offering([arrival(user, Identifier("email", f"{n}@example.org"), at=NOW)], limits, NOW))
    lowered = limits | {"email": 2}
    await store.admit(Offering([arrival(user, browser, at=NOW)], lowered, NOW))
    assert len(set((await store.find_customers([user, browser])).values())) == 1
    await store.admit(Offering([arrival(user, Identifier("email", "3@example.org"), at=NOW)], lowered, NOW))
    assert len(await store.identifiers_of((await store.find_customers([user]))[user])) == 5


async def test_a_cookie_of_nobody_is_not_let_go_where_somebody_has_too_many(store: Store) -> None:
    user, limits = Identifier("user_id", "u"), {"anonymous_id": 1}
    first, second = Identifier("anonymous_id", "1"), Identifier("anonymous_id", "2")
    await store.admit(Offering([arrival(user, COOKIE, at=NOW), arrival(first, second, at=NOW)], {}, NOW))
    before = await store.whose([first, second])
    await store.admit(Offering([arrival(user, first, at=NOW)], limits, NOW))
    assert await store.whose([first, second]) == before
