"""The ledger of consent on both databases: it only grows, and what it grew by can be proven."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, TextClause, text

from shopkeeper.core.consent import wording_of
from shopkeeper.core.errors import Contradiction
from shopkeeper.core.event import Event
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.intake import Arrival, Offering, Word
from shopkeeper.core.store import Store
from shopkeeper.store import hearing
from shopkeeper.store.sql import SqlStore

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SHOWN = "Yes, show me offers that fit me. "
LIMITS = {"user_id": 1, "anonymous_id": 5}


def arrival(
    who: str, name: str = "Page Viewed", *words: Word, minutes: int = 0, key: str = "", also: str = "", **said: str
) -> Arrival:
    at = NOW + timedelta(minutes=minutes)
    event = Event(
        source="web",
        message_id=key or f"{who}{name}{minutes}",
        name=name,
        customer="",
        at=at,
        received_at=NOW,
        texts=said,
    )
    others = (Identifier("user_id", also),) if also else ()
    return Arrival(event, (*others, Identifier("anonymous_id", who)), words=words)


async def let_in(store: Store, *arrivals: Arrival) -> list[str]:
    entries = await store.admit(Offering(arrivals, LIMITS, NOW))
    return [entry.customer for entry in entries]


async def states(store: Store, customer: str) -> list[tuple[str, str, str]]:
    found = (await store.consent_records([customer])).get(customer, [])
    return [(one.purpose, one.state, one.via) for one in found]


async def test_a_word_enters_the_ledger_with_the_wording_that_was_shown(store: Store) -> None:
    said: dict[str, Any] = {"purpose": "ads", "wording": SHOWN, "policy_version": "7", "jurisdiction": "AT"}
    (customer,) = await let_in(store, arrival("b1", "Consent Given", **said))
    (record,) = (await store.consent_records([customer]))[customer]
    assert (record.state, record.captured_at, record.policy_version, record.jurisdiction) == ("given", NOW, "7", "AT")
    assert record.wording == wording_of(SHOWN).hash
    assert await store.wordings([record.wording]) == {record.wording: SHOWN}
    (event,) = await store.history([customer])
    assert event.seq == record.seq


@pytest.mark.parametrize("table", ["consent_words", "consent_wordings"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = 'x'", "DELETE FROM {} WHERE {} <> 'x'"])
async def test_the_database_refuses_to_change_a_word(store: Store, table: str, change: str) -> None:
    """Planted bug: without its trigger the same statement goes through."""
    (customer,) = await let_in(store, arrival("b1", "Consent Given", purpose="ads", wording=SHOWN))
    assert isinstance(store, SqlStore)
    statement = text(change.format(table, "purpose" if table == "consent_words" else "text"))
    with pytest.raises(Contradiction):
        await store.door.write(lambda conn: conn.execute(statement))
    assert await states(store, customer) == [("ads", "given", "event")]
    with pytest.raises(Undone):
        await store.door.write(lambda conn: without_trigger(conn, table, statement))


class Undone(Exception):
    """Rolls back."""


def without_trigger(conn: Connection, table: str, statement: TextClause) -> None:
    if conn.dialect.name == "sqlite":
        for change in ("update", "delete"):
            conn.execute(text(f"DROP TRIGGER {table}_refuse_{change}"))
    else:
        conn.execute(text(f"DROP TRIGGER {table}_refuse_changes ON {table}"))
    assert conn.execute(statement).rowcount == 1
    raise Undone


async def test_a_carried_word_becomes_an_event_only_where_it_changes_what_was_said(store: Store) -> None:
    yes, no = Word("ads", True), Word("ads", False)
    (customer,) = await let_in(store, arrival("b1", "Page Viewed", yes))
    for minute, word in enumerate([yes, yes, no, no, yes], start=1):
        await let_in(store, arrival("b1", "Page Viewed", word, minutes=minute))
    await let_in(store, arrival("b1", "Page Viewed", no, minutes=-5, key="late"))
    given, withdrawn = ("ads", "given", "carried"), ("ads", "withdrawn", "carried")
    assert await states(store, customer) == [given, withdrawn, given]
    names = [event.name for event in await store.history([customer])]
    assert names.count("Consent Given") == 2
    assert names.count("Page Viewed") == 7


async def test_words_within_one_request_count_in_their_order(store: Store) -> None:
    words = [arrival("b1", "Page Viewed", Word("ads", n % 2 == 0), minutes=n) for n in range(3)]
    customer = (await let_in(store, *words, words[0]))[0]
    assert [state for _, state, _ in await states(store, customer)] == ["given", "withdrawn", "given"]


async def test_the_signal_of_a_browser_is_written_once_for_a_part(store: Store) -> None:
    signal = Word("ads", False, "gpc")
    for minute in range(3):
        (customer,) = await let_in(store, arrival("b1", "Page Viewed", Word("ads", True), signal, minutes=minute))
    assert await states(store, customer) == [("ads", "given", "carried"), ("ads", "withdrawn", "gpc")]
    await let_in(
        store, arrival("b2", "Page Viewed", signal, also="u1"), arrival("b3", "Page Viewed", signal, also="u1")
    )
    ledger = await store.consents_after("", limit=10)
    assert len({one.part for one in ledger}) == 2


async def test_a_carried_word_is_no_event_of_its_source_and_the_ledger_names_the_source(store: Store) -> None:
    (customer,) = await let_in(store, arrival("b1", "Page Viewed", Word("ads", True)))
    assert [(event.name, event.source) for event in await store.history([customer])] == [
        ("Page Viewed", "web"),
        ("Consent Given", "shopkeeper"),
    ]
    assert [one.source for one in (await store.consent_records([customer]))[customer]] == ["web"]
    assert [count.accepted for count in await store.intake_counts()] == [1]


async def test_a_duplicate_says_nothing_again(store: Store) -> None:
    (customer,) = await let_in(store, arrival("b1", "Page Viewed", Word("ads", True), key="m"))
    await let_in(store, arrival("b1", "Page Viewed", Word("ads", False), key="m"))
    assert await states(store, customer) == [("ads", "given", "carried")]


async def test_merged_customers_have_the_words_of_all_their_parts_until_they_are_taken_apart(store: Store) -> None:
    first, second = await let_in(
        store, arrival("b1", "Consent Given", purpose="ads"), arrival("b2", "Consent Withdrawn", purpose="ads")
    )
    assert await store.divided_consents("ads") == {}
    await store.merge(first, second, limits=LIMITS, by="Ann", now=NOW)
    merged = min(first, second)
    assert [state for _, state, _ in await states(store, merged)] == ["given", "withdrawn"]
    assert list(await store.divided_consents("ads")) == [merged]
    assert await store.divided_consents("mail") == {}
    await store.unmerge(merged, [max(first, second)], by="Ann", now=NOW)
    assert await states(store, first) == [("ads", "given", "event")]
    assert await store.divided_consents("ads") == {}


async def test_the_ledger_is_read_by_whole_parts(store: Store) -> None:
    for who in ("b1", "b2", "b3"):
        await let_in(store, *(arrival(who, "Consent Given", key=who + of, purpose=of) for of in ("ads", "mail")))
    first = await store.consents_after("", limit=2)
    rest = await store.consents_after(first[-1].part, limit=2)
    assert (len(first), len(rest)) == (4, 2)
    assert await store.consents_after(rest[-1].part, limit=2) == []


async def test_an_appended_word_enters_the_ledger_too(store: Store) -> None:
    (customer,) = await let_in(store, arrival("b1"))
    known: dict[str, Any] = {"customer": customer, "at": NOW, "received_at": NOW, "texts": {"purpose": "ads"}}
    await store.append([Event(source="staff", message_id="1", name="Consent Given", **known)])
    assert await states(store, customer) == [("ads", "given", "staff")]


async def test_a_no_is_news_again_once_another_part_gave(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted bug: whether anybody gave since is not looked up, and the last word of the part says the same."""
    yes, no = Word("ads", True), Word("ads", False)

    async def told(who: str) -> list[tuple[str, str, str]]:
        first = arrival(who, "Page Viewed", no, minutes=1)
        joining = arrival(who, "Page Viewed", also=f"u{who}", minutes=2)
        elsewhere = arrival(f"{who}x", "Consent Given", also=f"u{who}", minutes=3, purpose="ads")
        again = [arrival(who, "Page Viewed", word, minutes=n) for n, word in ((4, no), (5, no), (6, yes))]
        for one in (first, joining, elsewhere, *again):
            (customer,) = await let_in(store, one)
        return await states(store, customer)

    no_again = [("ads", "withdrawn", "carried"), ("ads", "given", "event"), ("ads", "withdrawn", "carried")]
    assert await told("b1") == [*no_again, ("ads", "given", "carried")]
    monkeypatch.setattr(hearing, "_may_be_news", lambda word, last: last.given is not word.given)
    assert await told("b2") == [*no_again[:2], ("ads", "given", "carried")]
