"""The registry of sources: who may send, by which keys; every process sees a change within a second."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from math import inf
from random import Random
from time import monotonic
from typing import Final

import msgspec
from msgspec.structs import replace

from shopkeeper.core.definitions import Shop
from shopkeeper.core.errors import BadInput, NotFound, StoreError
from shopkeeper.core.source import (
    PRODUCTION,
    Basis,
    EventSource,
    SourceKind,
    WriteKey,
    check_terms,
    source_name,
)
from shopkeeper.core.store import Store
from shopkeeper.flows.door.naming import NO_COOKIES, knows_no_cookie
from shopkeeper.protect.secret import new_secret

GRACE: Final = 24.0
"""Hours for which a key that was replaced still works."""
LONGEST: Final = 90 * 24
LONGEST_KEY: Final = 200
SELDOM: Final = 0.25
"""Seconds for which what was read last is believed of a key that is nobody's."""
_UNKNOWN: Final = "whose key this is cannot be looked up just now; nothing was taken, send it again"


class NewSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source to register; see `core.source.EventSource`. environment: None: the shop's own."""

    name: str
    kind: SourceKind
    basis: Basis
    category: str | None = None
    environment: str | None = None


class SourceChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a source; what is left out stays. `category` follows `basis`: name both."""

    environment: str | None = None
    basis: Basis | None = None
    category: str | None = None
    disabled: bool | None = None


class Rotation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to replace: the write key, which works on for `grace_hours`, or the identity secret, which ends at once."""

    grace_hours: float = GRACE
    identity_secret: bool = False


class KeyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A write key as it may be shown: its last four characters, when it was made, and when it ends."""

    hint: str
    created_at: datetime
    expires_at: datetime | None


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A registered source, without anything secret.

    first_event_at: When its first event was received, None while none was. keys: Those that work, the latest last.
    """

    kind: SourceKind
    environment: str
    basis: Basis
    category: str | None
    created_at: datetime
    disabled: bool
    first_event_at: datetime | None
    keys: tuple[KeyLine, ...]


class SourceKeys(msgspec.Struct, frozen=True, kw_only=True):
    """A source with what is shown this once.

    write_key: The new key, None where the identity secret was replaced. identity_secret: By which the shop's server
    signs identity tokens for visitors of a browser source (HS256), None where it was not made now. warning: Why nothing
    it sends can be taken, empty where it can.
    """

    name: str
    source: Registered
    write_key: str | None = None
    identity_secret: str | None = None
    warning: str = ""


class SourceRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """That a source is forgotten."""

    name: str


class Registry:
    """The sources as one process knows them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_digest: dict[str, tuple[EventSource, WriteKey]] = {}
        self._any = False
        self._reading = asyncio.Lock()
        self._read_at = self._failed_at = -inf

    async def look(self) -> None:
        """Read what is registered now, and note who sent their first event since the last look."""
        for source in await self._read():
            first = None if source.first_event_at is not None else await self._store.first_received(source.name)
            if first is not None:
                await self._store.note_first_event(source.name, first)

    async def _read(self) -> list[EventSource]:
        try:
            found = await self._store.sources()
        except StoreError:
            self._failed_at = monotonic()
            raise
        self._by_digest = {key.digest: (source, key) for source in found for key in source.keys}
        self._any = bool(found)
        self._read_at, self._failed_at = monotonic(), -inf
        return found

    async def find_source_of(self, key: str, *, now: datetime) -> EventSource | None:
        """Return whose write key this is; for a key that is nobody's yet, the store is asked, seldom enough for floods.

        Raises: StoreError: whether it is anybody's cannot be said just now.
        """
        source = self.source_of(key, now=now)
        if source is not None or not key or len(key) > LONGEST_KEY:
            return source
        async with self._reading:
            if monotonic() - self._failed_at < SELDOM:
                raise StoreError(_UNKNOWN)
            if monotonic() - self._read_at >= SELDOM:
                try:
                    await self._read()
                except StoreError:
                    raise StoreError(_UNKNOWN) from None
        return self.source_of(key, now=now)

    @property
    def is_empty(self) -> bool:
        """Whether no source is registered."""
        return not self._any

    def source_of(self, key: str, *, now: datetime) -> EventSource | None:
        """Return whose write key this is, None where it is nobody's, has ended, or its source is disabled."""
        if not key or len(key) > LONGEST_KEY:
            return None
        source, held = self._by_digest.get(digest(key), (None, None))
        if source is None or held is None or source.disabled or not held.is_good(now):
            return None
        return source


@lru_cache(maxsize=1024)
def digest(key: str) -> str:
    """Return what the store keeps of a write key."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


async def add_source(
    store: Store,
    asked: NewSource,
    *,
    now: datetime,
    rng: Random,
    environment: str = PRODUCTION,
    shop: Shop | None = None,
) -> SourceKeys:
    """Register a source; its key is in the answer and nowhere else.

    Args:
        environment: The shop's.
        shop: By which its events will be read, None where no definitions are in force yet.

    Raises: BadInput: a wrong name or terms. Conflict: there is one of this name.
    """
    environment = environment if asked.environment is None else asked.environment
    check_terms(environment=environment, basis=asked.basis, category=asked.category)
    key, secret = new_key(asked.kind, rng), new_secret(rng)
    source = EventSource(
        name=source_name(asked.name),
        kind=asked.kind,
        environment=environment,
        basis=asked.basis,
        category=asked.category,
        created_at=now,
        secret=secret,
        keys=(_kept(key, now),),
    )
    await store.add_source(source)
    return SourceKeys(
        name=source.name,
        source=registered(source, now=now),
        write_key=key,
        identity_secret=secret if source.kind == "browser" else None,
        warning="" if shop is None else why_nothing(source.kind, shop),
    )


def why_nothing(kind: SourceKind, shop: Shop) -> str:
    """Say why nothing can be taken from a source of a kind: a site's visitors have no name; empty where it can be."""
    return f"nothing can be taken from a site: {NO_COOKIES}" if kind == "browser" and knows_no_cookie(shop) else ""


async def change_source(store: Store, name: str, change: SourceChange, *, now: datetime) -> Registered:
    """Change a source's terms, disable it or let it send again. Raises: NotFound. BadInput: terms that do not fit."""

    def changed(source: EventSource) -> EventSource:
        basis = change.basis or source.basis
        category = change.category if change.basis or change.category else source.category
        environment = change.environment or source.environment
        check_terms(environment=environment, basis=basis, category=category)
        disabled = source.disabled if change.disabled is None else change.disabled
        return replace(source, environment=environment, basis=basis, category=category, disabled=disabled)

    return registered(await _change(store, name, changed), now=now)


async def rotate(store: Store, name: str, wish: Rotation, *, now: datetime, rng: Random) -> SourceKeys:
    """Replace a source's write key, or its identity secret.

    The key before works on until its grace is over; keys that were replaced earlier end when they would have ended.

    Raises: NotFound. BadInput: a grace that is out of bounds, or the identity secret of what is no browser's.
    """
    if not 0 <= wish.grace_hours <= LONGEST:
        raise BadInput(f"grace_hours: must be from 0 to {LONGEST}")
    kind = (await find_source(store, name)).kind
    if wish.identity_secret:
        if kind != "browser":
            raise BadInput("identity_secret: is for a browser's source alone; a server's key proves what it says")
        secret = new_secret(rng)
        source = await _change(store, name, lambda one: replace(one, secret=secret))
        return SourceKeys(name=name, source=registered(source, now=now), identity_secret=secret)
    ends = now + timedelta(hours=wish.grace_hours)
    key = new_key(kind, rng)
    source = await _change(store, name, lambda one: replace(one, keys=(*_ending(one.keys, ends, now), _kept(key, now))))
    return SourceKeys(name=name, source=registered(source, now=now), write_key=key)


async def find_source(store: Store, name: str) -> EventSource:
    """Return a registered source. Raises: NotFound."""
    found = await store.find_source(name)
    if found is None:
        raise NotFound(f"there is no source {name!r}; 'shopkeeper source list' lists them")
    return found


def registered(source: EventSource, *, now: datetime) -> Registered:
    """Return what may be shown of a source."""
    return Registered(
        kind=source.kind,
        environment=source.environment,
        basis=source.basis,
        category=source.category,
        created_at=source.created_at,
        disabled=source.disabled,
        first_event_at=source.first_event_at,
        keys=tuple(
            KeyLine(hint=key.hint, created_at=key.created_at, expires_at=key.expires_at)
            for key in source.keys
            if key.is_good(now)
        ),
    )


def new_key(kind: SourceKind, rng: Random) -> str:
    """Make a write key; its beginning says what it is for, so that a leaked one is recognised."""
    return f"sk_{kind}_{new_secret(rng)}"


def _kept(key: str, now: datetime) -> WriteKey:
    return WriteKey(digest=digest(key), hint=key[-4:], created_at=now)


def _ending(keys: Sequence[WriteKey], ends: datetime, now: datetime) -> list[WriteKey]:
    """Give keys an end, and forget those that have ended."""
    return [replace(key, expires_at=min(key.expires_at or ends, ends)) for key in keys if key.is_good(now)]


async def _change(store: Store, name: str, change: Callable[[EventSource], EventSource]) -> EventSource:
    found = await find_source(store, name)
    changed = change(found)
    await store.change_source(changed, before=found)
    return changed
