"""Accounts, sessions and links on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from shopkeeper.core.account import ENDS_SESSIONS, Account, Session, SignInLink
from shopkeeper.core.errors import Conflict, NotFound
from shopkeeper.core.store import Store
from shopkeeper.store import account as statements

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def person(name: str, role: str = "marketer", **rest: Any) -> Account:
    known: dict[str, Any] = {"display": name, "created_at": NOW, "changed_at": NOW, **rest}
    return Account(id=f"usr_{name}", name=name, role=role, **known)


def session(digest: str, account: str = "usr_ann", *, at: datetime = NOW) -> Session:
    return Session(digest=digest, account=account, csrf="c", created_at=at, seen_at=at, expires_at=at + 24 * HOUR)


async def sign_in(store: Store, one: Session, *, idle_since: datetime = NOW - HOUR) -> None:
    await store.add_session(one, idle_since=idle_since)


async def test_accounts_come_back_by_name(store: Store) -> None:
    ann, bob = person("ann", "owner", password="hash", email="ann@example.org"), person("bob", disabled=True)
    await store.add_account(bob)
    await store.add_account(ann)
    assert await store.accounts() == [ann, bob]
    assert await store.find_account("ann") == ann
    assert await store.find_account("eve") is None


@pytest.mark.parametrize("same", [{"name": "ann"}, {"email": "a@example.org"}, {"subject": "s1"}])
async def test_what_tells_accounts_apart_is_one_s_own(store: Store, same: dict[str, str]) -> None:
    await store.add_account(person("ann", email="a@example.org", subject="s1"))
    await store.add_account(person("bob"))
    with pytest.raises(Conflict):
        await store.add_account(replace(person("cy"), **same))
    with pytest.raises(Conflict):
        await store.change_account(replace(person("bob"), **same))
    assert [one.name for one in await store.accounts()] == ["ann", "bob"]


async def test_a_removed_account_cannot_be_changed(store: Store) -> None:
    await store.add_account(person("ann"))
    await store.remove_account("usr_ann")
    with pytest.raises(NotFound):
        await store.change_account(person("ann", display="Ann"))


async def test_a_session_is_found_with_its_account_until_it_ends(store: Store) -> None:
    await store.add_account(person("ann"))
    await sign_in(store, session("d1"))
    assert await store.find_session("d1") == (session("d1"), person("ann"))
    await store.touch_session("d1", NOW + HOUR)
    found = await store.find_session("d1")
    assert found is not None
    assert found.session.seen_at == NOW + HOUR
    await store.end_session("d1")
    assert await store.find_session("d1") is None


async def test_sessions_that_ended_by_themselves_are_forgotten_at_the_next_sign_in(store: Store) -> None:
    await store.add_account(person("ann"))
    await sign_in(store, session("old", at=NOW - 24 * HOUR))
    await store.touch_session("old", NOW)
    await sign_in(store, session("idle", at=NOW - 2 * HOUR), idle_since=NOW - 20 * HOUR)
    await sign_in(store, session("fresh"))
    assert [await store.find_session(name) is not None for name in ("old", "idle", "fresh")] == [False, False, True]


CHANGES: dict[str, Any] = {"password": "h2", "role": "analyst", "disabled": True, "email": "e", "subject": "s"}


async def shut_out_by(store: Store, change: dict[str, Any]) -> bool:
    """Say whether a change ends the account's sessions and links, and nobody else's."""
    await store.add_account(person("ann", password="h1"))
    await store.add_account(person("bob"))
    await sign_in(store, session("d1"))
    await sign_in(store, session("d2", "usr_bob"))
    await store.add_link(SignInLink(digest="l1", account="usr_ann", expires_at=NOW + HOUR), now=NOW)
    await store.change_account(replace(person("ann", password="h1"), **change))
    if "disabled" in change:
        await store.change_account(person("ann", password="h1"))
    assert await store.find_session("d2") is not None
    left = [await store.find_session("d1"), await store.use_link("l1", now=NOW)]
    return left == [None, None]


@pytest.mark.parametrize("name", ENDS_SESSIONS)
async def test_a_change_that_matters_ends_every_session(store: Store, name: str) -> None:
    assert await shut_out_by(store, {name: CHANGES[name]})


@pytest.mark.parametrize("name", ENDS_SESSIONS)
async def test_a_change_that_forgot_the_sessions_would_be_seen(
    store: Store, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "ENDS_SESSIONS", ())
    assert not await shut_out_by(store, {name: CHANGES[name]})


async def test_another_display_name_ends_nothing(store: Store) -> None:
    assert not await shut_out_by(store, {"display": "Ann"})


async def test_a_disabled_account_has_no_session_even_if_one_is_kept(store: Store) -> None:
    await store.add_account(person("ann", disabled=True))
    await sign_in(store, session("d1"))
    assert await store.find_session("d1") is None


async def test_a_hash_is_renewed_without_ending_sessions_and_only_over_the_old_one(store: Store) -> None:
    await store.add_account(person("ann", password="h1"))
    await sign_in(store, session("d1"))
    await store.rehash("usr_ann", old="h1", new="h2")
    await store.rehash("usr_ann", old="h1", new="h3")
    found = await store.find_session("d1")
    assert found is not None
    assert found.account.password == "h2"


async def test_a_link_works_once_and_until_it_expires(store: Store) -> None:
    await store.add_account(person("ann"))
    for digest in ("l1", "l2"):
        await store.add_link(SignInLink(digest=digest, account="usr_ann", expires_at=NOW + HOUR), now=NOW)
    used = await asyncio.gather(*(store.use_link("l1", now=NOW) for _ in range(5)))
    assert sorted(one is not None for one in used) == [False] * 4 + [True]
    assert await store.use_link("l2", now=NOW + HOUR) is None


async def test_the_last_owner_stays(store: Store) -> None:
    await store.add_account(person("ann", "owner"))
    await store.add_account(person("bob", "owner", disabled=True))
    for change in ({"role": "marketer"}, {"disabled": True}):
        with pytest.raises(Conflict, match="without an owner"):
            await store.change_account(replace(person("ann", "owner"), **change))
    with pytest.raises(Conflict, match="without an owner"):
        await store.remove_account("usr_ann")
    await store.change_account(person("bob", "owner"))
    await store.remove_account("usr_ann")


async def test_of_two_owners_who_demote_each_other_one_stays(store: Store) -> None:
    for name in ("ann", "bob"):
        await store.add_account(person(name, "owner"))
    demoted = (store.change_account(person(name)) for name in ("ann", "bob"))
    done = await asyncio.gather(*demoted, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "NoneType"]


def test_a_struct_shown_in_a_log_line_names_nobody() -> None:
    shown = repr([person("ann", password="hash"), session("secret")])
    assert shown == "[Account('usr_ann'), Session(account='usr_ann')]"
