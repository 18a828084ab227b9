"""Arrangement: from scores to the places of a slot, with the exact probability of each place.

    arrange(scores, attributes, slot=slot, n=10, rng=rng, pins=(3,), feasible=mask) -> list[Placed]

Pins come first, by rule; then `best` takes the highest score, or `explore` draws place by place (Plackett-Luce).
Feasible sets only ever shrink from place to place, so the probabilities of the places multiply to the probability of
the whole slate, and a log of them supports off-policy estimates.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shopkeeper.core.definitions import Slot
from shopkeeper.core.errors import BadInput

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]
Attribute = Literal["category", "department", "brand"]

NO_ATTRIBUTE = -1
"""The code of a candidate that has no such attribute; it is under no limit."""

_TINY = 1e-100
"""Below this sum the remaining weights have lost their digits and are computed again from the scores."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One filled place.

    index: Of the candidate in `scores`.
    probability: Of this choice at this place, given the places before; 1 where a rule or `best` chose.
    feasible: How many candidates could have had the place: all that were feasible at first, less those placed before
        and those that share a full attribute value with them; 1 where a rule or `best` chose.
    """

    index: int
    probability: float
    feasible: int


class _Limits:
    """How often each attribute value has been used, against the slot's `max_per`."""

    def __init__(self, attributes: Mapping[str, Codes], max_per: Mapping[Attribute, int]) -> None:
        self._rules = [(attributes[name], most, dict[int, int]()) for name, most in max_per.items()]

    def allows(self, index: int) -> bool:
        return all(used.get(int(codes[index]), 0) < most for codes, most, used in self._rules)

    def take(self, index: int) -> None:
        for codes, _, used in self._rules:
            value = int(codes[index])
            if value != NO_ATTRIBUTE:
                used[value] = used.get(value, 0) + 1

    def full(self, index: int) -> list[tuple[Codes, int]]:
        """Return the (codes, value) pairs of a candidate that may take no more."""
        values = [(codes, most, used, int(codes[index])) for codes, most, used in self._rules]
        return [(codes, value) for codes, most, used, value in values if used.get(value, 0) >= most]


def arrange(
    scores: Floats,
    attributes: Mapping[str, Codes],
    *,
    slot: Slot,
    n: int,
    rng: np.random.Generator,
    pins: Sequence[int] = (),
    feasible: Mask | None = None,
) -> list[Placed]:
    """Fill up to `n` places.

    Args:
        scores: Shape (candidates,); higher is better. A score that is not finite makes its candidate infeasible.
        attributes: Codes by attribute name, shape (candidates,), int64, `NO_ATTRIBUTE` for none; every name in
            `slot.max_per` must be there.
        slot: Gives `max_per`, `policy` and `temperature` (in the unit of `scores`); its pins and exclusions are ids,
            which the caller turns into `pins` and `feasible`.
        pins: Candidates that take the first places, in order; one that is infeasible or breaks a limit is left out.
        feasible: Shape (candidates,), bool; False keeps a candidate out. None: all may come.

    Returns:
        The places in order, fewer than `n` when the feasible candidates run out.

    Raises:
        BadInput: `temperature` is not above 0 under `explore`, or codes for a limit are missing.

    Source: Plackett (1975); the draw is sequential sampling without replacement in proportion to
        exp(score / temperature).
    """
    _check(attributes, slot)
    limits = _Limits(attributes, slot.max_per)
    scores = _masked(scores, feasible)
    places = _pinned(scores, limits, pins, n)
    if len(places) >= n:
        return places
    left = n - len(places)
    if slot.policy == "best":
        return places + _best(scores, limits, {place.index for place in places}, left)
    return places + _drawn(scores, limits, temperature=slot.temperature, before=places, n=left, rng=rng)


def _check(attributes: Mapping[str, Codes], slot: Slot) -> None:
    for name in slot.max_per:
        if name not in attributes:
            raise BadInput(f"slots.yaml: {slot.name}.max_per: no codes for {name!r} among the candidates' attributes")
    if slot.policy == "explore" and not slot.temperature > 0:
        raise BadInput(f"slots.yaml: {slot.name}.temperature == {slot.temperature!r}, must be > 0 to explore")


def _masked(scores: Floats, feasible: Mask | None) -> Floats:
    fine = np.isfinite(scores)
    if feasible is not None:
        fine &= feasible
    return scores if fine.all() else np.where(fine, scores, -np.inf)


def _pinned(scores: Floats, limits: _Limits, pins: Sequence[int], n: int) -> list[Placed]:
    places: list[Placed] = []
    for index in dict.fromkeys(pins):
        if len(places) < n and scores[index] > -np.inf and limits.allows(index):
            limits.take(index)
            places.append(Placed(index, 1.0, 1))
    return places


def _best(scores: Floats, limits: _Limits, taken: set[int], n: int) -> list[Placed]:
    places: list[Placed] = []
    for index in _descending(scores, 4 * (n + len(taken)) + 16):
        if index not in taken and limits.allows(index):
            limits.take(index)
            places.append(Placed(index, 1.0, 1))
            if len(places) == n:
                break
    return places


def _descending(scores: Floats, depth: int) -> Iterator[int]:
    """Yield feasible candidates from the highest score down, ties by lower index; sort all only when asked so far."""
    top = _top(scores, depth)
    yield from top.tolist()
    if len(top) < np.count_nonzero(scores > -np.inf):
        for index in np.argsort(-scores, kind="stable")[len(top) :].tolist():
            if scores[index] == -np.inf:
                return
            yield index


def _top(scores: Floats, depth: int) -> NDArray[np.intp]:
    """Return the candidates at or above the `depth`-th highest score, in order."""
    if depth >= len(scores):
        found = np.flatnonzero(scores > -np.inf)
    else:
        bar = np.partition(scores, len(scores) - depth)[len(scores) - depth]
        found = np.flatnonzero((scores >= bar) & (scores > -np.inf))
    return found[np.argsort(-scores[found], kind="stable")]


def _drawn(
    scores: Floats, limits: _Limits, *, temperature: float, before: Sequence[Placed], n: int, rng: np.random.Generator
) -> list[Placed]:
    logits = scores / temperature
    for place in before:
        _close(logits, limits, place.index)
    weights = _weights(logits)
    places: list[Placed] = []
    for uniform in rng.random(n).tolist():
        total = float(weights.sum())
        if total < _TINY:
            weights = _weights(logits)
            total = float(weights.sum())
        if total == 0.0:
            break
        index = _pick(weights, uniform * total)
        places.append(Placed(index, float(weights[index]) / total, int(np.count_nonzero(logits > -np.inf))))
        limits.take(index)
        _close(logits, limits, index)
        np.copyto(weights, 0.0, where=logits == -np.inf)
    return places


def _weights(logits: Floats) -> Floats:
    """Return exp(logits) up to a common factor, 0 for the infeasible."""
    highest = logits.max(initial=-np.inf)
    return np.zeros_like(logits) if highest == -np.inf else np.exp(logits - highest)


def _pick(weights: Floats, target: float) -> int:
    """Return the first candidate at which the running sum of weights passes `target`."""
    found = int(np.searchsorted(np.cumsum(weights), target, side="right"))
    return found if found < len(weights) else int(np.flatnonzero(weights)[-1])


def _close(logits: Floats, limits: _Limits, index: int) -> None:
    """Mask a placed candidate and all that share an attribute value which is now full."""
    logits[index] = -np.inf
    for codes, value in limits.full(index):
        logits[codes == value] = -np.inf


def held_back(
    scores: Floats,
    attributes: Mapping[str, Codes],
    *,
    slot: Slot,
    n: int,
    placed: Sequence[Placed],
    pins: Sequence[int] = (),
    feasible: Mask,
) -> Mask:
    """Say which candidates a limit of `max_per` kept from a place: shape (candidates,), bool.

    Under `best` those are the ones whose score would have had one. Under `explore` it is all that shared a full
    attribute value, and so were out of the draw before the last place was filled.

    Args: What was given to `arrange`; placed: what came of it.
    """
    taken = [place.index for place in placed]
    held = np.zeros(len(scores), dtype=np.bool_)
    for name, most in slot.max_per.items():
        values, counts = np.unique(attributes[name][taken], return_counts=True)
        held |= np.isin(attributes[name], values[(counts >= most) & (values != NO_ATTRIBUTE)])
    held &= feasible & np.isfinite(scores)
    held[taken] = False
    if slot.policy == "best" and len(taken) >= n:
        held &= _above(scores, taken[-1]) if taken[-1] not in pins else False
    return held


def _above(scores: Floats, index: int) -> Mask:
    """Say which candidates come before one by score, ties by lower index."""
    before: Mask = (scores > scores[index]) | ((scores == scores[index]) & (np.arange(len(scores)) < index))
    return before
