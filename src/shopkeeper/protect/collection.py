"""Collection: whether an event may be kept, and which words of consent it carries."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shopkeeper.core.definitions import Purpose
from shopkeeper.core.intake import Word
from shopkeeper.core.source import Basis
from shopkeeper.core.term import parse_term, term_after


def may_keep(basis: Basis, category: str | None, carried: Mapping[str, bool] | None) -> bool:
    """Say whether an event may be kept: on the basis of consent only where it carries that of its source's category.

    Silence is no consent to collection on that basis; on any other it forbids nothing. Global Privacy Control has no
    say here: it is about selling, sharing and targeted ads, and is no withdrawal of a consent to collection.

    Args:
        basis, category: What its source is collected on.
        carried: See `preferences_of`.
    """
    if basis != "consent":
        return True
    return category is not None and carried is not None and carried.get(category) is True


def preferences_of(context: Any) -> dict[str, bool] | None:
    """Return what `context.consent.categoryPreferences` says, by category; None: it says nothing.

    Only true and false are words: a text such as "true" is none.
    """
    consent = context.get("consent") if isinstance(context, dict) else None
    preferences = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    if not isinstance(preferences, dict):
        return None
    return {category: given for category, given in preferences.items() if isinstance(given, bool)}


def carried_words(
    carried: Mapping[str, bool] | None, purposes: Mapping[str, Purpose], *, at: datetime, gpc: bool = False
) -> tuple[Word, ...]:
    """Return the words that an event carries to the purposes that shop.yaml declares.

    A purpose of several categories is given where all of them are, and refused where one is.

    Args:
        at: When it was said.
        gpc: Whether the browser that sent it asks by Global Privacy Control.
    """
    words: list[Word] = []
    for name, purpose in purposes.items():
        if purpose.basis == "contract":
            continue
        said = [carried.get(category) for category in purpose.categories] if carried else []
        if False in said:
            words.append(Word(name, given=False, via="carried", basis=purpose.basis))
        elif said and None not in said:
            words.append(Word(name, given=True, via="carried", basis=purpose.basis, expires_at=end_of(purpose, at)))
        if gpc and purpose.gpc:
            words.append(Word(name, given=False, via="gpc", basis=purpose.basis))
    return tuple(words)


def end_of(purpose: Purpose, at: datetime) -> datetime | None:
    """Return when a consent given at an instant ends by itself."""
    return None if purpose.expires_after is None else term_after(at, parse_term(purpose.expires_after))
