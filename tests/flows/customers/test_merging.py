"""Merging and unmerging by hand at a shop that is served: previews, what is shown, and that nothing is lost."""

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from shopkeeper.app import App
from shopkeeper.core.decision import DecideRequest
from shopkeeper.core.errors import BadInput, Conflict, NotFound
from shopkeeper.flows.collect import collect
from shopkeeper.flows.customers.desk import MASK, Desk, desk_of
from shopkeeper.flows.customers.find import find_customers
from shopkeeper.flows.customers.identity import customer_identity
from shopkeeper.flows.customers.merging import IdentityChange, Merge, Unmerge, merge_customers, unmerge_customer
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.page import customer_page
from shopkeeper.flows.report import lift_report
from shopkeeper.flows.service import Service
from shopkeeper.protect.assignment import arm_of, treatment
from shopkeeper.testing.shop import NOW, basket, user

VISITOR = {"anonymousId": "a-77"}


@pytest.fixture
def desk(service: Service) -> Desk:
    return desk_of(service, personal=True)


async def take(service: Service, wire: Mapping[str, Any], *, trusted: bool = True) -> str:
    origin = Origin("web" if trusted else "site", trusted=trusted)
    found = await collect(service.store, service.definitions, [wire], origin=origin, now=NOW)
    await service.outcomes.reach(found.receipts[0].seq)
    assert found.receipts[0].customer is not None
    return found.receipts[0].customer


def order(key: str, **who: str) -> dict[str, Any]:
    return {**basket("", ["tea-0", "pets-1", "pets-2", "pets-3"], key=key, at=NOW), "userId": None, **who}


async def merged(desk: Desk, service: Service, first: str, second: str, *, dry: bool = False) -> IdentityChange:
    wish = Merge(other=second, dry=dry)
    return await merge_customers(desk, service.outcomes.reach, first, wish, by="jo", now=NOW)


async def cut(desk: Desk, service: Service, customer: str, *parts: str, dry: bool = False) -> IdentityChange:
    wish = Unmerge(parts=parts, dry=dry)
    return await unmerge_customer(desk, service.outcomes.reach, customer, wish, by="jo", now=NOW)


async def all_of(desk: Desk, *customers: str) -> list[Any]:
    pages = [await customer_page(desk, customer, now=NOW) for customer in customers]
    inside = await desk.store.memberships(customers)
    return [
        (
            replace(page, seq=0, traits=tuple(replace(one, as_of=None) for one in page.traits)),
            {one.segment: one.since for one in inside.get(customer, ())},
        )
        for page, customer in zip(pages, customers, strict=True)
    ]


async def test_merging_and_unmerging_leaves_every_page_as_it_was(desk: Desk, service: Service) -> None:
    known = await desk.named("user_id", user(5))
    for n in range(3):
        visitor = await take(service, order(f"v{n}", **VISITOR))
    before = await all_of(desk, known, visitor)
    foreseen = await merged(desk, service, known, visitor, dry=True)
    assert await all_of(desk, known, visitor) == before
    done = await merged(desk, service, visitor, known)
    assert done.after == foreseen.after
    page = await customer_page(desk, visitor, now=NOW)
    assert page.customer == min(known, visitor)
    assert (page.orders, page.worth.spend) == (done.after[0].orders, done.after[0].spend)
    back = await cut(desk, service, visitor, "anonymous_id:a-77")
    assert {one.customer: one for one in back.after} == {one.customer: one for one in done.before}
    assert await all_of(desk, known, visitor) == before


async def test_one_order_is_said_to_be_one(desk: Desk, service: Service) -> None:
    buyer = await take(service, order("v1", **VISITOR))
    looker = await take(service, {**order("v2", anonymousId="a-2"), "event": "Cart Viewed"})
    done = await merged(desk, service, buyer, looker, dry=True)
    assert done.words == "2 customers become one, with 1 order. Nothing is fused: it can be undone."


async def test_what_comes_between_goes_to_the_part_whose_identifier_it_bears(desk: Desk, service: Service) -> None:
    known, visitor = await desk.named("user_id", user(5)), await take(service, order("v1", **VISITOR))
    orders = (await customer_page(desk, known, now=NOW)).orders
    await merged(desk, service, known, visitor)
    for n in range(2):
        await take(service, order(f"between{n}", **VISITOR))
    await take(service, order("mine", userId=user(5)))
    assert (await customer_page(desk, known, now=NOW)).orders == orders + 4
    change = await cut(desk, service, known, visitor)
    found = {one.customer: one.orders for one in change.after}
    assert found == {known: orders + 1, visitor: 3}
    assert (await customer_page(desk, visitor, now=NOW)).orders == 3


async def test_the_middle_of_a_chain_leaves_three_and_the_preview_says_so(desk: Desk, service: Service) -> None:
    first = await take(service, order("one", anonymousId="a-1"))
    middle = await take(service, order("two", anonymousId="a-2"))
    last = await take(service, order("three", anonymousId="a-3"))
    await merged(desk, service, first, middle)
    await merged(desk, service, middle, last)
    change = await cut(desk, service, first, min(first, middle), dry=True)  # Both joins were made with it.
    assert len(change.after) == 3
    assert "What no other link holds together stands apart." in change.words


async def test_a_pair_that_was_cut_is_not_joined_again_by_an_event(desk: Desk, service: Service) -> None:
    visitor = await take(service, order("v1", **VISITOR))
    both = await take(service, order("both", userId=user(5), **VISITOR))
    assert await desk.known(visitor) == both
    await cut(desk, service, both, "anonymous_id:a-77")
    await take(service, order("again", userId=user(5), **VISITOR))
    assert await desk.known(visitor) == visitor
    known = await desk.named("user_id", user(5))
    assert known != visitor
    identity = await customer_identity(desk, known)
    (link,) = identity.links
    assert link.state == "cut"
    assert link.reason == (
        "An event of web carried both anonymous_id and user_id. Cut apart since by jo of the shop: no event joins "
        "them again."
    )
    assert [part.label for part in identity.elsewhere] == ["anonymous_id a-77"]


async def test_a_part_is_kept_apart_from_the_other_side_of_an_earlier_cut_and_told_so_once(
    desk: Desk, service: Service
) -> None:
    for key, who in (
        ("s1", {"userId": "u-s", "anonymousId": "a-1"}),
        ("s2", {"anonymousId": "a-3", "previousId": "a-4"}),
        ("s3", {"anonymousId": "a-1", "previousId": "a-3"}),
    ):
        await take(service, {"type": "identify", "messageId": key, **who})
    whole = await desk.named("user_id", "u-s")
    await cut(desk, service, whole, "user_id:u-s", "anonymous_id:a-1")
    await cut(desk, service, await desk.named("user_id", "u-s"), "user_id:u-s")
    await take(service, {"type": "identify", "messageId": "s4", "userId": "u-s", "anonymousId": "a-4"})
    mine, theirs = await desk.named("user_id", "u-s"), await desk.named("anonymous_id", "a-4")
    assert mine != theirs
    told = [link.reason for link in (await customer_identity(desk, mine)).links]
    assert sum("two sides when jo of the shop cut a customer apart" in reason for reason in told) == 1
    assert len(told) == 2
    by_the_link = await customer_identity(desk, await desk.named("anonymous_id", "a-1"))
    assert not any("two sides" in link.reason for link in by_the_link.links)


async def test_a_claim_is_told_and_joins_nothing(desk: Desk, service: Service) -> None:
    visitor = await take(service, order("c1", userId=user(5), **VISITOR), trusted=False)
    known = await desk.named("user_id", user(5))
    assert visitor != known
    for customer in (visitor, known):
        identity = await customer_identity(desk, customer)
        (link,) = identity.links
        assert (link.state, len(identity.parts), len(identity.elsewhere)) == ("claimed", 1, 1)
        assert link.reason == (
            "Claimed by a browser of site, which named both anonymous_id and user_id; not proven: it joins nothing."
        )


async def test_a_claim_and_a_cut_stand_beside_what_staff_made_of_the_two_since(desk: Desk, service: Service) -> None:
    visitor = await take(service, order("c1", userId=user(5), **VISITOR), trusted=False)
    known = await desk.named("user_id", user(5))
    (before,) = (await customer_identity(desk, known)).links
    for _ in range(2):
        await merged(desk, service, known, visitor)
        await cut(desk, service, known, visitor)
    made, again, claim = (await customer_identity(desk, known)).links
    assert claim == before
    assert made.seq < again.seq
    for one in (made, again):
        assert (one.state, one.by, one.cut_by) == ("cut", "jo", "jo")
        assert one.reason == "jo of the shop joined them. Cut apart since by jo of the shop: no event joins them again."


async def test_who_may_not_see_names_sees_parts_and_reasons_without_them(desk: Desk, service: Service) -> None:
    visitor = await take(service, order("v1", **VISITOR))
    await merged(desk, service, await desk.named("user_id", user(5)), visitor)
    identity = await customer_identity(desk._replace(personal=False), visitor)
    assert {part.identifier.value for part in identity.parts if part.identifier} == {MASK}
    assert identity.links[0].reason == f"{MASK} of the shop joined them."
    assert identity.links[0].by == MASK


async def test_what_cannot_be_merged_or_cut_is_refused_before_anything_is_written(desk: Desk, service: Service) -> None:
    known, head = await desk.named("user_id", user(5)), await service.store.head()
    with pytest.raises(Conflict, match="user_id"):
        await merged(desk, service, known, f"user_id:{user(6)}")
    with pytest.raises(BadInput, match="one already"):
        await merged(desk, service, known, known)
    with pytest.raises(NotFound):
        await merged(desk, service, known, "anonymous_id:nobody")
    with pytest.raises(BadInput, match="not all"):
        await cut(desk, service, known, f"user_id:{user(5)}")
    with pytest.raises(NotFound, match="does not have"):
        await cut(desk, service, known, f"user_id:{user(6)}")
    assert await service.store.head() == head


async def test_an_id_of_before_leads_to_the_customer_of_now(desk: Desk, service: Service) -> None:
    known, visitor = await desk.named("user_id", user(5)), await take(service, order("v1", **VISITOR))
    await merged(desk, service, known, visitor)
    current = min(known, visitor)
    for old in (known, visitor):
        assert (await customer_page(desk, old, now=NOW)).customer == current
        assert [hit.customer for hit in (await find_customers(desk, old, now=NOW)).customers] == [current]
        await service.decider.decide(DecideRequest(slot="recommendations", customer={"customer": old}), now=NOW)
    await service.journal.close()
    decided = await service.store.passed(after=0, limit=2, name="Decision Made")
    assert {event.customer for event in decided} == {current}


def arms_of(service: Service, *customers: str) -> list[str]:
    return [arm_of(customer, service.definitions.shop.holdout) for customer in customers]


async def test_whose_parts_were_in_two_arms_is_counted_by_the_first_and_left_alone(
    desk: Desk, service: Service, app: App
) -> None:
    """The oldest part is treated; a visitor in the holdout was decided upon, and turns out to be the same person."""
    customers = [await desk.named("user_id", user(n)) for n in range(1, 40)]
    treated = min(one for one in customers if arms_of(service, one) == ["treated"])
    for n in range(200):
        key = f"h-{n}"
        held = await take(service, order(key, anonymousId=key))
        if arms_of(service, held) == ["holdout"] and held > treated:  # born in one millisecond, in no order
            break
    ask = DecideRequest(slot="recommendations", customer={"anonymous_id": key})
    assert (await service.decider.decide(ask, now=NOW)).arm == "holdout"
    await service.journal.close()
    await service.outcomes.reach(await service.store.head())
    change = await merged(desk, service, treated, held)
    assert [(one.arm, one.crossed) for one in change.after] == [("treated", True)]
    answer = await service.decider.decide(ask, now=NOW)
    assert (answer.arm, answer.crossed, answer.personal) == ("treated", True, False)
    assert answer.why.startswith("universal holdout")
    page = await customer_page(desk, treated, now=NOW)
    assert (page.arm, page.crossed) == ("treated", True)
    await app.feed_lake()
    report = await lift_report(app.store, app.batch, app.definitions, days=28, now=NOW)
    assert report.crossed == 1
    assert report.treated + report.holdout == len(await app.store.list_customers())
    await cut(desk, service, treated, held)
    again = await service.decider.decide(DecideRequest(slot="recommendations", customer={"customer": treated}), now=NOW)
    assert (again.arm, again.crossed, again.personal) == ("treated", False, True)


def test_the_most_restrictive_arm_treats_and_the_oldest_part_counts(service: Service) -> None:
    holdout = service.definitions.shop.holdout
    names = [f"cus_{n}" for n in range(200)]
    treated = next(one for one in names if arm_of(one, holdout) == "treated")
    held = next(one for one in names if arm_of(one, holdout) == "holdout")
    parts = {treated, held}
    assert treatment(treated, {treated}, holdout, parts=parts) == ("treated", True, False, treated)
    assert treatment(treated, {held}, holdout, parts=parts) == ("treated", False, True, held)
    assert treatment(held, {treated}, holdout, parts=parts) == ("holdout", False, True, held)
    assert treatment(held, set(), holdout, parts=parts) == ("holdout", False, False, held)


def test_who_was_taken_apart_follows_their_own_arm_and_it_is_remembered_that_they_followed_another(
    service: Service,
) -> None:
    holdout = service.definitions.shop.holdout
    names = [f"cus_{n}" for n in range(200)]
    treated = next(one for one in names if arm_of(one, holdout) == "treated")
    held = next(one for one in names if arm_of(one, holdout) == "holdout")
    assert treatment(treated, {held}, holdout, parts={treated}) == ("treated", True, True, treated)
    assert treatment(held, {treated}, holdout, parts={held}) == ("holdout", False, True, held)


async def test_what_a_customer_redeemed_under_one_identifier_counts_under_all(desk: Desk, service: Service) -> None:
    """A coupon's cap is over all parts: what was used up as a visitor is used up for the owner of the card."""
    customers = [await desk.named("user_id", user(n)) for n in range(1, 40)]
    known = next(one for one in customers if arms_of(service, one) == ["treated"])
    used = {"type": "track", "event": "Offer Redeemed", "properties": {"offer": "save-bread"}}
    visitors = [await take(service, used | {"messageId": f"r{n}", "anonymousId": f"a-{n}"}) for n in range(12)]
    visitor = next(one for one in visitors if arms_of(service, one) == ["treated"])
    for redeemed_by, offered in ((known, True), (visitor, False)):
        assert (await _offers(service, redeemed_by)) == offered
    await merged(desk, service, known, visitor)
    assert not await _offers(service, known)
    await cut(desk, service, known, visitor)
    assert await _offers(service, known)


async def _offers(service: Service, customer: str) -> bool:
    """Say whether a customer may have the coupon for bread."""
    ask = DecideRequest(slot="coupons", customer={"customer": customer}, explain=True, n=20)
    blocked = dict((await service.decider.decide(ask, now=NOW)).blocked)
    return "redeemed" not in blocked.get("save-bread", "")
