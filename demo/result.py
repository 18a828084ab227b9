"""What a run of the demo found out, as plain values: the terminal, report.html and report.json all read this."""

from collections.abc import Iterator
from typing import NamedTuple


class Score(NamedTuple):
    """How well one method ranked, over the same customers as its peers.

    low, high: 95 % interval of the mean NDCG@10. ahead: mean paired difference of Shopkeeper's NDCG@10 to this
    method's, with its 95 % interval; None for Shopkeeper itself.
    """

    ndcg: float
    hit: float
    coverage: float
    diversity: float
    low: float
    high: float
    customers: int
    ahead: tuple[float, float, float] | None = None


class Anyway(NamedTuple):
    """Which share of the coupons' cost went into what would have been bought anyway, with its 95 % interval.

    cost: Expected cost of the coupons, minor units. coupons, households: How many it is an average over.
    """

    share: float
    low: float
    high: float
    cost: int
    coupons: int
    households: int


class Pick(NamedTuple):
    """One place of an answer, in words."""

    title: str
    reasons: tuple[str, ...]
    role: str = ""
    cost: str = ""
    p_anyway: float | None = None


class Household(NamedTuple):
    """What a shop assistant would read about one household."""

    name: str
    facts: tuple[tuple[str, str], ...]
    segments: tuple[str, ...]
    picks: tuple[Pick, ...]
    coupons: tuple[Pick, ...]


class Played(NamedTuple):
    """What the held-out weeks' first baskets did when they came in through the API.

    basket: Titles of what one household put in its basket. before, after: its picks and coupons around that basket.
    """

    baskets: int
    lines: int
    seconds: float
    name: str
    basket: tuple[str, ...]
    before: tuple[Pick, ...]
    after: tuple[Pick, ...]
    coupons_before: tuple[Pick, ...]
    coupons_after: tuple[Pick, ...]


class Result(NamedTuple):
    """One run.

    counts: What was imported, by noun. recommendation: by level (`product`, `category`), by method. coupons: by who
    chose them (`shopkeeper`, `chain`). roles: how many coupons were decided, by role. steps: seconds, by step.
    """

    quick: bool
    counts: dict[str, int]
    recommendation: dict[str, dict[str, Score]]
    coupons: dict[str, Anyway]
    roles: dict[str, int]
    household: Household
    played: Played
    steps: dict[str, float]


def flat(result: Result) -> dict[str, float | int | bool]:
    """Return the figures under dotted keys, such as `recommendation.product.shopkeeper.ndcg@10`."""
    return dict(_flat(result))


def _flat(result: Result) -> Iterator[tuple[str, float | int | bool]]:
    yield "quick", result.quick
    for noun, n in result.counts.items():
        yield f"counts.{noun}", n
    for level, methods in result.recommendation.items():
        for method, score in methods.items():
            for name, value in _score(score):
                yield f"recommendation.{level}.{method}.{name}", value
    for who, anyway in result.coupons.items():
        yield f"coupons.{who}.anyway_share", anyway.share
        yield f"coupons.{who}.anyway_share.low", anyway.low
        yield f"coupons.{who}.anyway_share.high", anyway.high
        yield f"coupons.{who}.cost_minor", anyway.cost
        yield f"coupons.{who}.coupons", anyway.coupons
        yield f"coupons.{who}.households", anyway.households
    for role, n in result.roles.items():
        yield f"coupons.role.{role}", n
    yield "played.baskets", result.played.baskets
    for step, seconds in result.steps.items():
        yield f"seconds.{step}", round(seconds, 2)


def _score(score: Score) -> Iterator[tuple[str, float | int]]:
    yield "ndcg@10", score.ndcg
    yield "ndcg@10.low", score.low
    yield "ndcg@10.high", score.high
    yield "hit@10", score.hit
    yield "coverage@10", score.coverage
    yield "diversity@10", score.diversity
    yield "customers", score.customers
    if score.ahead is not None:
        for name, value in zip(("mean", "low", "high"), score.ahead, strict=True):
            yield f"ahead.{name}", value
