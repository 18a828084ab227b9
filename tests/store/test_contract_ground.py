"""What live states are made of, on both databases: read in one go, and of one moment."""

from datetime import UTC, datetime

import pytest

from shopkeeper.core.event import Event
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.profile import Membership, News, StoredProfile, version_of
from shopkeeper.core.store import Store
from shopkeeper.store import ground as grounds
from shopkeeper.store.history import FEW
from shopkeeper.testing.arrivals import arrive

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MANY = FEW + 1


def looks(n: int, *, customer: str = "cus_1") -> list[Event]:
    return [
        Event(
            source="web", message_id=f"{customer}-{k}", name="Page Viewed", customer=customer, at=NOW, received_at=NOW
        )
        for k in range(n)
    ]


def seqs(news: News) -> list[int] | None:
    return None if news.tail is None else [event.seq for event in news.tail]


async def test_news_is_what_came_since(store: Store) -> None:
    await store.append([*looks(3), *looks(1, customer="cus_2"), *looks(5)[3:]])
    assert seqs(news := await store.news(["cus_1"], after=2)) == [3, 5, 6]
    assert (news.after, news.upto, news.shapes) == (2, 6, {})
    assert await store.news(["cus_1"], after=6) == News(6, 6, {}, [])
    assert seqs(await store.news(["cus_1", "cus_2"], after=2)) is None
    await store.append(looks(6)[5:])
    assert seqs(await store.news(["cus_1"], after=6)) == [7]


async def test_of_many_events_the_tail_is_left_to_a_thread(store: Store) -> None:
    await store.append(looks(MANY))
    assert seqs(await store.news(["cus_1"], after=0)) is None
    assert seqs((await store.ground(["cus_1"])).news) is None
    assert len(seqs(await store.news(["cus_1"], after=1)) or ()) == FEW


async def test_the_tail_begins_behind_the_stored_state_if_that_fits(store: Store) -> None:
    await store.append(looks(4))
    assert seqs((await store.ground(["cus_1"], version="v1")).news) == [1, 2, 3, 4]
    await store.save_profiles([StoredProfile("cus_1", b"state", 3, "v1")])
    assert seqs((await store.ground(["cus_1"], version="v1")).news) == [4]
    assert seqs((await store.ground(["cus_1"], version="v2")).news) == [1, 2, 3, 4]


async def test_who_was_merged_has_a_shape_and_links_and_a_state_of_before_does_not_fit(store: Store) -> None:
    names = [Identifier("email", "a@example.org"), Identifier("email", "b@example.org")]
    first, second = (await arrive(store, names, now=NOW)).values()
    await store.save_profiles([StoredProfile(min(first, second), b"state", 2, "v1")])
    cut = await store.merge(first, second, limits={}, by="Ann", now=NOW)
    ground = await store.ground([min(first, second)], version="v1")
    assert ground.news.shapes == {min(first, second): cut}
    assert [(link.a, link.b) for link in ground.links[min(first, second)]] == [(min(first, second), max(first, second))]
    assert ground.news.after == 0
    assert seqs(ground.news) == [1, 2, cut]
    await store.save_profiles([StoredProfile(min(first, second), b"anew", 2, version_of("v1", cut))])
    assert seqs((await store.ground([min(first, second)], version="v1")).news) == [cut]


async def test_memberships_are_read_only_of_those_who_are_watched(store: Store) -> None:
    stands = [Membership(customer, "vip", 5, None) for customer in ("cus_1", "cus_2")]
    await store.change_memberships(entered=stands, left=[])
    await store.put_predicted("clv", "m/1", {"cus_1": 7})
    ground = await store.ground(["cus_1", "cus_2"], watched=["cus_2"])
    assert ground.memberships == {"cus_2": [stands[1]]}
    assert ground.predicted == {"cus_1": {"clv": 7}}


async def test_a_read_that_failed_holds_no_moment_fast(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await store.append(looks(1))

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(grounds.log, "head", fail)
        with pytest.raises(ZeroDivisionError):
            await store.news(["cus_1"], after=0)
    await store.append(looks(2))
    assert seqs(await store.news(["cus_1"], after=0)) == [1, 2]
