import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shopkeeper.core.errors import BadInput, Conflict
from shopkeeper.core.event import Event, Line, Receipt
from shopkeeper.core.store import Store

NOW = datetime(2017, 12, 4, 9, 30, 0, 123456, tzinfo=UTC)


def order(n: int, *, customer: str = "cus_1", **changes: object) -> Event:
    event = Event(
        source="till",
        message_id=f"m{n}",
        name="Order Completed",
        customer=customer,
        at=NOW + timedelta(minutes=n),
        received_at=NOW,
        place="p1",
        order_id=f"o{n}",
        texts={"channel": "störe"},
        numbers={"weight": -1_500_000},
        money={"total": 1234},
        flags={"gift": True},
        lines=(Line(product_id="sku", quantity=2, amount=400, cost=250, discount=10, coupon="c1", brand="b"),),
        extra={"nested": {"deep": [1, None, 2.5]}},
    )
    return msgspec.structs.replace(event, **changes)


async def test_an_event_comes_back_as_it_went_in(store: Store) -> None:
    await store.append([order(1)])
    assert await store.read(after=0, limit=10) == [order(1, seq=1, part="cus_1")]


async def test_an_empty_append_is_no_event(store: Store) -> None:
    assert await store.append([]) == []
    assert await store.head() == 0


async def test_numbers_follow_the_order_without_gaps(store: Store) -> None:
    receipts = await store.append([order(1), order(2), order(1), order(3)])
    assert receipts == [
        Receipt("accepted", 1),
        Receipt("accepted", 2),
        Receipt("duplicate", 1),
        Receipt("accepted", 3),
    ]
    assert await store.head() == 3


async def test_a_retry_received_later_is_a_duplicate(store: Store) -> None:
    await store.append([order(1)])
    again = order(1, received_at=NOW + timedelta(hours=1), texts=dict(reversed(order(1).texts.items())))
    assert await store.append([again]) == [Receipt("duplicate", 1)]


@pytest.mark.parametrize(
    "changes", [{"customer": "cus_2"}, {"at": NOW}, {"order_id": None}, {"money": {"total": 1}}, {"lines": ()}]
)
async def test_one_id_with_two_bodies_is_a_conflict_and_the_first_stays(
    store: Store, changes: dict[str, object]
) -> None:
    await store.append([order(1)])
    assert await store.append([order(1, **changes), order(2)]) == [Receipt("conflict", 1), Receipt("accepted", 2)]
    assert (await store.read(after=0, limit=1))[0] == order(1, seq=1, part="cus_1")


async def test_ids_of_two_sources_do_not_meet(store: Store) -> None:
    receipts = await store.append([order(1), order(1, source="web")])
    assert [receipt.outcome for receipt in receipts] == ["accepted", "accepted"]


async def test_reading_pages_through_the_log(store: Store) -> None:
    await store.append([order(n) for n in range(1, 8)])
    seqs = [event.seq for event in await store.read(after=2, limit=3)]
    assert seqs == [3, 4, 5]
    assert await store.read(after=7, limit=3) == []


async def test_history_is_one_customers_events_within_bounds(store: Store) -> None:
    await store.append([order(n, customer=f"cus_{n % 3}") for n in range(1, 10)])
    seqs = [event.seq for event in await store.history(["cus_1", "cus_2"], after=1, upto=7)]
    assert seqs == [2, 4, 5, 7]
    assert len(await store.history(["cus_0"])) == 3
    assert await store.history([]) == []
    assert await store.history(["cus_0"], names=["Nothing"]) == []
    assert len(await store.history(["cus_0"], names=["Nothing", "Order Completed"])) == 3


async def test_an_event_is_found_by_its_id(store: Store) -> None:
    await store.append([order(1), order(2)])
    assert await store.find_event("till", "m2") == order(2, seq=2, part="cus_1")
    assert await store.find_event("web", "m2") is None


async def test_only_completed_orders_are_known(store: Store) -> None:
    await store.append([order(1), order(2, name="Order Refunded"), order(3, customer="cus_2")])
    keys = [("cus_1", "o1"), ("cus_1", "o2"), ("cus_1", "o3"), ("cus_2", "o3")]
    assert await store.orders_known(keys) == {("cus_1", "o1"), ("cus_2", "o3")}
    assert await store.orders_known([]) == set()


async def test_a_cursor_moves_only_from_where_it_stands(store: Store) -> None:
    assert await store.cursor("fold") == 0
    await store.advance("fold", expected=0, to=5)
    with pytest.raises(Conflict, match="fold"):
        await store.advance("fold", expected=0, to=9)
    assert await store.cursor("fold") == 5
    assert await store.cursor("lake") == 0


@pytest.mark.parametrize(
    "changes",
    [{"extra": {"n": 1 << 70}}, {"texts": {"a": "\ud800"}}, {"order_id": "a\0b"}, {"numbers": {"n": 1 << 64}}],
)
async def test_what_no_store_can_keep_is_bad_input_and_harms_nobody(store: Store, changes: dict[str, object]) -> None:
    bad, good = await asyncio.gather(
        store.append([order(1, **changes)]), store.append([order(2)]), return_exceptions=True
    )
    assert isinstance(bad, BadInput)
    assert good == [Receipt("accepted", 1)]


async def test_concurrent_appends_each_get_their_own_receipts(store: Store) -> None:
    answers = await asyncio.gather(*(store.append([order(2 * n), order(2 * n + 1)]) for n in range(50)))
    held = {event.message_id: event.seq for event in await store.read(after=0, limit=1000)}
    assert sorted(held.values()) == list(range(1, 101))
    for n, answer in enumerate(answers):
        assert [receipt.seq for receipt in answer] == [held[f"m{2 * n}"], held[f"m{2 * n + 1}"]]


async def test_the_same_event_offered_at_once_is_accepted_once(store: Store) -> None:
    answers = await asyncio.gather(*(store.append([order(1)]) for _ in range(20)))
    assert sorted(answer[0].outcome for answer in answers) == ["accepted"] + ["duplicate"] * 19


async def test_events_of_some_names_are_read_alone(store: Store) -> None:
    await store.append([order(n, name=name) for n, name in enumerate(["A", "B", "A", "C"])])
    assert [e.name for e in await store.read(after=0, limit=9, names=["A", "C"])] == ["A", "A", "C"]
    assert await store.read(after=0, limit=9, names=[]) == []


async def test_what_passed_is_found_from_the_end_back(store: Store) -> None:
    many = [order(i, source=f"s{i % 2}", customer=f"c{i % 3}") for i in range(1, 10)]
    await store.append(many)

    async def seqs(**asked: object) -> list[int]:
        return [one.seq for one in await store.passed(**asked)]

    assert await seqs(after=0, limit=3) == [9, 8, 7]
    assert await seqs(after=4, before=8, limit=9) == [7, 6, 5]
    assert await seqs(after=0, limit=9, source="s1", customer="c0") == [9, 3]
    assert await seqs(after=3, limit=9, source="s1", customer="c0") == [9]
    assert await seqs(after=0, limit=9, name="Never Seen") == []
