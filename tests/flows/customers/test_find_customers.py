"""Finding customers, and what is not told to who may not see names."""

import pytest

from shopkeeper.core.errors import BadInput, NotFound
from shopkeeper.flows.customers.desk import MASK, Desk, desk_of
from shopkeeper.flows.customers.find import CustomerHits, find_customers
from shopkeeper.testing.arrivals import arrive
from shopkeeper.testing.shop import CUSTOMERS, NOW, user

ANN = {"email": "Ann.Canary@example.org", "full_name": "Ann O'Hara"}


@pytest.fixture
async def desk(service) -> Desk:
    said = {"type": "identify", "userId": user(5), "traits": ANN, "messageId": "i1"}
    await service.outcomes.take(said, source="api", now=NOW)
    return desk_of(service, personal=True)


async def ask(desk: Desk, query: str, **rest) -> CustomerHits:
    return await find_customers(desk, query, now=NOW, **rest)


def values(hits: CustomerHits) -> list[str]:
    return [hit.identifiers[0].value for hit in hits.customers]


async def test_an_exact_identifier_comes_first_and_then_those_that_begin_so(desk: Desk) -> None:
    exact = await ask(desk, "u005")
    assert (values(exact), exact.customers[0].why) == (["u005"], "user_id, exactly")
    assert exact.customers[0].title == "user_id u005"
    begins = await ask(desk, "u01")
    assert values(begins) == [user(n) for n in range(10, 20)]
    assert begins.customers[0].why == "user_id begins so"
    assert values(await ask(desk, " U01", limit=2)) == ["u010", "u011"]


async def test_a_kind_or_an_id_may_be_named(desk: Desk) -> None:
    customer = (await ask(desk, "user_id:u005")).customers[0].customer
    assert values(await ask(desk, customer)) == ["u005"]
    assert values(await ask(desk, "card:u005")) == []
    assert values(await ask(desk, "user_id:null")) == []


@pytest.mark.parametrize("query", ["ann", "ANN o'h", "ann.canary@EXAMPLE"])
async def test_a_name_is_found_by_its_beginning_capitals_or_not(desk: Desk, query: str) -> None:
    hits = await ask(desk, query)
    assert values(hits) == ["u005"]
    assert hits.customers[0].why in {"full name begins so", "email begins so"}


async def test_who_may_not_see_names_finds_by_exact_identifier_alone(desk: Desk) -> None:
    blind = desk._replace(personal=False)
    found = await ask(blind, "u005")
    assert values(found) == [MASK]
    assert found.masked
    for query in ("u00", "ann", "ann.canary@example.org", "%", "_"):
        assert await ask(blind, query) == CustomerHits(customers=(), next=None, masked=True)
    assert "u005" not in repr(found)


async def test_a_search_that_masks_nothing_would_be_caught(desk: Desk) -> None:
    leaky = desk._replace(personal=True)
    assert "u005" in repr(await ask(leaky, "u005"))
    assert (await ask(leaky, "ann")).customers


async def test_customers_are_listed_page_after_page(desk: Desk) -> None:
    seen: list[str] = []
    after = ""
    while True:
        page = await ask(desk, "", after=after, limit=60)
        seen += [hit.customer for hit in page.customers]
        if page.next is None:
            break
        after = page.next
    assert len(seen) == len(set(seen)) == CUSTOMERS
    assert seen == sorted(seen)


async def test_a_segment_lists_its_people(desk: Desk) -> None:
    found = await ask(desk, "", segment="lapsing", limit=100)
    assert len(found.customers) == CUSTOMERS // 10
    assert "; in " in found.customers[0].description
    with pytest.raises(NotFound, match="did you mean 'lapsing'"):
        await ask(desk, "", segment="lapsin")


@pytest.mark.parametrize(
    ("query", "rest"),
    [("x" * 321, {}), ("a\0", {}), ("\ud800", {}), ("u", {"limit": 0}), ("u", {"limit": 101}), ("u", {"segment": "x"})],
)
async def test_a_question_out_of_bounds_is_bad_input(desk: Desk, query: str, rest) -> None:
    with pytest.raises(BadInput) as refused:
        await ask(desk, query, **rest)
    assert "xxx" not in str(refused.value)


async def test_an_email_is_found_however_it_is_spelled(app) -> None:
    import msgspec

    from shopkeeper.core.definitions import IdentifierKind
    from shopkeeper.core.identifier import Identifier
    from shopkeeper.flows.customers.desk import open_desk

    shop = msgspec.structs.replace(app.definitions.shop, identifiers={"email": IdentifierKind()})
    await arrive(app.store, [Identifier("email", "ann@example.org")], now=NOW)
    desk = open_desk(app.store, app.definitions._replace(shop=shop))
    assert values(await ask(desk, "Ann@Example.ORG")) == ["ann@example.org"]
