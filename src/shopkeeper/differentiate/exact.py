"""Exact arithmetic: the written meaning of division and rounding that both evaluators follow."""

from typing import Final

from shopkeeper.core.event import SCALE

LEAST: Final = -(2**63)
GREATEST: Final = 2**63 - 1


def saturated(total: int) -> int:
    """Keep a sum within 64 bits, which columns have and anybody's events may exceed."""
    return min(max(total, LEAST), GREATEST)


def half_even(total: int, n: int) -> int:
    """Divide integers, n > 0, and round half to the even neighbour."""
    quotient, rest = divmod(total, n)
    if 2 * rest > n or (2 * rest == n and quotient % 2):
        quotient += 1
    return quotient


def share(whole: int, part: int, of: int) -> int:
    """Return `whole` x `part` / `of`, of > 0, cut towards zero."""
    taken = abs(whole) * part // of
    return taken if whole >= 0 else -taken


def unscaled(raw: int) -> float:
    """Turn millionths into a number, by one division of doubles."""
    return float(raw) / float(SCALE)
