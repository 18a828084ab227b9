import asyncio
from datetime import UTC, datetime

import pytest

from shopkeeper.core.errors import BadInput
from shopkeeper.core.identifier import Identifier, Whose
from shopkeeper.core.intake import Offering
from shopkeeper.core.store import Store
from shopkeeper.testing.arrivals import arrival, arrive

NOW = datetime(2017, 12, 4, tzinfo=UTC)
CARD, USER, OTHER = Identifier("card", "17"), Identifier("user_id", "17"), Identifier("card", "o'18")


async def test_each_unknown_identifier_becomes_a_customer(store: Store) -> None:
    made = await arrive(store, [CARD, USER, CARD], now=NOW)
    assert set(made) == {CARD, USER}
    assert len(set(made.values())) == 2
    assert all(customer.startswith("cus_") for customer in made.values())


async def test_a_known_identifier_keeps_its_customer(store: Store) -> None:
    first = await arrive(store, [CARD], now=NOW)
    both = await arrive(store, [CARD, OTHER], now=NOW)
    assert both[CARD] == first[CARD]
    assert await store.find_customers([CARD, USER, OTHER]) == both
    assert await store.find_customers([]) == {}


async def test_whose_an_identifier_is_says_its_part_too_which_no_merge_changes(store: Store) -> None:
    made = await arrive(store, [CARD, USER], now=NOW)
    claimed = arrival(CARD, at=NOW)._replace(claims=(OTHER,))
    await store.admit(Offering([claimed], {}, NOW))
    assert await store.whose([CARD, USER, OTHER]) == {name: Whose(part, part) for name, part in made.items()}
    await store.merge(made[CARD], made[USER], limits={}, by="Ann", now=NOW)
    customer = min(made.values())
    assert await store.whose([CARD, USER]) == {name: Whose(part, customer) for name, part in made.items()}
    assert await store.whose([]) == {}


async def test_two_at_once_agree_on_one_customer(store: Store) -> None:
    names = [Identifier("card", str(n)) for n in range(200)]
    made = await asyncio.gather(*(arrive(store, names[::step], now=NOW) for step in (1, -1, 1, -1)))
    assert made[0] == made[1] == made[2] == made[3]
    assert await store.list_customers() == sorted(made[0].values())


async def test_a_customers_identifiers_are_listed(store: Store) -> None:
    made = await arrive(store, [CARD, USER], now=NOW)
    assert await store.identifiers_of(made[CARD]) == [CARD]
    assert await store.identifiers_of("cus_none") == []


async def test_customers_are_listed_in_pages(store: Store) -> None:
    made = await arrive(store, [Identifier("card", str(n)) for n in range(7)], now=NOW)
    first = await store.list_customers(limit=4)
    rest = await store.list_customers(after=first[-1], limit=4)
    assert first + rest == sorted(made.values())


async def test_a_value_that_postgresql_cannot_keep_is_bad_input(store: Store) -> None:
    with pytest.raises(BadInput):
        await arrive(store, [Identifier("card", "\ud800")], now=NOW)
