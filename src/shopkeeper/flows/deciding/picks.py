"""Picks: from chosen candidates to signed places of an answer."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from shopkeeper.core.decision import Pick, Reason
from shopkeeper.protect.token import OutcomeToken, sign


class Chosen(NamedTuple):
    """One candidate that got a place; `arm` is the kind of customer that its outcome teaches about."""

    item: str
    kind: str
    title: str
    score: float
    probability: float
    reasons: tuple[Reason, ...]
    details: dict[str, Any]
    arm: str = ""


class Choice(NamedTuple):
    """What a slot's candidates came to."""

    chosen: Sequence[Chosen]
    candidates: int
    degraded: str | None = None
    blocked: tuple[tuple[str, str], ...] = ()


def signed_picks(choice: Choice, *, decision: str, slot: str, version: str, key: bytes) -> tuple[Pick, ...]:
    """Number and sign the places of an answer."""
    return tuple(
        Pick(
            place=place,
            item=one.item,
            kind=one.kind,
            title=one.title,
            score=one.score,
            probability=one.probability,
            token=sign(OutcomeToken(decision, slot, one.item, place, one.probability, version, one.arm), key),
            reasons=one.reasons,
            details=one.details,
        )
        for place, one in enumerate(choice.chosen, start=1)
    )
