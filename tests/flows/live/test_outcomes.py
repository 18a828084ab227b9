"""What customers do next: it is durable, counted once, and the next decision knows of it."""

import asyncio
from contextlib import nullcontext

import msgspec
import pytest

import shopkeeper.flows.learning as learning_module
from shopkeeper.core.errors import BadInput, Conflict, StoreError
from shopkeeper.core.event import Event, Line
from shopkeeper.core.instant import micros
from shopkeeper.core.predicate import Moment
from shopkeeper.flows.following import redemptions
from shopkeeper.flows.learning import Learner
from shopkeeper.testing.shop import NOW, basket, favourites, track, user


def ids_of(decision):
    return [pick.item for pick in decision.picks]


async def named(service, name):
    events = await service.store.read(after=0, limit=100_000)
    return [event for event in events if event.name == name]


async def values_of(service, customer):
    profile = await service.profiles.get(customer)
    return service.profiles.values(profile, Moment(micros(NOW), service.definitions.shop.zone))


@pytest.fixture
def newcomer(arms):
    """A treated customer whose favourites are neither pets nor milk."""
    fine = [n for n in arms["treated"] if n % 10 > 1 and n % 4 and not {"pets", "milk"} & set(favourites(n))]
    return fine[0]


async def test_a_scanned_basket_changes_profile_segments_and_the_next_coupons(decide, take, service, newcomer, ids):
    before = await decide("coupons", newcomer, n=12)
    was = await values_of(service, ids[newcomer])
    answer = await take(basket(user(newcomer), ["pets-0", "pets-1", "pets-2"], key="b1", at=NOW))
    assert (answer.outcome, answer.entered, answer.left) == ("accepted", ("pet_owners",), ())
    now = await values_of(service, ids[newcomer])
    assert now["pets_28d"] == was["pets_28d"] + 3
    assert now["orders_ever"] == was["orders_ever"] + 1
    after = await decide("coupons", newcomer, n=12)
    assert [(p.item, p.score) for p in after.picks] != [(p.item, p.score) for p in before.picks]
    anyway = [{p.item: p.details["p_anyway"] for p in found.picks} for found in (before, after)]
    if "save-pets" in anyway[0] and "save-pets" in anyway[1]:
        assert anyway[1]["save-pets"] != anyway[0]["save-pets"]


async def test_entering_and_leaving_a_segment_is_told_exactly_once(take, newcomer, ids, service):
    items = ["pets-0", "pets-1", "pets-2"]
    for key in ("b1", "b2"):
        await take(basket(user(newcomer), items, key=key, at=NOW))
    mine = [e for e in await named(service, "Segment Entered") if e.texts["segment"] == "pet_owners"]
    assert [event.customer for event in mine] == [ids[newcomer]]
    answers = [
        await take(track(user(newcomer), "Order Cancelled", {"order_id": key}, key=f"x{key}", at=NOW))
        for key in ("b1", "b2")
    ]
    assert [answer.left for answer in answers] == [(), ("pet_owners",)]
    assert len([e for e in await named(service, "Segment Exited") if e.texts["segment"] == "pet_owners"]) == 1


async def test_the_same_event_twice_has_no_effect(take, service, newcomer, ids):
    wire = basket(user(newcomer), ["pets-0", "pets-1", "pets-2"], key="b1", at=NOW, coupon="save-pets")
    first = await take(wire)
    head, values = await service.store.head(), await values_of(service, ids[newcomer])
    second = await take(wire)
    assert (second.outcome, second.seq, second.entered) == ("duplicate", first.seq, ())
    assert await service.store.head() == head
    assert await values_of(service, ids[newcomer]) == values


async def test_another_body_under_the_same_id_is_a_conflict_and_waits(take, newcomer, service):
    await take(basket(user(newcomer), ["pets-0"], key="b1", at=NOW))
    with pytest.raises(Conflict, match="waits in quarantine as qua_"):
        await take(basket(user(newcomer), ["pets-1"], key="b1", at=NOW))
    assert [row.code for row in await service.store.quarantined()] == ["conflict"]


async def test_a_refund_takes_back_what_the_order_did(take, service, newcomer, ids):
    was = await values_of(service, ids[newcomer])
    await take(basket(user(newcomer), ["pets-0", "pets-1", "pets-2"], key="b1", at=NOW))
    products = [{"product_id": f"pets-{k}", "price": 1.5 + k, "quantity": 1} for k in range(3)]
    full = {"order_id": "b1", "products": products}
    answer = await take(track(user(newcomer), "Order Refunded", full, key="r1", at=NOW))
    assert answer.left == ("pet_owners",)
    now = await values_of(service, ids[newcomer])
    assert (now["pets_28d"], now["spend_90d"]) == (was["pets_28d"], was["spend_90d"])


async def test_what_cannot_be_taken_waits_and_the_answer_says_where(take, newcomer, service):
    with pytest.raises(BadInput, match="waits in quarantine as qua_") as refused:
        await take(track(user(newcomer), "Order Refunded", {"order_id": "never"}, key="r", at=NOW))
    (row,) = await service.store.quarantined()
    assert row.id in str(refused.value)
    assert row.code == "refund_without_order"


async def test_an_order_line_with_a_coupon_redeems_it_once_and_uses_it_up(decide, take, service, newcomer, ids):
    offers = ids_of(await decide("coupons", newcomer, n=15))
    offer = next(offer for offer in offers if offer.startswith("save-"))
    wire = basket(user(newcomer), [f"{offer.removeprefix('save-')}-0"], key="b1", at=NOW, coupon=offer)
    await take(wire)
    await take(wire)
    mine = [
        e for e in await named(service, "Offer Redeemed") if e.customer == ids[newcomer] and e.source == "shopkeeper"
    ]
    assert [event.texts["offer"] for event in mine] == [offer]
    found = await decide("coupons", newcomer, n=15, explain=True)
    assert offer not in ids_of(found)
    assert dict(found.blocked)[offer] == "redeemed 1 of at most 1 times"


async def test_a_coupon_that_may_be_redeemed_twice_is_there_once_more(decide, take, newcomer):
    for key, there in (("b1", True), ("b2", False)):
        await take(basket(user(newcomer), ["milk-0"], key=key, at=NOW, coupon="twice-milk"))
        found = await decide("coupons", newcomer, n=15, explain=True)
        assert ("twice-milk" not in dict(found.blocked)) is there
    assert dict(found.blocked)["twice-milk"] == "redeemed 2 of at most 2 times"


async def test_one_coupon_on_two_lines_is_one_redemption():
    lines = tuple(Line(product_id=f"p{k}", coupon="c") for k in range(2))
    order = Event(
        source="till", message_id="m", name="Order Completed", customer="cus_1", at=NOW, received_at=NOW, lines=lines
    )
    assert [event.texts["offer"] for event in redemptions(order)] == ["c"]
    assert redemptions(msgspec.structs.replace(order, name="Order Updated")) == []


async def test_a_dismissed_offer_pauses(decide, take, newcomer):
    pick = (await decide("coupons", newcomer)).picks[0]
    await take(track(user(newcomer), "Offer Dismissed", {"token": pick.token}, key="d", at=NOW))
    found = await decide("coupons", newcomer, n=15, explain=True)
    assert dict(found.blocked)[pick.item] == "dismissed less than 28 days ago"
    assert pick.item not in ids_of(found)


async def shown_and_taken(decide, take, number):
    pick = (await decide("coupons", number)).picks[0]
    for name, key in (("Offer Shown", "s"), ("Offer Redeemed", "r")):
        await take(track(user(number), name, {"token": pick.token}, key=key, at=NOW))
    return pick


async def test_outcomes_with_a_token_are_counted_exactly_once(decide, take, service, newcomer):
    pick = await shown_and_taken(decide, take, newcomer)
    expected = {(pick.item, pick.details["role"]): (1, 1)}
    assert await service.store.learned() == expected
    await service.learner.start()
    await service.learner.catch_up()
    await Learner(service.store, lambda _: None).start()
    assert await service.store.learned() == expected


async def test_counts_survive_a_crash_between_the_log_and_the_learner(decide, take, service, newcomer, monkeypatch):
    async def crash() -> None:
        raise StoreError("the disk is full")

    pick = (await decide("coupons", newcomer)).picks[0]
    wire = track(user(newcomer), "Offer Shown", {"token": pick.token}, key="s", at=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(service.learner, "catch_up", crash)
        with pytest.raises(StoreError):
            await take(wire)
        assert await service.store.learned() == {}
    await Learner(service.store, lambda _: None).start()
    assert (await take(wire)).outcome == "duplicate"
    assert await service.store.learned() == {(pick.item, pick.details["role"]): (1, 0)}


async def test_a_learner_that_ignores_its_cursor_is_caught(decide, take, newcomer, monkeypatch, service):
    pick = await shown_and_taken(decide, take, newcomer)
    honest = type(service.store).cursor

    async def from_the_start(store, name):
        del store, name
        return 0

    learner = Learner(service.store, lambda _: None)
    monkeypatch.setattr(type(service.store), "cursor", from_the_start)
    with monkeypatch.context() as patch:
        patch.setattr(learning_module, "suppress", lambda *_: nullcontext())
        with pytest.raises(Conflict):
            await learner.start()
    monkeypatch.setattr(type(service.store), "cursor", honest)
    assert await service.store.learned() == {(pick.item, pick.details["role"]): (1, 1)}


async def test_two_learners_at_once_count_once(decide, take, service, newcomer, monkeypatch):
    async def idle() -> None:
        return None

    monkeypatch.setattr(service.learner, "catch_up", idle)
    pick = await shown_and_taken(decide, take, newcomer)
    monkeypatch.undo()
    learners = [Learner(service.store, lambda _: None) for _ in range(2)]
    await asyncio.gather(*(learner.start() for learner in learners))
    assert await service.store.learned() == {(pick.item, pick.details["role"]): (1, 1)}


async def test_what_was_learned_reaches_the_next_decision(decide, take, service, newcomer):
    pick = (await decide("coupons", newcomer)).picks[0]
    for k in range(30):
        await take(track(user(newcomer), "Offer Shown", {"token": pick.token}, key=f"s{k}", at=NOW))
    found = {each.item: each for each in (await decide("coupons", newcomer, n=15)).picks}
    assert found[pick.item].details["p_redeem"] < pick.details["p_redeem"]


async def test_a_redemption_at_the_till_is_credited_to_the_arm_it_was_shown_in(decide, take, newcomer, service):
    pick = next(p for p in (await decide("coupons", newcomer, n=15)).picks if p.item.startswith("save-"))
    await take(track(user(newcomer), "Offer Shown", {"token": pick.token}, key="s", at=NOW))
    item = f"{pick.item.removeprefix('save-')}-0"
    await take(basket(user(newcomer), [item], key="b1", at=NOW, coupon=pick.item))
    assert await service.store.learned() == {(pick.item, pick.details["role"]): (1, 1)}


async def test_what_no_decision_of_ours_showed_teaches_nothing(take, newcomer, service):
    made_up = {"offer": "save-tea", "decision": "dec_1", "arm": "discover", "slot": "coupons"}
    await take(track(user(newcomer), "Offer Shown", made_up, key="s", at=NOW))
    await take(track(user(newcomer), "Offer Redeemed", {"offer": "save-tea"}, key="r", at=NOW))
    assert await service.store.learned() == {}


async def test_a_redemption_cut_off_by_a_crash_is_made_up_for_by_the_retry(take, service, newcomer, ids, monkeypatch):
    append = type(service.store).append

    async def crash(store, events):
        if any(event.name == "Offer Redeemed" for event in events):
            raise StoreError("the disk is full")
        return await append(store, events)

    wire = basket(user(newcomer), ["milk-0"], key="b1", at=NOW, coupon="twice-milk")
    with monkeypatch.context() as patch:
        patch.setattr(type(service.store), "append", crash)
        with pytest.raises(StoreError):
            await take(wire)
    assert (await take(wire)).outcome == "duplicate"
    mine = [e for e in await named(service, "Offer Redeemed") if e.source == "shopkeeper"]
    assert [(event.customer, event.texts["offer"]) for event in mine] == [(ids[newcomer], "twice-milk")]
    assert (await values_of(service, ids[newcomer]))["coupons_used"] >= 1
