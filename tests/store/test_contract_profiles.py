from datetime import UTC, datetime, timedelta

from shopkeeper.core.identifier import Identifier
from shopkeeper.core.intake import Offering
from shopkeeper.core.profile import Membership, StoredProfile
from shopkeeper.core.store import Store
from shopkeeper.testing.arrivals import arrival, arrive


async def test_profiles_come_back_by_customer(store: Store) -> None:
    profiles = [StoredProfile(f"cus_{n}", b"\x00state", n, "v1") for n in range(100)]
    await store.save_profiles(profiles)
    assert (await store.ground(["cus_3", "cus_x"])).stored == {"cus_3": profiles[3]}
    assert len((await store.ground([profile.customer for profile in profiles])).stored) == 100
    assert (await store.ground([])).stored == {}


async def test_an_older_state_of_the_same_version_is_left_out(store: Store) -> None:
    await store.save_profiles([StoredProfile("c", b"nine", 9, "v1")])
    await store.save_profiles([StoredProfile("c", b"five", 5, "v1")])
    assert (await store.ground(["c"])).stored["c"].state == b"nine"
    await store.save_profiles([StoredProfile("c", b"refolded", 5, "v2")])
    assert (await store.ground(["c"])).stored["c"].state == b"refolded"


async def test_predicted_values_keep_their_types(store: Store) -> None:
    for trait, value in {"a": True, "b": 7, "c": 0.25, "d": "text", "e": ("x", "y"), "f": None}.items():
        await store.put_predicted(trait, "m/1", {"cus_1": value})
    mine = (await store.predicted(["cus_1", "cus_2"]))["cus_1"]
    assert mine == {"a": True, "b": 7, "c": 0.25, "d": "text", "e": ("x", "y"), "f": None}
    assert mine["a"] is True


async def test_predicted_values_of_one_trait_are_replaced_as_a_whole(store: Store) -> None:
    await store.put_predicted("clv", "m/1", {"cus_1": 1, "cus_2": 2})
    await store.put_predicted("churn", "m/1", {"cus_1": 0.5})
    await store.put_predicted("clv", "m/2", {"cus_2": 3})
    assert await store.predicted(["cus_1", "cus_2"]) == {"cus_1": {"churn": 0.5}, "cus_2": {"clv": 3}}


async def test_the_latest_personal_value_of_each_trait_is_kept(store: Store) -> None:
    card, now = Identifier("card", "1"), datetime(2026, 3, 2, tzinfo=UTC)
    made = await arrive(store, [card], now=now, personal={"email": "a@example.org", "name": "Ann"})
    await arrive(store, [card], now=now + timedelta(days=1), personal={"name": "Anna"})
    await arrive(store, [card], now=now - timedelta(days=1), personal={"name": "Annie"})
    assert await store.personal(made[card]) == {"email": "a@example.org", "name": "Anna"}
    assert await store.personal("cus_2") == {}


async def test_memberships_are_entered_and_left(store: Store) -> None:
    regular, lapsing = Membership("cus_1", "regulars", 5, None), Membership("cus_1", "lapsing", 6, 90)
    other = Membership("cus_2", "lapsing", 7, 80)
    await store.change_memberships(entered=[regular, lapsing, other], left=[])
    assert await store.members("lapsing") == [lapsing, other]
    await store.change_memberships(entered=[regular._replace(since=8)], left=[("cus_1", "lapsing"), ("cus_9", "x")])
    assert await store.memberships(["cus_1", "cus_2"]) == {"cus_1": [regular._replace(since=8)], "cus_2": [other]}


async def test_a_count_records_nobody_of_whom_the_log_tells_more(store: Store) -> None:
    now, card, cookie, other = datetime(2026, 3, 2, tzinfo=UTC), *(Identifier("card", n) for n in "123")
    made = await arrive(store, [card, cookie, other], now=now)
    (entry,) = await store.admit(Offering([arrival(card, cookie, at=now)], {}, now))
    upto = await store.head()
    ours, theirs = entry.customer, made[other]
    await store.change_memberships(entered=[Membership(who, "old", 5, None) for who in (ours, theirs)], left=[])
    await arrive(store, [cookie], now=now + timedelta(days=1))
    entered = [Membership(who, "new", 6, None) for who in (ours, theirs)]
    left = [(ours, "old"), (theirs, "old")]
    assert await store.record_memberships(entered=entered, left=left, upto=upto) == {ours}
    assert await store.memberships([ours, theirs]) == {
        ours: [Membership(ours, "old", 5, None)],
        theirs: [Membership(theirs, "new", 6, None)],
    }


async def test_one_who_waits_outside_is_no_member_but_is_rechecked(store: Store) -> None:
    outside = Membership("cus_1", "lapsing", None, 30)
    await store.change_memberships(entered=[outside, Membership("cus_2", "lapsing", 5, None)], left=[])
    assert [member.customer for member in await store.members("lapsing")] == ["cus_2"]
    assert await store.memberships(["cus_1"]) == {}
    assert await store.count_members() == {"lapsing": 1}
    assert await store.due_memberships(40, limit=9) == [outside]


async def test_due_rechecks_come_earliest_first(store: Store) -> None:
    entered = [Membership(f"cus_{n}", "lapsing", 0, at) for n, at in enumerate([30, 10, None, 20, 40])]
    await store.change_memberships(entered=entered, left=[])
    assert [member.recheck_at for member in await store.due_memberships(40, limit=10)] == [10, 20, 30]
    assert len(await store.due_memberships(40, limit=2)) == 2
