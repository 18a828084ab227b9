"""Spans of time in words, as people say them: `2 minutes`, `3 days`."""

from typing import Final

SECOND: Final = 1_000_000
_UNITS: Final = (
    ("day", 86_400 * SECOND),
    ("hour", 3_600 * SECOND),
    ("minute", 60 * SECOND),
    ("second", SECOND),
)


def in_words(span: int) -> str:
    """Say a span in its largest unit, rounded: `3 days`; from 1.5 units on there are two.

    Args:
        span: Microseconds, >= 0.
    """
    for noun, unit in _UNITS:
        if span >= unit:
            n = (2 * span + unit) // (2 * unit)
            return f"{n:,} {noun}{'' if n == 1 else 's'}"
    return "less than a second"


def every(span: int) -> str:
    """Say how often: `every 2 minutes`, `every day`."""
    said = in_words(span)
    return f"every {said.removeprefix('1 ')}" if span >= SECOND else "many times a second"
