"""Limits: how many identifiers of a kind one customer may have, as shop.yaml says."""

from collections import Counter
from collections.abc import Iterable, Mapping


def beyond(limits: Mapping[str, int], *customers: Iterable[str]) -> list[str]:
    """Return the kinds of which some customers together would have too many.

    A kind that only one of them has is none of these: there the joining adds nothing, also where a limit was lowered.

    Args:
        customers: The kinds of each one's identifiers, one for each identifier.
    """
    counts = list(map(Counter, customers))
    together = sum(counts, Counter[str]())
    return sorted(
        kind for kind, n in together.items() if n > limits.get(kind, n) and sum(kind in one for one in counts) > 1
    )
