"""Sources: who sends events, by which keys, on which legal basis."""

import re
from datetime import datetime
from typing import Final, Literal, Protocol

import msgspec

from shopkeeper.core.errors import BadInput

SourceKind = Literal["browser", "server"]
"""browser: its key is in every visitor's hands, so it proves nothing but its visitor. server: it keeps its key."""
Basis = Literal["consent", "legitimate_interest", "contract", "legal_obligation"]
RESERVED: Final = frozenset({"api", "console", "shopkeeper", "staff"})
"""Names under which Shopkeeper itself and the shop's own key write events."""
PRODUCTION: Final = "production"
"""The environment of a shop, and so of its sources, where nobody says another."""
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_WORDS = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?")


class WriteKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key by which a source sends.

    digest: SHA-256 of the key, hexadecimal; the key itself is kept nowhere. hint: Its last four characters.
    expires_at: When it ends, None where it stays until it is replaced.
    """

    digest: str
    hint: str
    created_at: datetime
    expires_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Say whether it opens anything at an instant."""
        return self.expires_at is None or now < self.expires_at


class EventSource(msgspec.Struct, frozen=True, kw_only=True):
    """A sender of events, as the shop registered it.

    environment: `production`, `staging`, `development` or another word; a shop of another one takes nothing from it.
    basis: On which its events are collected.
    category: The purpose that basis `consent` needs consent to, None with any other basis.
    secret: By which the shop's server signs tokens that prove a visitor's identity; never shown but when it is made.
    first_event_at: When its first event was received, None while none was seen.
    """

    name: str
    kind: SourceKind
    environment: str
    basis: Basis
    category: str | None
    created_at: datetime
    secret: str
    keys: tuple[WriteKey, ...] = ()
    disabled: bool = False
    first_event_at: datetime | None = None

    def __repr__(self) -> str:
        """Show the name alone: a secret has no place in a log line."""
        return f"EventSource({self.name!r})"


def source_name(text: str) -> str:
    """Return a source's name as it is kept. Raises: BadInput: it is none, or it is one of `RESERVED`."""
    if not _NAME.fullmatch(text):
        raise BadInput(
            "name: must be 1 to 64 lower-case letters, digits, '.', '_' or '-', with a letter or digit at both ends"
        )
    if text in RESERVED:
        raise BadInput(f"name == {text!r}, must not be one of {', '.join(sorted(RESERVED))}: they are Shopkeeper's own")
    return text


def environment_name(text: str) -> str:
    """Return the name of an environment as it is kept. Raises: BadInput: it is none."""
    if not _WORDS.fullmatch(text):
        raise BadInput("must be a word such as 'production', 'staging' or 'development'")
    return text


def why_elsewhere(source: EventSource, environment: str) -> str:
    """Say why a shop takes nothing from a source: it is registered for another environment; empty where it is not.

    Args:
        environment: The shop's.
    """
    if source.environment == environment or source.environment.casefold() == environment.casefold():
        return ""
    return f"registered for {source.environment!r}, while this shop is {environment!r}"


def check_terms(*, environment: str, basis: Basis, category: str | None) -> None:
    """Check the terms of a source. Raises: BadInput."""
    try:
        environment_name(environment)
    except BadInput as error:
        raise BadInput(f"environment: {error}") from None
    if basis == "consent" and category is None:
        raise BadInput("category: basis 'consent' needs the purpose that consent is asked for, such as 'analytics'")
    if basis != "consent" and category is not None:
        raise BadInput(f"category: goes with basis 'consent' alone, not with {basis!r}")
    if category is not None and not _WORDS.fullmatch(category):
        raise BadInput("category: must be 1 to 64 letters, digits, '.', '_', '-' or blanks")


class SourceShelf(Protocol):
    """Keeps the sources that were registered."""

    async def sources(self) -> list[EventSource]:
        """Return every source with its keys, by name."""
        ...

    async def find_source(self, name: str) -> EventSource | None:
        """Return the source of a name."""
        ...

    async def add_source(self, source: EventSource) -> None:
        """Keep a source. Raises: Conflict: there is one of this name."""
        ...

    async def change_source(self, source: EventSource, *, before: EventSource) -> None:
        """Replace a source and its keys. Raises: NotFound: it is gone. Conflict: it is not as it was `before`."""
        ...

    async def remove_source(self, name: str) -> None:
        """Forget a source and its keys; its events stay. Raises: NotFound: there is none of this name."""
        ...

    async def first_received(self, source: str) -> datetime | None:
        """Return when the log received the first event of a source, None while it holds none."""
        ...

    async def note_first_event(self, source: str, at: datetime) -> None:
        """Note when a source's first event was received, so that it need not be looked for again."""
        ...
