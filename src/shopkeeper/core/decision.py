"""Decisions: what was asked, what was answered, why, and with which probability."""

from typing import Any, Literal

import msgspec


class DecideRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question: what should this customer see in this slot now.

    customer: One identifier, `{"user_id": "1023"}`; absent or unknown: an anonymous visitor.
    context: Facts of the moment that rules may read as `context.…`.
    gpc: Whether the visitor's browser sends `Sec-GPC: 1`, for a server that asks on its behalf; a browser's own header
    says the same. identity_token: What proves a signed-in visitor's `user_id` or `email` where a browser's key asks by
    it; the same as events carry in `context.identityToken`.
    """

    slot: str
    customer: dict[str, str] = {}
    n: int | None = None
    place: str | None = None
    context: dict[str, str | int | float | bool] = {}
    explain: bool = False
    gpc: bool = False
    identity_token: str | None = None


class RankRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The caller's own list (search results, a category page), to be put in this customer's order.

    gpc, identity_token: See `DecideRequest`.
    """

    items: list[str]
    customer: dict[str, str] = {}
    place: str | None = None
    explain: bool = False
    gpc: bool = False
    identity_token: str | None = None


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why: a sentence, the data it names (ids of items or orders), and its additive part of the score.

    kind: Which part of the ranking speaks: `own` purchases, what is bought `together`, `similar` customers, what is
    `popular`, a `rule`, or the `model` of a coupon's value.
    """

    text: str
    data: tuple[str, ...] = ()
    part: float = 0.0
    kind: str = "model"


class Pick(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One place of the answer.

    place: 1 is the first. probability: of this choice at this place, given the places before; 1 where a rule chose.
    score: What the ranking maximised; `value` in minor units where the slot's kind has a value.
    token: Signed: carries decision, item, place, probability and versions back with an outcome.
    """

    place: int
    item: str
    kind: str
    title: str
    score: float
    probability: float
    token: str
    reasons: tuple[Reason, ...] = ()
    details: dict[str, Any] = {}


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer.

    personal: False where no permit, holdout or an unknown visitor made it non-personal; `why` says which.
    arm: The one in which the customer is counted. crossed: Answers for them followed both arms, as
    parts in different arms turned out to be one customer, or were one for a while; they are treated as the most
    restrictive arm of their parts has it.
    degraded: What was missing when a fallback had to serve, else None.
    """

    id: str
    slot: str
    picks: tuple[Pick, ...]
    personal: bool
    why: str
    arm: Literal["treated", "holdout", "none"]
    versions: dict[str, str]
    candidates: int = 0
    degraded: str | None = None
    blocked: tuple[tuple[str, str], ...] = ()
    crossed: bool = False
