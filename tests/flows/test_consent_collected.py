"""Consent as it comes in: what may be kept, what events carry, what nobody may say of themselves, what is masked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopkeeper.core.consent import ConsentRecord
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.source import Basis
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import CollectResult, collect, offer_again
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door.origin import Origin
from shopkeeper.protect.collection import may_keep, preferences_of
from shopkeeper.protect.consent import joins_of, stand, terms_of
from shopkeeper.testing.shop import DEFINITIONS

NOW = datetime(2026, 5, 31, tzinfo=UTC)
FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
PURPOSES = """advertising: {basis: consent, category: [ads, social], gpc: true, expires_after: 13 months}
  newsletter: {basis: consent, category: newsletter}"""
LAW = FILES["shop.yaml"].replace("legitimate_interest}", "legitimate_interest, category: personalization}")
SHOP = load_definitions(FILES | {"shop.yaml": LAW.replace("advertising: {basis: consent}", PURPOSES)})
TILL = Origin("till")
WEB = Origin("web", trusted=False, history=False, basis="consent", category="ads")


def event(
    name: str, *, key: str, who: str = "b1", minutes: int = 0, consent: Any = None, **said: str
) -> dict[str, Any]:
    at = NOW - timedelta(hours=5) + timedelta(minutes=minutes)
    wire = {"type": "track", "event": name, "messageId": key, "timestamp": at.isoformat(), "anonymousId": who}
    context = {} if consent is None else {"context": {"consent": {"categoryPreferences": consent}}}
    return wire | {"properties": said} | context


async def tell(store: Store, *events: dict[str, Any], origin: Origin = TILL) -> CollectResult:
    return await collect(store, SHOP, events, origin=origin, now=NOW)


async def ledger(store: Store, who: str = "b1") -> list[ConsentRecord]:
    found = await store.find_customers([Identifier("anonymous_id", who)])
    return [word for one in found.values() for word in (await store.consent_records([one])).get(one, [])]


@pytest.mark.parametrize(
    ("basis", "carried", "kept"),
    [
        ("consent", None, False),
        ("consent", {}, False),
        ("consent", {"analytics": True}, False),
        ("consent", {"ads": False}, False),
        ("consent", {"ads": True}, True),
        ("legitimate_interest", None, True),
        ("legitimate_interest", {"ads": False}, True),
        ("legal_obligation", None, True),
    ],
)
def test_unknown_is_no_to_collection_on_consent_and_never_under_another_basis(
    basis: Basis, carried: dict[str, bool] | None, kept: bool
) -> None:
    assert may_keep(basis, "ads" if basis == "consent" else None, carried) is kept


@pytest.mark.parametrize("word", ["true", 1, "yes", None, [True], {}])
def test_only_true_and_false_are_preferences(word: Any) -> None:
    assert preferences_of({"consent": {"categoryPreferences": {"ads": word, "social": False}}}) == {"social": False}


@pytest.mark.parametrize("context", [None, 3, [], {"consent": None}, {"consent": {"categoryPreferences": [1]}}])
def test_a_context_of_another_shape_says_nothing(context: Any) -> None:
    assert preferences_of(context) is None


async def test_all_categories_must_be_given_and_one_refusal_withdraws(store: Store) -> None:
    said = [{"ads": True}, {"ads": True, "social": True}, {"ads": True, "social": False}, {"social": False}]
    await tell(store, *(event("Looked", key=str(n), minutes=n, consent=one) for n, one in enumerate(said)))
    words = await ledger(store)
    assert [(one.purpose, one.state, one.via, one.source) for one in words] == [
        ("advertising", "given", "carried", "till"),
        ("advertising", "withdrawn", "carried", "till"),
    ]
    assert words[0].expires_at is not None
    assert (words[0].expires_at.year, words[0].expires_at.month) == (2027, 6)


async def test_what_may_not_be_kept_is_counted_and_its_no_to_what_was_given_is_heard(store: Store) -> None:
    """Planted bug: a discarded event takes its withdrawal with it."""
    both, none = {"ads": True, "social": True}, {"ads": False, "social": False}
    stranger = await tell(store, event("Looked", key="1", who="b2", consent=none), origin=WEB)
    assert (stranger.discarded, await store.head(), await ledger(store, "b2")) == (1, 0, [])
    await tell(store, event("Looked", key="2", consent=both), origin=WEB)
    gone = await tell(store, *(event("Looked", key=f"3{n}", minutes=n, consent=none) for n in (1, 2)), origin=WEB)
    assert (gone.discarded, gone.accepted) == (2, 0)
    assert [one.state for one in await ledger(store)] == ["given", "withdrawn"]
    counts = {one.source: (one.accepted, one.refused) for one in await store.intake_counts()}
    assert counts["web"] == (4, 3)
    assert [one.name for one in await store.read(after=0, limit=9)].count("Looked") == 1


async def test_a_no_and_a_yes_under_one_id_are_both_heard_and_stop_nothing(store: Store) -> None:
    """Their carrier is in the log only with the yes, so its id may come again with another word."""
    both, none = {"ads": True, "social": True}, {"ads": False, "social": False}
    await tell(store, event("Looked", key="m0", consent=both), origin=WEB)
    said = [event("Looked", key="m1", minutes=n, consent=one) for n, one in enumerate((none, both, none), 1)]
    for one in said:
        await tell(store, one, origin=WEB)
    assert [one.state for one in await ledger(store)] == ["given", "withdrawn", "given", "withdrawn"]
    await tell(store, said[2], origin=WEB)
    assert len(await ledger(store)) == 4


async def test_a_browser_cannot_say_how_well_its_word_is_proven(store: Store) -> None:
    forged: dict[str, Any] = {
        "purpose": "advertising",
        "via": "staff",
        "grade": "signed",
        "basis": "contract",
        "taken_by": "ann",
    }
    yes = {"ads": True}
    await tell(store, event("Consent Given", key="1", consent=yes, wording="I do.", **forged), origin=WEB)
    await tell(store, event("Consent Given", key="2", who="b2", **forged))
    (browser,), (server,) = await ledger(store), await ledger(store, "b2")
    assert (browser.via, browser.grade, browser.basis, browser.actor) == ("event", "single_opt_in", "consent", None)
    assert (server.via, server.grade, server.basis, server.actor) == ("event", "signed", "consent", None)
    assert not browser.said.lifts


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"purpose": "resale"},
        {"purpose": "advertising", "grade": "handshake"},
        {"purpose": "advertising", "expires_at": "soon"},
        {"purpose": "advertising", "channel": "x" * 61},
        *({"purpose": "advertising", "channel": odd} for odd in (["email"], {"is": "email"}, 7, 1.5, True)),
        *({"purpose": "advertising", "expires_at": odd} for odd in (["2026-06-01"], {}, 1780272000, 1.5, False)),
    ],
)
async def test_a_word_that_cannot_be_understood_waits(store: Store, said: dict[str, Any]) -> None:
    found = await tell(store, event("Consent Given", key="1", **said))
    assert (found.quarantined, await ledger(store)) == (1, [])


async def test_a_word_ends_when_it_says_or_when_the_shop_says_whichever_is_first(store: Store) -> None:
    for n, (ends, expected) in enumerate([("2026-06-01T00:00:00Z", (2026, 6)), ("2030-01-01T00:00:00Z", (2027, 6))]):
        said: dict[str, Any] = {"purpose": "advertising", "expires_at": ends}
        await tell(store, event("Consent Given", key=str(n), who=f"e{n}", **said))
        (word,) = await ledger(store, f"e{n}")
        assert word.expires_at is not None
        assert (word.expires_at.year, word.expires_at.month) == expected


BOTH, NONE = {"ads": True, "social": True}, {"ads": False, "social": False}
USER = {"userId": "u1"}


async def stands(store: Store, who: str = "b1", *, purpose: str = "advertising", channel: str | None = None) -> str:
    (customer,) = (await store.find_customers([Identifier("anonymous_id", who)])).values()
    words = [one.said for one in (await store.consent_records([customer])).get(customer, []) if one.purpose == purpose]
    links = (await store.views([customer]))[customer].links
    return stand(words, joins_of(links), terms_of(SHOP.shop.purposes[purpose], NOW), channel=channel).standing


async def test_a_banner_that_still_says_yes_overrides_no_withdrawal(store: Store) -> None:
    """The withdrawal carries it too: SDKs stamp every event. Planted bug: the last word counts, however it came."""
    await tell(store, event("Looked", key="1", consent=BOTH))
    await tell(store, event("Consent Withdrawn", key="2", minutes=1, consent=BOTH, purpose="advertising"))
    assert await stands(store) == "withdrawn"
    await tell(store, event("Looked", key="3", minutes=2, consent=BOTH))
    assert await stands(store) == "withdrawn"
    assert [(one.state, one.via) for one in await ledger(store)] == [("given", "carried"), ("withdrawn", "event")]
    await tell(store, event("Consent Given", key="4", minutes=3, consent=BOTH, purpose="advertising"))
    assert await stands(store) == "given"


@pytest.mark.parametrize("signed", [True, False])
async def test_what_another_device_of_theirs_carries_overrides_no_refusal(store: Store, signed: bool) -> None:
    """An objection on the account, then a new cookie beside it, or a browser that somebody else uses now."""
    account = {"userId": "u1", "anonymousId": "b1"}
    await tell(store, event("Looked", key="1") | account)
    await tell(store, event("Consent Withdrawn", key="2", minutes=1, purpose="advertising") | account)
    who = "b9" if signed else "b1"
    carrying = event("Looked", key="3", who=who, minutes=2, consent=BOTH)
    await tell(store, carrying | (USER if signed else {}), origin=TILL if signed else WEB)
    assert await stands(store, who) == "withdrawn"
    assert [one.state for one in await ledger(store, who)] == ["withdrawn"]


async def test_a_yes_of_tomorrow_does_not_outdo_the_no_of_today(store: Store) -> None:
    """Planted bug: the sender's clock alone. The same of what is carried."""
    ahead = 5 * 60 + 20 * 60
    await tell(store, event("Consent Given", key="1", minutes=ahead, purpose="advertising"))
    await tell(store, event("Consent Withdrawn", key="2", minutes=5 * 60, purpose="advertising"))
    await tell(store, event("Looked", key="3", who="b2", minutes=ahead, consent=BOTH))
    await tell(store, event("Looked", key="4", who="b2", minutes=5 * 60, consent=NONE))
    assert [await stands(store), await stands(store, "b2")] == ["withdrawn", "withdrawn"]
    assert (await ledger(store))[0].captured_at == NOW
    ends = (await ledger(store))[0].expires_at
    assert ends is not None
    assert ends == (await ledger(store, "b2"))[0].expires_at == NOW.replace(year=2027, month=6, day=30)


@pytest.mark.parametrize("consent", [None, NONE, {"ads": "no"}])
async def test_a_withdrawal_that_may_not_be_kept_is_heard_and_nothing_else_of_it(store: Store, consent: Any) -> None:
    await tell(store, event("Consent Given", key="1", purpose="newsletter"))
    said = {"purpose": "newsletter", "wording": "secret", "channel": " Email "}
    no = event("Consent Withdrawn", key="2", minutes=1, consent=consent, **said)
    for _ in range(2):
        assert (await tell(store, no, origin=WEB)).discarded == 1
    words = [one for one in await ledger(store) if one.purpose == "newsletter"]
    assert [(one.state, one.via, one.channel, one.wording) for one in words] == [
        ("given", "event", None, None),
        ("withdrawn", "event", "email", None),
    ]
    assert await stands(store, purpose="newsletter", channel="email") == "withdrawn"
    stranger = event("Consent Withdrawn", key="3", who="b2", purpose="newsletter")
    given = event("Consent Given", key="4", minutes=2, purpose="newsletter")
    head = await store.head()
    await tell(store, stranger, given, origin=WEB)
    assert await store.head() == head


async def test_a_no_in_what_may_not_be_kept_is_heard_of_whoever_is_known(store: Store) -> None:
    """An objection and a signal where nothing was said before; a no to all after a withdrawal on one channel."""
    await tell(store, event("Looked", key="1"), event("Looked", key="2", who="b2"))
    await tell(store, event("Looked", key="3", consent={"personalization": False}), origin=WEB)
    assert await stands(store, purpose="personalization") == "withdrawn"
    await tell(store, event("Looked", key="4", who="b2"), origin=WEB._replace(gpc=True))
    assert await stands(store, "b2") == "gpc"
    await tell(store, event("Consent Given", key="5", who="b3", purpose="newsletter"))
    await tell(store, event("Consent Withdrawn", key="6", who="b3", minutes=1, purpose="newsletter", channel="sms"))
    await tell(store, event("Looked", key="7", who="b3", minutes=2, consent={"newsletter": False}), origin=WEB)
    assert await stands(store, "b3", purpose="newsletter") == "withdrawn"


async def test_a_late_retry_of_an_old_no_neither_counts_nor_hides_the_next_one(store: Store) -> None:
    """Planted bug: what stands is what came last."""
    old, yes, next_ = (event("Looked", key=f"m{n}", minutes=n, consent=NONE) for n in (2, 3, 5))
    yes |= {"context": {"consent": {"categoryPreferences": BOTH}}}
    await tell(store, event("Looked", key="m0", consent=BOTH))
    for one in (old, yes, old):
        await tell(store, one, origin=WEB)
    assert [one.state for one in await ledger(store)] == ["given", "withdrawn", "given"]
    assert await stands(store) == "given"
    for _ in range(2):
        await tell(store, next_, origin=WEB)
    assert [one.state for one in await ledger(store)] == ["given", "withdrawn", "given", "withdrawn"]
    assert await stands(store) == "withdrawn"


async def test_a_withdrawal_that_comes_late_hides_no_yes_that_stands(store: Store) -> None:
    await tell(store, event("Consent Given", key="1", minutes=9, purpose="advertising"))
    await tell(store, event("Consent Withdrawn", key="2", minutes=1, purpose="advertising"))
    assert await stands(store) == "given"
    await tell(store, event("Looked", key="3", minutes=20, consent=NONE), origin=WEB)
    assert await stands(store) == "withdrawn"


FAULTS: list[dict[str, Any]] = [
    {"properties": {"currency": "GBP"}},
    {"timestamp": "yesterday"},
    {"userId": ["u1"]},
    {"messageId": {"no": "text"}},
    {"type": "identify", "traits": "none"},
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("origin", [WEB, TILL._replace(gpc=True)])
async def test_no_other_fault_of_an_event_takes_its_no_with_it(
    store: Store, origin: Origin, fault: dict[str, Any]
) -> None:
    """Whether it is discarded or waits. Planted bug: only what could be taken as it is says no."""
    await tell(store, event("Looked", key="1", consent=BOTH))
    wire = event("Looked", key="2", minutes=2, consent=NONE | {"personalization": False}) | fault
    for _ in range(2):
        await tell(store, wire, origin=origin._replace(gpc=True))
    assert await stands(store) == "gpc"
    assert await stands(store, purpose="personalization") == "withdrawn"
    assert sorted((one.purpose, one.via) for one in await ledger(store)) == [
        ("advertising", "carried"),
        ("advertising", "carried"),
        ("advertising", "gpc"),
        ("personalization", "carried"),
    ]


async def test_a_no_that_waited_is_not_heard_again_when_it_is_offered_again(store: Store) -> None:
    """Planted bug: an id that the replay does not know, at an instant that both share."""
    waiting = event("Looked", key="2", consent=NONE) | {"properties": {"currency": "GBP"}}
    del waiting["timestamp"]
    await tell(store, event("Looked", key="1", consent=BOTH))
    assert (await tell(store, waiting)).quarantined == 1
    assert [one.state for one in await ledger(store)] == ["given", "withdrawn"]
    yes = event("Consent Given", key="3", minutes=5 * 60, purpose="advertising")
    await tell(store, yes)
    assert await stands(store) == "given"
    (row,) = await store.quarantined(limit=5)
    mended = waiting | {"properties": {"currency": "EUR"}}
    assert (await offer_again(store, SHOP, row, mended, origin=TILL, now=NOW)).outcome == "accepted"
    assert [one.state for one in await ledger(store)] == ["given", "withdrawn", "given"]
    assert await stands(store) == "given"


async def test_a_no_under_the_id_of_another_event_or_on_a_refund_that_waits_is_heard(store: Store) -> None:
    for who in ("b1", "b2"):
        await tell(store, event("Looked", key=f"1{who}", who=who, consent=BOTH))
    await tell(store, event("Looked", key="1b1", minutes=1, consent=NONE))
    refund = event("Order Refunded", key="2", who="b2", minutes=1, consent=NONE, order_id="o9")
    for _ in range(2):
        assert (await tell(store, refund)).quarantined == 1
    assert [await stands(store), await stands(store, "b2")] == ["withdrawn", "withdrawn"]
    assert [one.state for one in await ledger(store, "b2")] == ["given", "withdrawn"]


@pytest.mark.parametrize("origin", [TILL, WEB])
async def test_a_no_of_one_device_is_news_again_after_a_yes_elsewhere(store: Store, origin: Origin) -> None:
    """Planted bug: only the last word of the part itself is looked at."""
    await tell(store, event("Looked", key="1", consent=NONE))
    await tell(store, event("Looked", key="2", minutes=1) | USER)
    await tell(store, {**event("Consent Given", key="3", minutes=2, purpose="advertising"), **USER, "anonymousId": "x"})
    assert await stands(store) == "given"
    for n in range(2):
        await tell(store, event("Looked", key=f"4{n}", minutes=3 + n, consent=NONE), origin=origin)
    assert await stands(store) == "withdrawn"
    assert [one.state for one in await ledger(store)] == ["withdrawn", "given", "withdrawn"]


async def test_a_part_has_its_own_no_whatever_another_said(store: Store) -> None:
    """Cut off, it stands by that. Planted bug: what any part of the customer said is no news of another."""
    await tell(store, event("Looked", key="0", consent=BOTH))
    await tell(store, event("Looked", key="1", minutes=1) | USER)
    await tell(store, {**event("Consent Withdrawn", key="2", minutes=2, purpose="advertising"), "userId": "u1"})
    await tell(store, event("Looked", key="3", minutes=3, consent=NONE), origin=WEB)
    (customer,) = (await store.find_customers([Identifier("anonymous_id", "b1")])).values()
    (browser,) = (
        part.id
        for part in (await store.views([customer]))[customer].parts
        if part.identifier == Identifier("anonymous_id", "b1")
    )
    await store.unmerge(customer, [browser], by="Ann", now=NOW)
    assert await stands(store) == "withdrawn"


async def test_channels_are_one_whatever_their_case(store: Store) -> None:
    await tell(store, event("Consent Given", key="1", purpose="newsletter", channel="Email "))
    assert await stands(store, purpose="newsletter", channel="email") == "given"
    await tell(store, event("Consent Withdrawn", key="2", minutes=1, purpose="newsletter", channel="EMAIL"))
    assert await stands(store, purpose="newsletter", channel="email") == "withdrawn"
