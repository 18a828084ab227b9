"""Signing in through a provider of identities that runs as a process of its own, and every way it may go wrong."""

import dataclasses
import logging
from datetime import timedelta

import httpx
import pytest

from shopkeeper.api import oidc
from shopkeeper.api.caller import COOKIE
from shopkeeper.api.server import create_api
from shopkeeper.api.session import FLOW_COOKIE, REFUSAL_COOKIE
from shopkeeper.core.clock import StoppedClock, SystemClock
from shopkeeper.flows.accounts import NewPerson, add_person
from shopkeeper.flows.session import REFUSALS
from tests.identity_provider import CLIENT, SECRET, arrange, provider

SHOP = "http://127.0.0.1:8765"
BEGIN = "/v1/session/oidc/main"
ANN = {"sub": "s1", "email": "ann@example.org", "email_verified": True}


@pytest.fixture(scope="module")
def issuer():
    with provider() as running:
        yield running


@pytest.fixture
async def shop_app(app, service, issuer):
    oidc.provider_of.cache_clear()
    app.wall_clock = SystemClock()
    app.settings = dataclasses.replace(
        app.settings, public_url=SHOP, oidc_issuer=issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET
    )
    asked = NewPerson(name="ann", role="marketer", email="ann@example.org")
    await add_person(app.store, app.entrance, asked, now=app.wall_clock.now(), rng=app.rng)
    arrange(issuer, **ANN)
    return app


class Browser:
    """Follows redirects by hand, and holds cookies."""

    def __init__(self, app) -> None:
        transport = httpx.ASGITransport(app=create_api(app), raise_app_exceptions=False, client=("127.0.0.1", 5))
        self.shop = httpx.AsyncClient(transport=transport, base_url=SHOP)
        self.cookies: dict[str, str] = {}
        self.flags: dict[str, str] = {}

    async def get(self, url: str) -> httpx.Response:
        if not url.startswith(SHOP) and url.startswith("http"):
            async with httpx.AsyncClient(timeout=60) as outside:
                return await outside.get(url)
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self.shop.get(url, headers={"cookie": held} if held else {})
        for said in answer.headers.get_list("set-cookie"):
            pair, _, flags = said.partition("; ")
            name, _, value = pair.partition("=")
            self.cookies.pop(name, None)
            self.flags[name] = flags
            if "Max-Age=0" not in flags:
                self.cookies[name] = value
        return answer

    async def begin(self) -> str:
        """Ask to sign in; return where the provider sends the browser back to."""
        sent = await self.get(BEGIN)
        assert sent.status_code == 302, sent.text
        return (await self.get(sent.headers["location"])).headers["location"]

    async def sign_in(self) -> tuple[str, str | None, str | None]:
        """Sign in; return where one arrives, as whom, and why not."""
        return await self.arrive(await self.begin())

    async def arrive(self, back: str) -> tuple[str, str | None, str | None]:
        arrived = (await self.get(back)).headers["location"]
        found = (await self.get("/v1/session")).json()
        return arrived, found["user"] and found["user"]["name"], found["refusal"]


async def test_whom_an_owner_added_signs_in_and_is_bound(shop_app):
    browser = Browser(shop_app)
    found = (await browser.get("/v1/session")).json()
    assert found["ways"]["oidc"] == [{"name": "main", "title": "127.0.0.1"}]
    assert await browser.sign_in() == ("/", "ann", None)
    assert set(browser.cookies) == {COOKIE}
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(browser.flags[FLOW_COOKIE].split("; "))
    account = await shop_app.store.find_account("ann")
    assert account.subject == f"{shop_app.settings.oidc_issuer} s1"
    assert (await browser.get("/v1/session")).json()["user"]["password"] == "elsewhere"


async def test_each_try_has_its_own_state_nonce_and_challenge(shop_app):
    seen = [httpx.URL((await Browser(shop_app).get(BEGIN)).headers["location"]).params for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({one[name] for one in seen}) == 2
        assert len(seen[0][name]) == 43
    assert {one["redirect_uri"] for one in seen} == {f"{SHOP}{BEGIN}/callback"}


@pytest.mark.parametrize(
    "fault",
    ["nonce", "no nonce", "audience", "token issuer", "expired", "unsigned", "shared key", "foreign key"],
)
async def test_a_token_that_is_not_right_signs_nobody_in(shop_app, issuer, fault, caplog):
    caplog.set_level(logging.DEBUG, "shopkeeper")
    arrange(issuer, **ANN, fault=fault)
    assert await Browser(shop_app).sign_in() == ("/sign-in", None, REFUSALS["untrusted"])
    [line] = [record.getMessage() for record in caplog.records if record.name == "shopkeeper.api.oidc"]
    assert "ann" not in line
    assert "ey" not in line


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ({**ANN, "email": "eve@example.org"}, "unknown"),
        ({**ANN, "email_verified": False}, "unknown"),
        ({"sub": "s1", "email": "ann@example.org"}, "unknown"),
        ({**ANN, "fault": "declined"}, "declined"),
        ({**ANN, "fault": "thin", "userinfo_sub": "s2"}, "untrusted"),
    ],
)
async def test_who_may_not_is_told_why_and_no_account_is_made(shop_app, issuer, who, said):
    arrange(issuer, **who)
    browser = Browser(shop_app)
    assert await browser.sign_in() == ("/sign-in", None, REFUSALS[said])
    assert browser.cookies == {REFUSAL_COOKIE: said}
    assert len(await shop_app.store.accounts()) == 1


async def test_the_provider_s_new_key_is_read(shop_app, issuer):
    await Browser(shop_app).sign_in()
    arrange(issuer, **ANN, fault="new key")
    assert (await Browser(shop_app).sign_in())[1] == "ann"


async def test_an_address_that_the_token_leaves_out_is_asked_for(shop_app, issuer):
    arrange(issuer, **ANN, fault="thin")
    assert (await Browser(shop_app).sign_in())[1] == "ann"


async def test_what_another_browser_began_is_not_finished(shop_app):
    back = await Browser(shop_app).begin()
    other = Browser(shop_app)
    assert await other.arrive(back) == ("/sign-in", None, REFUSALS["expired"])
    await other.begin()
    assert await other.arrive(back) == ("/sign-in", None, REFUSALS["expired"])


async def test_a_state_that_is_not_looked_at_would_be_seen(shop_app, monkeypatch):
    monkeypatch.setattr(oidc.hmac, "compare_digest", lambda *_: True)
    back = await Browser(shop_app).begin()
    other = Browser(shop_app)
    await other.begin()
    assert (await other.arrive(back))[2] == REFUSALS["untrusted"]


async def test_a_code_is_used_once_and_soon(shop_app):
    browser = Browser(shop_app)
    back = await browser.begin()
    flow = browser.cookies[FLOW_COOKIE]
    assert (await browser.arrive(back))[1] == "ann"
    again = Browser(shop_app)
    again.cookies[FLOW_COOKIE] = flow
    assert (await again.arrive(back))[2] == REFUSALS["untrusted"]
    late = Browser(shop_app)
    back = await late.begin()
    shop_app.wall_clock = StoppedClock(shop_app.wall_clock.now() + timedelta(minutes=10, seconds=2))
    assert (await late.arrive(back))[2] == REFUSALS["expired"]


async def test_a_provider_that_is_another_or_does_not_answer_is_not_gone_to(shop_app, issuer):
    arrange(issuer, **ANN, fault="issuer")
    browser = Browser(shop_app)
    assert (await browser.get(BEGIN)).headers["location"] == "/sign-in"
    assert (await browser.get("/v1/session")).json()["refusal"] == REFUSALS["untrusted"]
    shop_app.settings = dataclasses.replace(shop_app.settings, oidc_issuer="http://127.0.0.1:9")
    assert (await browser.get(BEGIN)).headers["location"] == "/sign-in"
    assert (await browser.get("/v1/session")).json()["refusal"] == REFUSALS["unreachable"]
    assert (await browser.get("/v1/session/oidc/other")).status_code == 404


async def test_words_of_a_link_are_not_shown(shop_app):
    browser = Browser(shop_app)
    browser.cookies[REFUSAL_COOKIE] = "call-us-and-tell-your-password"
    assert (await browser.get("/v1/session")).json()["refusal"] is None
