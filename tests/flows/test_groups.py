"""Groups: who belongs to which, through merges and cuts, and what of a group is kept where."""

from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

import pytest

from shopkeeper.core.definitions import Definitions, GroupKind, IdentifierKind, Shop
from shopkeeper.core.errors import NotFound
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import collect
from shopkeeper.flows.customers.desk import MASK, Desk, open_desk
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.groups import group_page, groups_of, list_groups
from shopkeeper.flows.page import customer_page

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SERVER = Origin("till")
BROWSER = Origin("web", trusted=False, history=False)
KINDS = {
    "household": GroupKind(description="Who live together", traits=("size",), blocked=("No Household", "Müller")),
    "company": GroupKind(traits=("plan", "employees")),
}
MUELLER = normalize("NFD", "müller")
DEFINITIONS = Definitions(
    version="v1",
    shop=Shop(
        name="Test",
        currency="EUR",
        time_zone="Europe/Vienna",
        identifiers={"user_id": IdentifierKind(limit=9), "anonymous_id": IdentifierKind()},
        purposes={},
        groups=KINDS,
    ),
    traits={},
    segments={},
    offers={},
    offer_rules={},
    slots={},
)


def joins(user: str, group: str, *, kind: str | None = None, day: int = 1, **traits: Any) -> dict[str, Any]:
    at, context = f"2026-02-{day:02}T10:00:00Z", {} if kind is None else {"groupType": kind}
    said = {"type": "group", "groupId": group, "traits": traits, "context": context, "timestamp": at}
    return said | {"messageId": f"{user}-{group}-{day}", "userId": user, "anonymousId": f"a-{user}"}


def leaves(user: str, group: str, *, day: int = 2) -> dict[str, Any]:
    said = {"type": "track", "event": "Group Left", "userId": user, "properties": {"groupId": group}}
    return said | {"messageId": f"left-{user}-{group}-{day}", "timestamp": f"2026-02-{day:02}T10:00:00Z"}


async def tell(store: Store, *wires: Any, origin: Origin = SERVER) -> None:
    result = await collect(store, DEFINITIONS, wires, origin=origin, now=NOW)
    assert result.accepted == len(wires), result.receipts


async def who(store: Store, user: str, kind: str = "user_id") -> str:
    name = Identifier(kind, user)
    return (await store.find_customers([name]))[name]


async def members(store: Store, group: str, kind: str = "household") -> list[str]:
    return [one.customer for one in await store.group_members(kind, group)]


async def kept(store: Store, user: str) -> list[tuple[str, str]]:
    return [(one.kind, one.id) for one in await store.groups_of(await who(store, user))]


def desk(store: Store, *, personal: bool = True) -> Desk:
    return open_desk(store, DEFINITIONS)._replace(personal=personal)


async def test_a_person_may_be_in_several_groups_and_leave_one(store: Store) -> None:
    await tell(store, joins("u1", "h1"), joins("u1", "acme", kind="company"), joins("u2", "h1"))
    assert await kept(store, "u1") == [("company", "acme"), ("household", "h1")]
    await tell(store, leaves("u1", "h1"))
    assert await kept(store, "u1") == [("company", "acme")]
    assert await members(store, "h1") == [await who(store, "u2")]


async def test_of_words_that_come_late_the_one_said_last_stands(store: Store) -> None:
    await tell(store, leaves("u1", "h1", day=5), joins("u1", "h1", day=3))
    assert await kept(store, "u1") == []
    await tell(store, joins("u1", "h1", day=6))
    (found,) = await store.groups_of(await who(store, "u1"))
    assert found.since == datetime(2026, 2, 6, 10, tzinfo=UTC)


async def test_a_word_whose_clock_runs_ahead_does_not_outdo_what_is_said_until_then(store: Store) -> None:
    ahead = joins("u1", "h1", size=2) | {"timestamp": "2026-03-03T06:00:00Z"}
    left = leaves("u1", "h1") | {"timestamp": "2026-03-02T10:00:00Z"}
    await tell(store, ahead)
    (found,) = await store.groups_of(await who(store, "u1"))
    assert found.since == NOW
    await tell(store, left)
    assert await kept(store, "u1") == []
    await tell(store, joins("u2", "h1", size=3) | {"timestamp": "2026-03-02T10:00:00Z"})
    group = await store.find_group("household", "h1")
    assert group is not None
    assert group.traits == {"size": 3}


async def test_merged_customers_share_their_groups_and_take_them_back(store: Store) -> None:
    await tell(store, joins("u1", "h1"), joins("u2", "h1"), joins("u2", "acme", kind="company"))
    first, second = await who(store, "u1"), await who(store, "u2")
    theirs = {part.id for part in (await store.views([second]))[second].parts}
    await store.merge(first, second, limits={}, by="anna", now=NOW)
    joined = await who(store, "u1")
    assert await members(store, "h1") == [joined]
    assert [size.members for size in await store.groups()] == [1, 1]
    assert await kept(store, "u2") == [("company", "acme"), ("household", "h1")]
    await store.unmerge(joined, theirs, by="anna", now=NOW)
    assert await members(store, "h1") == sorted([first, second])
    assert await kept(store, "u1") == [("household", "h1")]


async def test_who_leaves_after_a_merge_leaves_as_a_whole(store: Store) -> None:
    await tell(store, joins("u1", "h1"), joins("u2", "h1"))
    await store.merge(await who(store, "u1"), await who(store, "u2"), limits={}, by="anna", now=NOW)
    await tell(store, leaves("u2", "h1"))
    assert await members(store, "h1") == []


async def test_what_is_not_declared_of_a_group_never_reaches_the_log(store: Store) -> None:
    told = {"size": 4, "address": {"street": "Lindenweg 7"}, "phone": "+43 1 58858", "nick": "The Smiths"}
    await tell(store, joins("u1", "h1", **told))
    (event,) = await store.read(after=0, limit=10)
    assert (event.name, event.texts) == ("Group Joined", {"group": "h1", "group_type": "household"})
    assert event.numbers == {"size": 4_000_000}
    assert "Linden" not in repr(event) and "58858" not in repr(event) and "Smith" not in repr(event)
    page = await group_page(desk(store), "household", "h1")
    assert page.traits == {"size": 4} and page.apart["nick"] == "The Smiths"
    hidden = await group_page(desk(store, personal=False), "household", "h1")
    assert hidden.masked and set(hidden.apart.values()) == {MASK} and hidden.traits == {"size": 4}


async def test_the_latest_word_on_a_groups_trait_stands(store: Store) -> None:
    await tell(store, joins("u1", "h1", day=5, size=3), joins("u2", "h1", day=2, size=2, phone="1"))
    page = await group_page(desk(store), "household", "h1")
    assert (page.traits, page.apart) == ({"size": 3}, {"phone": "1"})


async def test_a_browser_claims_a_group_and_changes_nothing_of_it(store: Store) -> None:
    await tell(store, joins("u1", "acme", kind="company", day=20, plan="pro"))
    await tell(store, joins("u9", "acme", kind="company", day=27, plan="free"), origin=BROWSER)
    page = await group_page(desk(store), "company", "acme")
    assert page.traits == {"plan": "pro"}
    assert {member.customer: member.claimed for member in page.members} == {
        await who(store, "u1"): False,
        await who(store, "a-u9", "anonymous_id"): True,
    }
    assert [(one.id, one.members) for one in (await list_groups(desk(store))).groups] == [("acme", 1)]
    await tell(store, joins("u9", "nobody", day=27), origin=BROWSER)
    with pytest.raises(NotFound):
        await group_page(desk(store), "household", "nobody")


async def test_a_claim_neither_ends_nor_renews_what_is_proven(store: Store) -> None:
    await tell(store, joins("u1", "h1", day=20))
    gone = leaves("u1", "h1", day=27) | {"anonymousId": "a-u1"}
    await tell(store, gone, origin=BROWSER)
    assert await members(store, "h1") == [await who(store, "u1")]


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        *((joins("u1", name), "bad_group") for name in ("undefined", "NULL", "000", "Guest", " no household", MUELLER)),
        (joins("u1", "smith@example.org"), "bad_group"),
        (joins("u1", "h1", kind="houshold"), "bad_group"),
        (joins("u1", " "), "bad_event"),
        (leaves("u1", "") | {"properties": {}}, "bad_event"),
    ],
)
async def test_a_group_that_means_nothing_waits(store: Store, wire: dict[str, Any], code: str) -> None:
    result = await collect(store, DEFINITIONS, [wire], origin=SERVER, now=NOW)
    assert (result.accepted, result.receipts[0].code) == (0, code)


async def test_what_is_blocked_for_one_kind_of_groups_may_name_one_of_another(store: Store) -> None:
    await tell(store, joins("u1", "no household", kind="company"), joins("u1", "guesthouse"))
    assert await kept(store, "u1") == [("company", "no household"), ("household", "guesthouse")]


async def test_a_placeholder_that_a_till_sends_for_a_group_makes_none(store: Store) -> None:
    wires = [joins(f"u{n}", "guest") for n in range(100)]
    result = await collect(store, DEFINITIONS, wires, origin=SERVER, now=NOW)
    assert (result.quarantined, await store.groups()) == (100, [])
    assert {row.code for row in await store.quarantined()} == {"bad_group"}


async def test_an_id_is_one_group_however_unicode_spells_it(store: Store) -> None:
    spelt = [normalize(form, "Familie Kühn") for form in ("NFC", "NFD")]
    await tell(store, *(joins(f"u{n}", group) for n, group in enumerate(spelt)))
    (group,) = await store.groups()
    assert (group.id, group.members) == (spelt[0], 2)
    for asked in spelt:
        page = await group_page(desk(store), "household", asked)
        assert (page.id, page.size, len(page.members)) == (spelt[0], 2, 2)
    assert {event.texts["group"] for event in await store.read(after=0, limit=9)} == {spelt[0]}


async def test_members_come_by_pages(store: Store) -> None:
    await tell(store, *(joins(f"u{n}", "h1") for n in range(5)))
    first = await group_page(desk(store), "household", "h1", limit=3)
    assert len(first.members) == 3 and first.size == 5 and first.next == first.members[-1].customer
    rest = await group_page(desk(store), "household", "h1", after=first.next or "", limit=3)
    assert len({one.customer for one in (*first.members, *rest.members)}) == 5 and rest.next is None


async def test_what_one_member_buys_is_never_shown_to_another_or_of_the_group(store: Store) -> None:
    order = {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "o1"}
    product = {"product_id": "secret-gift", "price": 77.77, "quantity": 1}
    bought = order | {"properties": {"order_id": "o1", "products": [product]}}
    await tell(store, joins("u1", "h1"), joins("u2", "h1"), bought)
    at, second = desk(store), await who(store, "u2")
    shown = [
        await customer_page(at, second, now=NOW),
        await group_page(at, "household", "h1"),
        await groups_of(at, second),
        await at.store.history([second]),
        await at.store.timeline(second, limit=50),
    ]
    assert not any(word in repr(shown) for word in ("secret-gift", "7777", "77.77"))
    assert "secret-gift" in repr(await at.store.history([await who(store, "u1")]))
