"""Traces: what a decision did with its candidates, noted by the very code that made it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shopkeeper.customize.arrange import Placed
from shopkeeper.flows.deciding.picks import Chosen

Sieve = Literal[
    "validity", "stock", "excluded", "bought", "for", "pause", "cap", "role", "value", "explored", "variety"
]
"""What candidates pass, each in its turn: valid now, in stock at the place, not left out by the slot, not bought
lately, for this customer, not resting after a dismissal, below its cap, something speaks for it, worth more than
least, among those that are explored, not one too many of its kind."""
Mask = NDArray[np.bool_]
Scores = NDArray[np.float64]


class Ranking(NamedTuple):
    """How candidates stand, places apart.

    scores: Of all, those that were refused included. held: Which a limit of the slot's `max_per` kept from a place.
    show: Writes some of them for people, by index, with their reasons.
    """

    scores: NDArray[np.float64]
    held: Mask
    show: Callable[[Sequence[int]], list[Chosen]]


class NoTrace:
    """Notes nothing; a decision that nobody looks into is given this one."""

    def left(self, sieve: Sieve, mask: Mask) -> None:
        """Note which candidates a sieve left."""

    def said(self, words: Mapping[int, str]) -> None:
        """Note the very words in which some candidates were refused, by index."""

    def ranked(self, ids: Sequence[str], placed: Sequence[Placed], rank: Callable[[], Ranking]) -> None:
        """Note the candidates, the places that some of them got, and how to rank them all."""


NO_TRACE: Final = NoTrace()


class Trace(NoTrace):
    """Keeps what is noted; candidates are known by their index in `ids`, arrays have shape (candidates,)."""

    def __init__(self) -> None:
        self.sieves: list[tuple[Sieve, Mask]] = []
        self.words: dict[int, str] = {}
        self.ids: Sequence[str] = ()
        self.placed: Sequence[Placed] = ()
        self.ranking: Ranking | None = None

    def left(self, sieve: Sieve, mask: Mask) -> None:
        """Keep which candidates a sieve left."""
        self.sieves.append((sieve, mask.copy()))

    def said(self, words: Mapping[int, str]) -> None:
        """Keep the words of refusals."""
        self.words.update(words)

    def ranked(self, ids: Sequence[str], placed: Sequence[Placed], rank: Callable[[], Ranking]) -> None:
        """Keep the ranking of all candidates; one that the slot's limits held back goes through one more sieve."""
        self.ids, self.placed, self.ranking = ids, placed, rank()
        able = self.sieves[-1][1] if self.sieves else np.ones(len(ids), dtype=np.bool_)
        if self.ranking.held.any():
            self.left("variety", able & ~self.ranking.held)
