"""Registered sources on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from shopkeeper.core.errors import Conflict, NotFound
from shopkeeper.core.event import Event
from shopkeeper.core.identifier import Identifier
from shopkeeper.core.intake import Arrival, Offering
from shopkeeper.core.source import EventSource, WriteKey
from shopkeeper.core.store import Store

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def source(name: str, **rest: Any) -> EventSource:
    known: dict[str, Any] = {"kind": "browser", "environment": "production", "basis": "consent", "category": "web"}
    known |= {"keys": (key(f"{name}-1"),), **rest}
    return EventSource(name=name, created_at=NOW, secret="s3cret", **known)


def key(digest: str, expires_at: datetime | None = None) -> WriteKey:
    return WriteKey(digest=digest, hint="abcd", created_at=NOW, expires_at=expires_at)


async def received(store: Store, name: str, at: datetime) -> None:
    named = Identifier("user_id", "1")
    event = Event(source=name, message_id=str(at), name="x", customer="", at=NOW, received_at=at)
    await store.admit(Offering([Arrival(event, (named,))], {}, NOW))


async def test_sources_come_back_by_name_with_their_keys(store: Store) -> None:
    web, backend = source("web"), source("backend", kind="server", basis="contract", category=None, disabled=True)
    await store.add_source(web)
    await store.add_source(backend)
    assert await store.sources() == [backend, web]
    assert await store.find_source("web") == web
    assert await store.find_source("app") is None


async def test_a_name_is_taken_once(store: Store) -> None:
    await store.add_source(source("web"))
    with pytest.raises(Conflict, match="already"):
        await store.add_source(source("web", keys=(key("other"),)))
    assert await store.sources() == [source("web")]


async def test_a_change_replaces_the_terms_and_the_keys(store: Store) -> None:
    before = source("web")
    await store.add_source(before)
    after = replace(before, disabled=True, keys=(key("web-1", NOW + HOUR), key("web-2")))
    await store.change_source(after, before=before)
    assert await store.find_source("web") == after


async def test_of_two_changes_at_once_the_second_is_told(store: Store) -> None:
    before = source("web")
    await store.add_source(before)
    await store.change_source(replace(before, disabled=True), before=before)
    with pytest.raises(Conflict, match="somebody else"):
        await store.change_source(replace(before, keys=(key("web-2"),)), before=before)
    assert await store.find_source("web") == replace(before, disabled=True)


async def test_a_removed_source_is_gone_with_its_keys(store: Store) -> None:
    await store.add_source(source("web"))
    await store.remove_source("web")
    assert await store.sources() == []
    await store.add_source(source("web"))
    await store.remove_source("web")
    with pytest.raises(NotFound):
        await store.remove_source("web")
    with pytest.raises(NotFound):
        await store.change_source(source("web"), before=source("web"))


async def test_the_first_event_is_found_noted_once_and_outlives_a_change(store: Store) -> None:
    web = source("web")
    await store.add_source(web)
    assert await store.first_received("web") is None
    await received(store, "web", NOW + HOUR)
    await received(store, "web", NOW + 2 * HOUR)
    await received(store, "other", NOW)
    assert await store.first_received("web") == NOW + HOUR
    await store.note_first_event("web", NOW + HOUR)
    await store.note_first_event("web", NOW)
    await store.change_source(replace(web, disabled=True), before=web)
    assert await store.find_source("web") == replace(web, disabled=True, first_event_at=NOW + HOUR)


def test_a_source_shows_nothing_secret() -> None:
    assert "s3cret" not in f"{source('web')!r} {source('web')}"
