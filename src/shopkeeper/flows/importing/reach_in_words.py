"""Whom a shop could reach before and after a file of consents, in words: the same in the console and on a terminal."""

from collections.abc import Mapping
from typing import Final

_WHY: Final[Mapping[str, Mapping[str, str]]] = {
    "consent": {
        "unknown": "said nothing",
        "withdrawn": "said no",
        "gpc": "said no by Global Privacy Control",
        "expired": "said yes too long ago",
        "weak": "said yes with less evidence than shop.yaml demands",
    },
    "legitimate_interest": {"withdrawn": "objected", "gpc": "objected by Global Privacy Control"},
}
"""Why somebody is not reached, by the basis of the purpose and by where they stand."""


def title_of(purpose: str, channel: str | None) -> str:
    """Name a purpose, and the channel that alone is meant."""
    name = purpose.replace("_", " ")
    return name if channel is None else f"{name} by {channel}"


def change_in_words(basis: str, before: int, after: int, *, others: Mapping[str, int]) -> str:
    """Say how many more or fewer could be reached, and why the others could not.

    Args:
        others: Those who could not be reached afterwards, by where they stand.
    """
    more = after - before
    change = f"{abs(more):,} {'more' if more > 0 else 'fewer'} than before" if more else "As many as before"
    why = ", ".join(f"{n:,} {_WHY[basis][standing]}" for standing, n in others.items())
    return f"{change}. Out of reach: {why}." if why else f"{change}."


def whole_in_words(rows: int, refused: int, *, customers: int, fresh: int) -> str:
    """Say what the figures are of: the customers now, those whom the file adds, and its rows that would wait."""
    told = f"Of {_count(customers, 'customer')} now"
    if fresh:
        told += f" and {customers + fresh:,} with this file"
    return told + (f"; {refused:,} of its {_count(rows, 'row')} would wait in quarantine." if refused else ".")


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
