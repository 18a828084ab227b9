"""What a run of the demo found out, as plain values: the terminal, report.html and report.json all read this."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

Figure = float | int | bool


class Score(NamedTuple):
    """How well one method ranked, over the same customers as its peers.

    low, high: 95 % interval of the mean NDCG@10. ndcg_new: NDCG@10 where only what the customer had not bought before
    counts. ahead: mean paired difference of Shopkeeper's NDCG@10 to this method's, with its 95 % interval; None for
    Shopkeeper itself.
    """

    customers: int
    ndcg: float
    low: float
    high: float
    hit: float
    recall: float
    coverage: float
    diversity: float
    novelty: float
    ndcg_new: float
    ahead: tuple[float, float, float] | None = None


class Anyway(NamedTuple):
    """Which share of the coupons' expected cost goes into what would be bought anyway, with its 95 % interval.

    cost: Expected cost of the coupons, minor units. coupons, households: How many it is an average over.
    least, most: Bounds that assume nothing about who redeems, where they apply.
    """

    share: float
    low: float
    high: float
    cost: float
    coupons: int
    households: int
    least: float | None = None
    most: float | None = None


class Coupons(NamedTuple):
    """Shopkeeper's coupons against the chain's mailing: the same households, as many coupons each, one estimator.

    difference: Share of Shopkeeper less that of the chain, with its 95 % interval.
    value: Mean value of a coupon, minor units. familiar: Share of cost at households that had bought a covered product
    in the 26 weeks before. Both as (Shopkeeper, chain).
    expected, realised: Of Shopkeeper's coupons for households that the chain did not mail them to: the share of cost
    at households that buy a covered product, as estimated and as the held-out weeks say.
    """

    shopkeeper: Anyway
    chain: Anyway
    difference: tuple[float, float, float]
    value: tuple[float, float]
    familiar: tuple[float, float]
    expected: Anyway | None
    realised: Anyway | None


class Decided(NamedTuple):
    """What deciding for every household came to.

    roles: How many coupons were decided, by role. holdout: Households that get nothing personal, on purpose.
    """

    households: int
    decisions: int
    seconds: float
    holdout: int
    coupons: int
    roles: dict[str, int]


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

    asked: Households that were asked before and after; changed: those of them whose coupons changed.
    basket: Titles of what the household whose coupons changed most put in its basket. before, after: its answers.
    """

    baskets: int
    lines: int
    seconds: float
    asked: int
    changed: int
    name: str
    basket: tuple[str, ...]
    before: tuple[Pick, ...]
    after: tuple[Pick, ...]
    coupons_before: tuple[Pick, ...]
    coupons_after: tuple[Pick, ...]


class Result(NamedTuple):
    """One run.

    counts: What was imported, by noun. recommendation: by level (`product`, `category`), by method.
    steps: Seconds, by step.
    """

    quick: bool
    counts: dict[str, int]
    recommendation: dict[str, dict[str, Score]]
    coupons: Coupons
    decided: Decided
    household: Household
    played: Played
    steps: dict[str, float]


def flat(result: Result) -> dict[str, Figure]:
    """Return the figures under dotted keys, such as `recommendation.product.shopkeeper.ndcg@10`."""
    return dict(_flat(result))


def _flat(result: Result) -> Iterator[tuple[str, Figure]]:
    yield "quick", result.quick
    yield from _under("counts", result.counts.items())
    for level, methods in result.recommendation.items():
        for method, score in methods.items():
            yield from _under(f"recommendation.{level}.{method}", _score(score))
    for who, side in (("shopkeeper", result.coupons.shopkeeper), ("chain", result.coupons.chain)):
        yield from _under(f"coupons.{who}", _anyway(side))
    yield from _under("coupons", _comparison(result.coupons))
    yield from _under("coupons.role", result.decided.roles.items())
    yield "decided.decisions", result.decided.decisions
    yield "decided.holdout", result.decided.holdout
    yield "played.baskets", result.played.baskets
    yield "played.asked", result.played.asked
    yield "played.coupons_changed", result.played.changed
    yield from _under("seconds", ((step, round(seconds, 2)) for step, seconds in result.steps.items()))


def _under(prefix: str, pairs: Iterable[tuple[str, Figure]]) -> Iterator[tuple[str, Figure]]:
    return ((f"{prefix}.{name}", value) for name, value in pairs)


def _score(score: Score) -> Iterator[tuple[str, Figure]]:
    yield "customers", score.customers
    yield "ndcg@10", score.ndcg
    yield "ndcg@10.low", score.low
    yield "ndcg@10.high", score.high
    yield "hit_rate@10", score.hit
    yield "recall@10", score.recall
    yield "coverage", score.coverage
    yield "diversity", score.diversity
    yield "novelty", score.novelty
    yield "new.ndcg@10", score.ndcg_new
    if score.ahead is not None:
        yield from zip(("behind_by", "behind_by.low", "behind_by.high"), score.ahead, strict=True)


def _anyway(side: Anyway) -> Iterator[tuple[str, Figure]]:
    yield "anyway_share", side.share
    yield "anyway_share.low", side.low
    yield "anyway_share.high", side.high
    yield "expected_cost_minor", side.cost
    yield "coupons", side.coupons
    yield "households", side.households
    if side.least is not None and side.most is not None:
        yield "anyway_share.least", side.least
        yield "anyway_share.most", side.most


def _comparison(coupons: Coupons) -> Iterator[tuple[str, Figure]]:
    yield from zip(("difference", "difference.low", "difference.high"), coupons.difference, strict=True)
    yield from zip(("shopkeeper.value_minor", "chain.value_minor"), coupons.value, strict=True)
    yield from zip(("shopkeeper.familiar_share", "chain.familiar_share"), coupons.familiar, strict=True)
    for name, check in (("expected", coupons.expected), ("realised", coupons.realised)):
        if check is not None:
            yield from _under(name, _anyway(check))
