"""Two people prove who they are on one browser: from then on it is nobody's, and answers as neither."""

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from shopkeeper.core.decision import DecideRequest
from shopkeeper.core.identifier import Identifier
from shopkeeper.flows.collect import collect
from shopkeeper.flows.customers.desk import desk_of
from shopkeeper.flows.customers.identity import customer_identity
from shopkeeper.flows.door.origin import Origin
from shopkeeper.flows.page import customer_page
from shopkeeper.protect.assignment import arm_of
from shopkeeper.testing.shop import NOW, basket, user

SECRET = b"0123456789abcdef0123456789abcdef"
BROWSER = Origin("site", trusted=False, history=False, secret=SECRET)
COOKIE = Identifier("anonymous_id", "tablet")


def identify(key, who):
    claims = {"sub": who, "exp": int(NOW.timestamp()) + 600}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
    return wire("identify", key, userId=who, context={"identityToken": token})


def wire(kind, key, **rest):
    return {"type": kind, "messageId": key, "anonymousId": COOKIE.value, **rest}


async def send(service, *wires):
    found = await collect(service.store, service.definitions, list(wires), origin=BROWSER, now=NOW)
    await service.outcomes.reach(found.receipts[-1].seq)


async def picks(service, **customer):
    asked = DecideRequest(slot="recommendations", customer=customer, explain=True)
    return await service.decider.decide(asked, now=NOW)


@pytest.fixture
async def two(service):
    """Two customers with a history, by user id and customer."""
    desk = desk_of(service, personal=True)
    named = {user(n): await desk.named("user_id", user(n)) for n in range(1, 40)}
    holdout = service.definitions.shop.holdout
    treated = [(name, one) for name, one in named.items() if arm_of(one, holdout) == "treated"]
    return treated[:2]


async def test_neither_is_answered_by_the_cookie(service, two):
    (first, _), (second, _) = two
    await send(service, identify("i1", first))
    alone = await picks(service, anonymous_id=COOKIE.value)
    assert [pick.item for pick in alone.picks] == [pick.item for pick in (await picks(service, user_id=first)).picks]
    await send(service, identify("i2", second))
    shared = await picks(service, anonymous_id=COOKIE.value)
    assert not any(reason.text for pick in shared.picks for reason in pick.reasons if "bought" in reason.text)
    for name in (first, second):
        assert [pick.item for pick in shared.picks] != [
            pick.item for pick in (await picks(service, user_id=name)).picks
        ]


async def test_what_comes_from_the_browser_since_is_in_nobodys_history(service, two):
    (first, one), (second, other) = two
    desk = desk_of(service, personal=True)
    await send(service, identify("i1", first), {**basket(first, ["tea-0"], key="o1", at=NOW), "anonymousId": "tablet"})
    before = [(await customer_page(desk, whose, now=NOW)).orders for whose in (one, other)]
    await send(service, identify("i2", second), identify("i3", first))
    await send(service, {**basket(second, ["tea-0"], key="o2", at=NOW), "anonymousId": "tablet"})
    assert [(await customer_page(desk, whose, now=NOW)).orders for whose in (one, other)] == before
    ((name, found),) = (await service.store.whose([COOKIE])).items()
    assert (name, (await customer_page(desk, found.customer, now=NOW)).orders) == (COOKIE, 1)


async def test_a_click_of_the_second_lifts_no_refusal_of_the_first(service, two):
    (first, one), (second, _) = two
    desk = desk_of(service, personal=True)
    refusal = {"event": "Consent Withdrawn", "properties": {"purpose": "personalization"}}
    await send(service, identify("i1", first), wire("track", "w", **refusal))
    await send(service, identify("i2", second))
    await send(service, wire("track", "g", event="Consent Given", properties={"purpose": "personalization"}))
    standing = {said.purpose: said.standing for said in (await customer_page(desk, one, now=NOW)).consents}
    assert standing["personalization"] == "withdrawn"


async def test_what_was_refused_in_the_browser_is_refused_in_it_still(service, two):
    (first, _), (second, _) = two
    desk = desk_of(service, personal=True)
    refusal = {"event": "Consent Withdrawn", "properties": {"purpose": "personalization"}}
    await send(service, wire("track", "w", **refusal), identify("i1", first), identify("i2", second))
    found = (await service.store.whose([COOKIE]))[COOKIE]
    (said,) = [
        said
        for said in (await customer_page(desk, found.customer, now=NOW)).consents
        if said.purpose == "personalization"
    ]
    assert said.standing == "withdrawn"


async def test_the_identity_says_why_the_browser_is_apart(service, two):
    (first, one), (second, _) = two
    await send(service, identify("i1", first), identify("i2", second))
    told = await customer_identity(desk_of(service, personal=True), one)
    (link,) = [link for link in told.links if "second person" in link.reason]
    assert link.state == "cut"
    assert {part.label for part in told.parts if part.part in {link.a, link.b}} == {"no identifier left"}
    assert {part.label for part in told.elsewhere if part.part in {link.a, link.b}} == {"anonymous_id tablet"}
