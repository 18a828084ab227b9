"""Global Privacy Control: which header counts, what it turns off, for how long, and that it is written once."""

from datetime import timedelta

import httpx
import pytest
from starlette.datastructures import Headers

from shopkeeper.api.privacy_control import gpc_of
from shopkeeper.api.server import create_api
from shopkeeper.core.decision import DecideRequest
from shopkeeper.core.event import Event
from shopkeeper.core.identifier import Identifier
from shopkeeper.flows.customers.consents import ConsentWord, take_consent
from shopkeeper.flows.customers.desk import desk_of
from shopkeeper.flows.deciding.signal import keep_signal
from shopkeeper.flows.definitions.versions import apply
from shopkeeper.flows.sources.registry import NewSource, add_source
from shopkeeper.protect.assignment import arm_of
from shopkeeper.testing.shop import DEFINITIONS, NOW, seeded, track

FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
PURPOSE = "advertising: {basis: consent, category: ads, gpc: true, expires_after: 13 months}"
OTHERS = ["0", "true", "1;x", "", "01", "1, 1", "2", "one"]
YES = {"consent": {"categoryPreferences": {"ads": True}}}
ON = {"Sec-GPC": "1"}
GIVEN, SIGNAL = ("given", "carried"), ("withdrawn", "gpc")


@pytest.fixture
async def client(app, service):
    """A browser's write key, at a shop whose advertising is turned off by the signal."""
    files = FILES | {"shop.yaml": FILES["shop.yaml"].replace("advertising: {basis: consent}", PURPOSE)}
    await apply(app.store, files, who="ann", now=NOW, expected=(await app.store.in_force()).version)
    await service.renew()
    made = await add_source(
        app.store, NewSource(name="web", kind="browser", basis="legitimate_interest"), now=NOW, rng=seeded(1)
    )
    await service.registry.look()
    transport = httpx.ASGITransport(app=create_api(app), raise_app_exceptions=False)
    auth = (made.write_key, "")
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", auth=auth) as opened:
        yield opened


@pytest.fixture
async def browser(app, service, client):
    """A visitor's anonymous id who consented to advertising, and is treated."""
    for n in range(50):
        name = f"browser-{n}"
        await send(client, service, name, key=f"first-{n}", context=YES)
        who = (await app.store.find_customers([Identifier("anonymous_id", name)])).popitem()[1]
        if arm_of(who, service.definitions.shop.holdout) == "treated":
            return name
    raise AssertionError("nobody is treated")


async def send(client, service, name, *, key, context=None, headers=None):
    wire = {**track("", "Looked", {}, key=key, at=NOW), "userId": None, "anonymousId": name, "context": context or {}}
    answer = await client.post("/v1/track", json=wire, headers=headers)
    assert answer.status_code == 200, answer.text
    await service.follower.reach(await service.store.head())


async def ask(client, name, **headers):
    asked = {"slot": "advertising", "customer": {"anonymous_id": name}}
    answer = await client.post("/v1/decide", json=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def words(app, name):
    customer = await who(app, name)
    return [(one.state, one.via) for one in (await app.store.consent_records([customer])).get(customer, [])]


@pytest.mark.parametrize("value", OTHERS)
def test_only_the_value_one_is_the_signal(value):
    """Planted bugs: `in ("1", "true")`, `startswith("1")`."""
    assert gpc_of(Headers({"sec-gpc": "1"}))
    assert not gpc_of(Headers({"sec-gpc": value}))
    assert not gpc_of(Headers({}))
    assert not gpc_of(Headers(raw=[(b"sec-gpc", b"1"), (b"sec-gpc", b"0")]))


async def test_collection_writes_the_signal_once_and_a_later_opt_in_of_the_web_does_not_lift_it(
    app, service, client, browser
):
    assert (await ask(client, browser))["personal"]
    for n, value in enumerate(OTHERS):
        await send(client, service, browser, key=f"other-{n}", headers={"Sec-GPC": value})
    assert await words(app, browser) == [("given", "carried")]
    for n in range(3):
        await send(client, service, browser, key=f"signal-{n}", context=YES, headers=ON)
    assert await words(app, browser) == [("given", "carried"), ("withdrawn", "gpc")]
    found = await ask(client, browser)
    assert (found["personal"], found["why"]) == (
        False,
        "advertising: the browser asked for it by Global Privacy Control",
    )
    again = {**track("", "Consent Given", {"purpose": "advertising"}, key="yes", at=NOW), "anonymousId": browser}
    assert (await client.post("/v1/track", json={**again, "userId": None})).status_code == 200
    await service.follower.reach(await app.store.head())
    assert not (await ask(client, browser))["personal"]


async def test_another_value_turns_nothing_off_where_something_is_asked(client, browser):
    for value in OTHERS:
        assert (await ask(client, browser, **{"Sec-GPC": value}))["personal"]


async def test_a_question_with_the_signal_is_answered_by_it_at_once_and_so_are_later_ones(
    app, service, client, browser
):
    assert not (await ask(client, browser, **ON))["personal"]
    assert await words(app, browser) == [("given", "carried"), ("withdrawn", "gpc")]
    await service.follower.reach(await app.store.head())
    assert not (await ask(client, browser, **ON))["personal"]
    assert not (await ask(client, browser))["personal"]
    assert len(await words(app, browser)) == 2


@pytest.fixture
async def browsers(app, service, client):
    """The names of two visitors who consented, the one of the older part first."""
    parts = {}
    for name in ("one", "two"):
        await send(client, service, name, key=f"visit-{name}", context=YES)
        parts[await who(app, name)] = name
    return [parts[part] for part in sorted(parts)]


async def who(app, name):
    return (await app.store.find_customers([Identifier("anonymous_id", name)])).popitem()[1]


async def join(app, service, first, second):
    merge = app.store.merge(await who(app, first), await who(app, second), limits={}, by="ann", now=NOW)
    await service.outcomes.reach(await merge)


async def take_apart(app, service, older, younger):
    known = await app.store.whose([Identifier("anonymous_id", younger)])
    ((part, customer),) = known.values()
    await service.outcomes.reach(await app.store.unmerge(customer, [part], by="ann", now=NOW))
    assert await who(app, older) != await who(app, younger)


async def test_a_signal_of_one_part_loses_no_later_one_of_another_after_the_two_were_cut_apart(
    app, service, client, browsers
):
    """The id of the customer whom both were, and whom the older is again, is no id for what the younger said."""
    older, younger = browsers
    await join(app, service, older, younger)
    await ask(client, younger, **ON)
    await service.follower.reach(await app.store.head())
    await take_apart(app, service, older, younger)
    assert [await words(app, name) for name in browsers] == [[GIVEN], [GIVEN, SIGNAL]]
    for _ in range(2):
        await ask(client, older, **ON)
        await service.follower.reach(await app.store.head())
    assert [await words(app, name) for name in browsers] == [[GIVEN, SIGNAL], [GIVEN, SIGNAL]]


async def test_each_part_of_a_customer_that_sends_the_signal_keeps_it_after_a_cut(app, service, client, browsers):
    older, younger = browsers
    await join(app, service, older, younger)
    for name in (younger, older, younger):
        await ask(client, name, **ON)
        await service.follower.reach(await app.store.head())
    assert await words(app, older) == [GIVEN, GIVEN, SIGNAL, SIGNAL]
    await take_apart(app, service, older, younger)
    assert [await words(app, name) for name in browsers] == [[GIVEN, SIGNAL], [GIVEN, SIGNAL]]


async def test_who_is_named_by_the_id_of_a_part_says_it_for_that_part(app, service, client, browsers):
    older, younger = browsers
    part = await who(app, younger)
    await join(app, service, older, younger)
    asked = {"slot": "advertising", "customer": {"customer": part}, "gpc": True}
    assert not (await service.decider.decide(DecideRequest(**asked), now=NOW)).personal
    await service.follower.reach(await app.store.head())
    await take_apart(app, service, older, younger)
    assert [await words(app, name) for name in browsers] == [[GIVEN], [GIVEN, SIGNAL]]


async def test_a_signal_that_comes_again_before_the_first_is_followed_is_no_conflict(app, service, browser, caplog):
    shop, part = service.definitions.shop, await who(app, browser)
    for seconds in range(3):
        await keep_signal(app.store, shop, part, purposes=["advertising"], now=NOW + timedelta(seconds=seconds))
    assert await words(app, browser) == [GIVEN, SIGNAL]
    assert {one.source: one.conflicts for one in await app.store.intake_counts()}["shopkeeper"] == 0
    assert "signal" not in caplog.text


async def test_a_signal_that_the_log_does_not_take_is_said(app, client, browser, caplog):
    part = await who(app, browser)
    other = Event(
        source="shopkeeper",
        message_id=f"signal:{part}:advertising",
        name="Looked",
        customer=part,
        at=NOW,
        received_at=NOW,
    )
    await app.store.append([other])
    assert not (await ask(client, browser, **ON))["personal"]
    assert await words(app, browser) == [GIVEN]
    (said,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "a privacy signal is not in the ledger" in said.getMessage()
    assert browser not in said.getMessage()


@pytest.fixture
async def account(app, service, client):
    """A user id whose part is treated; with the browser's it makes a customer who is."""
    for n in range(50):
        login = {"type": "identify", "userId": f"new-{n}", "traits": {}, "messageId": f"account-{n}"}
        await service.outcomes.take(login, source="api", now=NOW)
        who = (await app.store.find_customers([Identifier("user_id", f"new-{n}")])).popitem()[1]
        if arm_of(who, service.definitions.shop.holdout) == "treated":
            return f"new-{n}"
    raise AssertionError("nobody is treated")


async def test_the_signal_reaches_the_known_profile_and_only_staff_with_evidence_lift_it(
    app, service, client, browser, account
):
    await ask(client, browser, **ON)
    login = {"type": "identify", "userId": account, "anonymousId": browser, "traits": {}, "messageId": "login"}
    await service.outcomes.take({**login, "context": YES}, source="api", now=NOW)
    known = {"slot": "advertising", "customer": {"user_id": account}}

    async def personal():
        return (await service.decider.decide(DecideRequest(**known), now=NOW)).personal

    assert not await personal()
    who = (await app.store.find_customers([Identifier("user_id", account)])).popitem()[1]
    desk = desk_of(service, personal=True)
    for wording, lifted in (("", False), ("Signed form of 1 May, in the folder of the store.", True)):
        word = ConsentWord(purpose="advertising", given=True, wording=wording)
        await take_consent(desk, service.outcomes, who, word, author="ann", now=NOW, rng=app.rng)
        assert await personal() is lifted


async def test_the_shop_says_whether_it_abides(client):
    answer = await client.get("/.well-known/gpc.json")
    assert (answer.status_code, answer.json()) == (200, {"gpc": True, "lastUpdate": f"{NOW:%Y-%m-%d}"})
