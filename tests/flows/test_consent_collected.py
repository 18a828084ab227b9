"""Consent as it comes in: what may be kept, what events carry, what nobody may say of themselves, what is masked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopkeeper.core.consent import ConsentRecord
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.source import Basis
from shopkeeper.core.store import Store
from shopkeeper.flows.collect import CollectResult, collect
from shopkeeper.flows.definitions import load_definitions
from shopkeeper.flows.door.origin import Origin
from shopkeeper.protect.collection import may_keep, preferences_of
from shopkeeper.testing.shop import DEFINITIONS

NOW = datetime(2026, 5, 31, tzinfo=UTC)
FILES = {name: text for name, text in DEFINITIONS.items() if name.endswith(".yaml")}
PURPOSES = """advertising: {basis: consent, category: [ads, social], gpc: true, expires_after: 13 months}
  newsletter: {basis: consent}"""
SHOP = load_definitions(FILES | {"shop.yaml": FILES["shop.yaml"].replace("advertising: {basis: consent}", PURPOSES)})
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
