"""Putting definitions in force: whole or not at all, known to the log, with who and when."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopkeeper.core.definitions import AppliedVersion
from shopkeeper.core.errors import Conflict, StoreError
from shopkeeper.core.event import Event, Receipt
from shopkeeper.core.store import Store
from shopkeeper.flows.definitions import DefinitionErrors, apply, list_versions, load_definitions, plan_apply
from shopkeeper.flows.definitions import record_in_force as record

NOW = datetime(2017, 12, 4, tzinfo=UTC)
SHOP = """
name: Corner shop
currency: EUR
time_zone: Europe/Vienna
identifiers: {user_id: {limit: 1}}
purposes: {personalization: {basis: consent}}
"""
FIRST = {"shop.yaml": SHOP, "traits.yaml": "city: {stated: text}"}
SECOND = FIRST | {"segments.yaml": "viennese: {where: city = 'Wien'}"}
THIRD = FIRST | {"segments.yaml": "styrians: {where: city = 'Graz'}"}


def version(files: Mapping[str, str]) -> str:
    return load_definitions(files).version


async def told(store: Store) -> list[tuple[str, int]]:
    """Return what the log tells of versions: digest and number, in order."""
    events = [event for event in await store.read(after=0, limit=100) if event.name == "Definitions Applied"]
    return [(event.texts["version"], event.numbers["number"] // 1_000_000) for event in events]


async def whole(store: Store) -> bool:
    """Tell whether the shelf and the log agree on every version: there is no half apply."""
    shelf = [(applied.version, applied.number) for applied in reversed(await store.versions())]
    return shelf == await told(store)


async def test_the_first_apply_is_kept_with_who_and_when_and_told_to_the_log(store: Store):
    await apply(store, FIRST, who="ann", now=NOW, expected=None)
    [kept] = await store.versions()
    assert (kept.version, kept.number, kept.who, kept.at) == (version(FIRST), 1, "ann", NOW)
    assert dict(kept.files) == FIRST
    assert await told(store) == [(version(FIRST), 1)]


async def test_a_plan_shows_the_difference_and_changes_nothing(store: Store):
    await apply(store, FIRST, who="ann", now=NOW, expected=None)
    plan = await plan_apply(store, load_definitions(SECOND))
    assert plan.expected == version(FIRST)
    assert [(change.noun, change.name, change.what) for change in plan.changes] == [("segment", "viennese", "added")]
    assert len(await store.versions()) == 1


async def test_applying_what_is_in_force_does_nothing(store: Store):
    await apply(store, FIRST, who="ann", now=NOW, expected=None)
    commented = FIRST | {"traits.yaml": "# where they live\ncity: {stated: text}\n"}
    assert await apply(store, commented, who="bob", now=NOW, expected=version(FIRST)) is None
    assert len(await store.versions()) == 1


async def test_wrong_definitions_change_nothing(store: Store):
    with pytest.raises(DefinitionErrors):
        await apply(store, FIRST | {"slots.yaml": "s: {n: 0}"}, who="ann", now=NOW, expected=None)
    assert await store.in_force() is None
    assert await told(store) == []


async def test_who_comes_second_changes_nothing_and_is_told(store: Store):
    await apply(store, FIRST, who="ann", now=NOW, expected=None)
    await apply(store, SECOND, who="bob", now=NOW, expected=version(FIRST))
    with pytest.raises(Conflict, match="look at the difference again"):
        await apply(store, THIRD, who="cat", now=NOW, expected=version(FIRST))
    assert [applied.who for applied in await store.versions()] == ["bob", "ann"]
    assert await whole(store)


async def test_an_earlier_version_can_come_back(store: Store):
    expected = None
    for files in (FIRST, SECOND, FIRST):
        await apply(store, files, who="ann", now=NOW, expected=expected)
        expected = version(files)
    assert [applied.number for applied in await store.versions()] == [3, 2, 1]
    assert await whole(store)


async def test_versions_tell_what_each_changed(store: Store):
    await apply(store, FIRST, who="ann", now=NOW, expected=None)
    await apply(store, SECOND, who="bob", now=NOW + timedelta(hours=1), expected=version(FIRST))
    newest, oldest = await list_versions(store)
    assert [change.name for change in newest.changes] == ["viennese"]
    assert ("trait", "city", "added") in [(change.noun, change.name, change.what) for change in oldest.changes]


async def test_a_version_that_this_release_cannot_read_does_not_stop_the_next(store: Store):
    alien = AppliedVersion(version="alien", number=1, who="ann", at=NOW, files={"shop.yaml": "moons: 2"})
    await store.put_version(alien, replaces=None)
    plan = await plan_apply(store, load_definitions(FIRST))
    assert "cannot be read by this release" in plan.unread
    await apply(store, FIRST, who="bob", now=NOW, expected="alien")
    assert await whole(store)


class Failing:
    """A store of which one call fails: `raced` lets another writer win in between, `full` finds the disk full."""

    def __init__(self, store: Store, *, raced: bool = False, full: bool = False) -> None:
        self._store = store
        self._raced = raced
        self._full = full

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def put_version(self, applied: AppliedVersion, *, replaces: str | None) -> None:
        if self._raced:
            await apply(self._store, THIRD, who="quick", now=NOW, expected=replaces)
        await self._store.put_version(applied, replaces=replaces)

    async def append(self, events: Sequence[Event]) -> list[Receipt]:
        if self._full:
            raise StoreError("the disk is full")
        return await self._store.append(events)


async def test_a_lost_race_leaves_nothing_behind(store: Store):
    await apply(store, FIRST, who="ann", now=NOW, expected=None)
    with pytest.raises(Conflict):
        await apply(Failing(store, raced=True), SECOND, who="slow", now=NOW, expected=version(FIRST))  # type: ignore[arg-type]
    assert [applied.who for applied in await store.versions()] == ["quick", "ann"]
    assert await whole(store)


@pytest.mark.parametrize("healer", ["start", "next apply"])
async def test_a_crash_between_version_and_event_is_healed_once(store: Store, healer: str):
    with pytest.raises(StoreError):
        await apply(Failing(store, full=True), FIRST, who="ann", now=NOW, expected=None)  # type: ignore[arg-type]
    assert not await whole(store)
    for _ in range(2):
        if healer == "start":
            await record(store)
        else:
            await apply(store, SECOND, who="bob", now=NOW, expected=(await store.in_force()).version)  # type: ignore[union-attr]
    assert await whole(store)


async def test_telling_the_log_first_is_seen_as_a_half_apply(store: Store):
    """The planted bug: the event before the version leaves an event of a version that never was."""

    class LogFirst(Failing):
        async def put_version(self, applied: AppliedVersion, *, replaces: str | None) -> None:
            from shopkeeper.flows.definitions.versions import _event

            await self._store.append([_event(applied)])
            await super().put_version(applied, replaces=replaces)

    await apply(store, FIRST, who="ann", now=NOW, expected=None)
    with pytest.raises(Conflict):
        await apply(LogFirst(store, raced=True), SECOND, who="slow", now=NOW, expected=version(FIRST))  # type: ignore[arg-type]
    assert not await whole(store)
