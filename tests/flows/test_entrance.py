"""Coming in and going out: by password, link and identity; sessions that end when they must (S12)."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import argon2
import pytest
from msgspec.structs import replace

from shopkeeper.core.account import Account
from shopkeeper.core.errors import BadInput, NotPermitted, NotSignedIn, TooManyAttempts
from shopkeeper.core.store import Store
from shopkeeper.flows import entrance as module
from shopkeeper.flows.accounts import NewPerson, PersonChange, add_person, change_person, make_link, remove_person
from shopkeeper.flows.entrance import Entrance, Identity, Opened, digest
from shopkeeper.protect import password as passwords
from shopkeeper.protect.password import SALT
from shopkeeper.testing.shop import seeded

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
GOOD, OTHER = "a lamp in the fog", "two lamps in the fog"
HERE = "127.0.0.1"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with parameters that take no time; those in force are tested beside `protect.password`."""
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)


@pytest.fixture
async def entrance(shelf: Store) -> Entrance:
    made, rng = Entrance(shelf, rng=seeded(1)), seeded(2)
    for name, role in (("ann", "owner"), ("bob", "staff")):
        asked = NewPerson(name=name, role=role, password=GOOD, email=f"{name}@example.org")
        await add_person(shelf, made, asked, now=NOW, rng=rng)
    return made


async def come_in(entrance: Entrance, name: str = "bob", password: str = GOOD, **more: Any) -> Opened:
    known = {"address": HERE, "replacing": None, "now": NOW, **more}
    return await entrance.by_password(name, password, **known)


async def stays(entrance: Entrance, opened: Opened, *, at: datetime = NOW) -> bool:
    return await entrance.current(opened.secret, now=at) is not None


async def test_a_name_and_its_password_open_a_session(entrance, shelf):
    opened = await come_in(entrance, " Bob ")
    found = await entrance.current(opened.secret, now=NOW)
    assert found == opened.signed_in
    assert found.account.role == "staff"
    assert len(opened.secret) == 43
    assert (await shelf.find_session(digest(opened.secret))).session.digest != opened.secret


@pytest.mark.parametrize(("name", "password"), [("bob", OTHER), ("eve", GOOD), ("bob", ""), ("", GOOD)])
async def test_what_is_wrong_is_not_said(entrance, name, password):
    with pytest.raises(NotSignedIn, match=r"^the name or the password is wrong$"):
        await come_in(entrance, name, password)


async def compared(entrance: Entrance, name: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Count how many hashes an attempt compares."""
    await entrance._nobody()
    seen = []
    right = module.matches
    monkeypatch.setattr(module, "matches", lambda kept, password: seen.append(kept) or right(kept, password))
    with pytest.raises(NotSignedIn):
        await come_in(entrance, name, OTHER)
    return len(seen)


async def test_an_unknown_name_takes_as_much_work_as_a_known_one(entrance, shelf, monkeypatch):
    await change_person(shelf, entrance, "bob", PersonChange(password=None), now=NOW)
    assert [await compared(entrance, name, monkeypatch) for name in ("ann", "bob", "eve")] == [1, 1, 1]


async def test_too_many_attempts_are_refused_before_anything_is_compared(entrance, monkeypatch):
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            await come_in(entrance, password=OTHER)
    monkeypatch.setattr(module, "matches", None)
    with pytest.raises(TooManyAttempts, match="30 seconds"):
        await come_in(entrance)


async def test_hashing_leaves_the_event_loop_free(entrance, monkeypatch):
    threads = []
    monkeypatch.setattr(module, "matches", lambda *_: threads.append(threading.current_thread()) or True)
    await come_in(entrance)
    assert threads
    assert threading.main_thread() not in threads


async def test_signing_in_renews_a_hash_of_older_parameters(entrance, shelf):
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=32, parallelism=1).hash(GOOD, salt=b"0" * SALT)
    bob = await shelf.find_account("bob")
    await shelf.change_account(replace(bob, password=weak))
    opened = await come_in(entrance)
    assert (await shelf.find_account("bob")).password not in {weak, bob.password}
    assert await stays(entrance, opened)
    assert await come_in(entrance)


async def test_a_session_ends_after_twelve_hours_unused_and_seven_days_used(entrance):
    opened = await come_in(entrance)
    assert not await stays(entrance, opened, at=NOW + timedelta(hours=12))
    for hours in range(1, 7 * 24, 11):
        assert await stays(entrance, opened, at=NOW + timedelta(hours=hours))
    assert await stays(entrance, opened, at=NOW + timedelta(days=7, seconds=-1))
    assert not await stays(entrance, opened, at=NOW + timedelta(days=7))


async def test_use_is_written_down_at_most_once_a_minute(entrance, shelf, monkeypatch):
    opened = await come_in(entrance)
    written = []

    async def touch(_digest: str, seen_at: datetime) -> None:
        written.append(seen_at)

    monkeypatch.setattr(shelf, "touch_session", touch)
    for seconds in (1, 59):
        await entrance.current(opened.secret, now=NOW + timedelta(seconds=seconds))
    assert written == []
    await entrance.current(opened.secret, now=NOW + timedelta(seconds=60))
    assert written == [NOW + timedelta(seconds=60)]


async def test_signing_in_ends_the_session_that_the_browser_showed(entrance):
    first = await come_in(entrance)
    second = await come_in(entrance, "ann", replacing=first.secret)
    assert first.secret != second.secret
    assert not await stays(entrance, first)
    third = await come_in(entrance, replacing="planted-by-somebody-else")
    assert third.secret != "planted-by-somebody-else"


async def test_signing_out_ends_the_session(entrance):
    opened = await come_in(entrance)
    await entrance.leave(opened.secret)
    assert not await stays(entrance, opened)


CHANGES = [
    PersonChange(password=OTHER),
    PersonChange(role="analyst"),
    PersonChange(disabled=True),
    PersonChange(email="robert@example.org"),
    PersonChange(password=None),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: repr(change)[13:40])
async def test_sessions_die_with_what_they_rested_on(entrance, shelf, change):
    mine = [await come_in(entrance) for _ in range(3)]
    anns = await come_in(entrance, "ann")
    await change_person(shelf, entrance, "bob", change, now=NOW)
    assert [await stays(entrance, one) for one in mine] == [False] * 3
    assert await stays(entrance, anns)


async def test_sessions_die_with_the_account(entrance, shelf):
    opened = await come_in(entrance)
    await remove_person(shelf, "bob")
    assert not await stays(entrance, opened)


async def test_one_s_own_new_password_ends_every_other_session(entrance, shelf):
    await change_person(shelf, entrance, "bob", PersonChange(email=None), now=NOW)
    first, other = await come_in(entrance), await come_in(entrance)
    again = await entrance.change_password(first.signed_in, old=GOOD, new=OTHER, address=HERE, now=NOW)
    assert [await stays(entrance, one) for one in (first, other, again)] == [False, False, True]
    with pytest.raises(NotSignedIn):
        await come_in(entrance)
    assert await come_in(entrance, password=OTHER)


async def test_a_new_password_asks_for_the_old_one(entrance):
    opened = await come_in(entrance)
    for old in (None, OTHER):
        with pytest.raises(NotPermitted, match="this is not your password"):
            await entrance.change_password(opened.signed_in, old=old, new=OTHER, address=HERE, now=NOW)
    with pytest.raises(BadInput, match="12"):
        await entrance.change_password(opened.signed_in, old=GOOD, new="short", address=HERE, now=NOW)
    assert await stays(entrance, opened)


async def link_secret(entrance: Entrance, shelf: Store, name: str = "bob", *, minutes: int = 60) -> str:
    made = await make_link(shelf, entrance, name, minutes=minutes, base="http://127.0.0.1:8765/", now=NOW)
    base, _, secret = made.url.partition("#")
    assert base == "http://127.0.0.1:8765/enter"
    assert made.expires_at == NOW + timedelta(minutes=minutes)
    return secret


async def test_a_link_signs_in_once(entrance, shelf):
    secret = await link_secret(entrance, shelf)
    opened = await entrance.by_link(secret, replacing=None, now=NOW)
    assert opened.signed_in.account.name == "bob"
    with pytest.raises(NotSignedIn, match="used already, or has expired"):
        await entrance.by_link(secret, replacing=None, now=NOW)


@pytest.mark.parametrize("change", CHANGES[:3], ids=lambda change: repr(change)[13:40])
async def test_a_link_ends_with_its_time_and_with_what_it_rested_on(entrance, shelf, change):
    late, taken_back = await link_secret(entrance, shelf, "ann"), await link_secret(entrance, shelf)
    with pytest.raises(NotSignedIn):
        await entrance.by_link(late, replacing=None, now=NOW + timedelta(hours=1))
    await change_person(shelf, entrance, "bob", change, now=NOW)
    with pytest.raises(NotSignedIn):
        await entrance.by_link(taken_back, replacing=None, now=NOW)


async def test_who_came_by_a_link_and_has_no_password_sets_one(entrance, shelf):
    asked = NewPerson(name="cy", role="staff")
    await add_person(shelf, entrance, asked, now=NOW, rng=seeded(3))
    opened = await entrance.by_link(await link_secret(entrance, shelf, "cy"), replacing=None, now=NOW)
    await entrance.change_password(opened.signed_in, old=None, new=OTHER, address=HERE, now=NOW)
    assert await come_in(entrance, "cy", OTHER)


def bob(subject: str = "s1", email: str | None = "Bob@Example.org") -> Identity:
    return Identity(issuer="https://id.example.org", subject=subject, email=email)


async def by_identity(entrance: Entrance, identity: Identity) -> Account:
    return (await entrance.by_identity(identity, replacing=None, now=NOW)).signed_in.account


async def test_an_identity_enters_the_account_that_an_owner_added_for_it(entrance):
    assert (await by_identity(entrance, bob())).name == "bob"
    assert (await by_identity(entrance, bob(email=None))).name == "bob"


@pytest.mark.parametrize("identity", [bob(email=None), bob(email="eve@example.org"), bob(email="")])
async def test_nobody_else_s_identity_enters_and_none_makes_an_account(entrance, shelf, identity):
    with pytest.raises(NotPermitted, match="ask an owner"):
        await by_identity(entrance, identity)
    assert len(await shelf.accounts()) == 2


async def test_an_address_that_went_to_somebody_else_does_not_bring_the_account_along(entrance):
    await by_identity(entrance, bob())
    for another in (bob("s2"), bob("s1")._replace(issuer="https://other.example.org")):
        with pytest.raises(NotPermitted):
            await by_identity(entrance, another)


async def test_a_disabled_account_is_entered_in_no_way(entrance, shelf):
    secret = await link_secret(entrance, shelf)
    await by_identity(entrance, bob())
    await change_person(shelf, entrance, "bob", PersonChange(disabled=True), now=NOW)
    with pytest.raises(NotSignedIn):
        await come_in(entrance)
    with pytest.raises(NotPermitted):
        await by_identity(entrance, bob())
    with pytest.raises(NotSignedIn):
        await entrance.by_link(secret, replacing=None, now=NOW)


async def test_a_lost_account_of_a_provider_gets_no_local_password(entrance, shelf):
    await change_person(shelf, entrance, "bob", PersonChange(password=None), now=NOW)
    opened = await entrance.by_identity(bob(), replacing=None, now=NOW)
    with pytest.raises(NotPermitted, match="through another system"):
        await entrance.change_password(opened.signed_in, old=None, new=OTHER, address=HERE, now=NOW)
