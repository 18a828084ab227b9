import subprocess
import sys
from datetime import timedelta

import msgspec
import numpy as np
import pytest

from shopkeeper.core.decision import RankRequest
from shopkeeper.core.errors import BadInput, NotFound, StoreError
from shopkeeper.protect.assignment import arm_of
from shopkeeper.protect.token import read_token, sign
from shopkeeper.testing.shop import ITEMS, NOW, STOCK, basket, favourites, track, user

PRODUCTS = [item.id for item in ITEMS]


def ids_of(decision):
    return [pick.item for pick in decision.picks]


async def test_a_treated_customer_gets_what_they_keep_coming_back_for(decide, treated):
    found = await decide("recommendations", treated)
    assert (found.personal, found.arm, found.degraded) == (True, "treated", None)
    assert found.why == "personalization, on the basis of legitimate interest"
    assert [pick.place for pick in found.picks] == [1, 2, 3, 4, 5, 6]
    likes = {f"{category}-{k}" for category in favourites(treated) for k in (0, 1)}
    assert set(ids_of(found)[:4]) == likes
    assert found.picks[0].reasons[0].kind == "own"


async def test_the_first_places_are_favourites_for_most_treated_customers(decide, arms):
    hits = []
    for number in arms["treated"][:40]:
        found = await decide("recommendations", number, n=2)
        hits += [pick.details["category"] in favourites(number) for pick in found.picks]
    assert np.mean(hits) > 0.9


async def test_reasons_name_their_data_and_add_up_to_the_score(decide, treated):
    for pick in (await decide("recommendations", treated)).picks:
        assert sum(reason.part for reason in pick.reasons) == pytest.approx(pick.score, abs=1e-5)
        own = [reason for reason in pick.reasons if reason.kind == "own"]
        assert all(reason.data == (pick.item,) for reason in own)


async def test_taking_back_the_data_that_a_reason_names_lowers_the_score(decide, take, app, treated, ids):
    first = (await decide("recommendations", treated)).picks[0]
    named = {data for reason in first.reasons for data in reason.data}
    events = await app.store.history([ids[treated]])
    for event in events:
        if event.name == "Order Completed" and named & {line.product_id for line in event.lines}:
            gone = {"order_id": event.order_id}
            await take(track(user(treated), "Order Cancelled", gone, key=f"back:{event.order_id}", at=NOW))
    after = await decide("recommendations", treated, n=60)
    assert next(pick.score for pick in after.picks if pick.item == first.item) < first.score


async def test_the_holdout_gets_what_strangers_get(decide, arms):
    stranger = await decide("recommendations")
    held = await decide("recommendations", arms["holdout"][0])
    assert (held.personal, held.arm) == (False, "holdout")
    assert held.why.startswith("universal holdout")
    assert ids_of(held) == ids_of(stranger)
    assert (stranger.personal, stranger.arm, stranger.why) == (False, "none", "no customer was named")


async def test_an_unknown_customer_is_a_stranger(decide):
    found = await decide("recommendations", customer={"user_id": "nobody-77"})
    assert (found.personal, found.arm, found.why) == (False, "none", "the customer is not known")
    assert len(found.picks) == 6


async def test_who_objects_gets_nothing_personal_from_the_next_decision_on(decide, take, treated):
    stranger = await decide("recommendations")
    await take(track(user(treated), "Consent Withdrawn", {"purpose": "personalization"}, key="no", at=NOW))
    found = await decide("recommendations", treated)
    assert (found.personal, found.why) == (False, "personalization: the customer objected")
    assert ids_of(found) == ids_of(stranger)
    assert not (await decide("coupons", treated)).picks


async def test_a_purpose_on_consent_needs_a_yes_that_still_stands(decide, take, arms):
    silent = next(number for number in arms["treated"] if number % 3)
    given = next(number for number in arms["treated"] if number % 3 == 0)
    assert (await decide("advertising", silent)).why == "advertising: no consent"
    assert (await decide("advertising", given)).personal
    await take(track(user(given), "Consent Withdrawn", {"purpose": "advertising"}, key="no", at=NOW))
    assert (await decide("advertising", given)).why == "advertising: consent was withdrawn"
    await take(track(user(silent), "Consent Given", {"purpose": "advertising"}, key="yes", at=NOW))
    assert (await decide("advertising", silent)).personal


async def test_the_arm_is_the_same_in_another_process(app, ids):
    customers = [ids[number] for number in range(20)]
    program = (
        "import sys; from shopkeeper.core.definitions import Holdout; "
        "from shopkeeper.protect.assignment import arm_of; "
        "print(*[arm_of(c, Holdout(share=0.2, salt='corner')) for c in sys.argv[1:]])"
    )
    other = subprocess.run([sys.executable, "-c", program, *customers], capture_output=True, text=True, check=True)
    assert other.stdout.split() == [arm_of(customer, app.definitions.shop.holdout) for customer in customers]


@pytest.mark.parametrize("n", [0, -1, 201, 10**9])
async def test_a_bad_n_is_refused(decide, n):
    with pytest.raises(BadInput, match=r"n == .*, must be from 1 to 200"):
        await decide("recommendations", n=n)


async def test_an_unknown_slot_is_named_with_the_nearest(decide):
    with pytest.raises(NotFound, match="did you mean 'coupons'"):
        await decide("coupon")


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"chanel": "web"}, "did you mean 'channel'"),
        ({"channel": 3}, "context.channel: must be a text"),
        ({"basket": "3"}, "context.basket: must be a number"),
        ({"basket": True}, "context.basket: must be a number"),
        ({"basket": float("inf")}, "context.basket: must be a number"),
        ({"member": 1}, "context.member: must be a boolean"),
    ],
)
async def test_a_wrong_fact_of_the_moment_is_refused(decide, context, said):
    with pytest.raises(BadInput, match=said):
        await decide("spread", context=context)


async def test_one_customer_has_one_name_of_a_kind_that_the_shop_declares(decide):
    with pytest.raises(BadInput, match="name one identifier"):
        await decide("recommendations", customer={"user_id": "a", "anonymous_id": "b"})
    with pytest.raises(BadInput, match="did you mean 'user_id'"):
        await decide("recommendations", customer={"userid": "u001"})
    with pytest.raises(BadInput, match="blocked value"):
        await decide("recommendations", customer={"user_id": "undefined"})


async def test_what_is_not_in_stock_at_a_place_is_not_shown_there(decide, treated):
    missing = {row.item for row in STOCK}
    for number in (treated, None):
        here = await decide("recommendations", number, place="s1", n=60)
        there = await decide("recommendations", number, place="s2", n=60)
        assert set(ids_of(here)) == set(PRODUCTS)
        assert set(ids_of(there)) == set(PRODUCTS) - missing
        assert there.candidates == 60 - len(missing)


async def test_a_slot_keeps_its_pins_exclusions_and_limits(decide, treated):
    for number in (treated, None):
        found = await decide("spread", number, context={"channel": "web"}, n=60)
        categories = [pick.details["category"] for pick in found.picks]
        assert ids_of(found)[0] == "wine-3"
        assert "bread-2" not in ids_of(found)
        assert len(set(categories)) == len(categories) == 12


async def test_a_slot_with_a_rule_is_filled_only_where_the_rule_holds(decide, treated):
    for context in ({}, {"channel": "app"}):
        found = await decide("spread", treated, context=context, explain=True)
        assert (found.picks, found.degraded) == ((), None)
        assert found.blocked == (("spread", "is for: context.channel = 'web' or orders_ever >= 1000"),)


async def test_what_was_bought_lately_is_left_out_where_the_slot_says_so(decide, take, app, treated, ids):
    await take(basket(user(treated), ["pets-4"], key="new", at=NOW - timedelta(days=1)))
    events = await app.store.history([ids[treated]])
    lately = {line.product_id for event in events if event.at > NOW - timedelta(days=28) for line in event.lines}
    found = await decide("fresh", treated, n=60)
    assert "pets-4" in lately
    assert set(ids_of(found)) == set(PRODUCTS) - lately


def softmax(scores, temperature):
    weights = np.exp((scores - scores.max()) / temperature)
    return weights / weights.sum()


async def test_exploring_logs_the_probabilities_it_drew_with(decide, treated):
    every = {pick.item: pick.score for pick in (await decide("recommendations", treated, n=60)).picks}
    found = await decide("explore", treated)
    left = dict(every)
    for pick in found.picks:
        expected = dict(zip(left, softmax(np.array(list(left.values())), 0.2), strict=True))[pick.item]
        assert pick.probability == pytest.approx(expected, rel=1e-6)
        assert pick.probability < 1
        del left[pick.item]


async def test_exploring_draws_as_often_as_it_says(decide, treated):
    first = [(await decide("explore", treated, n=1)).picks[0] for _ in range(400)]
    drawn = np.array([pick.item for pick in first])
    said = {pick.item: pick.probability for pick in first}
    top = max(said, key=said.get)
    assert abs(np.mean(drawn == top) - said[top]) < 4 * np.sqrt(said[top] * (1 - said[top]) / 400)


async def test_a_pick_carries_a_token_of_what_was_decided(decide, app, treated):
    found = await decide("explore", treated)
    key = await app.store.secret("outcome-tokens")
    for pick in found.picks:
        token = read_token(pick.token, key)
        assert (token.decision, token.slot, token.item, token.place) == (found.id, "explore", pick.item, pick.place)
        assert (token.probability, token.version) == (pick.probability, found.versions["definitions"])


async def test_a_forged_token_is_refused_and_nothing_is_kept(decide, take, app, treated):
    found = await decide("coupons", treated)
    key = await app.store.secret("outcome-tokens")
    before = await app.store.head()
    real = found.picks[0].token
    for token in (real[:-4] + "AAAA", "x", "", sign(read_token(real, key), bytes(32)), 3):
        with pytest.raises(BadInput, match="token"):
            await take(track(user(treated), "Offer Shown", {"token": token}, key="forged", at=NOW))
    assert await app.store.head() == before
    assert await app.store.quarantined() == []


async def test_a_decision_is_in_the_log_with_versions_probabilities_and_arm(decide, app, service, treated, ids):
    found = await decide("explore", treated, place="s1")
    await service.journal.close()
    logged = await app.store.find_event("shopkeeper", found.id)
    assert (logged.name, logged.customer, logged.place) == ("Decision Made", ids[treated], "s1")
    assert (logged.texts["slot"], logged.texts["arm"], logged.flags["personal"]) == ("explore", "treated", True)
    assert logged.extra["versions"] == found.versions
    assert set(found.versions) == {"definitions", "recommend.product", "recommend.category", "coupons"}
    shown = [[pick.place, pick.item, round(pick.score, 6), pick.probability] for pick in found.picks]
    assert logged.extra["picks"] == shown


async def test_the_holdouts_decisions_are_logged_too(decide, app, service, arms, ids):
    number = arms["holdout"][0]
    found = await decide("recommendations", number)
    await service.journal.close()
    logged = await app.store.find_event("shopkeeper", found.id)
    assert (logged.customer, logged.texts["arm"], logged.flags["personal"]) == (ids[number], "holdout", False)


async def test_a_ranked_list_keeps_every_item_once_and_is_personal(app, service, treated):
    items = [*sorted(PRODUCTS, key=lambda item: item[::-1]), "never-heard-of"]
    asked = RankRequest(items=items, customer={"user_id": user(treated)}, explain=True)
    mine = await service.decider.rank(asked, now=NOW)
    strangers = await service.decider.rank(RankRequest(items=items), now=NOW)
    for found in (mine, strangers):
        assert sorted(ids_of(found)) == sorted(items)
    assert mine.personal
    assert ids_of(mine) != ids_of(strangers)
    assert mine.picks[0].details == {}
    assert mine.picks[0].item.rsplit("-", 1)[0] in favourites(treated)
    unknown = next(pick for pick in mine.picks if pick.item == "never-heard-of")
    assert [reason.kind for reason in unknown.reasons] == ["rule"]


@pytest.mark.parametrize("items", [[], ["a", "a"], [str(n) for n in range(2001)]])
async def test_a_list_that_cannot_be_ranked_is_refused(service, items):
    with pytest.raises(BadInput, match="items"):
        await service.decider.rank(RankRequest(items=items), now=NOW)


async def test_coupons_are_valued_by_what_they_change(decide, treated):
    found = await decide("coupons", treated, explain=True)
    assert found.personal
    assert found.picks
    for pick in found.picks:
        assert pick.score == pytest.approx(pick.details["value"], abs=0.01)
        assert 0 <= pick.details["p_redeem"] <= 1
        assert 0 <= pick.details["p_anyway"] <= 1
        assert pick.details["role"] in {"thank you", "stretch", "bring back", "discover"}
        assert pick.reasons
    assert "old-wine" not in ids_of(await decide("coupons", treated, n=50))


async def test_a_coupon_of_a_group_follows_the_groups_rule(decide, app, arms, ids):
    seen = set()
    for number in arms["treated"][:40]:
        found = await decide("coupons", number, n=50, explain=True)
        events = await app.store.history([ids[number]])
        orders = sum(e.name == "Order Completed" and e.at > NOW - timedelta(days=89) for e in events)
        allowed = dict(found.blocked).get("club-bread") != "is for: orders_90d >= 8"
        seen.add(allowed)
        assert allowed is (orders >= 8)
    assert seen == {True, False}


async def test_a_stopped_store_gets_a_degraded_answer_and_never_an_error(decide, app, service, treated):
    await service.journal.close()
    await app.store.close()
    found = await decide("recommendations", treated)
    assert (found.personal, found.degraded, len(found.picks)) == (False, "no store", 6)
    assert found.why == "the customer cannot be looked up just now"
    with pytest.raises(StoreError):
        await app.store.head()


@pytest.mark.parametrize("shortlist", [3, 12, 30])
async def test_a_shortlist_fills_a_slot_as_the_whole_universe_does(decide, service, treated, monkeypatch, shortlist):
    whole = ids_of(await decide("recommendations", treated, place="s2"))
    service.decider.assortment.products._tastes._kept.clear()
    monkeypatch.setattr("shopkeeper.flows.deciding.tastes.SHORTLIST", shortlist)
    assert ids_of(await decide("recommendations", treated, place="s2")) == whole


@pytest.fixture
def change_coupons(service):
    """Let the slot of coupons say something else, in this service alone: `change_coupons(policy="explore")`."""

    def change(**rest):
        assortment = service.decider.assortment
        slots = assortment.definitions.slots
        changed = {"coupons": msgspec.structs.replace(slots["coupons"], **rest)}
        assortment.definitions = assortment.definitions._replace(slots=slots | changed)

    return change


async def test_coupons_that_explore_are_drawn_with_the_probability_that_is_logged(decide, change_coupons, treated):
    change_coupons(policy="explore")
    drawn = [(await decide("coupons", treated, n=1)).picks[0] for _ in range(200)]
    shares = {pick.item: sum(one.item == pick.item for one in drawn) / 200 for pick in drawn}
    assert len(shares) > 1
    for pick in drawn:
        assert abs(shares[pick.item] - pick.probability) < 0.2


async def test_exploring_shows_no_coupon_that_is_not_worth_it(decide, change_coupons, treated):
    worth = await decide("coupons", treated, n=20)
    change_coupons(policy="explore")
    assert sorted(ids_of(await decide("coupons", treated, n=20))) == sorted(ids_of(worth))
    change_coupons(least_value=1_000.0)
    assert ids_of(await decide("coupons", treated, n=20)) == []
