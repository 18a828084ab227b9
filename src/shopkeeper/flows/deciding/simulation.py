"""Simulations: what a decision would be, with everything that it did with its candidates."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from shopkeeper.core.decision import DecideRequest
from shopkeeper.flows.deciding.supposed import Without

SHOWN = 20
"""How many candidates are told in full."""
MOST_SHOWN = 200


class SimulateRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question that is answered as `decide` would answer it, and leaves no trace.

    at: The instant of the question, with its zone; now by default. Past or to come, see `Simulation.notes`.
    seed: What draws follow from where the slot explores: the same text gives the same draws. The id of a decision
        gives those of that decision.
    without: What is supposed never to have happened.
    top: How many candidates are told in full, and as many of the best that were refused.
    """

    slot: str
    customer: dict[str, str] = {}
    n: int | None = None
    place: str | None = None
    context: dict[str, str | int | float | bool] = {}
    at: Annotated[datetime, Meta(tz=True)] | None = None
    seed: str = "simulation"
    without: Without = Without()
    top: int = SHOWN


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """An additive part of a score: the sentence behind it, and what it adds, as a figure and as people read it.

    kind: As in `Reason`. data: Ids of the items or orders that it rests on; `without` takes them.
    """

    text: str
    part: float
    part_text: str
    kind: str
    data: tuple[str, ...] = ()


class CouponCard(msgspec.Struct, frozen=True, kw_only=True):
    """What a coupon is in this customer's hands, for people.

    role: thank you, stretch, bring back or discover; None where nothing speaks for it. cost, value: Expected; money
    with its sign. anyway: How probably a covered product is bought without it. redeem: How probably it is redeemed.
    """

    role: str | None
    face_value: str
    cost: str
    value: str
    anyway: str
    redeem: str


class Unmet(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that did not hold, in words, and what it read of the customer: (name in words, value as text)."""

    sentence: str
    values: tuple[tuple[str, str], ...]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate.

    rank: By score among all candidates, 1 is the best. place: The place that it got, 1 is the first, else None.
    probability: Of this choice at its place, given the places before; None without a place.
    stopped, why: The rule that kept it from a place and what it says of this candidate; empty where it got one.
    unmet: Where the rule says whom it is for, the conditions that did not hold.
    """

    item: str
    kind: str
    title: str
    rank: int
    score: float
    score_text: str
    place: int | None = None
    probability: float | None = None
    parts: tuple[Part, ...] = ()
    details: dict[str, str] = {}
    coupon: CouponCard | None = None
    stopped: str = ""
    why: str = ""
    unmet: tuple[Unmet, ...] = ()


class Absent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is supposed never to have happened, as `without` names it and as people call it."""

    what: Literal["items", "orders", "traits"]
    id: str
    title: str


class Sieve(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the funnel: how many candidates came to it, how many it refused, how many it left."""

    rule: str
    text: str
    before: int
    failed: int
    passed: int


class SlotRule(msgspec.Struct, frozen=True, kw_only=True):
    """The slot's own rule, in words, and whether it lets the slot be filled for this customer."""

    sentence: str
    holds: bool
    unmet: tuple[Unmet, ...] = ()


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """What would be shown, and why.

    why: What made it personal or not: the purpose and its basis, or the objection, the holdout, the stranger.
    empty: Why nothing would be shown, empty where something is. degraded: What was missing when a fallback served.
    total, funnel: How many candidates there are, and what each rule left of them, in order.
    eligible: How many could have been chosen. ranked: Who got a place first, then the next best of the eligible.
    refused: The best of those that a rule kept out, pins of the slot first.
    without: What was left out, with titles.
    notes: What to know of a simulation at another instant, or of one that leaves something out.
    request: What to send to `POST /v1/decide` to ask the same for good.
    """

    slot: str
    kind: str
    at: datetime
    customer: str
    n: int
    personal: bool
    why: str
    arm: Literal["treated", "holdout", "none"]
    purpose: str
    policy: Literal["best", "explore"]
    seed: str
    versions: dict[str, str]
    degraded: str | None
    empty: str
    rule: SlotRule | None
    total: int
    total_text: str
    funnel: tuple[Sieve, ...]
    eligible: int
    ranked: tuple[Candidate, ...]
    refused: tuple[Candidate, ...]
    without: tuple[Absent, ...]
    notes: tuple[str, ...]
    request: DecideRequest
